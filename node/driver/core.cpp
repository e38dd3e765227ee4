#include "node/driver/core.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <iterator>
#include <utility>

#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/epoch_codec.hpp"
#include "consensus/codec/evidence_codec.hpp"
#include "consensus/codec/hashing.hpp"
#include "consensus/codec/message_codec.hpp"
#include "crypto/hash/domain.hpp"
#include "crypto/hash/hasher.hpp"
#include "node/driver/flight_notes.hpp"
#include "node/driver/wall_clock.hpp"
#include "node/replica/batch_check.hpp"
#include "node/telemetry/log.hpp"

namespace huangpu::node {

namespace {

// What one peer may have waiting on the core thread per channel before its channel is no longer
// read.
constexpr std::uint64_t kMailboxBytesMax = 32u << 20;
// What a frame costs beside its bytes: a flood of empty ones is a flood.
constexpr std::uint64_t kFrameCostBytes = 512;
constexpr std::uint64_t kStatusEveryMs = 50;
// Whoever sent what no correct node sends is not listened to for a while, so that finding it out
// again and again takes no time from the others. A correct peer that is wronged by it loses
// nothing: everything is said again.
constexpr std::uint64_t kMuteMs = 1'000;

Channel transport_channel(consensus::Channel channel) {
  return channel == consensus::Channel::kControl ? Channel::kControl : Channel::kBulk;
}

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

// How long members of the set before are still told of its end.
constexpr std::chrono::seconds kFarewell{60};

}  // namespace

Core::Core(Parts parts, RunningEpoch epoch)
    : parts_(std::move(parts)),
      epoch_(std::move(epoch)),
      up_(PeerBook::kNumbers),
      plan_(epoch_.start->plan),
      work_(boost::asio::make_work_guard(loop_)),
      timer_(loop_),
      farewell_(loop_),
      vote_worker_("votes", 1, 64),
      sign_state_worker_("sign-state", 1, 64),
      mailboxes_(PeerBook::kNumbers),
      muted_until_ms_(PeerBook::kNumbers),
      status_(std::make_shared<const consensus::EngineStatus>(replica_->status())) {}

Core::~Core() { stop(); }

void Core::connect(PeerNetwork& network, Execution& execution, PeerServer& server, Intake& intake) {
  network_ = &network;
  execution_ = &execution;
  server_ = &server;
  intake_ = &intake;
}

void Core::start() {
  last_turn_ms_.store(mono_now_ms(), std::memory_order_relaxed);
  std::uint64_t bytes = 0;
  for (const AdmittedEnvelope& each : epoch_.carried) bytes += each.bytes->size();
  intake_->unsealed(epoch_.carried.size(), bytes);
  boost::asio::post(loop_, [this] { follow_sets(); });
  post(Submitted{std::exchange(epoch_.carried, {})});
  post(TimePassed{});
  thread_ = std::thread([this] { loop_.run(); });
}

void Core::stop() {
  if (stopped_.exchange(true)) return;
  work_.reset();
  loop_.stop();
  if (thread_.joinable()) thread_.join();
  vote_worker_.stop();
  sign_state_worker_.stop();
}

void Core::post(ReplicaEvent event) {
  if (stopped_.load(std::memory_order_relaxed)) return;
  boost::asio::post(loop_, [this, event = std::make_shared<ReplicaEvent>(std::move(event))] {
    // The network speaks of numbers, the replica of places.
    if (auto* up = std::get_if<PeerUp>(event.get())) {
      up_[up->peer.value()] = true;
      up->peer = place_of(up->peer);
      note(FlightEvent::kPeerUp, up->peer.value());
    } else if (auto* down = std::get_if<PeerDown>(event.get())) {
      up_[down->peer.value()] = false;
      down->peer = place_of(down->peer);
      note(FlightEvent::kPeerDown, down->peer.value());
    }
    SharedPlan plan;
    if (const auto* executed = std::get_if<BlockExecuted>(event.get())) {
      plan = executed->plan;
      note({0, 0, executed->message.height.value(), 0, kNobody, FlightEvent::kExecuted});
    }
    step(std::move(*event));
    if (plan && plan != std::exchange(plan_, plan)) follow_sets();
  });
}

// An answer that means nothing to the replica of a later epoch.
void Core::post_within(std::uint64_t epoch, ReplicaEvent event) {
  if (stopped_.load(std::memory_order_relaxed)) return;
  boost::asio::post(loop_, [this, epoch, event = std::make_shared<ReplicaEvent>(std::move(event))] {
    if (epoch == epoch_.start->record.epoch.value()) step(std::move(*event));
  });
}

// Who is in no set of this epoch has a place behind it: an observer.
ValidatorIndex Core::place_of(ValidatorIndex number) const {
  const std::size_t members = epoch_.start->record.set.size();
  const ValidatorIndex place = node::place_of(epoch_.start->settings, parts_.peers.name_of(number));
  if (place.value() < members) return place;
  return ValidatorIndex{static_cast<std::uint16_t>(members + number.value())};
}

std::optional<ValidatorIndex> Core::number_at(ValidatorIndex place) const {
  const auto& members = epoch_.start->settings.members;
  if (place.value() >= members.size())
    return ValidatorIndex{static_cast<std::uint16_t>(place.value() - members.size())};
  return parts_.peers.number_of(members[place.value()].name);
}

void Core::follow_sets() {
  std::vector<const ledger::Member*> members;
  for (const ledger::Member& each : epoch_.start->settings.members) members.push_back(&each);
  for (const ledger::Member& each : plan_->to_come) members.push_back(&each);
  if (before_) {
    for (const ledger::Member& each : before_->members) members.push_back(&each);
  }
  if (const Status set = network_->set_peers(parts_.peers.update(members)); !set) {
    log(LogLevel::kError, LogEvent::kPeersUnchanged,
        "peers stay as they are: " + set.error().message, {});
  }
}

void Core::admit(AdmittedEnvelope envelope) {
  bool first = false;
  {
    const std::lock_guard lock(admitted_mutex_);
    first = admitted_.empty();
    admitted_.push_back(std::move(envelope));
  }
  // One turn of the loop takes everything that came meanwhile.
  if (first) boost::asio::post(loop_, [this] { drain_admitted(); });
}

void Core::drain_admitted() {
  Submitted submitted;
  {
    const std::lock_guard lock(admitted_mutex_);
    submitted.envelopes = std::exchange(admitted_, {});
  }
  step(std::move(submitted));
}

void Core::on_frame(ValidatorIndex from, Channel channel, Bytes frame) {
  if (from.value() >= mailboxes_.size() || stopped_.load(std::memory_order_relaxed)) return;
  Mailbox& mailbox = mailboxes_[from.value()][static_cast<std::size_t>(channel)];
  const std::uint64_t size = frame.size() + kFrameCostBytes;
  {
    const std::lock_guard lock(mailbox.mutex);
    mailbox.bytes += size;
    if (mailbox.bytes > kMailboxBytesMax && !mailbox.paused) {
      mailbox.paused = true;
      network_->pause_reading(from, channel);
    }
  }
  auto bytes = std::make_shared<const Bytes>(std::move(frame));
  boost::asio::post(loop_, [this, from, channel, size, bytes]() mutable {
    if (mono_now_ms() >= muted_until_ms_[from.value()]) {
      const ValidatorIndex place = place_of(from);
      note(note_of_frame(FlightEvent::kReceived, place.value(), *bytes));
      step(FrameReceived{place, std::move(bytes)});
    }
    release(from, channel, size);
  });
}

void Core::release(ValidatorIndex from, Channel channel, std::uint64_t bytes) {
  Mailbox& mailbox = mailboxes_[from.value()][static_cast<std::size_t>(channel)];
  const std::lock_guard lock(mailbox.mutex);
  mailbox.bytes -= bytes;
  if (mailbox.paused && mailbox.bytes <= kMailboxBytesMax / 2) {
    mailbox.paused = false;
    network_->resume_reading(from, channel);
  }
}

void Core::send(ValidatorIndex number, const consensus::Message& message) {
  const auto channel = transport_channel(consensus::channel_of(consensus::kind_of(message)));
  // A full queue drops the frame: whoever misses it asks again.
  static_cast<void>(network_->send(
      number, channel, std::make_shared<const Bytes>(consensus::encode_message(message))));
}

std::shared_ptr<const consensus::EngineStatus> Core::status() const {
  return std::atomic_load(&status_);
}

std::uint64_t Core::vote_sync_ms() const {
  const std::uint64_t began = vote_sync_began_ms_.load(std::memory_order_relaxed);
  if (began == 0) return vote_sync_took_ms_.load(std::memory_order_relaxed);
  const std::uint64_t time = mono_now_ms();
  return time > began ? time - began : 0;
}

void Core::step(ReplicaEvent event) {
  if (!replica_) return;  // the next epoch could not be opened: the node is being stopped
  for (auto& effect : replica_->step(now(), std::move(event))) interpret(std::move(effect));
  arm_timer();
  publish_status();
}

void Core::interpret(ReplicaEffect effect) {
  std::visit([this](auto& what) { apply(what); }, effect);
}

void Core::apply(consensus::WriteFrame& write) {
  auto frame = std::make_shared<const consensus::FrameBody>(std::move(write.body));
  note({0, frame->highest_view.value(), 0, 0, kNobody, FlightEvent::kVoteWritten});
  vote_worker_.post(
      [this, frame, log = epoch_.vote_log, view = noted_view_, height = noted_height_] {
        const auto begin = std::chrono::steady_clock::now();
        const std::uint64_t began_ms = mono_now_ms();
        vote_sync_began_ms_.store(began_ms, std::memory_order_relaxed);
        if (const Status status = log->append(*frame); !status) {
          parts_.failed(status.error());
          return;
        }
        parts_.metrics.observe(HistogramId::kStorageSync, std::chrono::steady_clock::now() - begin,
                               {"votes"});
        const std::uint64_t took_ms = mono_now_ms() - began_ms;
        vote_sync_took_ms_.store(took_ms, std::memory_order_relaxed);
        vote_sync_began_ms_.store(0, std::memory_order_relaxed);
        parts_.flight.note({wall_now().value(), view, height, static_cast<std::uint32_t>(took_ms),
                            kNobody, FlightEvent::kVoteDurable});
        post_within(frame->epoch.value(), LogFrameDurable{frame->seq});
      });
}

void Core::apply(consensus::WriteSignState& write) {
  bool idle = false;
  {
    const std::lock_guard lock(sign_state_mutex_);
    idle = !sign_state_.has_value();
    sign_state_ = std::move(write.write);
  }
  if (!idle) return;  // the waiting job takes the newest
  sign_state_worker_.post([this, log = epoch_.vote_log] {
    consensus::SignStateWrite newest;
    {
      const std::lock_guard lock(sign_state_mutex_);
      newest = std::move(*sign_state_);
      sign_state_.reset();
    }
    if (const Status status = log->write(newest); !status) parts_.failed(status.error());
  });
}

void Core::apply(Transmit& transmit) {
  const Channel channel = transport_channel(transmit.channel);
  note(note_of_frame(FlightEvent::kSent, transmit.to ? transmit.to->value() : kNobody,
                     *transmit.bytes));
  // What a full queue or a dead link loses is restored by status exchange and fetching.
  if (transmit.to) {
    if (const auto number = number_at(*transmit.to))
      static_cast<void>(network_->send(*number, channel, transmit.bytes));
    return;
  }
  for (const ValidatorIndex number : parts_.peers.numbers())
    static_cast<void>(network_->send(number, channel, transmit.bytes));
}

void Core::apply(VerifyBatch& verify) {
  auto job = std::make_shared<VerifyBatch>(std::move(verify));
  // Bounded by the lanes' windows, which admit no more batches than they have room for.
  parts_.pool.post([this, job, epoch = epoch_.start] {
    post(check_batch({parts_.chain, parts_.ledger_chain, epoch->record, parts_.verifier}, *job));
  });
}

void Core::apply(StoreBatch& store) {
  StoreWriter::Item item;
  item.key = batch_key(ledger::RecordKind::kBatch, store.header, store.digest);
  item.payload = store.record;
  item.done = [this, lane = store.header.lane, pos = store.header.pos, digest = store.digest] {
    post(BatchDurable{lane, pos, digest});
  };
  if (!store.signature.empty()) {
    StoreBatchSignature signature{store.header, store.digest, store.signature};
    apply(signature);
  }
  parts_.writer.append(std::move(item));
}

void Core::apply(StoreBatchSignature& store) {
  StoreWriter::Item item;
  item.key = batch_key(ledger::RecordKind::kBatchSignature, store.header, store.digest);
  item.payload = std::make_shared<const Bytes>(store.signature.encode());
  item.sync = false;
  parts_.writer.append(std::move(item));
}

void Core::apply(ExecuteBlock& execute) {
  const Height height = execute.stored.block.header.height;
  noted_height_ = height.value();
  note({0, execute.stored.block.header.view.value(), height.value(), 0, kNobody,
        FlightEvent::kFinal});
  StoreWriter::Item item;
  item.key.kind = ledger::RecordKind::kBlock;
  item.key.height = height;
  item.key.digest = execute.hash;
  item.payload = std::make_shared<const Bytes>(
      consensus::encode(consensus::BlockRecord{execute.stored, execute.tips}));
  item.done = [this, height] { post(BlocksDurable{height}); };
  parts_.writer.append(std::move(item));
  execution_->execute(std::move(execute));
}

void Core::apply(CertifyHeight& certify) {
  const Height height = certify.certificate.message.height;
  note({0, 0, height.value(), 0, kNobody, FlightEvent::kCertified});
  StoreWriter::Item item;
  item.key.kind = ledger::RecordKind::kCertificate;
  item.key.height = height;
  item.payload = std::make_shared<const Bytes>(consensus::encode(certify.certificate));
  item.sync = false;  // a quorum holds it, and its votes can be collected again
  item.done = [this, message = certify.certificate.message] { execution_->certify(message); };
  parts_.writer.append(std::move(item));
}

void Core::apply(Serve& serve) {
  // Places may have changed hands by the time the answer is ready.
  const auto number = number_at(serve.to);
  if (!number) return;
  serve.to = *number;
  server_->serve(std::move(serve));
}

// The record is stored, then the executor must have committed the boundary: both come in the order
// of their queues, and then the core is free to leave the epoch.
void Core::apply(consensus::EpochEnded& ended) {
  note(FlightEvent::kEpochEnd);
  log(LogLevel::kInfo, LogEvent::kEpochEnded, "the epoch has ended",
      {{"epoch", ended.boundary.message.epoch.value()},
       {"boundary", ended.boundary.message.height.value()}});
  execution_->after_everything([this](const SharedPlan& plan) {
    StoreWriter::Item item;
    item.key.kind = ledger::RecordKind::kEpoch;
    item.key.epoch = plan->current.epoch;
    item.payload = std::make_shared<const Bytes>(consensus::encode(plan->current));
    item.done = [this] { boost::asio::post(loop_, [this] { enter_next_epoch(); }); };
    parts_.writer.append(std::move(item));
  });
}

void Core::enter_next_epoch() {
  // Nothing of the old epoch is signed any more, so both queues run dry.
  vote_worker_.drain();
  sign_state_worker_.drain();
  std::vector<AdmittedEnvelope> waiting = replica_->take_waiting();
  const bool still_listening = replica_->status().watching;
  replica_.reset();  // before the guard it asks
  auto next = parts_.next_epoch(still_listening);
  if (!next) return parts_.failed(next.error());
  epoch_.start = std::move(next->start);
  plan_ = epoch_.start->plan;
  before_ = epoch_.start->previous;
  follow_sets();
  farewell_.expires_after(kFarewell);
  farewell_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    before_.reset();
    follow_sets();
  });
  epoch_.vote_log = next->vote_log;
  epoch_.replica = std::move(next->replica);
  // Who takes transactions in this epoch, and under which rules (SPEC N-347).
  intake_->set_settings(epoch_.start->settings.ledger);
  if (replica_->status().observer) intake_->set_open(false);
  armed_.reset();
  timer_.cancel();
  for (std::uint16_t number = 0; number < up_.size(); ++number) {
    if (up_[number]) step(PeerUp{place_of(ValidatorIndex{number})});
  }
  Submitted again{std::move(next->carried)};
  std::uint64_t bytes = 0;
  for (const AdmittedEnvelope& each : again.envelopes) bytes += each.bytes->size();
  intake_->unsealed(again.envelopes.size(), bytes);
  std::move(waiting.begin(), waiting.end(), std::back_inserter(again.envelopes));
  step(std::move(again));
  step(TimePassed{});
}

void Core::apply(EnvelopesSealed& sealed) { intake_->sealed(sealed.count, sealed.bytes); }

void Core::apply(consensus::EvidenceFound& found) {
  const Bytes bytes = consensus::encode(found.evidence);
  const std::string offender = std::to_string(found.evidence.offender.value());
  log(LogLevel::kError, LogEvent::kEquivocation,
      "a validator signed statements that exclude each other", {{"validator", offender}});
  parts_.metrics.add(CounterId::kConsensusEquivocations, {offender});
  StoreWriter::Item item;
  item.key.kind = ledger::RecordKind::kEvidence;
  item.key.digest = crypto::hash(parts_.chain.suite, {as_bytes(crypto::domain::kEvidence), bytes});
  item.payload = std::make_shared<const Bytes>(bytes);
  parts_.writer.append(std::move(item));
}

void Core::apply(consensus::Diverged& diverged) {
  note({0, 0, diverged.own.height.value(), 0, kNobody, FlightEvent::kDiverged});
  parts_.failed({Errc::kDiverged, "height " + std::to_string(diverged.own.height.value()) +
                                      ": this node computed state root " +
                                      diverged.own.state_root.hex() + ", a quorum certified " +
                                      diverged.certified.state_root.hex()});
}

void Core::apply(consensus::QuarantineEntered& entered) {
  note(FlightEvent::kQuarantine);
  log(LogLevel::kError, LogEvent::kQuarantineEntered, entered.reason);
  intake_->set_open(false);
  if (entered.key_copy) parts_.key_copy(entered);
}

void Core::apply(consensus::DisconnectPeer& disconnect) {
  note(FlightEvent::kMisbehaved, disconnect.peer.value());
  log(LogLevel::kWarning, LogEvent::kPeerMisbehaved, disconnect.reason,
      {{"peer", disconnect.peer.value()}});
  parts_.metrics.add(CounterId::kPeerRejects, {"misbehaved"});
  const auto number = number_at(disconnect.peer);
  if (!number) return;
  muted_until_ms_[number->value()] = mono_now_ms() + kMuteMs;
  network_->disconnect(*number, disconnect.reason);
}

void Core::apply(consensus::Alarm& alarm) {
  note(FlightEvent::kAlarm);
  log(LogLevel::kWarning, LogEvent::kConsensusAlarm, alarm.text);
}

void Core::arm_timer() {
  const auto deadline = replica_->next_deadline();
  if (deadline == armed_) return;
  armed_ = deadline;
  if (!deadline) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(std::chrono::steady_clock::time_point(std::chrono::milliseconds(*deadline)));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;  // rearmed or stopped
    armed_.reset();
    step(TimePassed{});
  });
}

void Core::publish_status() {
  const std::uint64_t time = mono_now_ms();
  last_turn_ms_.store(time, std::memory_order_relaxed);
  if (time < status_ms_ + kStatusEveryMs) return;
  status_ms_ = time;
  const auto status = std::make_shared<const consensus::EngineStatus>(replica_->status());
  std::atomic_store(&status_, status);
  noted_height_ = status->final_height.value();
  if (std::exchange(noted_view_, status->view.value()) != noted_view_) note(FlightEvent::kView);
}

void Core::note(FlightRecord record) {
  record.wall_ms = wall_now().value();
  if (record.view == 0) record.view = noted_view_;
  if (record.height == 0) record.height = noted_height_;
  parts_.flight.note(record);
}

void Core::note(FlightEvent event, std::uint16_t peer) {
  FlightRecord record;
  record.event = event;
  record.peer = peer;
  note(record);
}

}  // namespace huangpu::node
