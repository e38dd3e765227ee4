// The files behind the double-sign guard: the vote log's segments and the two sign-state files
// (SPEC N-20..N-24).
//
//   <votes>/epoch-<e>/<number>.votes   preallocated segments, appended to at 4 KiB boundaries
//   <sign-state>/a.sign-state, b.sign-state, lock
//
// What they contain is consensus/safety's business; this class only reads them at start, appends
// and syncs. Opening takes the lock of the sign-state folder, so that two processes with one folder
// never run together.
//
// Thread: open() anywhere; afterwards append() belongs to one thread and write() to one, which may
// be another. Every error is final: after a failed append nothing is appended any more, the node
// stops and recovers at its next start.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "consensus/safety/replay.hpp"
#include "consensus/safety/sign_state.hpp"
#include "consensus/safety/vote_log.hpp"
#include "ledger/store/file_system.hpp"

namespace huangpu::node {

struct VoteLogPlace {
  std::string votes_dir;
  std::string sign_state_dir;
  consensus::ChainContext chain;
  crypto::KeyId key;
  Epoch epoch{consensus::kFirstEpoch};
  // Large enough that a new segment is rare, small enough that one is quickly zeroed.
  std::uint64_t segment_bytes{16u << 20};
};

class VoteLogFiles {
 public:
  // Reads segments and sign-state, judges them (consensus::replay) and stands ready to append. A
  // verdict other than normal is in the result, not an error. `own_lane_position` is the newest
  // batch in the own lane log. kGuard: the sign-state files do not exist (they are made together
  // with the key, never here).
  struct Opened {
    std::unique_ptr<VoteLogFiles> files;
    consensus::ReplayResult replay;
  };
  [[nodiscard]] static Result<Opened> open(ledger::FileSystem& files, VoteLogPlace place,
                                           LanePosition own_lane_position);

  // Makes the first pair of sign-state files for a new key. kAlreadyExists if one is there.
  [[nodiscard]] static Status create_sign_state(ledger::FileSystem& files,
                                                const std::string& sign_state_dir,
                                                const crypto::Digest& genesis,
                                                const crypto::KeyId& key);

  // Seals, appends and syncs. Deletes segments that the frame's floor makes unnecessary.
  [[nodiscard]] Status append(const consensus::FrameBody& frame);

  [[nodiscard]] Status write(const consensus::SignStateWrite& write);

  // Removes the logs of earlier epochs: call once a sign-state of this epoch is synced, which is
  // the witness that they are not needed.
  [[nodiscard]] Status drop_earlier_epochs();

 private:
  struct Segment {
    std::string path;
    View highest_view{0};
  };

  VoteLogFiles(ledger::FileSystem& files, VoteLogPlace place)
      : files_(files), place_(std::move(place)) {}
  [[nodiscard]] Status append_and_sync(const consensus::FrameBody& frame);
  [[nodiscard]] Status begin_segment(std::uint64_t first_seq, std::uint64_t bytes_needed);
  [[nodiscard]] std::string segment_path(std::uint64_t number) const;
  [[nodiscard]] Status drop_below(View floor);

  ledger::FileSystem& files_;
  const VoteLogPlace place_;
  std::unique_ptr<ledger::FileLock> lock_;
  std::unique_ptr<ledger::File> sign_state_[2];
  std::unique_ptr<ledger::File> segment_;
  std::deque<Segment> segments_;  // oldest first; the last one is written
  std::uint64_t next_number_ = 1;
  std::uint64_t nonce_ = 0;
  std::uint64_t offset_ = 0;
  std::uint64_t capacity_ = 0;
  bool append_failed_ = false;
};

}  // namespace huangpu::node
