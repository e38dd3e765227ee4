#include "ledger/executor/reference_book.hpp"

#include <algorithm>

#include "crypto/base/civil.hpp"
#include "crypto/base/codec.hpp"
#include "crypto/base/mutant.hpp"
#include "crypto/hash/domain.hpp"
#include "crypto/hash/hasher.hpp"
#include "ledger/types/state_key.hpp"

namespace huangpu::ledger {

ResultCode check_reference_day(std::uint32_t day, std::uint32_t today,
                               std::uint32_t reference_days) {
  if (day > today) return ResultCode::kReferenceInFuture;
  return today - day > reference_days ? ResultCode::kReferenceTooOld : ResultCode::kSettled;
}

Bytes reference_key_of(const TransactionBody& body) {
  HP_ASSERT(body.reference.has_value(), "a body without a reference has no reference key");
  const auto day = day_from_yyyymmdd(body.reference->date);
  HP_ASSERT(day.has_value(), "a decoded reference has a date that exists");
  return reference_key(*day, body.submitter, body.reference->id);
}

Result<std::optional<ReferenceValue>> ReferenceBook::find(const Bytes& key) const {
  if (const auto added = added_.find(key); added != added_.end()) return added->second;
  const auto stored = reader_.get(key);
  if (!stored || HP_MUTANT(22)) return std::nullopt;
  HP_TRY_ASSIGN(auto value, ReferenceValue::decode(*stored));
  return value;
}

void ReferenceBook::add(const Bytes& key, std::uint32_t day, const ReferenceValue& use) {
  const auto [place, added] = added_.emplace(key, use);
  HP_ASSERT(added, "a client reference was used twice");
  added_by_day_[day].keys.push_back(&place->first);
}

Result<BucketValue> ReferenceBook::day_value(std::uint32_t day) const {
  const auto stored = reader_.get(reference_day_key(day));
  if (!stored) return BucketValue{};
  return BucketValue::decode(*stored);
}

Status ReferenceBook::write_changes(Height height, TimestampMs previous, TimestampMs now,
                                    StateDelta& delta) const {
  for (const auto& [day, uses] : added_by_day_) {
    HP_TRY_ASSIGN(BucketValue value, day_value(day));
    Writer writer(uses.keys.size() * 160);
    writer.tag(crypto::domain::kReferences).digest(value.digest).u64(height.value());
    for (const Bytes* key : uses.keys) {
      Bytes use = added_.at(*key).encode();
      writer.blob(*key).blob(use);
      delta.changes.push_back(Change{*key, std::move(use)});
    }
    value.digest = crypto::hash(suite_, writer.view());
    value.count += uses.keys.size();
    delta.changes.push_back(Change{reference_day_key(day), value.encode()});
  }
  // Days that were still open at `previous` and are too old now; there are at most reference_days +
  // 1 of them with uses.
  const std::uint32_t before = day_from_timestamp(previous);
  const std::uint32_t today = day_from_timestamp(now);
  std::uint32_t day = before > reference_days_ ? before - reference_days_ : 0;
  for (; day <= before && today > day && today - day > reference_days_; ++day) {
    if (!reader_.get(reference_day_key(day))) continue;
    delta.changes.push_back(Change{reference_day_key(day), std::nullopt});
    delta.erased_aux_prefixes.push_back(reference_day_prefix(day));
  }
  return {};
}

void ReferenceBook::end_block() {
  added_by_day_.clear();
  added_.clear();
}

}  // namespace huangpu::ledger
