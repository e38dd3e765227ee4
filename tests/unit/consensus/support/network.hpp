// A chain of n validators with fixed keys, and makers of everything they sign.
#pragma once

#include <memory>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "consensus/codec/hashing.hpp"
#include "consensus/codec/verify.hpp"
#include "crypto/sign/signer.hpp"

namespace huangpu::consensus::test {

// A digest that is easy to recognise in a failure message.
[[nodiscard]] Digest digest_of(std::uint8_t fill);

// The statement without its signature: SM2 signs the same one differently every time, and every
// signature counts (crypto SPEC K-49).
template <class Message>
[[nodiscard]] Message unsigned_of(Message message) {
  message.signature = {};
  return message;
}
template <class... Messages>
[[nodiscard]] std::variant<Messages...> unsigned_of(std::variant<Messages...> message) {
  std::visit([](auto& each) { each.signature = {}; }, message);
  return message;
}
template <class Message>
[[nodiscard]] std::vector<Message> unsigned_of(std::vector<Message> messages) {
  for (Message& each : messages) each = unsigned_of(std::move(each));
  return messages;
}

class Network {
 public:
  explicit Network(std::size_t n = 4, std::vector<std::uint32_t> weights = {},
                   std::uint8_t seed = 1);

  [[nodiscard]] const ChainContext& chain() const { return chain_; }
  [[nodiscard]] const EpochRecord& record() const { return record_; }
  [[nodiscard]] VerifyContext context() const {
    return {chain_, record_.epoch, record_.set, crypto::default_verifier()};
  }
  [[nodiscard]] crypto::Signer& signer(std::size_t i) { return *signers_[i]; }
  [[nodiscard]] std::size_t size() const { return signers_.size(); }
  // First q members.
  [[nodiscard]] std::vector<std::size_t> quorum() const;

  [[nodiscard]] Signature sign(std::size_t i, SignedKind kind, std::uint64_t position,
                               const Digest& digest);
  [[nodiscard]] Vote vote(std::size_t i, VoteKind kind, std::uint64_t view, const Digest& digest);
  [[nodiscard]] Certificate certificate(VoteKind kind, std::uint64_t view, const Digest& digest,
                                        std::span<const std::size_t> signers);
  [[nodiscard]] Certificate certificate(VoteKind kind, std::uint64_t view, const Digest& digest);
  [[nodiscard]] CommitMessage commit_message(std::uint64_t height) const;
  [[nodiscard]] CommitCertificate commit_certificate(const CommitMessage& message);

  // A block of `view` on `parent_hash`, body root filled in.
  [[nodiscard]] Block block(std::uint64_t view, std::uint64_t height, const Digest& parent_hash,
                            std::uint64_t parent_view, std::uint16_t proposer = 0) const;
  [[nodiscard]] Digest hash(const Block& block) const {
    return block_hash(chain_.suite, block.header);
  }
  // Parent certificate (unless parent_view is 0) and all nullifications up to `view`.
  [[nodiscard]] Justification justification(std::uint64_t view, const Digest& parent_hash,
                                            std::uint64_t parent_view);
  [[nodiscard]] Proposal proposal(std::size_t leader, std::uint64_t view, const Block& block,
                                  const Justification& justification);
  [[nodiscard]] Batch batch(std::size_t owner, std::uint64_t pos, const Digest& prev,
                            std::vector<Bytes> envelopes);

 private:
  ChainContext chain_;
  EpochRecord record_;
  std::vector<std::unique_ptr<crypto::LocalSigner>> signers_;
};

}  // namespace huangpu::consensus::test
