#include "ledger/admission/admission.hpp"

#include <absl/container/flat_hash_set.h>

#include <map>

#include "crypto/base/civil.hpp"
#include "ledger/executor/reference_book.hpp"
#include "ledger/rules/keys.hpp"
#include "ledger/types/state_key.hpp"
#include "ledger/types/state_value.hpp"

namespace huangpu::ledger {
namespace {

constexpr ResultCode kProceed = ResultCode::kSettled;
constexpr std::uint64_t kMsPerSecond = 1000;

ResultCode check_window(const TransactionBody& body, TimestampMs now,
                        const LedgerSettings& settings) {
  const std::uint64_t window_ms = std::uint64_t{settings.replay_window_seconds} * kMsPerSecond;
  if (now > body.valid_until) return ResultCode::kExpired;
  if (body.valid_until.value() - now.value() > window_ms) return ResultCode::kTooFarAhead;
  // Ordered before its window opens it would be refused for good; the client should wait instead.
  if (now < body.valid_from) return ResultCode::kNotYetValid;
  return kProceed;
}

Result<ResultCode> check_signers(const TransactionBody& body, const StateReader& state) {
  if (!state.get(participant_key(body.submitter))) return ResultCode::kSubmitterUnknown;
  const crypto::PublicKey* const introduced = introduced_key(body.operation);
  bool submitter_signed = false;
  for (const auto& signer : body.signers) {
    const auto stored = state.get(key_key(signer));
    if (!stored) {
      if (introduced == nullptr || introduced->id() != signer) return ResultCode::kSignerUnknown;
      continue;
    }
    HP_TRY_ASSIGN(const auto key, KeyValue::decode(*stored));
    if (key.status != KeyStatus::kActive) return ResultCode::kSignerInactive;
    submitter_signed |= key.participant == body.submitter;
  }
  return submitter_signed ? kProceed : ResultCode::kSubmitterDidNotSign;
}

Result<AdmissionAnswer> check_reference(const DecodedEnvelope& envelope, TimestampMs now,
                                        const LedgerSettings& settings, const StateReader& state) {
  const auto day = day_from_yyyymmdd(envelope.body.reference->date);
  if (!day) return AdmissionAnswer{ResultCode::kMalformed, std::nullopt};
  const ResultCode in_time =
      check_reference_day(*day, day_from_timestamp(now), settings.reference_days);
  if (in_time != kProceed) return AdmissionAnswer{in_time, std::nullopt};
  const auto stored = state.get(reference_key_of(envelope.body));
  if (!stored) return AdmissionAnswer{};
  HP_TRY_ASSIGN(const auto use, ReferenceValue::decode(*stored));
  const bool same = use.business_digest == envelope.business_digest;
  return AdmissionAnswer{same ? ResultCode::kReferenceRepeated : ResultCode::kReferenceConflict,
                         use.first};
}

}  // namespace

Result<AdmissionAnswer> check_admission(const DecodedEnvelope& envelope, TimestampMs now,
                                        const LedgerSettings& settings, const StateReader& state) {
  ResultCode code = check_window(envelope.body, now, settings);
  if (code == kProceed) {
    HP_TRY_ASSIGN(code, check_signers(envelope.body, state));
  }
  if (code != kProceed || !envelope.body.reference) return AdmissionAnswer{code, std::nullopt};
  return check_reference(envelope, now, settings, state);
}

// Buckets by second of valid_until, as in the executor's ring, so that forgetting costs nothing per
// id.
class PendingIds::Impl {
 public:
  explicit Impl(std::size_t ids_max) : ids_max_(ids_max) {}

  Outcome add(const TxId& txid, TimestampMs valid_until) {
    auto& bucket = buckets_[second_of(valid_until)];
    if (bucket.contains(txid)) return Outcome::kKnown;
    if (size_ >= ids_max_) {
      if (bucket.empty()) buckets_.erase(second_of(valid_until));
      return Outcome::kFull;
    }
    bucket.insert(txid);
    ++size_;
    return Outcome::kAdded;
  }
  void remove(const TxId& txid, TimestampMs valid_until) {
    const auto place = buckets_.find(second_of(valid_until));
    if (place == buckets_.end()) return;
    size_ -= place->second.erase(txid);
    if (place->second.empty()) buckets_.erase(place);
  }
  [[nodiscard]] bool contains(const TxId& txid, TimestampMs valid_until) const {
    const auto place = buckets_.find(second_of(valid_until));
    return place != buckets_.end() && place->second.contains(txid);
  }
  void expire(TimestampMs now) {
    while (!buckets_.empty() && buckets_.begin()->first < second_of(now)) {
      size_ -= buckets_.begin()->second.size();
      buckets_.erase(buckets_.begin());
    }
  }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static std::uint64_t second_of(TimestampMs time) { return time.value() / kMsPerSecond; }

  std::size_t ids_max_;
  std::size_t size_ = 0;
  std::map<std::uint64_t, absl::flat_hash_set<TxId>> buckets_;
};

PendingIds::PendingIds(std::size_t ids_max) : impl_(std::make_unique<Impl>(ids_max)) {}
PendingIds::~PendingIds() = default;
PendingIds::PendingIds(PendingIds&&) noexcept = default;
PendingIds& PendingIds::operator=(PendingIds&&) noexcept = default;

PendingIds::Outcome PendingIds::add(const TxId& txid, TimestampMs valid_until) {
  return impl_->add(txid, valid_until);
}
void PendingIds::remove(const TxId& txid, TimestampMs valid_until) {
  impl_->remove(txid, valid_until);
}
bool PendingIds::contains(const TxId& txid, TimestampMs valid_until) const {
  return impl_->contains(txid, valid_until);
}
void PendingIds::expire(TimestampMs now) { impl_->expire(now); }
std::size_t PendingIds::size() const { return impl_->size(); }

}  // namespace huangpu::ledger
