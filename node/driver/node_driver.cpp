#include "node/driver/node_driver.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <thread>
#include <utility>

#include "ledger/types/state_key.hpp"
#include "ledger/types/state_value.hpp"
#include "node/driver/consensus_condition.hpp"
#include "node/driver/core.hpp"
#include "node/driver/folder_size.hpp"
#include "node/driver/key_copy.hpp"
#include "node/driver/membership.hpp"
#include "node/driver/network_height.hpp"
#include "node/driver/node_stores.hpp"
#include "node/driver/queries.hpp"
#include "node/driver/tip_reader.hpp"
#include "node/driver/wall_clock.hpp"
#include "node/replica/first_epoch.hpp"
#include "node/telemetry/log.hpp"

namespace huangpu::node {

namespace {

constexpr std::uint64_t kLoopStuckMs = 5'000;
// Further behind than this a node is catching up and its clients are better served elsewhere.
// Ordinary lag under load is bounded by the lag rule and is no reason to refuse anybody.
constexpr std::uint64_t kCatchingUpHeights = 64;
constexpr std::uint64_t kLevelHeights =
    2;  // as near to the network's height as a working node always is

std::size_t verify_threads(const NodeConfig& config) {
  if (config.node.verify_threads > 0) return config.node.verify_threads;
  return std::max(1u, std::thread::hardware_concurrency());
}

class Driver final : public NodeDriver, public NodeBackend {
 public:
  explicit Driver(NodeDriverOptions options)
      : options_(std::move(options)),
        chain_(chain_context(options_.genesis)),
        tracker_(TrackerLimits{options_.config.limits.tracked_transactions}),
        pool_("verify", verify_threads(options_.config), options_.config.limits.verify_queue),
        started_ms_(mono_now_ms()) {}

  ~Driver() override { stop(); }

  Status prepare() {
    const ledger::Genesis& genesis = options_.genesis;
    const NodeConfig& config = options_.config;
    NodeStoresOptions stores;
    stores.data_dir = config.node.data_dir.string();
    stores.segment_bytes = config.storage.segment_bytes;
    stores.state_cache_bytes = config.storage.state_cache_bytes;
    stores.rocksdb_cache_bytes = config.storage.rocksdb_cache_bytes;
    stores.rocksdb_memtable_bytes = config.storage.rocksdb_memtable_bytes;
    stores.recent_heights = config.storage.recent_heights;
    HP_TRY_ASSIGN(stores_,
                  open_stores(*options_.files, stores, genesis, [](const std::string& sentence) {
                    log(LogLevel::kWarning, LogEvent::kStoreRepaired, sentence);
                  }));

    HP_TRY(check_no_key_copy(config.signer.sign_state_dir));
    if (options_.next_signer != nullptr)
      HP_TRY(check_no_key_copy(config.signer.next.sign_state_dir));
    membership_.emplace(Membership::Parts{config, genesis, *options_.files, stores_,
                                          options_.signer, options_.next_signer});
    HP_TRY_ASSIGN(RunningEpoch running, membership_->open());
    const auto& newest = membership_->newest();
    log(LogLevel::kInfo, LogEvent::kStoreOpened, "stores are open",
        {{"executed", stores_.executor->height().value()},
         {"certified", newest ? newest->height.value() : 0}});
    safety_quarantined_ = membership_->quarantined();
    view_.set_executed(stores_.executor->height(), stores_.executor->time());
    writer_ = std::make_unique<StoreWriter>(*stores_.blocks,
                                            [this](const Error& error) { fail_once(error); });
    writer_->set_durable_block(stores_.executor->height());
    writer_->on_sync([this](std::uint64_t micros) {
      options_.metrics->observe(HistogramId::kStorageSync, std::chrono::microseconds(micros),
                                {"blocks"});
    });

    peer_book_.emplace(genesis, config.peers, membership_->name());
    core_ = std::make_unique<Core>(
        Core::Parts{chain_, chain_info(genesis), crypto::default_verifier(), *peer_book_, *writer_,
                    pool_, *options_.metrics, *options_.flight,
                    [this](const Error& error) { fail_once(error); },
                    [this](const consensus::QuarantineEntered& found) { on_key_copy(found); },
                    [this](bool still_listening) { return membership_->open(still_listening); }},
        std::move(running));
    auto execution = Execution::open(
        Execution::Parts{stores_, *writer_, view_, tracker_, feed_, *options_.metrics,
                         [this](const consensus::BlockHeader& header, View skipped) {
                           return membership_->leader_of(header, skipped);
                         },
                         [this](consensus::CommitMessage message, SharedPlan plan) {
                           core_->post(BlockExecuted{std::move(message), std::move(plan)});
                         },
                         [this](const ledger::TxId& txid) { return find_transaction(txid); },
                         options_.registry_changed,
                         [this](const Error& error) { fail_once(error); }},
        newest);
    if (!execution) return tl::unexpected(execution.error());
    execution_ = std::move(*execution);
    const StoredChain blocks(*stores_.blocks, chain_info(genesis));
    server_ = std::make_unique<PeerServer>(
        blocks,
        [this](ValidatorIndex to, const consensus::Message& message) { core_->send(to, message); });
    queries_ = std::make_unique<Queries>(
        Queries::Parts{chain_, chain_info(genesis), blocks, *stores_.state, *stores_.tree, view_});
    intake_ = std::make_unique<Intake>(
        Intake::Parts{chain_info(genesis), genesis.ledger, *stores_.state, view_,
                      crypto::default_verifier(), tracker_, *options_.metrics, pool_,
                      [this](const ledger::TxId& txid) { return find_transaction(txid); },
                      [this](AdmittedEnvelope envelope) { core_->admit(std::move(envelope)); }},
        config.limits);
    return {};
  }

  // --- NodeDriver ---
  PeerCallbacks peer_callbacks() override {
    PeerCallbacks callbacks;
    callbacks.on_frame = [this](ValidatorIndex from, Channel channel, Bytes frame) {
      core_->on_frame(from, channel, std::move(frame));
    };
    callbacks.on_up = [this](ValidatorIndex peer) {
      log(LogLevel::kInfo, LogEvent::kPeerUp, "peer is up", {{"peer", peer.value()}});
      core_->post(PeerUp{peer});
    };
    callbacks.on_down = [this](ValidatorIndex peer) {
      log(LogLevel::kInfo, LogEvent::kPeerDown, "peer is down", {{"peer", peer.value()}});
      core_->post(PeerDown{peer});
    };
    return callbacks;
  }

  void start(PeerNetwork& network) override {
    network_ = &network;
    core_->connect(network, *execution_, *server_, *intake_);
    core_->start();
    options_.signer->start([this] { core_->post(SignerAnswered{}); });
    if (options_.next_signer != nullptr)
      options_.next_signer->start([this] { core_->post(SignerAnswered{}); });
    watcher_ = std::thread([this] { watch(); });
  }

  void stop() override {
    if (stopped_.exchange(true)) return;
    if (intake_) intake_->set_open(false);
    {
      // Between the watcher's look at the flag and its sleep nothing may come.
      const std::lock_guard lock(watcher_mutex_);
    }
    wake_watcher_.notify_all();
    if (watcher_.joinable()) watcher_.join();
    options_.signer->stop();
    if (options_.next_signer != nullptr) options_.next_signer->stop();
    // From the outside in: nobody is asked any more once the one who asks has ended.
    if (core_) core_->stop();
    if (server_) server_->stop();
    pool_.stop();
    if (execution_) execution_->stop();
    if (writer_) writer_->stop();
    if (stores_.state) {
      if (const Status synced = stores_.state->sync(); !synced) {
        log(LogLevel::kWarning, LogEvent::kStoreFailed, synced.error().message);
      }
    }
    if (stores_.blocks) {
      if (const Status closed = stores_.blocks->close(); !closed) {
        log(LogLevel::kError, LogEvent::kStoreFailed, closed.error().message);
      }
    }
  }

  Status key_verdict() const override {
    const std::lock_guard lock(key_mutex_);
    if (key_copy_.empty()) return {};
    return fail(Errc::kGuard, key_copy_);
  }

  const std::string& name() const override { return membership_->name(); }
  std::vector<PeerEndpoint> peers() override {
    std::vector<const ledger::Member*> members;
    const auto start = membership_->epoch();
    for (const ledger::Member& each : start->settings.members) members.push_back(&each);
    return peer_book_->update(members);
  }
  NodeBackend& backend() override { return *this; }
  TransactionTracker& tracker() override { return tracker_; }
  FinalityFeed& feed() override { return feed_; }

  // --- NodeBackend ---
  void submit(std::vector<Bytes> envelopes, const Principal& caller, SubmitDone done) override {
    intake_->submit(std::move(envelopes), caller, std::move(done));
  }
  Result<TransactionUpdate> find_transaction(const ledger::TxId& txid) override {
    return queries_->find_transaction(txid);
  }
  Result<ledger::TxId> find_reference(const ReferenceKey& reference) override {
    return queries_->find_reference(reference);
  }
  Result<StateAnswer> query(ByteView key, std::optional<Height> height, bool with_proof) override {
    return queries_->query(key, height, with_proof);
  }
  Result<KeyIds> keys_of(ledger::ParticipantId participant,
                         const std::optional<crypto::KeyId>& after) override {
    return queries_->keys_of(participant, after);
  }
  std::unique_ptr<ledger::StateReader> state_snapshot() override {
    return stores_.state->snapshot();
  }
  Result<BlockAnswer> block(Height height) override { return queries_->block(height); }
  Result<ReceiptAnswer> receipt(const ledger::TxId& txid) override {
    return queries_->receipt(txid);
  }
  Result<std::shared_ptr<const FinalityRecords>> finality(Height height) override {
    return queries_->finality(height);
  }
  Height certified_height() override { return view_.certified(); }
  Result<std::shared_ptr<const CertifiedBlock>> certified_block(Height height) override {
    return queries_->certified_block(height);
  }

  std::optional<Principal> identify(const crypto::Digest& pin) override {
    const TipReader reader(*stores_.state);
    const auto value = reader.get(ledger::certificate_key(ledger::CertificatePin{pin}));
    if (!value) return std::nullopt;
    const auto entry = ledger::CertificateValue::decode(*value);
    if (!entry || !entry->active) return std::nullopt;
    return Principal{entry->participant, entry->role, pin};
  }

  NodeSnapshot snapshot() override {
    const auto status = core_->status();
    NodeSnapshot snapshot;
    snapshot.chain_id = chain_.genesis;
    snapshot.chain_name = options_.genesis.chain_name;
    snapshot.node_name = options_.config.node.name;
    const auto start = membership_->epoch();
    const consensus::ValidatorSet& set = start->record.set;
    const ValidatorIndex self = place_of(start->settings, membership_->name());
    snapshot.validator = self.value();
    snapshot.epoch = status->epoch.value();
    snapshot.view = status->view.value();
    snapshot.final_view = status->final_view.value();
    snapshot.leader = status->leader.value();
    snapshot.final_height = status->final_height;
    snapshot.executed_height = view_.executed();
    snapshot.certified_height = view_.certified();
    snapshot.certified_time = view_.certified_time();
    snapshot.quarantined = status->quarantined;
    snapshot.waiting_for =
        status->waiting == consensus::Waiting::kIdle ? std::string() : status->waiting_text;
    std::vector<std::pair<ValidatorIndex, Height>> claims;
    const std::uint64_t time = mono_now_ms();
    snapshot.consensus = condition_of(*status, *start, self, time);
    for (const consensus::PeerView& peer : status->peers) {
      if (peer.peer == self || !set.contains(peer.peer)) continue;
      PeerCondition condition;
      condition.validator = peer.peer.value();
      condition.name = set.at(peer.peer).name;
      condition.connected = peer.connected;
      if (peer.heard_ms > 0)
        condition.last_heard_ms = time > peer.heard_ms ? time - peer.heard_ms : 0;
      if (peer.status) {
        condition.final_height = peer.status->final_height;
        condition.executed_height = peer.status->executed_height;
        condition.certified_height = peer.status->certified_height;
        condition.quarantined = peer.status->quarantined;
        claims.emplace_back(peer.peer, peer.status->final_height);
      }
      snapshot.peers.push_back(std::move(condition));
    }
    snapshot.network_height =
        network_height(set.quorum(), set.size(), status->final_height, std::move(claims));
    snapshot.pending_transactions = intake_->pending_count();
    snapshot.pending_bytes = intake_->pending_bytes();
    snapshot.uptime_ms = time - started_ms_;
    if (status->certificate_deadline && *status->certificate_deadline > time) {
      snapshot.view_deadline_ms = *status->certificate_deadline - time;
    }
    add_checks(snapshot, *status, time);
    return snapshot;
  }

 private:
  ConsensusCondition condition_of(const consensus::EngineStatus& status, const EpochStart& start,
                                  ValidatorIndex self, std::uint64_t time) {
    const consensus::LeaderSchedule leaders(chain_.suite, start.block, start.record.set.size(),
                                            start.record.parameters.leader_window);
    ConsensusCondition condition = consensus_condition(status, start.record, leaders, self);
    condition.vote_sync_ms = core_->vote_sync_ms();
    const std::lock_guard lock(progress_mutex_);
    progress_.look(status, time);
    condition.view_ms = progress_.view_ms(time);
    condition.final_ms = progress_.final_ms(time);
    return condition;
  }

  std::string voting_text(const consensus::EngineStatus& status) const {
    const Status verdict = key_verdict();
    if (!verdict) return verdict.error().message;
    if (status.quarantined) return "quarantined";
    if (status.observer) return "no validator in this epoch: follows and does not vote";
    return status.watching ? "listens for another copy of its key before it votes" : "votes";
  }

  // A next key that cannot be used holds back its rotation, not this node (SPEC N-354).
  std::string other_key_text() const {
    const KeyHolder* const other = membership_->other_key();
    if (other == nullptr) return {};
    const bool next = other == options_.next_signer;
    return std::string(next ? "; next key: " : "; former key: ") + other->condition().detail;
  }

  // Any thread; another copy of the key is alive (SPEC N-321).
  void on_key_copy(const consensus::QuarantineEntered& found) {
    const std::filesystem::path dir = membership_->sign_state_dir();
    const Error error = key_copy_error(dir, found);
    {
      const std::lock_guard lock(key_mutex_);
      if (!key_copy_.empty()) return;
      key_copy_ = error.message;
    }
    options_.metrics->set(GaugeId::kKeyCopy, 1);
    log(LogLevel::kError, LogEvent::kKeyCopy, error.message);
    if (const Status kept = keep_key_copy(dir, found); !kept)
      log(LogLevel::kError, LogEvent::kStoreFailed, kept.error().message);
    // While listening nothing was signed: the other one may work on, this one has to go.
    if (found.watching) fail_once(error);
  }

  // The validators of this epoch that this node hears, itself among them if it is one.
  static consensus::SignerSet connected(const NodeSnapshot& snapshot,
                                        const consensus::ValidatorSet& set) {
    consensus::SignerSet up(set.size());
    up.insert(ValidatorIndex{static_cast<std::uint16_t>(snapshot.validator)});
    for (const PeerCondition& peer : snapshot.peers) {
      if (peer.connected) up.insert(ValidatorIndex{static_cast<std::uint16_t>(peer.validator)});
    }
    return up;
  }

  void add_checks(NodeSnapshot& snapshot, const consensus::EngineStatus& status,
                  std::uint64_t time) const {
    const auto add = [&](std::string name, bool ok, std::string detail) {
      snapshot.checks.push_back({std::move(name), ok, std::move(detail)});
    };
    const std::uint64_t behind =
        snapshot.network_height.value() > snapshot.executed_height.value()
            ? snapshot.network_height.value() - snapshot.executed_height.value()
            : 0;
    const auto start = membership_->epoch();
    const consensus::ValidatorSet& set = start->record.set;
    const std::uint64_t lag_allowed = kLevelHeights + start->record.parameters.lag_blocks;
    const std::uint64_t turned = std::min(core_->last_turn_ms(), time);
    add("loop", time - turned < kLoopStuckMs,
        "the core thread turned " + std::to_string(time - turned) + " ms ago");
    add("synced", behind <= lag_allowed, std::to_string(behind) + " heights behind the network");
    add("voting", !status.quarantined && !status.diverged && !status.watching, voting_text(status));
    // What this node admits goes into its own lane; after a quarantine that stays closed until the
    // epoch ends, and nothing admitted would ever be ordered (SPEC C-79).
    add("lane", !status.lane_closed,
        status.observer      ? "none: an observer takes no transactions"
        : status.lane_closed ? "closed for this epoch"
                             : "open");
    const KeyHolderCondition key = membership_->key().condition();
    add("signer", key.ok, key.detail + other_key_text());
    const consensus::SignerSet up = connected(snapshot, set);
    add("peers", set.quorum().reached_by(up),
        std::to_string(up.count()) + " of " + std::to_string(set.size()) + " validators connected");
    std::error_code error;
    const auto space = std::filesystem::space(options_.config.node.data_dir, error);
    const bool room = !error && space.available >= options_.config.storage.free_bytes_min;
    add("disk", room,
        error ? error.message() : std::to_string(space.available >> 20) + " MiB free");
  }

  // Once a second: metrics, expiry, and whether there is room for transactions.
  void watch() {
    bool quarantined = safety_quarantined_;
    std::unique_lock lock(watcher_mutex_);
    while (!stopped_.load()) {
      const NodeSnapshot now_snapshot = snapshot();
      publish_metrics(now_snapshot);
      intake_->expire(std::max(wall_now(), view_.block_time()));
      if (quarantined && !now_snapshot.quarantined)
        log(LogLevel::kInfo, LogEvent::kQuarantineLeft, "this node votes again");
      quarantined = now_snapshot.quarantined;
      judge_intake(now_snapshot);
      wake_watcher_.wait_for(lock, std::chrono::seconds(1), [this] { return stopped_.load(); });
    }
  }

  // Transactions are taken while what they need works: room on the disk, a level state, votes.
  void judge_intake(const NodeSnapshot& snapshot) {
    bool may_take = !failed_.load() && snapshot.network_height.value() <=
                                           snapshot.executed_height.value() + kCatchingUpHeights;
    for (const ReadinessCheck& check : snapshot.checks) {
      if (check.name != "disk" && check.name != "voting" && check.name != "lane" &&
          check.name != "signer")
        continue;
      may_take = may_take && check.ok;
      if (check.name == "disk" && !check.ok && intake_->open())
        log(LogLevel::kWarning, LogEvent::kDiskLow, "no transactions are taken: " + check.detail);
    }
    intake_->set_settings(membership_->epoch()->settings.ledger);
    intake_->set_open(may_take && !core_->status()->observer);
  }

  void publish_metrics(const NodeSnapshot& snapshot) {
    Metrics& metrics = *options_.metrics;
    const auto set = [&](GaugeId id, std::uint64_t value) {
      metrics.set(id, static_cast<double>(value));
    };
    set(GaugeId::kConsensusEpoch, snapshot.epoch);
    set(GaugeId::kConsensusView, snapshot.view);
    set(GaugeId::kConsensusFinalHeight, snapshot.final_height.value());
    set(GaugeId::kConsensusExecutedHeight, snapshot.executed_height.value());
    set(GaugeId::kConsensusCertifiedHeight, snapshot.certified_height.value());
    set(GaugeId::kConsensusNetworkHeight, snapshot.network_height.value());
    set(GaugeId::kConsensusQuarantine, snapshot.quarantined ? 1 : 0);
    set(GaugeId::kPoolTransactions, snapshot.pending_transactions);
    set(GaugeId::kPoolBytes, snapshot.pending_bytes);
    std::uint64_t up = 0;
    for (const auto& peer : snapshot.peers) up += peer.connected ? 1 : 0;
    set(GaugeId::kPeers, up);
    const auto start = membership_->epoch();
    const consensus::Quorum& quorum = start->record.set.quorum();
    metrics.set(
        GaugeId::kConsensusMissingWeight,
        1.0 - static_cast<double>(quorum.weight_of(connected(snapshot, start->record.set))) /
                  static_cast<double>(quorum.total()));
    set(GaugeId::kSignerWatermarkView, snapshot.final_view);
    publish_signer();
    metrics.set(GaugeId::kStorageBytes, static_cast<double>(stores_.blocks->size_bytes()),
                {"blocks"});
    const auto& data = options_.config.node.data_dir;
    set_folder(metrics, data / "state", "state");
    set_folder(metrics, data / "votes", "votes");
    std::error_code error;
    const auto space = std::filesystem::space(options_.config.node.data_dir, error);
    if (!error) metrics.set(GaugeId::kStorageFree, static_cast<double>(space.available), {"data"});
    for (const PeerStatistics& peer : network_->statistics()) {
      const std::string name = std::to_string(peer.index.value());
      if (peer.rtt)
        metrics.set(GaugeId::kPeerRtt, static_cast<double>(peer.rtt->count()) / 1e6, {name});
      metrics.set(GaugeId::kPeerQueueBytes,
                  static_cast<double>(peer.control.queued_bytes + peer.bulk.queued_bytes), {name});
      count_bytes(peer, name);
    }
  }

  static void set_folder(Metrics& metrics, const std::filesystem::path& folder, const char* name) {
    metrics.set(GaugeId::kStorageBytes, static_cast<double>(folder_bytes(folder)), {name});
  }

  void publish_signer() {
    const KeyHolder& holder = membership_->key();
    const KeyHolderCondition now = holder.condition();
    // Each holder counts for itself; after a rotation the other one is in office.
    KeyHolderCondition& seen = key_seen_[&holder];
    Metrics& metrics = *options_.metrics;
    metrics.set(GaugeId::kSignerUp, now.ok ? 1 : 0);
    metrics.add(CounterId::kSignerSignatures, {}, now.signatures - seen.signatures);
    metrics.add(CounterId::kSignerRefused, {}, now.refused - seen.refused);
    metrics.add(CounterId::kSignerFailures, {}, now.failures - seen.failures);
    if (now.ok != seen.ok) {
      log(now.ok ? LogLevel::kInfo : LogLevel::kError,
          now.ok ? LogEvent::kSignerBack : LogEvent::kSignerDown, now.detail);
    }
    seen = now;
  }

  // The network counts since its start; a metric takes what is new.
  void count_bytes(const PeerStatistics& peer, const std::string& name) {
    peer_bytes_.resize(PeerBook::kNumbers);
    auto& counted = peer_bytes_[peer.index.value()];
    const std::array<std::uint64_t, 4> now = {peer.control.bytes_in, peer.control.bytes_out,
                                              peer.bulk.bytes_in, peer.bulk.bytes_out};
    static constexpr std::array<std::array<std::string_view, 2>, 4> kLabels = {
        {{"in", "control"}, {"out", "control"}, {"in", "bulk"}, {"out", "bulk"}}};
    for (std::size_t i = 0; i < now.size(); ++i) {
      if (now[i] > counted[i])
        options_.metrics->add(CounterId::kPeerBytes, {name, kLabels[i][0], kLabels[i][1]},
                              now[i] - counted[i]);
      counted[i] = now[i];
    }
  }

  void fail_once(const Error& error) {
    if (stopped_.load() || failed_.exchange(true)) return;
    if (intake_) intake_->set_open(false);
    if (error.code == Errc::kIo || error.code == Errc::kDiskFull || error.code == Errc::kCorrupt)
      options_.metrics->add(CounterId::kStorageErrors, {errc_text(error.code)});
    if (error.code == Errc::kDiverged) log(LogLevel::kError, LogEvent::kDiverged, error.message);
    options_.failed(error);
  }

  NodeDriverOptions options_;
  const consensus::ChainContext chain_;
  TransactionTracker tracker_;
  FinalityFeed feed_;
  ChainView view_;
  Worker pool_;
  NodeStores stores_;
  std::optional<Membership> membership_;  // outlives the core, and so does this:
  std::optional<PeerBook> peer_book_;
  std::unique_ptr<StoreWriter> writer_;
  std::unique_ptr<Core> core_;
  std::unique_ptr<Execution> execution_;
  std::unique_ptr<PeerServer> server_;
  std::unique_ptr<Queries> queries_;
  std::unique_ptr<Intake> intake_;
  PeerNetwork* network_ = nullptr;
  bool safety_quarantined_ = false;  // at start; afterwards the core thread's status says
  std::vector<std::array<std::uint64_t, 4>> peer_bytes_;  // already counted; the watcher's
  const std::uint64_t started_ms_;
  std::atomic<bool> stopped_{false};
  std::atomic<bool> failed_{false};
  std::mutex watcher_mutex_;
  std::condition_variable wake_watcher_;
  std::thread watcher_;
  std::map<const KeyHolder*, KeyHolderCondition> key_seen_;  // already counted; the watcher's
  std::mutex progress_mutex_;
  ProgressClock progress_;  // guarded
  mutable std::mutex key_mutex_;
  std::string key_copy_;  // guarded
};

}  // namespace

Result<std::unique_ptr<NodeDriver>> NodeDriver::open(NodeDriverOptions options) {
  auto driver = std::make_unique<Driver>(std::move(options));
  HP_TRY(driver->prepare());
  return std::unique_ptr<NodeDriver>(std::move(driver));
}

}  // namespace huangpu::node
