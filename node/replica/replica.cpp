#include "node/replica/replica.hpp"

#include <algorithm>

#include "consensus/codec/batch_codec.hpp"
#include "consensus/codec/batch_record.hpp"
#include "consensus/codec/hashing.hpp"
#include "consensus/codec/message_codec.hpp"
#include "consensus/light/batch_order.hpp"
#include "crypto/base/assert.hpp"

namespace huangpu::node {

namespace {

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

BatchPool::Limits pool_limits(const consensus::ConsensusParameters& parameters) {
  BatchPool::Limits limits;
  limits.positions_ahead_max = parameters.lane_batches_max;
  limits.bytes_max = parameters.lane_bytes_max;
  return limits;
}

// A fetch names at most this many batches at a time; older ones are asked for again by the engine.
constexpr std::size_t kAskedMax = 4'096;

}  // namespace

Replica::Replica(ReplicaConfig config, consensus::SafetyRules& safety,
                 const crypto::Verifier& verifier, ReplicaRestored restored)
    : config_(std::move(config)),
      safety_(safety),
      engine_(config_.engine, safety, verifier, restored.engine),
      pool_(config_.engine.epoch.set.size(), pool_limits(config_.engine.epoch.parameters)),
      sealer_(config_.seal),
      readiness_(config_.engine.chain, safety, config_.other_keys, verifier),
      delivered_(restored.engine.tip_lanes),
      own_lane_(restored.own_lane) {
  delivered_.resize(config_.engine.epoch.set.size());
  pool_.set_delivered(delivered_);
  readiness_.set_plan(config_.plan);
  for (PooledBatch& batch : restored.batches) {
    const consensus::BatchHeader header = batch.header;
    const crypto::Digest digest = batch.digest;
    if (pool_.take(header, digest, BatchPool::Asked::kByDigest) != BatchPool::Intake::kTaken)
      continue;
    pool_.verified(std::move(batch));
    static_cast<void>(pool_.durable(header.lane, header.pos, digest));
    // The owner's signature is made again: the record was stored before it was signed.
    if (header.lane == config_.engine.self) pending_.emplace_back(consensus::OwnBatchReady{header});
  }
}

ReplicaEffects Replica::step(consensus::Now now, ReplicaEvent event) {
  now_ = now;
  std::visit(
      Overloaded{
          [&](FrameReceived& frame) {
            auto message = consensus::decode_message(std::move(frame.bytes));
            if (message) {
              on_message(frame.from, std::move(*message));
            } else {
              out_.emplace_back(consensus::DisconnectPeer{frame.from, message.error().message});
            }
          },
          [&](PeerUp& up) { feed(consensus::PeerConnected{up.peer}); },
          [&](PeerDown& down) { feed(consensus::PeerDisconnected{down.peer}); },
          [&](Submitted& submitted) {
            for (auto& envelope : submitted.envelopes)
              sealer_.add(now.mono_ms, std::move(envelope));
          },
          [&](BatchVerified& verified) {
            // Asked for by the replica of an epoch that is over.
            if (verified.header.epoch != config_.engine.epoch.epoch) return;
            if (verified.forged) {
              pool_.forged(verified.header.lane, verified.header.pos, verified.digest);
              out_.emplace_back(consensus::DisconnectPeer{
                  verified.from,
                  "a batch that its owner did not make: " + verified.refusal->message});
              return;
            }
            if (verified.refusal) {
              pool_.refused(verified.header.lane, verified.header.pos, verified.digest);
              out_.emplace_back(consensus::Alarm{
                  "a batch of lane " + std::to_string(verified.header.lane.value()) +
                  " at position " + std::to_string(verified.header.pos.value()) +
                  " is refused: " + verified.refusal->message});
              return;
            }
            StoreBatch store{verified.header, verified.digest, verified.signature,
                             std::move(verified.record)};
            pool_.verified({verified.header, verified.digest, verified.signature,
                            std::move(verified.decoded)});
            out_.emplace_back(std::move(store));
          },
          [&](BatchDurable& durable) {
            const PooledBatch* batch = pool_.durable(durable.lane, durable.pos, durable.digest);
            if (batch == nullptr) return;
            asked_.erase({durable.lane, durable.pos});
            named_.erase({durable.lane, durable.pos, durable.digest});
            if (durable.lane == config_.engine.self && batch->signature.empty()) {
              feed(consensus::OwnBatchReady{batch->header});
            } else {
              feed(consensus::BatchHeld{batch->header, batch->digest, batch->signature});
            }
          },
          [&](LogFrameDurable& durable) { feed(consensus::FrameDurable{durable.seq}); },
          [&](BlockExecuted& executed) {
            readiness_.set_plan(executed.plan);
            feed(consensus::Executed{std::move(executed.message),
                                     executed.plan ? executed.plan->end : std::nullopt});
          },
          [&](BlocksDurable& durable) { feed(consensus::BlocksDurable{durable.height}); },
          [&](TimePassed&) { feed(consensus::Tick{}); },
          [&](SignerAnswered&) { feed(consensus::SignerAnswered{}); },
      },
      event);
  run_engine();
  settle_readiness();
  seal_if_due();
  return std::exchange(out_, {});
}

std::optional<consensus::MonoMs> Replica::next_deadline() const {
  std::optional<consensus::MonoMs> deadline = engine_.next_deadline();
  if (const auto ready = readiness_.deadline())
    deadline = std::min(deadline.value_or(*ready), *ready);
  if (lane_has_room()) {
    if (const auto seal = sealer_.deadline(unordered_own_batches()))
      deadline = std::min(deadline.value_or(*seal), *seal);
  }
  return deadline;
}

std::uint64_t Replica::unordered_own_batches() const {
  return own_lane_.pos.value() - engine_.ordered_position(config_.engine.self).value();
}

// The engine counts a batch from its durability on, this one from its making. What is due and has
// no room waits for an event, not for a time: a full lane must not set a deadline that has passed.
bool Replica::lane_has_room() const {
  return engine_.may_seal() &&
         unordered_own_batches() < config_.engine.epoch.parameters.lane_batches_max;
}

void Replica::on_ready(ValidatorIndex from, const consensus::Ready& ready) {
  if (!readiness_.hear(ready))
    out_.emplace_back(
        consensus::DisconnectPeer{from, "a declaration of readiness with a bad signature"});
}

void Replica::settle_readiness() {
  for (const consensus::Ready& own : readiness_.due(now_.mono_ms, engine_.level()))
    transmit(std::nullopt, own);
  if (!readiness_.take_changed()) return;
  feed(consensus::SystemItems{readiness_.items()});
  run_engine();
}

void Replica::feed(consensus::Event event) { pending_.push_back(std::move(event)); }

void Replica::run_engine() {
  // Effects may give rise to further events (a batch that is held already); they follow in order.
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    for (auto& effect : engine_.step(now_, std::move(pending_[i]))) apply(std::move(effect));
  }
  pending_.clear();
}

void Replica::apply(consensus::Effect effect) {
  std::visit(
      Overloaded{
          [&](consensus::WriteFrame& write) { out_.emplace_back(std::move(write)); },
          [&](consensus::WriteSignState& write) { out_.emplace_back(std::move(write)); },
          [&](consensus::Send& send) { transmit(send.to, send.message); },
          [&](consensus::Broadcast& broadcast) { transmit(std::nullopt, broadcast.message); },
          [&](consensus::Finalized& finalized) { on_finalized(std::move(finalized)); },
          [&](consensus::CommitCertified& certified) {
            out_.emplace_back(CertifyHeight{std::move(certified.certificate)});
          },
          [&](consensus::BatchSigned& batch_signed) { on_batch_signed(batch_signed); },
          [&](consensus::ResendBatches& resend) {
            out_.emplace_back(Serve{
                resend.to, consensus::GetBatches{config_.engine.epoch.epoch, config_.engine.self,
                                                 resend.first, resend.last}});
          },
          [&](consensus::NeedBatches& need) { on_need_batches(need); },
          [&](consensus::NeedBlocks& need) {
            request(need.peers, consensus::GetBlocks{need.from, need.max_count});
          },
          [&](consensus::NeedBlock& need) {
            request(need.peers, consensus::GetBlockByHash{need.hash});
          },
          [&](consensus::ServeFromStore& serve) {
            std::visit(
                [&](auto& wanted) {
                  out_.emplace_back(Serve{serve.to, std::move(wanted)});
                },
                serve.request);
          },
          [&](consensus::EvidenceFound& found) { out_.emplace_back(std::move(found)); },
          [&](consensus::Diverged& diverged) { out_.emplace_back(std::move(diverged)); },
          [&](consensus::QuarantineEntered& entered) { out_.emplace_back(std::move(entered)); },
          [&](consensus::DisconnectPeer& disconnect) { out_.emplace_back(std::move(disconnect)); },
          [&](consensus::EpochEnded& ended) { out_.emplace_back(std::move(ended)); },
          [&](consensus::Alarm& alarm) { out_.emplace_back(std::move(alarm)); },
      },
      effect);
}

void Replica::on_message(ValidatorIndex from, consensus::Message message) {
  std::visit(Overloaded{
                 [&](consensus::Batch& batch) { on_batch(from, std::move(batch)); },
                 [&](consensus::Ready& ready) { on_ready(from, ready); },
                 [&](consensus::GetBlocks& get) {
                   out_.emplace_back(Serve{from, get});
                 },
                 [&](consensus::GetBatches& get) {
                   out_.emplace_back(Serve{from, get});
                 },
                 [&](consensus::BlocksReply& reply) {
                   feed(consensus::BlocksFetched{from, std::move(reply.blocks),
                                                 std::move(reply.commit_certificate)});
                 },
                 [&](auto& other) {
                   feed(consensus::MessageReceived{from, consensus::Message(std::move(other))});
                 },
             },
             message);
}

void Replica::on_batch(ValidatorIndex from, consensus::Batch batch) {
  const consensus::BatchHeader& header = batch.header;
  if (header.genesis != config_.engine.chain.genesis || header.epoch != config_.engine.epoch.epoch)
    return;
  const crypto::Digest digest = consensus::batch_digest(config_.engine.chain.suite, header);
  using Asked = BatchPool::Asked;
  const Asked asked = named_.contains({header.lane, header.pos, digest}) ? Asked::kByDigest
                      : asked_.contains({header.lane, header.pos})       ? Asked::kPlace
                                                                         : Asked::kNo;
  // The own lane's batches come back only to a node that lost them and asked.
  if (asked == Asked::kNo && (header.lane == config_.engine.self || header.lane != from)) return;

  switch (pool_.take(header, digest, asked)) {
    case BatchPool::Intake::kTaken:
      out_.emplace_back(VerifyBatch{std::move(batch), digest, from});
      break;
    case BatchPool::Intake::kHeld: {
      const PooledBatch* held = pool_.held(header.lane, header.pos, digest);
      feed(consensus::BatchHeld{held->header, held->digest, held->signature});
      break;
    }
    case BatchPool::Intake::kKnown:
    case BatchPool::Intake::kRefused:
      break;
  }
}

void Replica::on_need_batches(const consensus::NeedBatches& need) {
  // What is held already is said again; the request goes out for the whole range, since links run
  // from its end.
  if (const PooledBatch* held = pool_.held(need.lane, need.last, need.digest); held != nullptr) {
    feed(consensus::BatchHeld{held->header, held->digest, held->signature});
    if (need.first == need.last) return;
  }
  if (named_.size() >= kAskedMax) named_.erase(named_.begin());
  named_.insert({need.lane, need.last, need.digest});
  for (std::uint64_t pos = need.first.value(); pos <= need.last.value(); ++pos) {
    if (asked_.size() >= kAskedMax) asked_.erase(asked_.begin());
    asked_.insert({need.lane, LanePosition{pos}});
  }
  request(need.peers,
          consensus::GetBatches{config_.engine.epoch.epoch, need.lane, need.first, need.last});
}

void Replica::on_finalized(consensus::Finalized finalized) {
  std::map<ValidatorIndex, std::vector<PooledBatch>> by_lane;
  const auto order = consensus::batch_order(delivered_, finalized.block);
  for (const consensus::CutEntry& entry : finalized.block.cut) {
    by_lane[entry.lane] = pool_.deliver(entry.lane, {entry.pos, entry.digest});
  }
  ExecuteBlock execute;
  execute.hash = finalized.hash;
  execute.batches.reserve(order.size());
  for (const consensus::BatchPlace& place : order) {
    const auto& lane = by_lane[place.lane];
    const std::uint64_t first = delivered_[place.lane.value()].pos.value() + 1;
    execute.batches.push_back(lane.at(place.pos.value() - first).decoded);
  }
  consensus::advance(delivered_, finalized.block);
  execute.tips = delivered_;
  execute.stored = {std::move(finalized.block), std::move(finalized.justification),
                    std::move(finalized.certificate)};
  out_.emplace_back(std::move(execute));
}

void Replica::on_batch_signed(const consensus::BatchSigned& batch_signed) {
  out_.emplace_back(
      StoreBatchSignature{batch_signed.header, batch_signed.digest, batch_signed.signature});
  const auto found = unsigned_.find(batch_signed.header.pos);
  // After a restart the contents are in the store only: the engine sends them by ResendBatches.
  if (found == unsigned_.end()) return;
  transmit(std::nullopt,
           consensus::Batch{batch_signed.header, batch_signed.signature, std::move(found->second)});
  unsigned_.erase(found);
}

void Replica::request(std::span<const ValidatorIndex> peers, const consensus::Message& message) {
  if (peers.empty()) return;
  transmit(peers[requests_made_++ % peers.size()], message);
}

void Replica::transmit(std::optional<ValidatorIndex> to, const consensus::Message& message) {
  out_.emplace_back(Transmit{to, consensus::channel_of(consensus::kind_of(message)),
                             std::make_shared<const Bytes>(consensus::encode_message(message))});
}

void Replica::seal_if_due() {
  while (lane_has_room()) {
    if (!sealer_.due(now_.mono_ms, unordered_own_batches())) return;

    auto envelopes = sealer_.take();
    EnvelopesSealed sealed;
    sealed.count = envelopes.size();
    auto decoded = std::make_shared<ledger::DecodedBatch>();
    decoded->lane = config_.engine.self.value();
    decoded->position = LanePosition{own_lane_.pos.value() + 1};
    decoded->envelopes.reserve(envelopes.size());
    std::uint32_t transfers = 0;
    auto buffer = std::make_shared<Bytes>();
    std::vector<consensus::EnvelopeList::Extent> extents;
    extents.reserve(envelopes.size());
    for (AdmittedEnvelope& envelope : envelopes) {
      extents.push_back({static_cast<std::uint32_t>(buffer->size()),
                         static_cast<std::uint32_t>(envelope.bytes->size())});
      buffer->insert(buffer->end(), envelope.bytes->begin(), envelope.bytes->end());
      transfers += envelope.decoded.transfer_count;
      decoded->envelopes.push_back(std::move(envelope.decoded));
    }
    sealed.bytes = buffer->size();
    const consensus::EnvelopeList list(std::move(buffer), std::move(extents));

    consensus::BatchPlan plan;
    plan.chain = config_.engine.chain;
    plan.epoch = config_.engine.epoch.epoch;
    plan.lane = config_.engine.self;
    plan.pos = decoded->position;
    plan.prev_digest = own_lane_.digest;
    plan.created = now_.wall;
    plan.transfer_count = transfers;
    const consensus::BatchHeader header = consensus::make_batch_header(plan, list);
    const crypto::Digest digest = consensus::batch_digest(config_.engine.chain.suite, header);

    const auto intake = pool_.take(header, digest, BatchPool::Asked::kByDigest);
    HP_ASSERT(intake == BatchPool::Intake::kTaken, "the own lane has one batch per position");
    pool_.verified({header, digest, {}, std::move(decoded)});
    unsigned_.emplace(header.pos, list);
    own_lane_ = {header.pos, digest};
    out_.emplace_back(sealed);
    out_.emplace_back(
        StoreBatch{header,
                   digest,
                   {},
                   std::make_shared<const Bytes>(consensus::encode_batch_record(header, list))});
  }
}

}  // namespace huangpu::node
