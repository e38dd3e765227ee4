// The consensus engine of one validator: decisions only.
//
// Events in, ordered effects out. It never blocks, throws, reads a clock, draws a random number or
// touches a file, so one list of events gives one list of effects. Belongs to one thread. Keys are
// reached through SafetyRules only, which is also the only place that decides whether a vote may be
// signed; this class decides when one should be. Memory is bounded per peer (SPEC C-140). Rules:
// SPEC C-100 ff.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "consensus/core/effect.hpp"
#include "consensus/core/engine_status.hpp"
#include "consensus/core/event.hpp"
#include "consensus/core/params.hpp"
#include "crypto/sign/verifier.hpp"

namespace huangpu::consensus {

class SafetyRules;

// What stores and logs gave back at start. Own votes and their views come with SafetyRules.
struct Restored {
  // Newest finalized block in the block store; absent on a fresh chain. Finalized effects start one
  // above it.
  std::optional<StoredBlock> tip;
  std::vector<LaneTip>
      tip_lanes;  // all lanes after `tip` (size = validators); empty on a fresh chain
  // Blocks with justification from the vote log and any certificates, in any order.
  std::vector<StoredBlock> blocks;
  std::vector<Certificate> certificates;
  std::optional<CommitCertificate> commit_certificate;  // newest in the store
  // The commit message of every executed height above the certificate (or the newest one alone),
  // ascending, without gaps; the last is the executed tip. Empty if nothing was executed.
  std::vector<CommitMessage> executed;
  Height executed_height{0};
  std::optional<EpochEnd> end;     // announced by the executed state
  std::vector<BatchHeld> batches;  // durable and verified batches above tip_lanes, any order
};

class Engine {
 public:
  // `safety` and `verifier` outlive the engine. The first step, of whatever event, also performs
  // what a start requires: status to all, own votes and commits again.
  Engine(EngineConfig config, SafetyRules& safety, const crypto::Verifier& verifier,
         Restored restored);
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  [[nodiscard]] Effects step(Now now, Event event);

  // When a Tick is due. Nothing: only outside events matter.
  [[nodiscard]] std::optional<MonoMs> next_deadline() const;

  [[nodiscard]] EngineStatus status() const;

  // True if the own lane may seal another batch: not in quarantine, not diverged, room below the
  // lane's window.
  [[nodiscard]] bool may_seal() const;
  // Newest own batch known to the engine: the next one has this position + 1 and this digest as its
  // link.
  [[nodiscard]] LaneTip own_lane_tip() const;
  // As far as any peer says it is, give or take what the lag rule allows.
  [[nodiscard]] bool level() const;
  [[nodiscard]] LanePosition ordered_position(ValidatorIndex lane) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace huangpu::consensus
