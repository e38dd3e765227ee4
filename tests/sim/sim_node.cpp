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

// Made with the key, one folder each.
std::string sign_state_dir(const crypto::KeyId& key) {
  return std::string(kSignStateDir) + "/" + key.hex().substr(0, 16);
}

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
  for (const crypto::PublicKey& key : world_.chain.all_keys_of(index_)) {
    const auto made = node::VoteLogFiles::create_sign_state(disk_, sign_state_dir(key.id()),
                                                            world_.chain.context.genesis, key.id());
    HP_ASSERT(made.has_value(), "a new disk takes the sign-state");
  }
  resend_batches_max_ = static_cast<std::uint32_t>(random_.between(1, 16));
}

SimNode::~SimNode() {
  // Stores must not close in order: nothing after this looks at the disk.
  if (life_) disk_.crash(test::Crash::kKillProcess, 0);
}

node::VoteLogPlace SimNode::vote_log_place(const crypto::KeyId& key) const {
  node::VoteLogPlace place;
  place.votes_dir = std::string(kDataDir) + "/votes";
  place.sign_state_dir = sign_state_dir(key);
  place.chain = world_.chain.context;
  place.key = key;
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
  life_->envelopes_waiting += life_->carried.size();
  step(node::Submitted{std::exchange(life_->carried, {})});
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
  HP_TRY_ASSIGN(life.stores.chain, node::ChainExecutor::open(chain.context, *life.stores.executor,
                                                             std::move(history), chain.ring));
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

  HP_TRY_ASSIGN(node::StartState start, open_epoch());
  life.executed = start.executed;
  life.certificate = start.certified;
  life.durable_block = start.executed;
  life.told_final = std::min(start.certified, start.executed);
  life.carried = std::move(start.carried);
  life.answers = std::make_unique<node::ChainAnswers>(
      node::StoredChain(*life.stores.blocks, chain.info),
      [this](ValidatorIndex to, const consensus::Message& message) {
        node::Transmit transmit{place_of(to.value()),
                                consensus::channel_of(consensus::kind_of(message)),
                                std::make_shared<const Bytes>(consensus::encode_message(message))};
        apply(transmit);
      });
  return {};
}

// Vote log, guard and replica of the epoch that the stores say is under way.
Result<node::StartState> SimNode::open_epoch() {
  Life& life = *life_;
  const SimChain& chain = world_.chain;
  HP_TRY_ASSIGN(life.epoch, node::find_epoch(life.stores, chain.genesis));
  // Weights of the first epoch are the simulation's own: genesis gives everybody one.
  if (life.epoch->record.epoch == consensus::kFirstEpoch) life.epoch->record = chain.epoch;
  const ValidatorIndex self = node::place_of(life.epoch->settings, name_);
  crypto::Signer& key = chain.key_of(index_, life.epoch->record.set);
  HP_TRY_ASSIGN(node::StartState start,
                node::load_start_state(disk_, life.stores, chain.genesis, *life.epoch, name_,
                                       vote_log_place(key.public_key().id())));
  if (start.forgotten_vote) complain(*start.forgotten_vote);
  if (start.safety.verdict.kind == consensus::Verdict::Kind::kQuarantine) {
    complain("starts in quarantine: " + start.safety.verdict.reason);
  }
  for (Observer* each : world_.observers) {
    each->on_started(machine_, {start.executed, start.safety.verdict, start.safety.log,
                                life.epoch->record.epoch});
  }
  world_.trace.line(machine_, [&] {
    return "starts epoch " + std::to_string(life.epoch->record.epoch.value()) + ": executed " +
           std::to_string(start.executed.value()) + ", certified " +
           std::to_string(start.certified.value());
  });

  consensus::SafetyConfig safety;
  safety.chain = chain.context;
  safety.epoch = life.epoch->record.epoch;
  safety.self = self;
  // A key that has forgotten what it signed has not remembered it by the next epoch.
  const bool same_key = life.safety != nullptr && life.safety->public_key() == key.public_key();
  const bool forgetful = same_key && life.safety->quarantined();
  life.replica.reset();
  life.safety = std::make_unique<consensus::SafetyRules>(safety, key, std::move(start.safety));
  if (start.forgotten_vote) life.safety->enter_quarantine(*start.forgotten_vote);
  if (forgetful) life.safety->enter_quarantine("the epoch before ended in quarantine");
  life.vote_log = std::move(start.vote_log);

  node::ReplicaConfig config;
  config.engine.chain = chain.context;
  config.engine.epoch = life.epoch->record;
  config.engine.genesis_block = life.epoch->block;
  config.engine.genesis_time = life.epoch->time;
  config.engine.genesis_height = life.epoch->height;
  config.engine.self = self;
  config.engine.tuning.resend_batches_max = resend_batches_max_;
  config.seal = node::seal_policy(life.epoch->settings.consensus, life.epoch->record.parameters);
  config.plan = life.epoch->plan;
  life.other_keys = chain.other_keys_of(index_, key);
  for (const auto& other : life.other_keys) config.other_keys.push_back(other.get());
  life.replica = std::make_unique<node::Replica>(std::move(config), *life.safety, chain.ring,
                                                 std::move(start.replica));
  return start;
}

// A validator's number is the same in every epoch; its place in the set is not. Who is in no set
// has a place behind it.
ValidatorIndex SimNode::place_of(std::size_t validator) const {
  const auto place = node::place_of(life_->epoch->settings, "v" + std::to_string(validator));
  const std::size_t members = life_->epoch->settings.members.size();
  if (place.value() < members) return place;
  return ValidatorIndex{static_cast<std::uint16_t>(members + validator)};
}

std::size_t SimNode::validator_at(ValidatorIndex place) const {
  const auto& members = life_->epoch->settings.members;
  if (place.value() >= members.size()) return place.value() - members.size();
  return std::stoul(members[place.value()].name.substr(1));
}

// The epoch is over once everything of it has come to rest here.
void SimNode::switch_epoch() {
  Life& life = *life_;
  if (!life.epoch_over || life.executed < *life.epoch_over || life.certificate < *life.epoch_over ||
      life.executing || !life.executions.empty() || life.frame != nullptr || life.sign_state_busy ||
      life.sign_state || life.store_busy || !life.items.empty()) {
    return;
  }
  life.epoch_over.reset();
  auto waiting = life.replica->take_waiting();
  life.vote_log.reset();  // gives back its lock
  auto start = open_epoch();
  if (!start) return fail_stop(start.error());
  ++life.timer;
  life.armed.reset();
  std::vector<node::AdmittedEnvelope> again = std::move(start->carried);
  life.envelopes_waiting += again.size();
  std::move(waiting.begin(), waiting.end(), std::back_inserter(again));
  for (const std::size_t peer : life.up) step(node::PeerUp{place_of(peer)});
  step(node::Submitted{std::move(again)});
  step(node::TimePassed{});
}

void SimNode::make_backup() {
  backup_.clear();
  for (const std::string& path : disk_.files().paths()) {
    if (path.starts_with(kDataDir)) backup_[path] = disk_.files().contents(path);
  }
}

bool SimNode::restore_backup() {
  HP_ASSERT(life_ == nullptr, "the folder of a running node is not exchanged");
  if (backup_.empty()) return false;
  for (const std::string& path : disk_.files().paths()) {
    if (path.starts_with(kDataDir)) disk_.files().erase(path);
  }
  for (const auto& [path, bytes] : backup_) disk_.files().set_contents(path, bytes);
  kept_.clear();
  world_.trace.line(machine_, [] { return std::string("is given back its data of earlier"); });
  return true;
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
  if (life_->epoch_over) later(1, [this] { switch_epoch(); });
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
  step(node::FrameReceived{place_of(from), std::move(bytes)});
}

void SimNode::peer_up(std::size_t peer) {
  if (life_ == nullptr) return;
  life_->up.insert(peer);
  step(node::PeerUp{place_of(peer)});
}

void SimNode::peer_down(std::size_t peer) {
  if (life_ == nullptr) return;
  life_->up.erase(peer);
  step(node::PeerDown{place_of(peer)});
}

bool SimNode::is_stopped() const { return life_ != nullptr && life_->stopped; }

bool SimNode::is_quarantined() const {
  return life_ != nullptr && !life_->stopped && life_->safety->quarantined() &&
         life_->safety->stopped().empty();
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
  if (life_ == nullptr || life_->stopped || life_->safety->lane_closed()) return false;
  if (!life_->epoch->record.set.contains(place_of(index_))) return false;
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
