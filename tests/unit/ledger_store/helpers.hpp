// Shared by the tests of ledger/store: small keys and payloads.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <string>

#include "crypto/hash/hasher.hpp"
#include "ledger/store/block_store.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_suite.hpp"

namespace huangpu::test {

inline const crypto::SuiteId kSuite = huangpu::test::test_suite();

using Rng = std::mt19937_64;

inline crypto::Digest digest_of(std::string_view text) {
  return crypto::hash(kSuite, as_bytes(text));
}

inline Bytes text(std::string_view characters) { return to_bytes(characters); }

inline ledger::BatchKey batch_key(std::uint16_t lane, std::uint64_t position,
                                  std::uint64_t epoch = 0) {
  return {Epoch(epoch), ValidatorIndex(lane), LanePosition(position)};
}

}  // namespace huangpu::test
