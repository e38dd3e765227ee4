// The genesis of the chain a node serves, in the forms its services need. Immutable, shared.
#pragma once

#include <string>

#include "ledger/codec/envelope.hpp"
#include "ledger/genesis/genesis.hpp"

namespace huangpu::node {

struct ChainDocument {
  ledger::Genesis genesis;
  std::string text;  // as the operator installed it
  ledger::ChainInfo chain;

  // kConfig when the text is no valid genesis.
  [[nodiscard]] static Result<ChainDocument> read(std::string text);
};

}  // namespace huangpu::node
