// Which participant owns an account, remembered (SPEC N-206).
//
// The owner of an account never changes, so a positive answer holds for ever; unknown accounts are
// asked for again. Bounded: when full, everything is forgotten. Threads: any.
#pragma once

#include <map>
#include <mutex>
#include <optional>

#include "crypto/base/result.hpp"
#include "ledger/types/ids.hpp"
#include "node/api/backend.hpp"

namespace huangpu::node {

class AccountOwners {
 public:
  explicit AccountOwners(NodeBackend& backend) : backend_(backend) {}

  // nullopt when the account does not exist.
  [[nodiscard]] Result<std::optional<ledger::ParticipantId>> owner(
      const ledger::AccountId& account);

 private:
  NodeBackend& backend_;
  std::mutex mutex_;
  std::map<ledger::AccountId, ledger::ParticipantId> owners_;  // guarded by mutex_
};

}  // namespace huangpu::node
