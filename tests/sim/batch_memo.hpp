// Each batch is checked once per world, not once per validator: the check is a pure function of the
// bytes, and decoding envelopes costs more than ordering them.
//
// Shared by the nodes of one world. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>

#include "node/replica/batch_check.hpp"

namespace huangpu::sim {

class BatchMemo {
 public:
  // What node::check_batch says of it.
  [[nodiscard]] node::BatchVerified check(const node::BatchCheckContext& context,
                                          const node::VerifyBatch& verify);

 private:
  // Two halves of a hash over everything that the answer depends on. Not a cryptographic one:
  // nobody in a simulation looks for collisions.
  using Key = std::array<std::uint64_t, 2>;
  struct Hash {
    std::size_t operator()(const Key& key) const { return key[0]; }
  };
  std::unordered_map<Key, node::BatchVerified, Hash> known_;
};

}  // namespace huangpu::sim
