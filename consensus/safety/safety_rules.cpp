#include "consensus/safety/safety_rules.hpp"

#include <algorithm>

#include "consensus/codec/hashing.hpp"
#include "crypto/base/mutant.hpp"

namespace huangpu::consensus {
namespace {

// A node whose log cannot keep up stops voting before its open frame outgrows what one write may
// hold.
constexpr std::size_t kOpenFrameBytesMax = kFrameBytesMax / 4;
constexpr std::size_t kOwnBatchesKept = 4'096;

tl::unexpected<Error> refuse(std::string why) { return fail(Errc::kGuard, "guard: " + why); }

std::string view_text(View view) { return "view " + std::to_string(view.value()); }

}  // namespace

SafetyRules::SafetyRules(SafetyConfig config, crypto::Signer& signer, SafetyRestore restore)
    : SafetyRules(std::make_unique<KeyStatementSigner>(signer), config, std::move(restore)) {}

SafetyRules::SafetyRules(std::unique_ptr<KeyStatementSigner> signer, SafetyConfig config,
                         SafetyRestore restore)
    : SafetyRules(config, *signer, std::move(restore)) {
  own_signer_ = std::move(signer);
}

SafetyRules::SafetyRules(SafetyConfig config, StatementSigner& signer, SafetyRestore restore)
    : config_(config), signer_(signer), verdict_(std::move(restore.verdict)) {
  RestoredVotes& log = restore.log;
  quarantined_ = verdict_.kind == Verdict::Kind::kQuarantine && !HP_MUTANT(25);
  if (verdict_.kind == Verdict::Kind::kRefuse) stopped_ = verdict_.reason;
  lane_closed_ = quarantined_ || log.lane_closed;
  epoch_ended_ = epoch_end_durable_ = log.epoch_end.has_value();
  horizon_ = log.horizon;
  next_seq_ = log.next_seq;
  if (log.floor) final_ = *log.floor;
  final_.rejoin = false;

  const auto restore_vote = [this](View view, SignedKind kind, const Digest& digest) {
    votes_.emplace(VoteKey{view, kind}, VoteEntry{digest, true});
    highest_vote_ = std::max(highest_vote_, view);
  };
  for (const auto& [view, own] : log.votes) {
    if (own.proposed) restore_vote(view, SignedKind::kPropose, *own.proposed);
    if (own.notarized) restore_vote(view, SignedKind::kNotarize, *own.notarized);
    if (own.nullified) restore_vote(view, SignedKind::kNullify, Digest{});
    if (own.finalized) restore_vote(view, SignedKind::kFinalize, *own.finalized);
  }
  proposals_ = std::move(log.proposals);
  for (const Certificate& certificate : log.certificates) {
    add_certificate(certificate);
    waiting_.erase({certificate.view, certificate.kind});
    logged_certificates_.insert({certificate.view, certificate.kind});
  }

  sign_state_ = log.sign_state;
  if (sign_state_.epoch != config_.epoch || sign_state_.genesis != config_.chain.genesis) {
    const std::uint64_t counter = sign_state_.counter;
    sign_state_ = SignState{};
    sign_state_.counter = counter;
  }
  sign_state_.genesis = config_.chain.genesis;
  sign_state_.key = signer_.public_key().id();
  sign_state_.epoch = config_.epoch;

  for (const OwnBatch& batch : restore.own_batches) own_batches_[batch.pos] = batch.digest;
  for (const OwnCommit& commit : restore.own_commits) own_commits_[commit.height] = commit.digest;
  set_certified(restore.certified_height);
}

// --- guards ---

Status SafetyRules::may_sign() const {
  if (!stopped_.empty()) return refuse("signing has stopped: " + stopped_);
  if (quarantined_) return refuse("in quarantine");
  return {};
}

Status SafetyRules::may_vote(View view) const {
  if (epoch_ended_) return refuse("the epoch has ended");
  if (view.value() == 0) return refuse("no votes for view 0");
  if (view <= final_.view) {
    return refuse(view_text(view) + " is not above the final " + view_text(final_.view));
  }
  if (view <= horizon_) return refuse(view_text(view) + " may have been voted on and forgotten");
  return {};
}

const SafetyRules::VoteEntry* SafetyRules::find(View view, SignedKind kind) const {
  const auto it = votes_.find({view, kind});
  return it == votes_.end() ? nullptr : &it->second;
}

Result<Released> SafetyRules::repeat(View view, SignedKind kind, const Digest& digest) {
  const auto it = votes_.find({view, kind});
  HP_ASSERT(it != votes_.end(), "only a vote that exists can be repeated");
  const VoteEntry& entry = it->second;
  if (entry.digest != digest) {
    return refuse(std::string("another ") + to_string(kind) + " exists for " + view_text(view));
  }
  if (!entry.durable) return Released{};
  HP_TRY_ASSIGN(VoteMessage message, message_of(it->first, entry));
  return Released{std::move(message)};
}

Result<Released> SafetyRules::propose(View view, const Block& block,
                                      const Justification& justification) {
  const Digest digest = block_hash(config_.chain.suite, block.header);
  HP_TRY(may_sign());
  if (find(view, SignedKind::kPropose)) return repeat(view, SignedKind::kPropose, digest);
  HP_TRY(may_vote(view));
  if (find(view, SignedKind::kNullify)) return refuse(view_text(view) + " is nullified");
  HP_TRY(check_block(view, block));
  ProposeRecord record{view, digest, block, justification};
  HP_TRY_ASSIGN(Released released, queue(view, SignedKind::kPropose, digest, record));
  proposals_.insert_or_assign(view, std::move(record));
  return released;
}

Result<Released> SafetyRules::notarize(View view, const StoredBlock& stored) {
  const Digest digest = block_hash(config_.chain.suite, stored.block.header);
  HP_TRY(may_sign());
  if (find(view, SignedKind::kNotarize)) return repeat(view, SignedKind::kNotarize, digest);
  HP_TRY(may_vote(view));
  HP_TRY(check_block(view, stored.block));
  // Allowed after our own nullify: only finalize and nullify exclude each other.
  NotarizeRecord record{view, digest, std::nullopt};
  const VoteEntry* proposed = find(view, SignedKind::kPropose);
  if (proposed == nullptr || proposed->digest != digest) record.block = stored;
  return queue(view, SignedKind::kNotarize, digest, record);
}

Result<Released> SafetyRules::nullify(View view) {
  HP_TRY(may_sign());
  if (find(view, SignedKind::kNullify)) return repeat(view, SignedKind::kNullify, Digest{});
  HP_TRY(may_vote(view));
  if (find(view, SignedKind::kFinalize)) return refuse("a finalize exists for " + view_text(view));
  if (HP_MUTANT(7)) {
    votes_.emplace(VoteKey{view, SignedKind::kNullify}, VoteEntry{Digest{}, true});
    return repeat(view, SignedKind::kNullify, Digest{});
  }
  return queue(view, SignedKind::kNullify, Digest{}, NullifyRecord{view});
}

Result<Released> SafetyRules::finalize(View view, const Digest& digest) {
  HP_TRY(may_sign());
  if (find(view, SignedKind::kFinalize)) return repeat(view, SignedKind::kFinalize, digest);
  HP_TRY(may_vote(view));
  if (!HP_MUTANT(8) && find(view, SignedKind::kNullify))
    return refuse("a nullify exists for " + view_text(view));
  if (!has_notarization(view, digest)) {
    return refuse("no notarization of this block is known for " + view_text(view));
  }
  return queue(view, SignedKind::kFinalize, digest, FinalizeRecord{view, digest});
}

Status SafetyRules::check_block(View view, const Block& block) const {
  const BlockHeader& header = block.header;
  if (header.genesis != config_.chain.genesis || header.epoch != config_.epoch) {
    return refuse("the block is of another chain or epoch");
  }
  if (header.view.value() == 0 || header.view > view) {
    return refuse("the block is not of " + view_text(view) + " or an earlier one");
  }
  return {};
}

// --- the log ---

void SafetyRules::add_certificate(const Certificate& certificate) {
  if (certificate.epoch != config_.epoch || certificate.view < final_.view) return;
  if (certificate.kind == VoteKind::kNotarize) {
    notarizations_.emplace(certificate.view, certificate.digest);
  }
  const std::pair key{certificate.view, certificate.kind};
  if (!logged_certificates_.contains(key)) waiting_.emplace(key, certificate);
}

// Newest first: the certificate that led into the view being voted on is among the last. What does
// not fit waits for a later frame; nothing in the open frame depends on it.
void SafetyRules::flush_certificates() {
  while (!waiting_.empty() && open_records_.size() <= kOpenFrameBytesMax) {
    const auto newest = std::prev(waiting_.end());
    open_records_.raw(encode_record(CertificateRecord{newest->second}));
    logged_certificates_.insert(newest->first);
    waiting_.erase(newest);
  }
}

Result<Released> SafetyRules::queue(View view, SignedKind kind, const Digest& digest,
                                    const LogRecord& record) {
  if (open_records_.size() > kOpenFrameBytesMax) {
    return fail(Errc::kExhausted, "vote log: too much waits for a sync that has not returned");
  }
  flush_certificates();
  open_records_.raw(encode_record(record));
  open_.votes.emplace_back(view, kind);
  votes_.emplace(VoteKey{view, kind}, VoteEntry{digest, false});
  highest_vote_ = std::max(highest_vote_, view);
  if (HP_MUTANT(3) && kind == SignedKind::kNotarize) {
    votes_.at({view, kind}).durable = true;
    HP_TRY_ASSIGN(VoteMessage message, message_of({view, kind}, votes_.at({view, kind})));
    return Released{std::move(message)};
  }
  return Released{};
}

std::optional<FrameBody> SafetyRules::take_frame() {
  if (in_flight_ || !has_open_frame()) return std::nullopt;
  FrameBody body;
  body.seq = next_seq_++;
  body.epoch = config_.epoch;
  for (const VoteKey& key : open_.votes) body.highest_view = std::max(body.highest_view, key.first);
  if (open_.floor) body.floor = open_.floor->view;
  body.records = open_records_.take();
  open_.seq = body.seq;
  in_flight_ = std::exchange(open_, InFlight{});
  return body;
}

Result<SafetyRules::Durable> SafetyRules::on_durable(std::uint64_t seq) {
  if (!in_flight_ || in_flight_->seq != seq) {
    return fail(Errc::kInvalidArgument, "vote log: no such frame is under way");
  }
  const InFlight frame = *std::exchange(in_flight_, std::nullopt);
  epoch_end_durable_ |= frame.epoch_end;
  if (frame.floor) {
    horizon_ = std::max(horizon_, frame.floor->view);
    if (frame.floor->rejoin) {
      quarantined_ = false;
      verdict_ = Verdict{};
    }
  }
  Durable result;
  for (const VoteKey& key : frame.votes) {
    const auto it = votes_.find(key);
    if (it == votes_.end()) continue;
    it->second.durable = true;
    // What is final, ended or stopped meanwhile stays in the log and is never signed.
    if (!may_sign() || !may_vote(key.first)) continue;
    Result<VoteMessage> message = message_of(key, it->second);
    if (message) {
      result.messages.push_back(std::move(*message));
    } else {
      unsigned_.insert(key);
      if (message.error().code != Errc::kNotReady) result.errors.push_back(message.error());
    }
  }
  for (const auto& [view, kind] : frame.votes) {
    View& top = kind == SignedKind::kPropose    ? sign_state_.proposed
                : kind == SignedKind::kNotarize ? sign_state_.notarized
                : kind == SignedKind::kNullify  ? sign_state_.nullified
                                                : sign_state_.finalized;
    top = std::max(top, view);
  }
  sign_state_.synced_seq = frame.seq + (HP_MUTANT(5) ? 1 : 0);
  result.sign_state = next_sign_state();
  forget_old_votes();
  return result;
}

std::optional<SignStateWrite> SafetyRules::witness_lane() {
  if (in_flight_ || has_open_frame() || lane_position() <= sign_state_.lane_position) return {};
  return next_sign_state();
}

SignStateWrite SafetyRules::next_sign_state() {
  sign_state_.lane_position = std::max(sign_state_.lane_position, lane_position());
  ++sign_state_.counter;
  return {sign_state_.slot(), encode(sign_state_)};
}

// --- signatures ---

Result<Signature> SafetyRules::sign(SignedKind kind, Epoch epoch, std::uint64_t position,
                                    const Digest& digest) {
  return signer_.sign({kind, config_.chain.genesis, epoch, position, digest});
}

Result<VoteMessage> SafetyRules::message_of(const VoteKey& key, const VoteEntry& entry) {
  HP_ASSERT(entry.durable, "a vote is signed only after its record is durable");
  if (const auto known = messages_.find(key); known != messages_.end()) return known->second;
  const auto& [view, kind] = key;
  const auto proposal = proposals_.find(view);
  if (kind == SignedKind::kPropose && proposal == proposals_.end()) {
    return fail(Errc::kNotFound,
                "guard: the proposal of " + view_text(view) + " is final and gone");
  }
  HP_TRY_ASSIGN(Signature signature, sign(kind, config_.epoch, view.value(), entry.digest));
  VoteMessage message =
      Vote{static_cast<VoteKind>(kind), config_.epoch, view, entry.digest, config_.self, signature};
  if (kind == SignedKind::kPropose) {
    const ProposeRecord& record = proposal->second;
    message = Proposal{config_.epoch, view, record.block, record.justification, signature};
  }
  if (view > final_.view) messages_.insert_or_assign(key, message);
  return message;
}

Result<Signature> SafetyRules::sign_batch(LanePosition pos, const Digest& digest) {
  HP_TRY(may_sign());
  if (lane_closed_) return refuse("the own lane is closed for this epoch");
  const auto known = own_batches_.find(pos);
  if (known != own_batches_.end()) {
    if (known->second != digest) {
      return refuse("another batch exists at own position " + std::to_string(pos.value()));
    }
  } else {
    if (epoch_ended_) return refuse("the epoch has ended");
    if (pos != lane_position().next()) {
      return refuse("own batch " + std::to_string(pos.value()) + " does not follow " +
                    std::to_string(lane_position().value()));
    }
    own_batches_.emplace(pos, digest);
    if (own_batches_.size() > kOwnBatchesKept) own_batches_.erase(own_batches_.begin());
  }
  return sign(SignedKind::kBatch, config_.epoch, pos.value(), digest);
}

Result<CommitVote> SafetyRules::commit(const CommitMessage& message) {
  if (!stopped_.empty()) return refuse("signing has stopped: " + stopped_);
  const Height height = message.height;
  if (message.genesis != config_.chain.genesis || message.epoch != config_.epoch ||
      height.value() == 0) {
    return refuse("the commit message is of another chain, epoch or of no block");
  }
  const Digest digest = commit_digest(config_.chain.suite, message);
  const auto known = own_commits_.find(height);
  if (known != own_commits_.end()) {
    if (known->second != digest) {
      return fail(Errc::kDiverged,
                  "guard: another result was signed for height " + std::to_string(height.value()));
    }
  } else {
    if (height <= certified_ && !message.is_boundary()) {
      return refuse("height " + std::to_string(height.value()) + " is covered by a certificate");
    }
    if (!own_commits_.empty() && height < own_commits_.rbegin()->first) {
      return refuse("height " + std::to_string(height.value()) + " comes after a higher one");
    }
    own_commits_.emplace(height, digest);
  }
  HP_TRY_ASSIGN(Signature signature,
                sign(SignedKind::kCommit, config_.epoch, height.value(), digest));
  return CommitVote{message, config_.self, std::move(signature)};
}

Result<Ready> SafetyRules::ready(Epoch epoch, const Digest& epoch_hash, ValidatorIndex index) {
  HP_TRY(may_sign());
  if (epoch <= config_.epoch) return refuse("ready is for a later epoch");
  HP_TRY_ASSIGN(Signature signature, sign(SignedKind::kReady, epoch, 0, epoch_hash));
  return Ready{epoch, epoch_hash, index, std::move(signature)};
}

}  // namespace huangpu::consensus
