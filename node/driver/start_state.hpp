// Brings stores, vote log and sign-state together into what a replica starts from (SPEC
// N-37..N-39).
#pragma once

#include <memory>
#include <optional>

#include "consensus/safety/safety_rules.hpp"
#include "consensus/types/epoch.hpp"
#include "node/driver/epoch_start.hpp"
#include "node/driver/node_stores.hpp"
#include "node/driver/vote_log_files.hpp"
#include "node/replica/replica.hpp"

namespace huangpu::node {

struct StartState {
  std::unique_ptr<VoteLogFiles> vote_log;
  consensus::SafetyRestore safety;
  ReplicaRestored replica;
  Height executed{0};
  Height certified{0};
  std::optional<consensus::CommitMessage> newest;  // of the newest certificate
  TimestampMs block_time{0};
  // An own signature in a stored certificate that the vote log does not know: enter quarantine with
  // this reason.
  std::optional<std::string> forgotten_vote;
  std::size_t repaired_frames{0};  // of the vote log, from their second copies
  // Own envelopes that the epoch before took into batches and did not order (SPEC N-348).
  std::vector<AdmittedEnvelope> carried;
};

[[nodiscard]] Result<StartState> load_start_state(ledger::FileSystem& files,
                                                  const NodeStores& stores,
                                                  const ledger::Genesis& genesis,
                                                  const EpochStart& epoch, const std::string& name,
                                                  VoteLogPlace place);

}  // namespace huangpu::node
