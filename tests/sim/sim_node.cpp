#include "tests/sim/sim_node.hpp"

#include <algorithm>
#include <utility>

#include "consensus/codec/message_codec.hpp"
#include "crypto/base/assert.hpp"
#include "node/replica/first_epoch.hpp"
#include "tests/sim/sim_life.hpp"

namespace huangpu::sim {

namespace {

constexpr std::uint64_t kSegmentBytes = 64u << 10;
constexpr std::uint64_t kVoteSegmentBytes = 64u << 10;
constexpr std::size_t kEnvelopesWaitingMax = 256;
constexpr char kDataDir[] = "/data";
constexpr char kSignStateDir[] = "/sign-state";

}  // namespace

SimNode::SimNode(World world, Place place, Random random)
    : world_(world),
      machine_(place.machine),
      index_(place.index),
      name_("v" + std::to_string(place.index)),
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
  disk_trouble_ = disk_full_;
  mono_offset_ms_ = random_.between(1'000, 1'000'000);
  if (const Status opened = open(); !opened) {
    const Error& error = opened.error();
    if (!is_caused(error)) complain("does not start: " + error.message);
    crash(test::Crash::kKillProcess);
    return false;
  }
  world_.network.node_started(machine_);
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
  if (kept_.height() > last_block.value_or(Height{0}) || random_.chance(15)) kept_.clear();
  if (kept_.height() > Height{0}) {
    life.state = kept_.state();
    history = kept_.history();
    life.stores.tree->rebuild(kept_.height(), life.state.leaves(chain.genesis.suite));
    HP_TRY(kept_.record_lost_commits(*life.stores.blocks));
  } else {
    HP_TRY_ASSIGN(const ledger::GenesisState first,
                  ledger::apply_genesis(chain.genesis, *life.stores.tree));
    life.state.commit(first.entries);
    kept_.begin(life.state);
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
          each->on_executed(machine_, {outcome, life.state, true});
        kept_.add(outcome.commit, outcome.output.delta, life.stores.chain->history());
        return {};
      },
      [&](const std::string& note) { world_.trace.line(machine_, [&] { return note; }); }));

  const auto self = ValidatorIndex{static_cast<std::uint16_t>(index_)};
  HP_TRY_ASSIGN(node::StartState start,
                node::load_start_state(disk_, life.stores, chain.genesis, chain.epoch, self,
                                       vote_log_place()));
  if (start.forgotten_vote) complain(*start.forgotten_vote);
  if (start.safety.verdict.kind == consensus::Verdict::Kind::kQuarantine) {
    complain("starts in quarantine: " + start.safety.verdict.reason);
  }
  for (Observer* each : world_.observers) {
    each->on_started(machine_, {start.executed, start.safety.verdict, start.safety.log});
  }
  world_.trace.line(machine_, [&] {
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

void SimNode::crash(test::Crash kind) {
  if (life_ == nullptr) return;
  world_.trace.line(machine_,
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
  kept_.crash(kind == test::Crash::kKillProcess ? 0 : random_.below(KeptState::kLagMax + 1));
  life_.reset();
  world_.network.node_crashed(machine_);
  for (Observer* each : world_.observers) each->on_crashed(machine_);
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
  world_.trace.mix((world_.scheduler.now() << 12) | (machine_ << 4) | event.index());
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

bool SimNode::is_stopped() const { return life_ != nullptr && life_->stopped; }

bool SimNode::is_quarantined() const {
  return life_ != nullptr && !life_->stopped && life_->safety->quarantined();
}

void SimNode::corrupt(Byzantine kind) {
  Saboteur::World world{world_.scheduler, world_.chain, index_, {}};
  world.send = [this](std::size_t to, std::shared_ptr<const Bytes> bytes) {
    if (life_ == nullptr) return;
    // Forged bytes need not decode.
    if (!is_bulky(*bytes)) {
      if (const auto message = consensus::decode_message(bytes)) {
        for (Observer* each : world_.observers) each->on_sent(machine_, *message);
      }
    }
    world_.network.send(machine_, to, bytes);
  };
  saboteur_ =
      std::make_unique<Saboteur>(kind, std::move(world), Random(random_.next(), "saboteur"));
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

}  // namespace huangpu::sim
