#include "tests/unit/consensus/support/network.hpp"

#include <gtest/gtest.h>

#include "consensus/codec/batch_codec.hpp"
#include "tests/support/test_suite.hpp"

namespace huangpu::consensus::test {

Digest digest_of(std::uint8_t fill) {
  Digest::Array bytes;
  bytes.fill(fill);
  return Digest(bytes);
}

Network::Network(std::size_t n, std::vector<std::uint32_t> weights, std::uint8_t seed) {
  chain_.suite = huangpu::test::test_suite();
  chain_.genesis = digest_of(0x47);
  std::vector<Validator> validators;
  for (std::size_t i = 0; i < n; ++i) {
    Bytes bytes(32, seed);
    bytes[0] = static_cast<std::uint8_t>(i);
    auto signer = crypto::LocalSigner::from_seed(chain_.suite, crypto::SecretBytes::copy_of(bytes));
    signers_.push_back(std::move(signer).value());
    Validator validator;
    validator.index = ValidatorIndex{static_cast<std::uint16_t>(i)};
    validator.name = "validator-" + std::to_string(i);
    validator.key = signers_.back()->public_key();
    validator.weight = weights.empty() ? 1 : weights[i];
    validator.tls_pin = digest_of(static_cast<std::uint8_t>(i + 1));
    validators.push_back(validator);
  }
  record_.set = ValidatorSet::make(std::move(validators)).value();
  record_.settings = digest_of(0x5e);
}

std::vector<std::size_t> Network::quorum() const {
  std::vector<std::size_t> members;
  SignerSet signers(size());
  for (std::size_t i = 0; i < size() && !record_.set.quorum().reached_by(signers); ++i) {
    members.push_back(i);
    signers.insert(ValidatorIndex{static_cast<std::uint16_t>(i)});
  }
  return members;
}

Signature Network::sign(std::size_t i, SignedKind kind, std::uint64_t position,
                        const Digest& digest) {
  return signers_[i]
      ->sign(signing_message(kind, chain_.genesis, record_.epoch, position, digest))
      .value();
}

Vote Network::vote(std::size_t i, VoteKind kind, std::uint64_t view, const Digest& digest) {
  return {kind,
          record_.epoch,
          View{view},
          digest,
          ValidatorIndex{static_cast<std::uint16_t>(i)},
          sign(i, signed_kind(kind), view, digest)};
}

Certificate Network::certificate(VoteKind kind, std::uint64_t view, const Digest& digest,
                                 std::span<const std::size_t> signers) {
  Certificate result{kind, record_.epoch, View{view}, digest, SignerSet(size()), {}};
  for (const std::size_t i : signers) {
    result.signers.insert(ValidatorIndex{static_cast<std::uint16_t>(i)});
    result.signatures.push_back(sign(i, signed_kind(kind), view, digest));
  }
  return result;
}

Certificate Network::certificate(VoteKind kind, std::uint64_t view, const Digest& digest) {
  return certificate(kind, view, digest, quorum());
}

CommitMessage Network::commit_message(std::uint64_t height) const {
  CommitMessage message;
  message.genesis = chain_.genesis;
  message.epoch = record_.epoch;
  message.height = Height{height};
  message.block_hash = digest_of(0xb0);
  message.timestamp = TimestampMs{1'000'000 + height};
  message.state_root = digest_of(0x51);
  message.receipts_root = digest_of(0x52);
  message.history_root = height > 1 ? digest_of(0x53) : Digest{};
  return message;
}

CommitCertificate Network::commit_certificate(const CommitMessage& message) {
  CommitCertificate result{message, SignerSet(size()), {}};
  const Digest digest = commit_digest(chain_.suite, message);
  for (const std::size_t i : quorum()) {
    result.signers.insert(ValidatorIndex{static_cast<std::uint16_t>(i)});
    result.signatures.push_back(sign(i, SignedKind::kCommit, message.height.value(), digest));
  }
  return result;
}

Block Network::block(std::uint64_t view, std::uint64_t height, const Digest& parent_hash,
                     std::uint64_t parent_view, std::uint16_t proposer) const {
  Block block;
  block.header.genesis = chain_.genesis;
  block.header.epoch = record_.epoch;
  block.header.epoch_hash = epoch_hash(chain_.suite, record_);
  block.header.view = View{view};
  block.header.height = Height{height};
  block.header.parent_hash = parent_hash;
  block.header.parent_view = View{parent_view};
  block.header.proposer = ValidatorIndex{proposer};
  block.header.timestamp = TimestampMs{1'000'000 + height};
  block.header.cut_root = digest_of(0xc0);
  block.cut.push_back({ValidatorIndex{1}, LanePosition{view}, digest_of(0xba)});
  block.header.body_root = body_root(chain_.suite, block);
  return block;
}

Justification Network::justification(std::uint64_t view, const Digest& parent_hash,
                                     std::uint64_t parent_view) {
  Justification result;
  if (parent_view > 0) {
    result.parent = certificate(VoteKind::kNotarize, parent_view, parent_hash);
  }
  for (std::uint64_t v = parent_view + 1; v < view; ++v) {
    result.nullifications.push_back(certificate(VoteKind::kNullify, v, Digest{}));
  }
  return result;
}

Proposal Network::proposal(std::size_t leader, std::uint64_t view, const Block& block,
                           const Justification& justification) {
  return {record_.epoch, View{view}, block, justification,
          sign(leader, SignedKind::kPropose, view, hash(block))};
}

Batch Network::batch(std::size_t owner, std::uint64_t pos, const Digest& prev,
                     std::vector<Bytes> envelopes) {
  Batch batch;
  batch.envelopes = EnvelopeList::copy_of(envelopes);
  BatchPlan plan;
  plan.chain = chain_;
  plan.epoch = record_.epoch;
  plan.lane = ValidatorIndex{static_cast<std::uint16_t>(owner)};
  plan.pos = LanePosition{pos};
  plan.prev_digest = prev;
  plan.created = TimestampMs{77};
  plan.transfer_count = static_cast<std::uint32_t>(envelopes.size());
  batch.header = make_batch_header(plan, batch.envelopes);
  batch.signature = sign(owner, SignedKind::kBatch, pos, batch_digest(chain_.suite, batch.header));
  return batch;
}

}  // namespace huangpu::consensus::test
