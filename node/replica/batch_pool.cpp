#include "node/replica/batch_pool.hpp"

#include <algorithm>
#include <utility>

#include "crypto/base/assert.hpp"

namespace huangpu::node {

BatchPool::BatchPool(std::size_t lanes, Limits limits) : limits_(limits), lanes_(lanes) {}

void BatchPool::set_delivered(std::span<const consensus::LaneTip> tips) {
  for (std::size_t i = 0; i < tips.size() && i < lanes_.size(); ++i)
    lanes_[i].delivered = tips[i].pos;
}

BatchPool::Intake BatchPool::take(const consensus::BatchHeader& header,
                                  const crypto::Digest& digest, Asked asked) {
  if (header.lane.value() >= lanes_.size()) return Intake::kRefused;
  Lane& lane = lanes_[header.lane.value()];
  if (header.pos <= lane.delivered) return Intake::kRefused;
  const std::uint64_t ahead = header.pos.value() - lane.delivered.value();
  if (asked == Asked::kNo && ahead > limits_.positions_ahead_max) return Intake::kRefused;

  Alternatives& alternatives = lane.positions[header.pos];
  if (const auto found = alternatives.find(digest); found != alternatives.end()) {
    switch (found->second.state) {
      case State::kVerifying:
      case State::kStoring:
        return Intake::kKnown;
      case State::kHeld:
        return Intake::kHeld;
      case State::kRefused:
        return Intake::kRefused;
    }
    HP_UNREACHABLE("closed enumeration");
  }
  // A fetch by digest gets through whatever else stands at the position. What only claims to be
  // wanted, by its position, does not crowd memory: its digest is anybody's choice.
  const std::uint64_t bytes_max = limits_.bytes_max * (asked == Asked::kPlace ? kAskedFactor : 1);
  if (asked != Asked::kByDigest &&
      (alternatives.size() >= limits_.alternatives_max || lane.bytes >= bytes_max)) {
    if (alternatives.empty()) lane.positions.erase(header.pos);
    return Intake::kRefused;
  }
  Entry entry;
  entry.bytes = header.byte_count;
  entry.batch.header = header;
  entry.batch.digest = digest;
  lane.bytes += entry.bytes;
  alternatives.emplace(digest, std::move(entry));
  return Intake::kTaken;
}

BatchPool::Entry* BatchPool::find(ValidatorIndex lane, LanePosition pos,
                                  const crypto::Digest& digest) {
  if (lane.value() >= lanes_.size()) return nullptr;
  auto& positions = lanes_[lane.value()].positions;
  const auto at = positions.find(pos);
  if (at == positions.end()) return nullptr;
  const auto found = at->second.find(digest);
  return found == at->second.end() ? nullptr : &found->second;
}

void BatchPool::verified(PooledBatch batch) {
  Entry* entry = find(batch.header.lane, batch.header.pos, batch.digest);
  if (entry == nullptr || entry->state != State::kVerifying) return;  // delivered meanwhile
  entry->state = State::kStoring;
  entry->batch = std::move(batch);
}

void BatchPool::forged(ValidatorIndex lane, LanePosition pos, const crypto::Digest& digest) {
  const Entry* entry = find(lane, pos, digest);
  if (entry == nullptr || entry->state != State::kVerifying) return;
  Lane& of = lanes_[lane.value()];
  of.bytes -= entry->bytes;
  const auto at = of.positions.find(pos);
  at->second.erase(digest);
  if (at->second.empty()) of.positions.erase(at);
}

void BatchPool::refused(ValidatorIndex lane, LanePosition pos, const crypto::Digest& digest) {
  Entry* entry = find(lane, pos, digest);
  if (entry == nullptr) return;
  lanes_[lane.value()].bytes -= entry->bytes;
  entry->bytes = 0;
  entry->state = State::kRefused;
}

const PooledBatch* BatchPool::durable(ValidatorIndex lane, LanePosition pos,
                                      const crypto::Digest& digest) {
  Entry* entry = find(lane, pos, digest);
  if (entry == nullptr || entry->state != State::kStoring) return nullptr;
  entry->state = State::kHeld;
  return &entry->batch;
}

const PooledBatch* BatchPool::held(ValidatorIndex lane, LanePosition pos,
                                   const crypto::Digest& digest) const {
  const Entry* entry = const_cast<BatchPool*>(this)->find(lane, pos, digest);
  return entry != nullptr && entry->state == State::kHeld ? &entry->batch : nullptr;
}

std::vector<PooledBatch> BatchPool::deliver(ValidatorIndex lane_index,
                                            const consensus::LaneTip& tip) {
  Lane& lane = lanes_.at(lane_index.value());
  std::vector<PooledBatch> chain;
  crypto::Digest digest = tip.digest;
  for (LanePosition pos = tip.pos; pos > lane.delivered; pos = LanePosition{pos.value() - 1}) {
    Entry* entry = find(lane_index, pos, digest);
    HP_ASSERT(entry != nullptr && entry->state == State::kHeld,
              "a finalized cut names only batches that are held");
    digest = entry->batch.header.prev_digest;
    chain.push_back(std::move(entry->batch));
  }
  std::reverse(chain.begin(), chain.end());

  const auto end = lane.positions.upper_bound(tip.pos);
  for (auto it = lane.positions.begin(); it != end; it = lane.positions.erase(it)) {
    for (const auto& [_, entry] : it->second) lane.bytes -= entry.bytes;
  }
  lane.delivered = tip.pos;
  return chain;
}

}  // namespace huangpu::node
