// What this node knows about every lane: batches it holds above the ordered tip, what peers say
// they hold, and which advance of the lanes a leader may propose (SPEC C-120..C-125).
//
// Knows digests, links and sizes only, never contents. A lane may fork if its owner signs two
// batches for one position: the first one seen is acked, the others are kept so that whatever the
// chain orders can be judged by its links. Bounds: positions up to kWindowFactor lane windows above
// the ordered tip, kForksMax batches per position.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "consensus/types/block.hpp"
#include "consensus/types/epoch.hpp"
#include "consensus/types/message.hpp"

namespace huangpu::consensus {

struct BatchFacts {
  Digest digest;
  Digest previous;
  std::uint32_t transfers{0};
  std::uint32_t bytes{0};
  Signature signature;  // the owner's; empty for restored batches of the own lane
};

class LaneBook {
 public:
  static constexpr std::uint64_t kWindowFactor = 4;
  static constexpr std::size_t kForksMax = 4;

  LaneBook(const ValidatorSet& set, const ConsensusParameters& parameters, ValidatorIndex self);

  [[nodiscard]] std::size_t size() const { return lanes_.size(); }
  // How far above the ordered position of its lane a batch is taken.
  [[nodiscard]] std::uint64_t window() const {
    return kWindowFactor * parameters_.lane_batches_max;
  }

  // --- batches ---
  enum class Added : std::uint8_t { kNew, kKnown, kFork, kOutside };
  struct AddResult {
    Added added{Added::kKnown};
    std::optional<BatchFacts> other;  // kFork: what was held at this position before
  };
  AddResult add(const BatchHeader& header, const Digest& digest, const Signature& signature);

  [[nodiscard]] LaneTip held(ValidatorIndex lane) const;     // contiguous from the ordered tip
  [[nodiscard]] LaneTip ordered(ValidatorIndex lane) const;  // by the newest delivered block
  void set_ordered(ValidatorIndex lane, const LaneTip& tip);

  // Whether every batch after `from` up to `to` is held and linked.
  struct Holding {
    enum class State : std::uint8_t { kHeld, kMissing, kBroken };
    State state{State::kHeld};
    LanePosition first{0};  // kMissing: ask for first..last ending in `digest`
    LanePosition last{0};
    Digest digest;
    std::uint64_t bytes{0};  // kHeld: sums over the range
    std::uint64_t transfers{0};
  };
  [[nodiscard]] Holding holding(ValidatorIndex lane, const LaneTip& from, const LaneTip& to) const;

  // --- acks ---
  // A peer holds the lane up to this position. Unknown lanes and positions far above the window are
  // ignored.
  void acknowledge(ValidatorIndex peer, const LaneAck& ack);
  void forget_peer(ValidatorIndex peer);
  [[nodiscard]] LanePosition acked_by(ValidatorIndex peer, ValidatorIndex lane) const;
  [[nodiscard]] LanePosition acked_by_quorum(ValidatorIndex lane) const;
  // Own acks: everything, or what changed since the last take.
  [[nodiscard]] std::vector<LaneAck> all_acks() const;
  [[nodiscard]] bool acks_changed() const { return changed_; }
  [[nodiscard]] std::vector<LaneAck> take_changed_acks();

  // --- cut ---
  struct Cut {
    std::vector<CutEntry> entries;
    std::uint64_t bytes{0};
    bool full{false};  // nothing more of the offered fits into a block
  };
  // Advances over `base` with batches held here, within the block's caps, max-min fair in bytes
  // over the lanes. Lanes marked in `acked_only` advance only to what a quorum acked.
  [[nodiscard]] Cut choose_cut(std::span<const LaneTip> base,
                               const std::vector<bool>& acked_only) const;

 private:
  struct PeerAck {
    LaneAck last;
    LanePosition counted{0};  // highest position whose digest agrees with ours
  };
  struct Lane {
    std::map<LanePosition, std::vector<BatchFacts>> batches;  // above the ordered tip
    std::deque<Digest> chain;   // digests from ordered + 1 up to the held tip
    std::vector<PeerAck> acks;  // by peer
    LanePosition quorum{0};
    bool changed{false};
  };

  [[nodiscard]] const BatchFacts* find(const Lane& lane, LanePosition pos,
                                       const Digest& digest) const;
  [[nodiscard]] LaneTip held_of(std::size_t lane) const;
  void extend(std::size_t lane);
  void count(std::size_t lane);

  const ValidatorSet& set_;
  const ConsensusParameters& parameters_;
  std::size_t self_;
  std::vector<LaneTip> ordered_;
  std::vector<Lane> lanes_;
  bool changed_{false};
};

}  // namespace huangpu::consensus
