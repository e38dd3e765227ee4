// What a crash of a simulated node destroys. For the sources of SimNode only.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "consensus/types/message.hpp"
#include "tests/sim/sim_node.hpp"

namespace huangpu::sim {

// Messages that observers are not shown: their bytes are the bulk of the traffic and hold no vote.
inline bool is_bulky(ByteView message) {
  const auto kind = static_cast<consensus::MessageKind>(message.empty() ? 0 : message.front());
  return kind == consensus::MessageKind::kBatch || kind == consensus::MessageKind::kBlocksReply;
}

struct SimNode::Life {
  SimState state;
  node::NodeStores stores;
  std::unique_ptr<node::VoteLogFiles> vote_log;
  std::unique_ptr<consensus::SafetyRules> safety;
  std::unique_ptr<node::Replica> replica;
  std::unique_ptr<node::ChainAnswers> answers;

  std::uint64_t number = 0;
  std::optional<consensus::MonoMs> armed;
  std::uint64_t timer = 0;
  std::shared_ptr<const consensus::FrameBody> frame;    // being written and synced
  std::optional<consensus::SignStateWrite> sign_state;  // newest that waits
  bool sign_state_busy = false;

  std::vector<StoreItem> items;  // wait for the store
  bool store_busy = false;
  Height durable_block{0};

  std::deque<std::variant<node::ExecuteBlock, Height>> executions;  // blocks, and certificates
  bool executing = false;
  std::optional<node::BlockOutcome> outcome;  // executed, its block not yet durable
  Height executed{0};
  Height certificate{0};
  Height told_final{0};
  std::uint64_t envelopes_waiting = 0;
  std::set<ledger::TxId> taken;
  bool stopped = false;  // failed or diverged: does nothing any more

  std::set<std::size_t> up;  // validators connected to
  std::optional<node::EpochStart> epoch;
  std::vector<std::unique_ptr<consensus::KeyStatementSigner>> other_keys;
  std::optional<Height> epoch_over;  // the boundary whose epoch this node may leave
  std::vector<node::AdmittedEnvelope> carried;
};

}  // namespace huangpu::sim
