// What a crash leaves of a simulated node's state store.
//
// The state is derived from the blocks, so a store may be behind them, never ahead: a killed
// process loses nothing of it, a power cut some of the newest heights. The newest few are kept as
// changes, for a copy of the whole state at every height would be most of a simulation's work.
#pragma once

#include <deque>
#include <map>
#include <optional>

#include "consensus/types/commit.hpp"
#include "crypto/hash/mmr.hpp"
#include "ledger/state/delta.hpp"
#include "ledger/store/block_store.hpp"
#include "tests/sim/sim_state.hpp"

namespace huangpu::sim {

class KeptState {
 public:
  static constexpr std::size_t kLagMax = 16;  // heights that a power cut may take

  // Nothing is kept; the state of genesis is next.
  void clear();
  void begin(const SimState& genesis);
  // The next height, committed; the history after it.
  void add(const consensus::CommitMessage& commit, ledger::StateDelta delta,
           const crypto::Mmr& history);
  // The newest `lag` heights, as far as they are not older than kLagMax, are lost.
  void crash(std::size_t lag);

  // After a crash, what is left.
  [[nodiscard]] Height height() const { return height_; }
  [[nodiscard]] const SimState& state() const { return state_; }
  [[nodiscard]] const crypto::Mmr& history() const { return *history_; }
  // The block store may have lost results that were written last while the state kept them.
  [[nodiscard]] Status record_lost_commits(ledger::BlockStore& blocks) const;

 private:
  struct Newer {
    Height height;
    ledger::StateDelta delta;
    crypto::Mmr history;
  };
  void settle_oldest();

  Height height_{0};
  SimState state_;
  std::optional<crypto::Mmr> history_;
  std::deque<Newer> newer_;
  std::map<Height, Bytes> commits_;
};

}  // namespace huangpu::sim
