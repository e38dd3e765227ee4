#include "tests/sim/sim_node.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "consensus/codec/block_record.hpp"
#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/message_codec.hpp"
#include "crypto/base/assert.hpp"
#include "node/replica/batch_check.hpp"
#include "node/replica/first_epoch.hpp"

namespace huangpu::sim {

namespace {

constexpr std::uint64_t kSegmentBytes = 64u << 10;
constexpr std::uint64_t kVoteSegmentBytes = 256u << 10;
constexpr std::size_t kEnvelopesWaitingMax = 256;
constexpr std::uint64_t kKeepStateEvery = 16;  // heights
constexpr char kDataDir[] = "/data";
constexpr char kSignStateDir[] = "/sign-state";

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

bool is_bulky(ByteView message) {
  const auto kind = static_cast<consensus::MessageKind>(message.empty() ? 0 : message.front());
  return kind == consensus::MessageKind::kBatch || kind == consensus::MessageKind::kBlocksReply;
}

}  // namespace

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
};

SimNode::SimNode(World world, std::size_t index, Random random)
    : world_(world),
      index_(index),
      name_("v" + std::to_string(index)),
      random_(random),
      disk_([this](const std::string& path, std::uint64_t offset, ByteView bytes) {
        watch_log(path, offset, bytes);
      }) {
  const auto made =
      node::VoteLogFiles::create_sign_state(disk_, kSignStateDir, world_.chain.context.genesis,
                                            world_.chain.validators[index_]->public_key().id());
  HP_ASSERT(made.has_value(), "a new disk takes the sign-state");
}

SimNode::~SimNode() {
  // Stores must not close in order: nothing after this looks at the disk.
  if (life_) disk_.crash(test::Crash::kKillProcess, 0);
}

node::VoteLogPlace SimNode::vote_log_place() const {
  node::VoteLogPlace place;
  place.votes_dir = std::string(kDataDir) + "/votes";
  place.sign_state_dir = kSignStateDir;
  place.chain = world_.chain.context;
  place.key = world_.chain.validators[index_]->public_key().id();
  place.segment_bytes = kVoteSegmentBytes;
  return place;
}

bool SimNode::start() {
  HP_ASSERT(life_ == nullptr, "a running node is not started");
  life_ = std::make_unique<Life>();
  life_->number = ++lives_;
  mono_offset_ms_ = random_.between(1'000, 1'000'000);
  if (const Status opened = open(); !opened) {
    complain("does not start: " + opened.error().message);
    crash(test::Crash::kKillProcess);
    return false;
  }
  world_.network.node_started(index_);
  step(node::TimePassed{});
  return true;
}

Status SimNode::open() {
  Life& life = *life_;
  const SimChain& chain = world_.chain;
  ledger::BlockStoreOptions options;
  options.directory = std::string(kDataDir) + "/blocks";
  options.chain_id = chain.context.genesis;
  options.segment_bytes_max = kSegmentBytes;
  HP_TRY_ASSIGN(life.stores.blocks, ledger::BlockStore::open(disk_, options));

  life.stores.tree = std::make_unique<ledger::StateTree>(chain.genesis.suite);
  crypto::Mmr history(chain.genesis.suite);
  const auto last_block = life.stores.blocks->last_block();
  if (kept_state_ && last_block && kept_state_->height <= *last_block && random_.chance(900)) {
    life.state = kept_state_->state;
    history = kept_state_->history;
    life.stores.tree->rebuild(kept_state_->height, life.state.leaves(chain.genesis.suite));
    HP_TRY(record_lost_commits());
  } else {
    kept_state_.reset();
    HP_TRY_ASSIGN(const ledger::GenesisState first,
                  ledger::apply_genesis(chain.genesis, *life.stores.tree));
    life.state.commit(first.entries);
  }
  HP_TRY_ASSIGN(life.stores.executor,
                ledger::Executor::open(chain.genesis, life.state, *life.stores.tree));
  life.stores.chain = std::make_unique<node::ChainExecutor>(chain.context, *life.stores.executor,
                                                            std::move(history));
  HP_TRY(node::execute_stored_blocks(
      life.stores, chain.genesis,
      [&](const node::BlockOutcome& outcome) -> Status {
        life.state.commit(outcome.output.delta);
        for (Observer* each : world_.observers)
          each->on_executed(index_, {outcome, life.state, true});
        return {};
      },
      [&](const std::string& note) { world_.trace.line(index_, [&] { return note; }); }));

  const auto self = ValidatorIndex{static_cast<std::uint16_t>(index_)};
  HP_TRY_ASSIGN(node::StartState start,
                node::load_start_state(disk_, life.stores, chain.genesis, chain.epoch, self,
                                       vote_log_place()));
  if (start.forgotten_vote) complain(*start.forgotten_vote);
  if (start.safety.verdict.kind == consensus::Verdict::Kind::kQuarantine) {
    complain("starts in quarantine: " + start.safety.verdict.reason);
  }
  for (Observer* each : world_.observers) {
    each->on_started(index_, {start.executed, start.safety.verdict, start.safety.log});
  }
  world_.trace.line(index_, [&] {
    return "starts: executed " + std::to_string(start.executed.value()) + ", certified " +
           std::to_string(start.certified.value());
  });
  life.executed = start.executed;
  life.certificate = start.certified;
  life.durable_block = start.executed;
  life.told_final = std::min(start.certified, start.executed);

  consensus::SafetyConfig safety;
  safety.chain = chain.context;
  safety.epoch = chain.epoch.epoch;
  safety.self = self;
  life.safety = std::make_unique<consensus::SafetyRules>(safety, *chain.validators[index_],
                                                         std::move(start.safety));
  if (start.forgotten_vote) life.safety->enter_quarantine(*start.forgotten_vote);
  life.vote_log = std::move(start.vote_log);

  node::ReplicaConfig config;
  config.engine.chain = chain.context;
  config.engine.epoch = chain.epoch;
  config.engine.genesis_block = chain.context.genesis;
  config.engine.genesis_time = chain.genesis.time;
  config.engine.self = self;
  config.seal = node::seal_policy(chain.genesis, chain.epoch.parameters);
  life.replica = std::make_unique<node::Replica>(std::move(config), *life.safety, chain.ring,
                                                 std::move(start.replica));
  life.answers = std::make_unique<node::ChainAnswers>(
      node::StoredChain(*life.stores.blocks, chain.info),
      [this](ValidatorIndex to, const consensus::Message& message) {
        node::Transmit transmit{to, consensus::channel_of(consensus::kind_of(message)),
                                std::make_shared<const Bytes>(consensus::encode_message(message))};
        apply(transmit);
      });
  return {};
}

// The block store may have lost what was written last while the state kept it.
Status SimNode::record_lost_commits() {
  ledger::BlockStore& blocks = *life_->stores.blocks;
  Height known = kept_state_->height;
  while (known > Height{0} && !blocks.get_commit(known)) known = Height{known.value() - 1};
  for (Height height = known.next(); height <= kept_state_->height; ++height) {
    HP_TRY(blocks.append_commit(height, kept_commits_.at(height)));
  }
  return blocks.sync();
}

void SimNode::crash(test::Crash kind) {
  if (life_ == nullptr) return;
  world_.trace.line(index_,
                    [&] { return "crashes, kind " + std::to_string(static_cast<int>(kind)); });
  // Half of the writes under way have reached the page cache and not the platter.
  disk_.cut_power();
  if (life_->frame && random_.chance(500)) {
    static_cast<void>(life_->vote_log->append(*life_->frame));
  }
  if (life_->sign_state && random_.chance(500)) {
    static_cast<void>(life_->vote_log->write(*life_->sign_state));
  }
  disk_.crash(kind, random_.next());
  life_.reset();
  world_.network.node_crashed(index_);
  for (Observer* each : world_.observers) each->on_crashed(index_);
}

consensus::Now SimNode::now() const {
  const std::uint64_t ms = world_.scheduler.now() / kMillisecond;
  const auto wall =
      static_cast<std::int64_t>(world_.chain.genesis.time.value() + ms) + wall_offset_ms_;
  return {mono_offset_ms_ + ms, TimestampMs{static_cast<std::uint64_t>(wall)}};
}

void SimNode::later(Micros delay, std::function<void()> job) {
  world_.scheduler.after(delay, [this, number = life_->number, job = std::move(job)] {
    if (life_ != nullptr && life_->number == number && !life_->stopped) job();
  });
}

void SimNode::step(node::ReplicaEvent event) {
  if (life_ == nullptr || life_->stopped) return;
  world_.trace.mix((world_.scheduler.now() << 12) | (index_ << 4) | event.index());
  auto effects = life_->replica->step(now(), std::move(event));
  for (auto& effect : effects) {
    std::visit([this](auto& what) { apply(what); }, effect);
    if (life_->stopped) return;
  }
  arm_timer();
}

void SimNode::arm_timer() {
  const auto deadline = life_->replica->next_deadline();
  if (deadline == life_->armed) return;
  life_->armed = deadline;
  const std::uint64_t timer = ++life_->timer;
  if (!deadline) return;
  const Micros at = *deadline > mono_offset_ms_ ? (*deadline - mono_offset_ms_) * kMillisecond : 0;
  later(at > world_.scheduler.now() ? at - world_.scheduler.now() : 0, [this, timer] {
    if (life_->timer != timer) return;
    life_->armed.reset();
    step(node::TimePassed{});
  });
}

void SimNode::deliver(std::size_t from, std::shared_ptr<const Bytes> bytes) {
  if (life_ == nullptr) return;
  world_.trace.mix(*bytes);
  step(node::FrameReceived{ValidatorIndex{static_cast<std::uint16_t>(from)}, std::move(bytes)});
}

void SimNode::peer_up(std::size_t peer) {
  step(node::PeerUp{ValidatorIndex{static_cast<std::uint16_t>(peer)}});
}

void SimNode::peer_down(std::size_t peer) {
  step(node::PeerDown{ValidatorIndex{static_cast<std::uint16_t>(peer)}});
}

bool SimNode::submit(const node::AdmittedEnvelope& envelope) {
  if (life_ == nullptr || life_->stopped || life_->safety->quarantined()) return false;
  if (life_->envelopes_waiting >= kEnvelopesWaitingMax) return false;
  // As admission does: what was taken once is not taken again.
  if (!life_->taken.insert(envelope.decoded.txid).second) return true;
  ++life_->envelopes_waiting;
  step(node::Submitted{{envelope}});
  return true;
}

consensus::EngineStatus SimNode::status() const { return life_->replica->status(); }
Height SimNode::executed() const { return life_ ? life_->executed : Height{0}; }
Height SimNode::told_final() const { return life_ ? life_->told_final : Height{0}; }
const SimState& SimNode::state() const { return life_->state; }

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
    if (const Status status = life_->vote_log->write(*newest); !status) fail_stop(status.error());
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
    const auto read = consensus::read_frame(bytes, nonce->second);
    if (!read) return;  // preallocated space, or what a crash left of a frame
    for (Observer* each : world_.observers) each->on_durable(index_, read->frame);
    bytes = bytes.subspan(read->size_bytes);
  }
}

// --- the network ---

void SimNode::apply(node::Transmit& transmit) {
  if (!is_bulky(*transmit.bytes)) {
    const auto message = consensus::decode_message(transmit.bytes);
    HP_ASSERT(message.has_value(), "what a node sends decodes");
    for (Observer* each : world_.observers) each->on_sent(index_, *message);
  }
  const std::size_t count = world_.chain.validators.size();
  for (std::size_t peer = 0; peer < count; ++peer) {
    if (peer == index_ || (transmit.to && transmit.to->value() != peer)) continue;
    world_.network.send(index_, peer, transmit.bytes);
  }
}

void SimNode::apply(node::Serve& serve) {
  later(pace_.serve, [this, serve] { life_->answers->answer(serve); });
}

// --- batches and the block store ---

void SimNode::apply(node::VerifyBatch& verify) {
  auto job = std::make_shared<node::VerifyBatch>(std::move(verify));
  later(pace_.verify, [this, job] {
    const SimChain& chain = world_.chain;
    step(node::check_batch({chain.context, chain.info, chain.epoch, chain.ring}, *job));
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
  });
}

// --- execution ---

void SimNode::apply(node::ExecuteBlock& execute) {
  for (Observer* each : world_.observers) each->on_ordered(index_, execute);
  world_.trace.mix(execute.hash.bytes());
  world_.trace.line(index_, [&] {
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
  world_.trace.line(index_, [&] { return "certified " + std::to_string(height.value()); });
  for (Observer* each : world_.observers) each->on_certified(index_, certify.certificate);
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
      auto outcome = life_->stores.chain->execute(block.stored.block.header, block.hash,
                                                  std::move(block.batches));
      if (!outcome) {
        fail_stop(outcome.error());
        return;
      }
      life_->outcome = std::move(*outcome);
      step(node::BlockExecuted{life_->outcome->commit});
      if (!life_->stopped) finish_block();
    });
  }
}

// The state takes a result once its block is durable.
void SimNode::finish_block() {
  if (!life_->outcome || life_->outcome->commit.height > life_->durable_block) return;
  const node::BlockOutcome outcome = *std::exchange(life_->outcome, std::nullopt);
  life_->state.commit(outcome.output.delta);
  for (Observer* each : world_.observers) each->on_executed(index_, {outcome, life_->state, false});
  StoreItem item;
  item.key.kind = ledger::RecordKind::kCommit;
  item.key.height = outcome.commit.height;
  item.payload = std::make_shared<const Bytes>(consensus::encode(outcome.commit));
  item.sync = false;
  kept_commits_[outcome.commit.height] = *item.payload;
  append(std::move(item));
  life_->executed = outcome.commit.height;
  if (life_->executed.value() % kKeepStateEvery == 0) {
    kept_state_ = {life_->executed, life_->state, life_->stores.chain->history()};
  }
  life_->executing = false;
  publish();
  execute_next();
}

void SimNode::publish() {
  const Height height = std::min(life_->certificate, life_->executed);
  if (height <= life_->told_final) return;
  life_->told_final = height;
  for (Observer* each : world_.observers) each->on_final(index_, height);
}

// --- everything else ---

void SimNode::apply(node::EnvelopesSealed& sealed) {
  life_->envelopes_waiting -= std::min(life_->envelopes_waiting, sealed.count);
}

void SimNode::apply(consensus::EvidenceFound& found) {
  const auto kind = consensus::kind_of(found.evidence);
  complain("holds evidence against v" + std::to_string(found.evidence.offender.value()) + ": " +
           (kind ? consensus::to_string(*kind) : "of nothing"));
}

void SimNode::apply(consensus::Diverged& diverged) {
  fail_stop({Errc::kDiverged, "height " + std::to_string(diverged.own.height.value()) +
                                  " is certified with another result"});
}

void SimNode::apply(consensus::QuarantineEntered& entered) {
  complain("enters quarantine: " + entered.reason);
}

void SimNode::apply(consensus::DisconnectPeer& disconnect) {
  complain("refuses v" + std::to_string(disconnect.peer.value()) + ": " + disconnect.reason);
}

void SimNode::apply(consensus::Alarm& alarm) {
  world_.trace.line(index_, [&] { return "alarm: " + alarm.text; });
}

void SimNode::complain(const std::string& text) {
  world_.trace.line(index_, [&] { return text; });
  for (Observer* each : world_.observers) each->on_complaint(index_, text);
}

void SimNode::fail_stop(const Error& error) {
  complain("stops: " + error.message);
  life_->stopped = true;
}

}  // namespace huangpu::sim
