// The whole state at the end of one block, whatever is committed meanwhile (SPEC S-44).
//
// Private to the state store, which must outlive it. One thread at a time. While it lives RocksDB
// keeps what later blocks replace, so that it is for one answer and not for longer.
#pragma once

#include <memory>

#include "ledger/store/rocks.hpp"

namespace huangpu::ledger::rocks {

[[nodiscard]] std::unique_ptr<StateReader> make_snapshot(const Database& database);

}  // namespace huangpu::ledger::rocks
