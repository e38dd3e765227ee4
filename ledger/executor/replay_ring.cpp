#include "ledger/executor/replay_ring.hpp"

#include <string>

#include "crypto/base/codec.hpp"
#include "crypto/base/mutant.hpp"
#include "crypto/hash/domain.hpp"
#include "crypto/hash/hasher.hpp"
#include "ledger/types/state_key.hpp"

namespace huangpu::ledger {
namespace {

constexpr std::uint64_t kMsPerSecond = 1000;

std::uint64_t second_of(TimestampMs time) { return time.value() / kMsPerSecond; }

crypto::Digest next_digest(crypto::SuiteId suite, const crypto::Digest& digest, Height height,
                           ByteView ids) {
  Writer writer(64);
  writer.tag(crypto::domain::kReplay).digest(digest).u64(height.value());
  return crypto::hash(suite, {writer.view(), ids});
}

Bytes pack(const std::vector<TxId>& ids) {
  Writer writer(ids.size() * crypto::Digest::kSizeBytes);
  for (const auto& id : ids) writer.raw(id.bytes());
  return writer.take();
}

}  // namespace

Status ReplayRing::load(const StateReader& reader) {
  buckets_.clear();
  bool well_formed = true;
  reader.scan(replay_ids_prefix(), [this, &well_formed](ByteView key, ByteView ids) {
    Reader fields(key);
    fields.u8();  // the tag
    const std::uint64_t second = fields.u64();
    const Height height(fields.u64());
    well_formed = fields.finish("replay ids").has_value() && !ids.empty() &&
                  ids.size() % crypto::Digest::kSizeBytes == 0;
    if (!well_formed) return false;
    Bucket& bucket = buckets_[second];
    bucket.value.digest = next_digest(suite_, bucket.value.digest, height, ids);
    for (; !ids.empty(); ids = ids.subspan(crypto::Digest::kSizeBytes)) {
      bucket.ids.insert(TxId(crypto::Digest::from(ids.first(crypto::Digest::kSizeBytes))));
      ++bucket.value.count;
    }
    return true;
  });
  if (!well_formed) return fail(Errc::kCorrupt, "replay ids are damaged");
  for (const auto& [second, bucket] : buckets_) {
    const auto stored = reader.get(replay_bucket_key(second));
    if (!stored || *stored != bucket.value.encode()) {
      return fail(Errc::kCorrupt, "replay bucket " + std::to_string(second) +
                                      " does not match the digest in the state");
    }
  }
  return {};
}

bool ReplayRing::contains(const TxId& txid, TimestampMs valid_until) const {
  const auto bucket = buckets_.find(second_of(valid_until));
  return bucket != buckets_.end() && bucket->second.ids.contains(txid);
}

void ReplayRing::add(const TxId& txid, TimestampMs valid_until) {
  Bucket& bucket = buckets_[second_of(valid_until)];
  bucket.ids.insert(txid);
  bucket.added.push_back(txid);
}

BucketValue ReplayRing::value_after(const Bucket& bucket, Height height) const {
  BucketValue value = bucket.value;
  value.digest = next_digest(suite_, value.digest, height, pack(bucket.added));
  value.count += bucket.added.size();
  return value;
}

void ReplayRing::write_changes(Height height, TimestampMs now, StateDelta& delta) const {
  for (const auto& [second, bucket] : buckets_) {
    if (second < second_of(now) + (HP_MUTANT(19) ? 120 : 0)) {
      delta.changes.push_back(Change{replay_bucket_key(second), std::nullopt});
      delta.erased_aux_prefixes.push_back(replay_ids_prefix(second));
    } else if (!bucket.added.empty()) {
      delta.changes.push_back(
          Change{replay_bucket_key(second), value_after(bucket, height).encode()});
      delta.changes.push_back(Change{replay_ids_key(second, height), pack(bucket.added)});
    }
  }
}

void ReplayRing::accept(Height height, TimestampMs now) {
  buckets_.erase(buckets_.begin(),
                 buckets_.lower_bound(second_of(now) + (HP_MUTANT(19) ? 120 : 0)));
  for (auto& [second, bucket] : buckets_) {
    if (bucket.added.empty()) continue;
    bucket.value = value_after(bucket, height);
    bucket.added.clear();
  }
}

void ReplayRing::undo() {
  for (auto place = buckets_.begin(); place != buckets_.end();) {
    Bucket& bucket = place->second;
    for (const auto& id : bucket.added) bucket.ids.erase(id);
    bucket.added.clear();
    place = bucket.ids.empty() ? buckets_.erase(place) : std::next(place);
  }
}

std::size_t ReplayRing::size() const {
  std::size_t count = 0;
  for (const auto& [second, bucket] : buckets_) count += bucket.ids.size();
  return count;
}

}  // namespace huangpu::ledger
