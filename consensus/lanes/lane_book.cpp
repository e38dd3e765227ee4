#include "consensus/lanes/lane_book.hpp"

#include <algorithm>
#include <utility>

#include "consensus/codec/hashing.hpp"
#include "crypto/base/assert.hpp"

namespace huangpu::consensus {

LaneBook::LaneBook(const ValidatorSet& set, const ConsensusParameters& parameters,
                   ValidatorIndex self)
    : set_(set),
      parameters_(parameters),
      self_(self.value()),
      ordered_(set.size()),
      lanes_(set.size()) {
  for (Lane& lane : lanes_) lane.acks.resize(set.size());
}

const BatchFacts* LaneBook::find(const Lane& lane, LanePosition pos, const Digest& digest) const {
  const auto found = lane.batches.find(pos);
  if (found == lane.batches.end()) return nullptr;
  for (const BatchFacts& facts : found->second) {
    if (facts.digest == digest) return &facts;
  }
  return nullptr;
}

LaneTip LaneBook::held_of(std::size_t lane) const {
  const LaneTip& ordered = ordered_[lane];
  const auto& chain = lanes_[lane].chain;
  if (chain.empty()) return ordered;
  return {LanePosition(ordered.pos.value() + chain.size()), chain.back()};
}

LaneTip LaneBook::held(ValidatorIndex lane) const { return held_of(lane.value()); }

LaneTip LaneBook::ordered(ValidatorIndex lane) const { return ordered_[lane.value()]; }

LaneBook::AddResult LaneBook::add(const BatchHeader& header, const Digest& digest,
                                  const Signature& signature) {
  const std::size_t index = header.lane.value();
  if (index >= lanes_.size()) return {Added::kOutside, std::nullopt};
  Lane& lane = lanes_[index];
  const std::uint64_t ordered = ordered_[index].pos.value();
  if (header.pos.value() <= ordered || header.pos.value() - ordered > window()) {
    return {Added::kOutside, std::nullopt};
  }
  auto& here = lane.batches[header.pos];
  for (const BatchFacts& facts : here) {
    if (facts.digest == digest) return {Added::kKnown, std::nullopt};
  }
  std::optional<BatchFacts> other;
  if (!here.empty()) other = here.front();
  // Beyond the bound the newest replaces the last fork: it is the one somebody asked for.
  if (here.size() >= kForksMax) here.pop_back();
  here.push_back({digest, header.prev_digest, header.transfer_count, header.byte_count, signature});
  extend(index);
  return {other ? Added::kFork : Added::kNew, other};
}

void LaneBook::extend(std::size_t index) {
  Lane& lane = lanes_[index];
  bool grown = false;
  for (;;) {
    const LaneTip tip = held_of(index);
    const auto next = lane.batches.find(tip.pos.next());
    if (next == lane.batches.end()) break;
    const auto link = std::find_if(next->second.begin(), next->second.end(),
                                   [&](const BatchFacts& f) { return f.previous == tip.digest; });
    if (link == next->second.end()) break;
    lane.chain.push_back(link->digest);
    grown = true;
  }
  if (!grown) return;
  lane.changed = true;
  changed_ = true;
  count(index);
}

void LaneBook::set_ordered(ValidatorIndex lane_index, const LaneTip& tip) {
  const std::size_t index = lane_index.value();
  Lane& lane = lanes_[index];
  const std::uint64_t before = ordered_[index].pos.value();
  if (tip.pos.value() <= before) return;
  const std::uint64_t advance = tip.pos.value() - before;
  if (advance <= lane.chain.size() && lane.chain[advance - 1] == tip.digest) {
    lane.chain.erase(lane.chain.begin(), lane.chain.begin() + static_cast<std::ptrdiff_t>(advance));
  } else {
    lane.chain.clear();  // the chain took another branch, or is ahead of what is held
    lane.changed = true;
    changed_ = true;
  }
  ordered_[index] = tip;
  lane.batches.erase(lane.batches.begin(), lane.batches.upper_bound(tip.pos));
  extend(index);
  count(index);
}

LaneBook::Holding LaneBook::holding(ValidatorIndex lane_index, const LaneTip& from,
                                    const LaneTip& to) const {
  using State = Holding::State;
  const std::size_t index = lane_index.value();
  const Lane& lane = lanes_[index];
  // What is ordered is held; a parent below the ordered tip is only met while judging old
  // proposals.
  const LaneTip& base = from.pos < ordered_[index].pos ? ordered_[index] : from;
  Holding result;
  if (to.pos < base.pos) return result;
  Digest digest = to.digest;
  for (std::uint64_t pos = to.pos.value(); pos > base.pos.value(); --pos) {
    const BatchFacts* facts = find(lane, LanePosition(pos), digest);
    if (facts == nullptr) {
      const LaneTip tip = held_of(index);
      const std::uint64_t after = std::max(base.pos.value(), tip.pos.value()) + 1;
      result.state = State::kMissing;
      result.first = LanePosition(std::min(after, pos));
      result.last = LanePosition(pos);
      result.digest = digest;
      return result;
    }
    result.bytes += facts->bytes;
    result.transfers += facts->transfers;
    digest = facts->previous;
  }
  if (digest != base.digest) result.state = State::kBroken;
  return result;
}

void LaneBook::acknowledge(ValidatorIndex peer, const LaneAck& ack) {
  const std::size_t index = ack.lane.value();
  if (index >= lanes_.size() || peer.value() >= lanes_.size()) return;
  PeerAck& entry = lanes_[index].acks[peer.value()];
  if (ack.pos < entry.last.pos) return;  // cumulative: an older ack says nothing new
  entry.last = ack;
  count(index);
}

void LaneBook::forget_peer(ValidatorIndex peer) {
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    // A reconnected peer says again what it holds; it may have lost an unsynced tail, which it
    // never acked.
    lanes_[i].acks[peer.value()].last = {};
  }
}

void LaneBook::count(std::size_t index) {
  Lane& lane = lanes_[index];
  const std::uint64_t ordered = ordered_[index].pos.value();
  const std::uint64_t held = ordered + lane.chain.size();
  struct Entry {
    std::uint64_t pos;
    std::uint64_t weight;
  };
  std::vector<Entry> entries;
  entries.reserve(lane.acks.size());
  for (std::size_t peer = 0; peer < lane.acks.size(); ++peer) {
    PeerAck& ack = lane.acks[peer];
    const std::uint64_t pos = ack.last.pos.value();
    const bool agrees =
        pos <= ordered ||
        (pos <= held && digest_prefix(lane.chain[pos - ordered - 1]) == ack.last.prefix);
    if (agrees) ack.counted = std::max(ack.counted, ack.last.pos);
    const std::uint64_t counted = peer == self_ ? held : ack.counted.value();
    entries.push_back(
        {counted, set_.quorum().weight_of(ValidatorIndex(static_cast<std::uint16_t>(peer)))});
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.pos > b.pos; });
  std::uint64_t weight = 0;
  for (const Entry& entry : entries) {
    weight += entry.weight;
    if (weight >= set_.quorum().threshold()) {
      lane.quorum = LanePosition(entry.pos);
      return;
    }
  }
}

LanePosition LaneBook::acked_by(ValidatorIndex peer, ValidatorIndex lane) const {
  return lanes_[lane.value()].acks[peer.value()].last.pos;
}

LanePosition LaneBook::acked_by_quorum(ValidatorIndex lane) const {
  return lanes_[lane.value()].quorum;
}

std::vector<LaneAck> LaneBook::all_acks() const {
  std::vector<LaneAck> acks;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    const LaneTip tip = held_of(i);
    if (tip.pos.value() == 0) continue;
    acks.push_back(
        {ValidatorIndex(static_cast<std::uint16_t>(i)), tip.pos, digest_prefix(tip.digest)});
  }
  return acks;
}

std::vector<LaneAck> LaneBook::take_changed_acks() {
  std::vector<LaneAck> acks;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (!std::exchange(lanes_[i].changed, false)) continue;
    const LaneTip tip = held_of(i);
    acks.push_back(
        {ValidatorIndex(static_cast<std::uint16_t>(i)), tip.pos, digest_prefix(tip.digest)});
  }
  changed_ = false;
  return acks;
}

LaneBook::Cut LaneBook::choose_cut(std::span<const LaneTip> base,
                                   const std::vector<bool>& acked_only) const {
  HP_ASSERT(base.size() == lanes_.size() && acked_only.size() == lanes_.size(), "one tip per lane");
  struct Offer {
    std::size_t lane;
    std::vector<const BatchFacts*> batches;  // after the base, in order
    std::size_t taken{0};
    std::uint64_t bytes{0};
  };
  std::vector<Offer> offers;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    const Lane& lane = lanes_[i];
    const LaneTip tip = held_of(i);
    std::uint64_t last = tip.pos.value();
    if (acked_only[i]) last = std::min(last, lane.quorum.value());
    const std::uint64_t ordered = ordered_[i].pos.value();
    const std::uint64_t from = base[i].pos.value();
    if (from < ordered || last <= from) continue;
    // The base may have ordered another branch than the one held first; its successors are not
    // known here then.
    if (from > ordered && lane.chain[from - ordered - 1] != base[i].digest) continue;
    Offer offer{.lane = i, .batches = {}};
    last = std::min<std::uint64_t>(last, from + parameters_.block_batches_per_lane_max);
    for (std::uint64_t pos = from + 1; pos <= last; ++pos) {
      const BatchFacts* facts = find(lane, LanePosition(pos), lane.chain[pos - ordered - 1]);
      if (facts == nullptr) break;
      offer.batches.push_back(facts);
    }
    if (!offer.batches.empty()) offers.push_back(std::move(offer));
  }

  // Max-min fairness by progressive filling: always the lane that has least so far.
  Cut cut;
  std::uint64_t transfers = 0;
  for (;;) {
    Offer* poorest = nullptr;
    for (Offer& offer : offers) {
      if (offer.taken == offer.batches.size()) continue;
      if (poorest == nullptr || offer.bytes < poorest->bytes) poorest = &offer;
    }
    if (poorest == nullptr) break;
    const BatchFacts& next = *poorest->batches[poorest->taken];
    if (cut.bytes + next.bytes > parameters_.block_bytes_max ||
        transfers + next.transfers > parameters_.block_transfers_max) {
      cut.full = true;
      poorest->batches.resize(poorest->taken);
      continue;
    }
    ++poorest->taken;
    poorest->bytes += next.bytes;
    cut.bytes += next.bytes;
    transfers += next.transfers;
  }
  for (const Offer& offer : offers) {
    if (offer.taken == 0) continue;
    if (offer.taken == parameters_.block_batches_per_lane_max) cut.full = true;
    cut.entries.push_back({ValidatorIndex(static_cast<std::uint16_t>(offer.lane)),
                           LanePosition(base[offer.lane].pos.value() + offer.taken),
                           offer.batches[offer.taken - 1]->digest});
  }
  return cut;
}

}  // namespace huangpu::consensus
