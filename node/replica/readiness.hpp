// Readiness: this node's own declarations for the pending epoch record, and those of others, until
// the chain has them (SPEC N-343 to N-345).
//
// A declaration is sent again once a second until an executed block records it. Others' are checked
// before they are kept, one per member; all that wait are offered to leaders as system items.
// Pure; belongs to the replica.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "consensus/core/params.hpp"
#include "consensus/safety/safety_rules.hpp"
#include "consensus/types/commit.hpp"
#include "node/replica/epoch_plan.hpp"

namespace huangpu::node {

class Readiness {
 public:
  // `keys` are the consensus keys this node holds beside the one of `safety`: of epochs to come.
  // All outlive this.
  Readiness(consensus::ChainContext chain, consensus::SafetyRules& safety,
            std::vector<consensus::StatementSigner*> keys, const crypto::Verifier& verifier)
      : chain_(chain), safety_(safety), keys_(std::move(keys)), verifier_(verifier) {}

  // After a block.
  void set_plan(SharedPlan plan);
  // False if the signature is bad; what is of no use here is not looked at.
  [[nodiscard]] bool hear(const consensus::Ready& ready);

  // What to broadcast now, if anything; `level` says that this node has what the chain has.
  [[nodiscard]] std::vector<consensus::Ready> due(consensus::MonoMs now, bool level);
  [[nodiscard]] std::optional<consensus::MonoMs> deadline() const { return due_; }
  // Whether the items changed since it was last asked.
  [[nodiscard]] bool take_changed() { return std::exchange(changed_, false); }
  [[nodiscard]] std::vector<Bytes> items() const;

 private:
  [[nodiscard]] Result<consensus::Ready> declare(ValidatorIndex index, std::size_t key);
  [[nodiscard]] bool recorded(ValidatorIndex index) const;

  const consensus::ChainContext chain_;
  consensus::SafetyRules& safety_;
  const std::vector<consensus::StatementSigner*> keys_;
  const crypto::Verifier& verifier_;
  SharedPlan plan_;
  std::map<ValidatorIndex, consensus::Ready> waiting_;  // by place in the pending set
  std::map<ValidatorIndex, consensus::Ready> own_;
  std::optional<consensus::MonoMs> due_;
  bool changed_ = false;
};

}  // namespace huangpu::node
