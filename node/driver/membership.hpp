// Which validator this node is, and what it runs in each epoch (SPEC N-346 to N-351).
//
// Guard, vote log and replica belong to one epoch. They are made from the stores, at start and
// between two epochs by the same code, because nothing of an epoch may act in the next one. open()
// is for the thread that starts the node and then for the core thread; what is const, for any.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "consensus/core/leader_schedule.hpp"
#include "consensus/safety/safety_rules.hpp"
#include "node/config/config.hpp"
#include "node/driver/core.hpp"
#include "node/driver/epoch_start.hpp"
#include "node/driver/vote_log_files.hpp"
#include "node/signer/key_holder.hpp"

namespace huangpu::node {

class Membership {
 public:
  // All of it outlives this.
  struct Parts {
    const NodeConfig& config;
    const ledger::Genesis& genesis;
    ledger::FileSystem& files;
    const NodeStores& stores;
    KeyHolder* signer = nullptr;       // the key in office, or of a validator to be
    KeyHolder* next_signer = nullptr;  // the one it will be rotated to, or null
  };
  explicit Membership(Parts parts);

  // What the stores say is under way. The replica made before is gone by then; `still_listening`
  // if it ended while it listened for another copy of the key. kConfig when the chain calls this
  // validator by another name than it began with.
  [[nodiscard]] Result<RunningEpoch> open(bool still_listening = false);

  // Of the last open(). Never null after it.
  [[nodiscard]] std::shared_ptr<const EpochStart> epoch() const;
  [[nodiscard]] bool quarantined() const { return safety_->quarantined(); }
  // The newest certificate that the stores held then.
  [[nodiscard]] const std::optional<consensus::CommitMessage>& newest() const { return newest_; }

  // This validator's name: what the chain calls the holder of its keys, else what the configuration
  // calls the node.
  [[nodiscard]] const std::string& name() const { return name_; }
  // The key of this node that the last open() found in office (or that would be), and the folder of
  // its sign-state.
  [[nodiscard]] const KeyHolder& key() const { return *holder_.load(); }
  // The other key of this node, or null: the next one before its epoch, the last one after it.
  [[nodiscard]] const KeyHolder* other_key() const {
    return holder_.load() == parts_.signer ? parts_.next_signer : parts_.signer;
  }
  [[nodiscard]] const std::filesystem::path& sign_state_dir() const;

  // The leader of a view of the block's epoch, for metrics; the executor thread.
  [[nodiscard]] std::string leader_of(const consensus::BlockHeader& header, View view);

 private:
  void find_own_name(const EpochStart& start);
  [[nodiscard]] KeyHolder& key_in_office(const EpochStart& start) const;
  [[nodiscard]] VoteLogPlace vote_log_place(const KeyHolder& holder) const;

  const Parts parts_;
  const consensus::ChainContext chain_;
  std::vector<KeyHolder*> holders_;
  std::atomic<KeyHolder*> holder_;
  std::string name_;
  std::shared_ptr<const EpochStart> epoch_;  // atomic access
  std::optional<consensus::CommitMessage> newest_;
  std::unique_ptr<consensus::SafetyRules> safety_;
  std::unique_ptr<VoteLogFiles> vote_log_;
  std::optional<std::pair<Epoch, consensus::LeaderSchedule>> leaders_;  // the executor thread's
};

}  // namespace huangpu::node
