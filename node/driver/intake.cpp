#include "node/driver/intake.hpp"

#include <chrono>
#include <memory>
#include <utility>

#include "ledger/codec/batch.hpp"
#include "node/api/authorisation.hpp"
#include "node/driver/tip_reader.hpp"
#include "node/driver/wall_clock.hpp"

namespace huangpu::node {

namespace {

// An id is remembered for as long as its window is open, pending or not.
constexpr std::size_t kIdsMax = 4'000'000;

}  // namespace

Intake::Intake(Parts parts, const LimitsSection& limits)
    : parts_(std::move(parts)),
      count_max_(limits.pending_transactions),
      bytes_max_(limits.pending_bytes),
      settings_(parts_.settings),
      ids_(kIdsMax) {}

void Intake::submit(std::vector<Bytes> envelopes, const Principal& caller,
                    NodeBackend::SubmitDone done) {
  const auto refuse_all = [&](ledger::ResultCode code) {
    std::vector<TransactionUpdate> updates;
    for (std::size_t i = 0; i < envelopes.size(); ++i) {
      updates.push_back(rejected({}, {}, code, ""));
    }
    return updates;
  };
  if (!open()) return done(refuse_all(ledger::ResultCode::kNotReady));

  struct Job {
    std::vector<Bytes> envelopes;
    Principal caller;
    NodeBackend::SubmitDone done;
  };
  auto job = std::make_shared<Job>(Job{std::move(envelopes), caller, std::move(done)});
  const bool taken = parts_.pool.try_post([this, job] {
    std::vector<TransactionUpdate> updates;
    updates.reserve(job->envelopes.size());
    for (Bytes& envelope : job->envelopes) {
      updates.push_back(judge(std::move(envelope), job->caller));
    }
    job->done(std::move(updates));
  });
  if (taken) return;
  envelopes = std::move(job->envelopes);
  job->done(refuse_all(ledger::ResultCode::kBusy));
}

TransactionUpdate Intake::rejected(const ledger::TxId& txid, ledger::ParticipantId submitter,
                                   ledger::ResultCode code, std::string message) {
  parts_.metrics.add(CounterId::kPoolRejected, {ledger::name(code)});
  TransactionUpdate update;
  update.txid = txid;
  update.submitter = submitter;
  update.stage = TransactionStage::kRejected;
  update.code = static_cast<std::uint16_t>(code);
  update.message = message.empty() ? std::string(ledger::text(code)) : std::move(message);
  return update;
}

bool Intake::reserve(std::uint64_t bytes) {
  if (pending_count_.fetch_add(1, std::memory_order_relaxed) >= count_max_) {
    pending_count_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  if (pending_bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes > bytes_max_) {
    pending_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    pending_count_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  return true;
}

void Intake::sealed(std::uint64_t count, std::uint64_t bytes) {
  pending_count_.fetch_sub(count, std::memory_order_relaxed);
  pending_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
}

void Intake::unsealed(std::uint64_t count, std::uint64_t bytes) {
  pending_count_.fetch_add(count, std::memory_order_relaxed);
  pending_bytes_.fetch_add(bytes, std::memory_order_relaxed);
}

void Intake::expire(TimestampMs now) {
  const std::lock_guard lock(ids_mutex_);
  ids_.expire(now);
}

TransactionUpdate Intake::judge(Bytes envelope, const Principal& caller) {
  using ledger::ResultCode;
  auto decoded = ledger::decode_envelope(parts_.chain, envelope);
  if (!decoded)
    return rejected({}, {}, ledger::refusal_code(decoded.error()), decoded.error().message);
  const ledger::TxId txid = decoded->txid;
  const TimestampMs valid_until = decoded->body.valid_until;

  const ledger::ParticipantId submitter = decoded->body.submitter;
  if (authorise(caller, Call::kSubmit, std::span(&submitter, 1)) != Verdict::kAllowed) {
    return rejected(txid, submitter, ResultCode::kSenderNotAllowed, "");
  }
  const auto known = [&]() -> std::optional<TransactionUpdate> {
    if (auto tracked = parts_.tracker.find(txid)) return tracked;
    return std::nullopt;
  };
  if (auto tracked = known()) return *tracked;
  // Executed before this process began, or forgotten by the tracker.
  auto stored = parts_.find(txid);
  if (stored) return *stored;
  if (stored.error().code != Errc::kNotFound)
    return rejected(txid, submitter, ResultCode::kNotReady, "the node cannot read its state");

  const TipReader state(parts_.state);
  const TimestampMs now = std::max(wall_now(), parts_.view.block_time());
  const auto answer =
      ledger::check_admission(*decoded, now, settings_.load(std::memory_order_relaxed), state);
  if (!answer) return rejected(txid, submitter, ResultCode::kNotReady, answer.error().message);
  if (const Status health = state.health(); !health) {
    return rejected(txid, submitter, ResultCode::kNotReady, "the node cannot read its state");
  }
  if (!answer->admitted()) {
    std::string message;
    if (answer->first) {
      message = std::string(ledger::text(answer->code)) + " First use: transaction " +
                answer->first->txid.value().hex() + " at height " +
                std::to_string(answer->first->height.value()) + ", result " +
                std::string(ledger::name(answer->first->code)) + ".";
    }
    return rejected(txid, submitter, answer->code, std::move(message));
  }

  if (const Status valid = ledger::verify_envelope_signatures(*decoded, parts_.verifier); !valid) {
    parts_.metrics.add(CounterId::kSignaturesVerified, {"bad"});
    return rejected(txid, submitter, ResultCode::kSignatureInvalid, valid.error().message);
  }
  parts_.metrics.add(CounterId::kSignaturesVerified, {"good"});

  if (!reserve(envelope.size())) return rejected(txid, submitter, ResultCode::kBusy, "");
  {
    const std::lock_guard lock(ids_mutex_);
    switch (ids_.add(txid, valid_until)) {
      case ledger::PendingIds::Outcome::kAdded:
        break;
      case ledger::PendingIds::Outcome::kKnown: {
        sealed(1, envelope.size());
        if (auto tracked = known()) return *tracked;
        TransactionUpdate update;
        update.txid = txid;
        update.submitter = submitter;
        update.stage = TransactionStage::kAdmitted;
        return update;
      }
      case ledger::PendingIds::Outcome::kFull:
        sealed(1, envelope.size());
        return rejected(txid, submitter, ResultCode::kBusy, "");
    }
  }
  parts_.tracker.admitted(txid, submitter, valid_until);
  parts_.admit({std::make_shared<const Bytes>(std::move(envelope)), std::move(*decoded)});
  TransactionUpdate update;
  update.txid = txid;
  update.submitter = submitter;
  update.stage = TransactionStage::kAdmitted;
  return update;
}

}  // namespace huangpu::node
