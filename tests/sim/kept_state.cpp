#include "tests/sim/kept_state.hpp"

#include <utility>

#include "consensus/codec/certificate_codec.hpp"

namespace huangpu::sim {

void KeptState::clear() {
  height_ = Height{0};
  state_ = SimState{};
  history_.reset();
  newer_.clear();
  commits_.clear();
}

void KeptState::begin(const SimState& genesis) {
  clear();
  state_ = genesis;
}

void KeptState::add(const consensus::CommitMessage& commit, ledger::StateDelta delta,
                    const crypto::Mmr& history) {
  commits_[commit.height] = consensus::encode(commit);
  newer_.push_back({commit.height, std::move(delta), history});
  if (newer_.size() > kLagMax) settle_oldest();
}

void KeptState::settle_oldest() {
  Newer& oldest = newer_.front();
  state_.commit(oldest.delta);
  height_ = oldest.height;
  history_ = std::move(oldest.history);
  newer_.pop_front();
}

void KeptState::crash(std::size_t lag) {
  while (newer_.size() > lag) settle_oldest();
  newer_.clear();
  commits_.erase(commits_.upper_bound(height_), commits_.end());
}

Status KeptState::record_lost_commits(ledger::BlockStore& blocks) const {
  Height known = height_;
  while (known > Height{0} && !blocks.get_commit(known)) known = Height{known.value() - 1};
  for (Height height = known.next(); height <= height_; ++height) {
    HP_TRY(blocks.append_commit(height, commits_.at(height)));
  }
  return blocks.sync();
}

}  // namespace huangpu::sim
