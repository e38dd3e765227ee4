// Judges the witnesses of earlier signing at start (SPEC C-73..C-79) and restores what was voted.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "consensus/safety/sign_state.hpp"
#include "consensus/safety/vote_log.hpp"
#include "consensus/types/chain.hpp"

namespace huangpu::consensus {

struct Verdict {
  enum class Kind : std::uint8_t {
    kNormal,      // the log is the truth
    kQuarantine,  // something signed may be forgotten: follow and execute, do not vote
    kRefuse,      // files of another key, genesis or format: do not start
  };
  Kind kind{Kind::kNormal};
  std::string reason;  // empty when normal; else one sentence for the operator

  friend bool operator==(const Verdict&, const Verdict&) = default;
};

// Own votes of one view.
struct OwnVotes {
  std::optional<Digest> proposed;
  std::optional<Digest> notarized;
  std::optional<Digest> finalized;
  bool nullified{false};

  friend bool operator==(const OwnVotes&, const OwnVotes&) = default;
};

// What the log says. Views at or below the floor's are forgotten.
struct RestoredVotes {
  std::map<View, OwnVotes> votes;
  std::map<View, ProposeRecord> proposals;  // own, complete
  std::map<View, StoredBlock> notarized;    // blocks voted for, as received
  std::vector<Certificate> certificates;    // in log order
  std::optional<FloorRecord> floor;         // the highest
  std::optional<CommitCertificate> epoch_end;
  std::uint64_t next_seq{1};  // of the next frame
  SignState sign_state;       // newest readable, or zeros under quarantine
  View horizon{0};            // own votes at or below it may have been forgotten lawfully
  bool lane_closed{false};    // a quarantine of this epoch closed the own lane

  friend bool operator==(const RestoredVotes&, const RestoredVotes&) = default;
};

struct ReplayInput {
  ChainContext chain;
  crypto::KeyId key;
  Epoch epoch{kFirstEpoch};
  std::vector<ByteView> segments;        // whole files in order of their number; may be empty
  std::optional<ByteView> sign_state_a;  // nothing if the file does not exist
  std::optional<ByteView> sign_state_b;
  LanePosition own_lane_position{0};  // newest own batch in the own lane log of this epoch
};

struct ReplayResult {
  Verdict verdict;
  RestoredVotes restored;
  // Where the next frame goes. Either behind the last frame of an existing segment, over whatever a
  // torn write left there; or into a new segment of that number, which may overwrite a file whose
  // header was never finished.
  bool new_segment{true};
  std::uint64_t segment_number{1};
  std::size_t segment_index{0};    // in ReplayInput::segments, unless new_segment
  std::uint64_t segment_nonce{0};  // of that segment, unless new_segment
  std::size_t offset{0};           // in that segment, unless new_segment
  std::size_t torn_bytes{
      0};  // remains of an unfinished frame behind the last one, for the operator's log
  // Copies of frames that are damaged, or were never finished, and whose other copy is whole: those
  // bytes of that segment (an index into ReplayInput::segments) belong at `to`. Empty unless the
  // verdict is normal: what a quarantine found stays as it is.
  struct Repair {
    std::size_t segment;
    std::size_t from;
    std::size_t to;
    std::size_t size_bytes;
  };
  std::vector<Repair> repairs;
};

// Total: any bytes give a verdict.
[[nodiscard]] ReplayResult replay(const ReplayInput& input);

}  // namespace huangpu::consensus
