#include "tests/sim/byzantine.hpp"

#include <array>
#include <utility>

#include "consensus/codec/hashing.hpp"
#include "consensus/codec/message_codec.hpp"
#include "crypto/base/assert.hpp"

namespace huangpu::sim {

namespace {

constexpr std::size_t kMemoryMax = 512;
constexpr std::uint64_t kFarViews = 1ULL << 40;

std::shared_ptr<const Bytes> encoded(const consensus::Message& message) {
  return std::make_shared<const Bytes>(consensus::encode_message(message));
}

}  // namespace

const char* to_string(Byzantine kind) {
  constexpr std::array<const char*, kByzantineKinds> names = {
      "twin",         "equivocating-leader", "equivocating-lane", "silent",  "selective-sender",
      "withholder",   "late-proposer",       "replayer",          "spammer", "gap-leader",
      "double-voter", "status-liar",         "wrong-result"};
  return names[static_cast<std::size_t>(kind)];
}

Saboteur::Saboteur(Byzantine kind, World world, Random random)
    : kind_(kind), world_(std::move(world)), random_(random), half_(random_.next()) {}

void Saboteur::pass(std::optional<std::size_t> to, const Encoded& bytes) {
  if (to) return world_.send(*to, bytes);
  for (std::size_t peer = 0; peer < world_.chain.validators.size(); ++peer) {
    if (peer != world_.index) world_.send(peer, bytes);
  }
}

void Saboteur::split(std::optional<std::size_t> to, const Encoded& first, const Encoded& second) {
  for (std::size_t peer = 0; peer < world_.chain.validators.size(); ++peer) {
    if (peer == world_.index || (to && *to != peer)) continue;
    world_.send(peer, favoured(peer) ? first : second);
  }
}

void Saboteur::later(Micros delay, std::optional<std::size_t> to, const Encoded& bytes) {
  world_.scheduler.after(delay, [this, to, bytes] { pass(to, bytes); });
}

crypto::Signature Saboteur::sign(consensus::SignedKind kind, Epoch epoch, std::uint64_t position,
                                 const crypto::Digest& digest) const {
  const auto message =
      consensus::signing_message(kind, world_.chain.context.genesis, epoch, position, digest);
  auto signature = world_.chain.validators[world_.index]->sign(message);
  HP_ASSERT(signature.has_value(), "a simulated key signs anything");
  return *signature;
}

void Saboteur::resign(consensus::Vote& vote) const {
  vote.signature =
      sign(consensus::signed_kind(vote.kind), vote.epoch, vote.view.value(), vote.digest);
}

void Saboteur::send(std::optional<std::size_t> to, consensus::Message message, Encoded bytes) {
  using consensus::VoteKind;
  ++sent_;
  auto* proposal = std::get_if<consensus::Proposal>(&message);
  auto* vote = std::get_if<consensus::Vote>(&message);
  const bool data = std::holds_alternative<consensus::Batch>(message);
  if (proposal != nullptr) view_ = std::max(view_, proposal->view);
  if (vote != nullptr) view_ = std::max(view_, vote->view);

  switch (kind_) {
    case Byzantine::kTwin:
      break;
    case Byzantine::kEquivocatingLeader:
      if (proposal != nullptr && !proposal->is_reproposal()) {
        return equivocate(to, std::move(*proposal), bytes);
      }
      break;
    case Byzantine::kEquivocatingLane:
      if (auto* batch = std::get_if<consensus::Batch>(&message);
          batch != nullptr && batch->header.lane.value() == world_.index) {
        batch->header.created = batch->header.created.next();
        batch->signature =
            sign(consensus::SignedKind::kBatch, batch->header.epoch, batch->header.pos.value(),
                 consensus::batch_digest(world_.chain.context.suite, batch->header));
        return split(to, bytes, encoded(message));
      }
      break;
    case Byzantine::kSilent:
      if (proposal != nullptr || vote != nullptr || data) return;
      break;
    case Byzantine::kSelectiveSender:
      if (to && !favoured(*to)) return;
      if (!to) {
        for (std::size_t peer = 0; peer < world_.chain.validators.size(); ++peer) {
          if (peer != world_.index && favoured(peer)) world_.send(peer, bytes);
        }
        return;
      }
      break;
    case Byzantine::kWithholder:
      if (data || std::holds_alternative<consensus::BlocksReply>(message)) {
        if (random_.chance(900)) return;
        to = random_.below(world_.chain.validators.size());
        if (*to == world_.index) return;
      }
      break;
    case Byzantine::kLateProposer:
      if (proposal != nullptr) {
        const std::uint64_t timer = world_.chain.epoch.parameters.proposal_ms * kMillisecond;
        return later(random_.between(timer * 8 / 10, timer * 11 / 10), to, bytes);
      }
      if (vote != nullptr && random_.chance(300)) {
        const std::uint64_t timer = world_.chain.epoch.parameters.certificate_ms * kMillisecond;
        return later(random_.between(timer / 2, timer * 11 / 10), to, bytes);
      }
      break;
    case Byzantine::kReplayer:
      if (memory_.size() >= kMemoryMax) memory_.pop_front();
      memory_.push_back(bytes);
      if (vote != nullptr && random_.chance(100)) {
        consensus::Vote other = *vote;
        other.epoch = Epoch{other.epoch.value() + random_.between(1, 3)};
        resign(other);
        pass(to, encoded(consensus::Message(other)));
      }
      if (random_.chance(100)) replay();
      break;
    case Byzantine::kSpammer:
      if (random_.chance(200)) spam();
      if (random_.chance(50)) pass(to, garbage(bytes));
      break;
    case Byzantine::kGapLeader:
      if (proposal != nullptr && !proposal->justification.nullifications.empty()) {
        auto& gap = proposal->justification.nullifications;
        if (random_.chance(500)) {
          gap.clear();
        } else {
          gap.erase(gap.begin() + static_cast<std::ptrdiff_t>(random_.below(gap.size())));
        }
        bytes = encoded(message);
      }
      break;
    case Byzantine::kDoubleVoter:
      if (vote != nullptr && vote->kind != VoteKind::kNotarize) {
        consensus::Vote other = *vote;
        other.kind = vote->kind == VoteKind::kNullify ? VoteKind::kFinalize : VoteKind::kNullify;
        other.digest = {};
        if (other.kind == VoteKind::kFinalize) {
          other.digest = crypto::Digest::from(
              Bytes(crypto::Digest::kSizeBytes, static_cast<std::uint8_t>(random_.next() | 1)));
        }
        resign(other);
        split(to, bytes, encoded(consensus::Message(other)));
        if (random_.chance(300)) pass(to, encoded(consensus::Message(other)));
        return;
      }
      break;
    case Byzantine::kStatusLiar:
      if (auto* status = std::get_if<consensus::PeerStatus>(&message)) {
        const bool up = random_.chance(500);
        const std::uint64_t shift = up ? random_.between(1, kFarViews) : 0;
        status->final_height = Height{up ? status->final_height.value() + shift : 0};
        status->certified_height = Height{up ? status->certified_height.value() + shift : 0};
        status->executed_height = status->certified_height;
        if (random_.chance(500)) {
          status->view = View{up ? status->view.value() + shift : 1};
          status->final_view = View{up ? status->view.value() - 1 : 0};
          status->notarized_view = status->final_view;
          status->nullified_view = View{0};
        }
        bytes = encoded(message);
      }
      break;
    case Byzantine::kWrongResult:
      if (auto* result = std::get_if<consensus::CommitVote>(&message)) {
        result->message.state_root =
            crypto::Digest::from(Bytes(crypto::Digest::kSizeBytes, std::uint8_t{0x77}));
        result->signature = sign(
            consensus::SignedKind::kCommit, result->message.epoch, result->message.height.value(),
            consensus::commit_digest(world_.chain.context.suite, result->message));
        return split(to, bytes, encoded(message));
      }
      break;
  }
  pass(to, bytes);
}

// A second block that differs in its time only; and the votes each half expects.
void Saboteur::equivocate(std::optional<std::size_t> to, consensus::Proposal proposal,
                          const Encoded& original) {
  using consensus::VoteKind;
  const crypto::SuiteId suite = world_.chain.context.suite;
  const auto vote_for = [&](const crypto::Digest& digest, VoteKind kind) {
    consensus::Vote vote;
    vote.kind = kind;
    vote.epoch = proposal.epoch;
    vote.view = proposal.view;
    vote.digest = digest;
    vote.signer = ValidatorIndex{static_cast<std::uint16_t>(world_.index)};
    resign(vote);
    return encoded(consensus::Message(vote));
  };
  const crypto::Digest first = consensus::block_hash(suite, proposal.block.header);
  proposal.block.header.timestamp = proposal.block.header.timestamp.next();
  const crypto::Digest second = consensus::block_hash(suite, proposal.block.header);
  proposal.signature =
      sign(consensus::SignedKind::kPropose, proposal.epoch, proposal.view.value(), second);
  const Encoded notarize_first = vote_for(first, VoteKind::kNotarize);
  const Encoded notarize_second = vote_for(second, VoteKind::kNotarize);
  const Encoded finalize_first = vote_for(first, VoteKind::kFinalize);
  const Encoded finalize_second = vote_for(second, VoteKind::kFinalize);
  split(to, original, encoded(consensus::Message(std::move(proposal))));
  split(to, notarize_first, notarize_second);
  split(to, finalize_first, finalize_second);
}

void Saboteur::replay() {
  for (std::uint64_t i = random_.between(1, 8); i > 0 && !memory_.empty(); --i) {
    later(random_.below(2 * kSecond), std::nullopt, memory_[random_.below(memory_.size())]);
  }
}

void Saboteur::spam() {
  using consensus::VoteKind;
  consensus::Vote vote;
  const std::array kinds = {VoteKind::kNotarize, VoteKind::kNullify, VoteKind::kFinalize};
  vote.kind = kinds[random_.below(kinds.size())];
  vote.epoch = world_.chain.epoch.epoch;
  const std::uint64_t ahead =
      random_.chance(500) ? random_.between(1, 200) : random_.below(kFarViews);
  vote.view = View{view_.value() + ahead};
  if (vote.kind != VoteKind::kNullify) {
    vote.digest = crypto::Digest::from(
        Bytes(crypto::Digest::kSizeBytes, static_cast<std::uint8_t>(random_.next() | 1)));
  }
  vote.signer = ValidatorIndex{static_cast<std::uint16_t>(world_.index)};
  resign(vote);
  pass(std::nullopt, encoded(consensus::Message(vote)));
  if (random_.chance(300)) {
    // A certificate that only its maker signed.
    consensus::Certificate certificate;
    certificate.kind = vote.kind;
    certificate.epoch = vote.epoch;
    certificate.view = vote.view;
    certificate.digest = vote.digest;
    certificate.signers = consensus::SignerSet(world_.chain.validators.size());
    for (std::size_t i = 0; i < world_.chain.validators.size(); ++i) {
      certificate.signers.insert(ValidatorIndex{static_cast<std::uint16_t>(i)});
      certificate.signatures.push_back(vote.signature);
    }
    pass(std::nullopt, encoded(consensus::Message(certificate)));
  }
  if (random_.chance(300)) {
    consensus::GetBlocks request{Height{random_.below(kFarViews)}, consensus::kBlocksPerReplyMax};
    pass(std::nullopt, encoded(consensus::Message(request)));
  }
}

// A message with some of its bytes changed, cut or made up.
Saboteur::Encoded Saboteur::garbage(const Encoded& bytes) {
  Bytes copy = *bytes;
  if (random_.chance(200)) {
    copy.assign(random_.below(200), 0);
    for (std::uint8_t& each : copy) each = static_cast<std::uint8_t>(random_.next());
  }
  if (!copy.empty() && random_.chance(300)) copy.resize(random_.below(copy.size()));
  for (std::uint64_t i = random_.between(1, 4); i > 0 && !copy.empty(); --i) {
    copy[random_.below(copy.size())] = static_cast<std::uint8_t>(random_.next());
  }
  return std::make_shared<const Bytes>(std::move(copy));
}

}  // namespace huangpu::sim
