// What the engine shows of itself: enough to say in words why the height does not rise (SPEC
// C-150).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "consensus/core/params.hpp"
#include "consensus/types/block.hpp"
#include "consensus/types/message.hpp"

namespace huangpu::consensus {

// Why no newer block is final. The first that applies, in this order.
enum class Waiting : std::uint8_t {
  kDiverged = 1,       // own results contradict a certificate
  kQuarantined,        // this node must not vote
  kListening,          // for another copy of its key, before it votes
  kEpochEnd,           // the boundary is final and waits for its commit certificate
  kSyncing,            // finalized blocks or their batches are being fetched
  kIdle,               // nothing to order
  kExecution,          // own execution is lag_blocks behind
  kCommitCertificate,  // no certificate within lag_blocks: too few validators agree on results, or
                       // are reachable
  kDisk,               // the vote log's sync has not returned
  kPeers,              // fewer than a quorum connected
  kProposal,           // the leader has not proposed
  kBatches,            // the proposal names batches that are not here
  kParent,             // the proposal's parent block is not here
  kSkippedViews,       // nullifications that the proposal had no room for are not here
  kClock,              // the proposal's time is too far ahead of the own clock
  kNotarizeVotes,
  kFinalizeVotes,
  kNullifyVotes,
};

[[nodiscard]] const char* to_string(Waiting waiting);

struct PeerView {
  ValidatorIndex peer{0};
  bool connected{false};
  MonoMs heard_ms{0};  // last message
  std::optional<PeerStatus> status;
};

struct LaneView {
  ValidatorIndex lane{0};
  LanePosition held{0};
  LanePosition acked{0};    // by a quorum
  LanePosition ordered{0};  // by the newest delivered block
};

struct EngineStatus {
  Epoch epoch{kFirstEpoch};
  View view{0};
  ValidatorIndex leader{0};
  View final_view{0};
  Height final_height{0};  // newest delivered
  Digest final_hash;
  Height notarized_height{0};  // newest known notarized block
  Height executed_height{0};
  Height certified_height{0};
  bool work{false};
  bool quarantined{false};  // nothing is signed but results: in quarantine, or stopped for good
  bool lane_closed{false};  // after a quarantine: no own batches until the epoch ends
  bool diverged{false};
  bool observer{false};  // not a member of this epoch
  bool watching{false};  // listens for another copy of the key before it votes
  bool frame_in_flight{false};
  std::optional<MonoMs> proposal_deadline;     // of the current view (SPEC C-107)
  std::optional<MonoMs> certificate_deadline;  // T_cert
  std::vector<ValidatorIndex>
      notarized_by;  // of the current view, or of the newest view that is not yet final
  std::vector<ValidatorIndex> nullified_by;  // of the current view
  std::vector<ValidatorIndex> finalized_by;  // of the newest notarized view
  Waiting waiting{Waiting::kIdle};
  std::string waiting_text;  // one line: what is missing, and from whom
  std::vector<PeerView> peers;
  std::vector<LaneView> lanes;
};

}  // namespace huangpu::consensus
