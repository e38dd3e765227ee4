// Replica: consensus and ledger joined as one pure machine, the unit that the node runs once and
// the simulator many times (SPEC N-1..N-9).
//
// The engine orders batch digests; this class owns what the digests stand for. It seals admitted
// envelopes into batches of the own lane, takes in batches of other lanes, keeps their contents
// until they are ordered, hands finalized blocks with their batches to execution in order, and
// fetches what is missing. It decodes every message from peers and refuses what does not decode.
//
// Belongs to one thread (the core thread of the driver). Never blocks, reads no clock, touches no
// file. Memory is bounded: per lane by the chain's lane window, for admitted envelopes by whoever
// submits them (EnvelopesSealed tells when they leave).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "consensus/core/engine.hpp"
#include "consensus/safety/safety_rules.hpp"
#include "ledger/codec/envelope.hpp"
#include "node/replica/batch_pool.hpp"
#include "node/replica/effect.hpp"
#include "node/replica/event.hpp"
#include "node/replica/lane_sealer.hpp"
#include "node/replica/readiness.hpp"

namespace huangpu::node {

struct ReplicaConfig {
  consensus::EngineConfig engine;
  SealPolicy seal;
  SharedPlan plan;  // after the executed tip; null: nothing is known of a next epoch
  // Consensus keys this node holds for epochs to come; they outlive the replica.
  std::vector<consensus::StatementSigner*> other_keys = {};
};

// What stores and logs gave back. `batches` are the verified, durable batches above the ordered
// tips, with contents.
struct ReplicaRestored {
  consensus::Restored engine;
  std::vector<PooledBatch> batches;
  consensus::LaneTip own_lane;  // newest batch in the own lane's log of this epoch
};

class Replica {
 public:
  // `safety` and `verifier` outlive the replica.
  Replica(ReplicaConfig config, consensus::SafetyRules& safety, const crypto::Verifier& verifier,
          ReplicaRestored restored);

  [[nodiscard]] ReplicaEffects step(consensus::Now now, ReplicaEvent event);

  // When a TimePassed is due at the latest.
  [[nodiscard]] std::optional<consensus::MonoMs> next_deadline() const;

  [[nodiscard]] consensus::EngineStatus status() const { return engine_.status(); }
  // Admitted envelopes that wait for a batch.
  [[nodiscard]] std::size_t waiting_envelopes() const { return sealer_.waiting(); }
  // When the epoch has ended: what waits for a batch, for the next epoch's replica.
  [[nodiscard]] std::vector<AdmittedEnvelope> take_waiting() { return sealer_.take_all(); }

 private:
  using BatchPlace = std::pair<ValidatorIndex, LanePosition>;
  using BatchName = std::tuple<ValidatorIndex, LanePosition, crypto::Digest>;

  void feed(consensus::Event event);
  void apply(consensus::Effect effect);
  void on_message(ValidatorIndex from, consensus::Message message);
  void on_batch(ValidatorIndex from, consensus::Batch batch);
  void on_need_batches(const consensus::NeedBatches& need);
  void on_finalized(consensus::Finalized finalized);
  void on_batch_signed(const consensus::BatchSigned& batch_signed);
  void request(std::span<const ValidatorIndex> peers, const consensus::Message& message);
  void transmit(std::optional<ValidatorIndex> to, const consensus::Message& message);
  void seal_if_due();
  [[nodiscard]] std::uint64_t unordered_own_batches() const;
  [[nodiscard]] bool lane_has_room() const;
  void run_engine();
  void on_ready(ValidatorIndex from, const consensus::Ready& ready);
  void settle_readiness();

  const ReplicaConfig config_;
  consensus::SafetyRules& safety_;
  consensus::Engine engine_;
  BatchPool pool_;
  LaneSealer sealer_;
  Readiness readiness_;
  std::vector<consensus::LaneTip> delivered_;  // tips after the newest block handed to execution
  consensus::LaneTip own_lane_;                // newest batch sealed here
  std::map<LanePosition, consensus::EnvelopeList>
      unsigned_;                // own batches between storing and signing
  std::set<BatchPlace> asked_;  // places in the range of a fetch
  std::set<BatchName> named_;   // batches that a fetch named by their digests
  std::uint64_t requests_made_ =
      0;  // rotates over peers, so that a silent one does not hold a fetch up
  std::vector<consensus::Event> pending_;  // events for the engine that effects gave rise to
  consensus::Now now_{};
  ReplicaEffects out_;
};

}  // namespace huangpu::node
