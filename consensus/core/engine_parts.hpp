// Small records of the engine: what it knows about a peer, a proposal, and a base to build on.
// Internal.
#pragma once

#include <optional>

#include "consensus/core/params.hpp"
#include "consensus/types/message.hpp"

namespace huangpu::consensus {

// What a peer said and showed.
struct PeerState {
  bool connected{false};
  MonoMs heard{0};
  std::optional<PeerStatus> status;
  // What its messages prove that it knows; saves sending it again.
  View shown_view{0};       // entered
  View shown_notarized{0};  // knows a notarization of
  View shown_final{0};
  Height shown_final_height{0};
  Height shown_certified{0};
  MonoMs budget_since{0};
  std::uint64_t budget_used{0};
  MonoMs batches_due{0};  // next ResendBatches, unless acks come
  std::uint32_t batches_pause{0};
  LanePosition batches_acked{0};
};

// The one proposal of a view that counts.
struct ProposalSlot {
  Proposal proposal;
  Digest hash;
  MonoMs seen{0};
  bool refused{false};  // permanently invalid
  bool forked{false};   // the leader signed a second one, which is kept as well
};

// How many certificates of skipped views are asked for at a time.
inline constexpr std::size_t kGapRequestsMax = 64;

// Whether a certificate is asked of every peer at once, or of one and with each attempt of another:
// a long gap has many.
enum class Asked : std::uint8_t { kAll, kOne };

// The epoch's end, and what waits for a block before it.
struct EpochEnding {
  std::vector<Bytes> items;           // system items that wait
  std::optional<EpochEnd> announced;  // by executed state
  bool ended{false};                  // the boundary is final
  bool closing{false};                // the end is on its way into the vote log
  bool told{false};
};

// A delivered block, for the guard's floor.
struct FinalPlace {
  View view{0};
  Height height{0};
  Digest hash;
};

// What a block of the current view may be built on.
struct Base {
  View view{0};
  Digest hash;
  const Certificate* certificate{nullptr};  // none for the epoch's genesis
};

// Signatures that are under way, and the listening watch after a start (SPEC C-160, C-170).
struct KeyState {
  std::vector<BatchHeader> batches;   // own, durable, not yet signed
  bool watching{false};               // listens for another copy of the key and votes nothing
  std::optional<MonoMs> watch_until;  // once a peer is connected
  SignerSet reports;                  // this one, and whose first status was heard, up to a quorum
  View reported{0};                   // the highest view those named
  Height refused_commit{0};           // the newest that was said to be refused
};

}  // namespace huangpu::consensus
