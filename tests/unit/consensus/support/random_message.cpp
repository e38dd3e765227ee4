#include "tests/unit/consensus/support/random_message.hpp"

#include "consensus/codec/batch_codec.hpp"
#include "tests/support/test_suite.hpp"

namespace huangpu::consensus::test {

Digest RandomMessages::digest() { return Digest::from(bytes(Digest::kSizeBytes)); }

Bytes RandomMessages::bytes(std::size_t size) {
  Bytes result(size);
  for (auto& byte : result) byte = static_cast<std::uint8_t>(rng_());
  return result;
}

Signature RandomMessages::signature() {
  return Signature::from_raw(huangpu::test::test_suite(), bytes(64)).value();
}

SignerSet RandomMessages::signers() {
  SignerSet set(1 + below(kValidatorsMax));
  for (std::uint16_t i = 0; i < set.size(); ++i) {
    if (below(3) == 0) set.insert(ValidatorIndex{i});
  }
  return set;
}

Certificate RandomMessages::certificate(VoteKind kind) {
  Certificate result{kind, Epoch{rng_()}, View{rng_()}, digest(), signers(), {}};
  for (std::size_t i = 0; i < result.signers.count(); ++i) result.signatures.push_back(signature());
  return result;
}

CommitMessage RandomMessages::commit_message() {
  CommitMessage m;
  m.genesis = digest();
  m.epoch = Epoch{rng_()};
  m.height = Height{rng_()};
  m.block_hash = digest();
  m.timestamp = TimestampMs{rng_()};
  m.state_root = digest();
  m.receipts_root = digest();
  m.history_root = digest();
  m.bridge_root = digest();
  m.next_epoch_hash = digest();
  return m;
}

CommitCertificate RandomMessages::commit_certificate() {
  CommitCertificate result{commit_message(), signers(), {}};
  for (std::size_t i = 0; i < result.signers.count(); ++i) result.signatures.push_back(signature());
  return result;
}

Block RandomMessages::block() {
  Block result;
  BlockHeader& h = result.header;
  h.genesis = digest();
  h.epoch = Epoch{rng_()};
  h.epoch_hash = digest();
  h.view = View{rng_()};
  h.height = Height{below(1'000'000)};
  h.parent_hash = digest();
  h.parent_view = View{rng_()};
  h.proposer = ValidatorIndex{static_cast<std::uint16_t>(rng_())};
  h.timestamp = TimestampMs{rng_()};
  h.cut_root = digest();
  h.body_root = digest();
  h.flags = static_cast<std::uint8_t>(below(4));
  h.next_epoch_hash = digest();
  for (std::uint16_t lane = 0; lane < 8; ++lane) {
    if (below(2) == 0) continue;
    result.cut.push_back({ValidatorIndex{lane}, LanePosition{1 + below(1'000)}, digest()});
  }
  for (std::uint64_t i = below(3); i > 0; --i) result.system.push_back(bytes(below(50)));
  return result;
}

Justification RandomMessages::justification() {
  Justification result;
  if (below(4) != 0) {
    result.parent = certificate(below(2) == 0 ? VoteKind::kNotarize : VoteKind::kFinalize);
  }
  const std::uint64_t first = below(1'000);
  for (std::uint64_t i = below(4); i > 0; --i) {
    result.nullifications.push_back(certificate(VoteKind::kNullify));
    result.nullifications.back().view = View{first + result.nullifications.size()};
  }
  return result;
}

StoredBlock RandomMessages::stored_block() {
  StoredBlock result{block(), justification(), std::nullopt};
  if (below(2) == 0) result.finalization = certificate(VoteKind::kFinalize);
  return result;
}

Batch RandomMessages::batch() {
  std::vector<Bytes> envelopes;
  for (std::uint64_t i = below(6); i > 0; --i) envelopes.push_back(bytes(below(300)));
  Batch result;
  result.envelopes = EnvelopeList::copy_of(envelopes);
  BatchPlan plan;
  plan.chain.genesis = digest();
  plan.epoch = Epoch{rng_()};
  plan.lane = ValidatorIndex{static_cast<std::uint16_t>(rng_())};
  plan.pos = LanePosition{rng_()};
  plan.prev_digest = digest();
  plan.created = TimestampMs{rng_()};
  plan.transfer_count = static_cast<std::uint32_t>(rng_());
  result.header = make_batch_header(plan, result.envelopes);
  result.signature = signature();
  return result;
}

std::vector<LaneAck> RandomMessages::lanes() {
  std::vector<LaneAck> result;
  for (std::uint16_t lane = 0; lane < 16; ++lane) {
    if (below(2) == 0) result.push_back({ValidatorIndex{lane}, LanePosition{rng_()}, rng_()});
  }
  return result;
}

Evidence RandomMessages::evidence() {
  Evidence result;
  result.epoch = Epoch{rng_()};
  result.offender = ValidatorIndex{static_cast<std::uint16_t>(rng_())};
  if (below(2) == 0) {
    result.proof = Conflict{{SignedKind::kNotarize, rng_(), digest(), signature()},
                            {SignedKind::kCommit, rng_(), digest(), signature()}};
    return result;
  }
  const Batch whole = batch();
  std::vector<Bytes> leaves{bytes(5), bytes(6), bytes(7)};
  result.proof =
      BadBatch{whole.header, whole.signature, leaves[1],
               crypto::merkle_path(huangpu::test::test_suite(), std::span<const Bytes>(leaves), 1)};
  return result;
}

Message RandomMessages::of_kind(MessageKind kind) {
  const ValidatorIndex someone{static_cast<std::uint16_t>(rng_())};
  const VoteKind vote_kind = static_cast<VoteKind>(2 + below(3));
  switch (kind) {
    case MessageKind::kProposal:
      return Proposal{Epoch{rng_()}, View{rng_()}, block(), justification(), signature()};
    case MessageKind::kVote:
      return Vote{vote_kind, Epoch{rng_()}, View{rng_()}, digest(), someone, signature()};
    case MessageKind::kCertificate:
      return certificate(vote_kind);
    case MessageKind::kCommitVote:
      return CommitVote{commit_message(), someone, signature()};
    case MessageKind::kCommitCertificate:
      return commit_certificate();
    case MessageKind::kBatch:
      return batch();
    case MessageKind::kAckVector:
      return AckVector{Epoch{rng_()}, lanes()};
    case MessageKind::kStatus: {
      PeerStatus status{Epoch{rng_()}, View{rng_()}, View{rng_()},   Height{rng_()},
                        View{rng_()},  View{rng_()}, Height{rng_()}, Height{rng_()},
                        below(2) == 0, std::nullopt, lanes()};
      if (below(2) == 0) status.rejoin_view = View{rng_()};
      return status;
    }
    case MessageKind::kGetCertificate: {
      constexpr CertificateKind kKinds[] = {
          CertificateKind::kNotarization, CertificateKind::kNullification,
          CertificateKind::kFinalization, CertificateKind::kCommit};
      return GetCertificate{kKinds[below(4)], Epoch{rng_()}, rng_()};
    }
    case MessageKind::kGetBlocks:
      return GetBlocks{Height{rng_()}, static_cast<std::uint32_t>(1 + below(kBlocksPerReplyMax))};
    case MessageKind::kGetBlockByHash:
      return GetBlockByHash{digest()};
    case MessageKind::kBlocksReply: {
      BlocksReply reply;
      const std::uint64_t first = below(1'000);
      for (std::uint64_t i = below(4); i > 0; --i) {
        reply.blocks.push_back(stored_block());
        reply.blocks.back().block.header.height = Height{first + reply.blocks.size()};
      }
      if (below(2) == 0) reply.commit_certificate = commit_certificate();
      return reply;
    }
    case MessageKind::kGetBatches: {
      const std::uint64_t from = 1 + below(1'000'000);
      return GetBatches{Epoch{rng_()}, someone, LanePosition{from},
                        LanePosition{from + below(kBatchesPerRequestMax)}};
    }
    case MessageKind::kEvidence:
      return evidence();
    case MessageKind::kReady:
      return Ready{Epoch{rng_()}, digest(), someone, signature()};
    case MessageKind::kGetViewReport:
      return GetViewReport{rng_()};
    case MessageKind::kViewReport: {
      ViewReport report{rng_(), Epoch{rng_()}, View{rng_()}, below(2) == 0, std::nullopt};
      if (below(2) == 0) report.entered_by = certificate(vote_kind);
      return report;
    }
  }
  return GetViewReport{};
}

Message RandomMessages::any() {
  return of_kind(static_cast<MessageKind>(1 + below(std::variant_size_v<Message>)));
}

}  // namespace huangpu::consensus::test
