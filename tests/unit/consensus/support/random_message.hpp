// Random well-formed messages of every kind, from a seed. Signatures are random bytes: codecs do
// not judge them.
#pragma once

#include <random>

#include "consensus/types/message.hpp"

namespace huangpu::consensus::test {

class RandomMessages {
 public:
  explicit RandomMessages(std::uint64_t seed) : rng_(seed) {}

  [[nodiscard]] Message of_kind(MessageKind kind);
  [[nodiscard]] Message any();

  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return rng_() % bound; }
  [[nodiscard]] Digest digest();
  [[nodiscard]] Bytes bytes(std::size_t size);
  [[nodiscard]] Signature signature();
  [[nodiscard]] Certificate certificate(VoteKind kind);
  [[nodiscard]] CommitMessage commit_message();
  [[nodiscard]] CommitCertificate commit_certificate();
  [[nodiscard]] Block block();
  [[nodiscard]] Justification justification();
  [[nodiscard]] StoredBlock stored_block();
  [[nodiscard]] Batch batch();
  [[nodiscard]] Evidence evidence();

 private:
  [[nodiscard]] std::vector<LaneAck> lanes();
  [[nodiscard]] SignerSet signers();

  std::mt19937_64 rng_;
};

}  // namespace huangpu::consensus::test
