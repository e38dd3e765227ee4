// What a simulated node does for its replica: the second interpreter of its effects.
#include <algorithm>
#include <utility>

#include "consensus/codec/block_record.hpp"
#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/message_codec.hpp"
#include "crypto/base/assert.hpp"
#include "tests/sim/describe.hpp"
#include "tests/sim/sim_life.hpp"

namespace huangpu::sim {

namespace {

ledger::RecordKey batch_key(ledger::RecordKind kind, const consensus::BatchHeader& header,
                            const crypto::Digest& digest) {
  ledger::RecordKey key;
  key.kind = kind;
  key.epoch = header.epoch;
  key.lane = header.lane;
  key.position = header.pos;
  key.digest = digest;
  return key;
}

}  // namespace

// --- the vote log ---

void SimNode::apply(consensus::WriteFrame& write) {
  HP_ASSERT(life_->frame == nullptr, "one frame is under way at a time");
  life_->frame = std::make_shared<const consensus::FrameBody>(std::move(write.body));
  later(sync_time(), [this] {
    const auto body = std::exchange(life_->frame, nullptr);
    if (const Status status = life_->vote_log->append(*body); !status) {
      fail_stop(status.error());
      return;
    }
    step(node::LogFrameDurable{body->seq});
  });
}

void SimNode::apply(consensus::WriteSignState& write) {
  life_->sign_state = std::move(write.write);
  if (life_->sign_state_busy) return;  // the job under way is followed by one for the newest
  life_->sign_state_busy = true;
  later(sync_time(), [this] {
    life_->sign_state_busy = false;
    const auto newest = std::exchange(life_->sign_state, std::nullopt);
    if (const Status status = life_->vote_log->write(*newest); !status)
      return fail_stop(status.error());
    if (life_->epoch_over) switch_epoch();
  });
}

void SimNode::watch_log(const std::string& path, std::uint64_t offset, ByteView bytes) {
  if (offset == 0 && bytes.size() >= consensus::kLogBlockBytes) {
    const auto header = consensus::decode_segment_header(bytes.first(consensus::kLogBlockBytes));
    if (!header) return;
    segment_nonces_[path] = header->nonce;
    bytes = bytes.subspan(consensus::kLogBlockBytes);
  }
  const auto nonce = segment_nonces_.find(path);
  if (nonce == segment_nonces_.end()) return;
  while (!bytes.empty()) {
    const auto read = consensus::read_frame_copy(bytes, nonce->second);
    if (!read) return;  // preallocated space, or what a crash left of a frame
    for (Observer* each : world_.observers) each->on_durable(machine_, read->frame);
    bytes = bytes.subspan(read->size_bytes);
  }
}

// --- the network ---

void SimNode::apply(node::Transmit& transmit) {
  if (saboteur_) {
    auto message = consensus::decode_message(transmit.bytes);
    HP_ASSERT(message.has_value(), "what a node sends decodes");
    const auto to =
        transmit.to ? std::optional<std::size_t>(validator_at(*transmit.to)) : std::nullopt;
    saboteur_->send(to, std::move(*message), transmit.bytes);
    return;
  }
  if (!is_bulky(*transmit.bytes)) {
    const auto message = consensus::decode_message(transmit.bytes);
    HP_ASSERT(message.has_value(), "what a node sends decodes");
    for (Observer* each : world_.observers) each->on_sent(machine_, *message);
    world_.trace.line(machine_, [&] { return describe(*message, transmit.to); });
  }
  if (transmit.to) {
    const std::size_t peer = validator_at(*transmit.to);
    if (peer != index_) world_.network.send(machine_, peer, transmit.bytes);
    return;
  }
  for (std::size_t peer = 0; peer < world_.chain.validators.size(); ++peer) {
    if (peer != index_) world_.network.send(machine_, peer, transmit.bytes);
  }
}

void SimNode::apply(node::Serve& serve) {
  // Places may have changed hands by the time the answer is ready: peers are named by number.
  node::Serve named = serve;
  named.to = ValidatorIndex{static_cast<std::uint16_t>(validator_at(serve.to))};
  later(pace_.serve, [this, named] { life_->answers->answer(named); });
}

// --- batches and the block store ---

void SimNode::apply(node::VerifyBatch& verify) {
  auto job = std::make_shared<node::VerifyBatch>(std::move(verify));
  later(pace_.verify, [this, job] {
    const SimChain& chain = world_.chain;
    step(world_.batches.check({chain.context, chain.info, life_->epoch->record, chain.ring}, *job));
  });
}

void SimNode::apply(node::StoreBatch& store) {
  StoreItem item;
  item.key = batch_key(ledger::RecordKind::kBatch, store.header, store.digest);
  item.payload = store.record;
  item.done = [this, lane = store.header.lane, pos = store.header.pos, digest = store.digest] {
    step(node::BatchDurable{lane, pos, digest});
  };
  if (!store.signature.empty()) {
    node::StoreBatchSignature signature{store.header, store.digest, store.signature};
    apply(signature);
  }
  append(std::move(item));
}

void SimNode::apply(node::StoreBatchSignature& store) {
  StoreItem item;
  item.key = batch_key(ledger::RecordKind::kBatchSignature, store.header, store.digest);
  item.payload = std::make_shared<const Bytes>(store.signature.encode());
  item.sync = false;
  append(std::move(item));
}

void SimNode::append(StoreItem item) {
  life_->items.push_back(std::move(item));
  if (life_->store_busy) return;
  life_->store_busy = true;
  later(0, [this] { write_group(); });
}

void SimNode::write_group() {
  auto group = std::make_shared<std::vector<StoreItem>>(std::exchange(life_->items, {}));
  bool sync = false;
  for (const StoreItem& item : *group) {
    if (const Status status = life_->stores.blocks->append(item.key, *item.payload); !status) {
      fail_stop(status.error());
      return;
    }
    sync = sync || item.sync;
  }
  later(sync ? sync_time() : 1, [this, group, sync] {
    if (const Status status = sync ? life_->stores.blocks->sync() : Status{}; !status) {
      fail_stop(status.error());
      return;
    }
    for (const StoreItem& item : *group) {
      if (item.key.kind == ledger::RecordKind::kBlock)
        life_->durable_block = std::max(life_->durable_block, item.key.height);
    }
    for (const StoreItem& item : *group) {
      if (item.done) item.done();
      if (life_->stopped) return;
    }
    finish_block();
    life_->store_busy = !life_->items.empty();
    if (life_->store_busy) later(0, [this] { write_group(); });
    if (life_->epoch_over) switch_epoch();
  });
}

// --- execution ---

void SimNode::apply(node::ExecuteBlock& execute) {
  for (Observer* each : world_.observers) each->on_ordered(machine_, execute);
  world_.trace.mix(execute.hash.bytes());
  world_.trace.line(machine_, [&] {
    return "orders block " + std::to_string(execute.stored.block.header.height.value()) +
           " of view " + std::to_string(execute.stored.block.header.view.value()) + ", " +
           execute.hash.hex().substr(0, 8);
  });
  const Height height = execute.stored.block.header.height;
  StoreItem item;
  item.key.kind = ledger::RecordKind::kBlock;
  item.key.height = height;
  item.key.digest = execute.hash;
  item.payload = std::make_shared<const Bytes>(
      consensus::encode(consensus::BlockRecord{execute.stored, execute.tips}));
  item.done = [this, height] { step(node::BlocksDurable{height}); };
  append(std::move(item));
  life_->executions.emplace_back(std::move(execute));
  execute_next();
}

void SimNode::apply(node::CertifyHeight& certify) {
  const Height height = certify.certificate.message.height;
  world_.trace.line(machine_, [&] { return "certified " + std::to_string(height.value()); });
  for (Observer* each : world_.observers) each->on_certified(machine_, certify.certificate);
  StoreItem item;
  item.key.kind = ledger::RecordKind::kCertificate;
  item.key.height = height;
  item.payload = std::make_shared<const Bytes>(consensus::encode(certify.certificate));
  item.sync = false;
  item.done = [this, height] {
    life_->executions.emplace_back(height);
    execute_next();
  };
  append(std::move(item));
}

void SimNode::execute_next() {
  while (!life_->executing && !life_->executions.empty()) {
    if (const Height* height = std::get_if<Height>(&life_->executions.front())) {
      life_->certificate = std::max(life_->certificate, *height);
      life_->executions.pop_front();
      publish();
      continue;
    }
    life_->executing = true;
    later(pace_.execute, [this] {
      auto block = std::get<node::ExecuteBlock>(std::move(life_->executions.front()));
      life_->executions.pop_front();
      auto outcome =
          life_->stores.chain->execute(block.stored.block, block.hash, std::move(block.batches));
      if (!outcome) {
        fail_stop(outcome.error());
        return;
      }
      life_->outcome = std::move(*outcome);
      step(node::BlockExecuted{life_->outcome->commit, life_->outcome->plan});
      if (!life_->stopped) finish_block();
    });
  }
}

// The state takes a result once its block is durable.
void SimNode::finish_block() {
  if (!life_->outcome || life_->outcome->commit.height > life_->durable_block) return;
  node::BlockOutcome outcome = std::move(*life_->outcome);
  life_->outcome.reset();
  life_->state.commit(outcome.output.delta);
  for (Observer* each : world_.observers)
    each->on_executed(machine_, {outcome, life_->state, false});
  StoreItem item;
  item.key.kind = ledger::RecordKind::kCommit;
  item.key.height = outcome.commit.height;
  item.payload = std::make_shared<const Bytes>(consensus::encode(outcome.commit));
  item.sync = false;
  append(std::move(item));
  life_->executed = outcome.commit.height;
  kept_.add(outcome.commit, std::move(outcome.output.delta), life_->stores.chain->history());
  life_->executing = false;
  publish();
  execute_next();
}

void SimNode::publish() {
  const Height height = std::min(life_->certificate, life_->executed);
  if (height <= life_->told_final) return;
  life_->told_final = height;
  for (Observer* each : world_.observers) each->on_final(machine_, height);
}

// --- everything else ---

void SimNode::apply(node::EnvelopesSealed& sealed) {
  life_->envelopes_waiting -= std::min(life_->envelopes_waiting, sealed.count);
}

void SimNode::apply(consensus::EvidenceFound& found) {
  const std::size_t offender = validator_at(found.evidence.offender);
  const auto kind = consensus::kind_of(found.evidence);
  complain("holds evidence against v" + std::to_string(offender) + ": " +
               (kind ? consensus::to_string(*kind) : "of nothing"),
           ValidatorIndex{static_cast<std::uint16_t>(offender)});
}

void SimNode::apply(consensus::EpochEnded& ended) {
  world_.trace.line(machine_, [&] {
    return "leaves epoch " + std::to_string(ended.boundary.message.epoch.value());
  });
  life_->epoch_over = ended.boundary.message.height;
}

void SimNode::apply(consensus::Diverged& diverged) {
  fail_stop({Errc::kDiverged, "height " + std::to_string(diverged.own.height.value()) +
                                  " is certified with another result"});
}

void SimNode::apply(consensus::QuarantineEntered& entered) {
  complain("enters quarantine: " + entered.reason);
}

void SimNode::apply(consensus::DisconnectPeer& disconnect) {
  const std::size_t peer = validator_at(disconnect.peer);
  complain("refuses v" + std::to_string(peer) + ": " + disconnect.reason,
           ValidatorIndex{static_cast<std::uint16_t>(peer)});
  world_.network.reset(machine_, peer);
}

void SimNode::apply(consensus::Alarm& alarm) {
  world_.trace.line(machine_, [&] { return "alarm: " + alarm.text; });
}

void SimNode::complain(const std::string& text, std::optional<ValidatorIndex> accused) {
  world_.trace.line(machine_, [&] { return text; });
  const auto whom = accused ? std::optional<std::size_t>(accused->value()) : std::nullopt;
  for (Observer* each : world_.observers) each->on_complaint(machine_, text, whom);
}

void SimNode::fail_stop(const Error& error) {
  world_.trace.line(machine_, [&] { return "stops: " + error.message; });
  if (!is_caused(error)) complain("stops: " + error.message);
  life_->stopped = true;
}

}  // namespace huangpu::sim
