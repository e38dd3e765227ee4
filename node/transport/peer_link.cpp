#include "node/transport/peer_link.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>
#include <vector>

#include "consensus/codec/message_codec.hpp"
#include "crypto/base/mutant.hpp"
#include "crypto/random/random.hpp"

namespace huangpu::node {

// A frame carries one message, and every message fits into a frame (SPEC C-51, N-124).
static_assert(kControlFrameBytesMax == consensus::kControlMessageBytesMax);
static_assert(kBulkFrameBytesMax == consensus::kBulkMessageBytesMax);

namespace {

// Frames that waited together travel together up to this much; a larger one travels alone.
constexpr std::size_t kTogetherBytesMax = 256 * 1024;
// Legs of one peer at a time: two sessions and room for a quick return.
constexpr std::size_t kLegsMax = 6;

std::size_t frame_bytes_max(Channel channel) {
  return channel == Channel::kControl ? kControlFrameBytesMax : kBulkFrameBytesMax;
}

}  // namespace

PeerLink::PeerLink(const PeerNetworkConfig& config, const PeerCallbacks& callbacks,
                   PeerEndpoint peer, Dialler dialler)
    : config_(config),
      callbacks_(callbacks),
      peer_(std::move(peer)),
      dialler_(std::move(dialler)),
      lanes_{Lane(SendQueue(config.control_queue, SendQueue::WhenFull::kDropOldest)),
             Lane(SendQueue(config.bulk_queue, SendQueue::WhenFull::kRefuseNewest))},
      jitter_(static_cast<std::uint32_t>(crypto::random::u64())) {}

SendResult PeerLink::send(Channel channel, std::shared_ptr<const Bytes> frame) {
  if (frame == nullptr || frame->empty() || frame->size() > frame_bytes_max(channel)) {
    return SendResult::kTooLarge;
  }
  const std::lock_guard lock(mutex_);
  Lane& to = lane(channel);
  if (!current_ || (current_->state != State::kUp && current_->state != State::kTraffic)) {
    ++to.dropped_down;
    return SendResult::kDown;
  }
  const SendResult result = to.queue.push(std::move(frame));
  keep_writing(*current_->legs[static_cast<std::size_t>(channel)]);
  return result;
}

void PeerLink::pause_reading(Channel channel) {
  const std::lock_guard lock(mutex_);
  if (current_ && current_->was_up) lane(channel).paused = true;
}

void PeerLink::disconnect(const std::string& reason, Clock::duration bar) {
  const std::lock_guard lock(mutex_);
  barred_until_ = Clock::now() + bar;
  if (next_) end_session(*next_, reason, true);
  if (current_) end_session(*current_, reason, true);
}

void PeerLink::resume_reading(Channel channel) {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(lane(channel).paused, false) || !current_) return;
  if (const LegPtr& leg = current_->legs[static_cast<std::size_t>(channel)]; leg) {
    leg->heard_at = Clock::now();  // silence counts from here: nobody was listening
    if (!leg->reading) keep_reading(*leg);
  }
}

bool PeerLink::is_up() const {
  const std::lock_guard lock(mutex_);
  return current_ && (current_->state == State::kUp || current_->state == State::kTraffic);
}

PeerStatistics PeerLink::statistics() const {
  const std::lock_guard lock(mutex_);
  const auto of = [](const Lane& from) {
    return ChannelStatistics{.frames_out = from.frames_out,
                             .bytes_out = from.bytes_out,
                             .frames_in = from.frames_in,
                             .bytes_in = from.bytes_in,
                             .dropped_full = from.queue.dropped(),
                             .dropped_down = from.dropped_down,
                             .queued_frames = from.queue.frames(),
                             .queued_bytes = from.queue.bytes()};
  };
  PeerStatistics all{
      .index = peer_.index,
      .name = peer_.name,
      .up = current_ && (current_->state == State::kUp || current_->state == State::kTraffic),
      .times_up = times_up_,
      .last_error = last_error_,
      .software = software_,
      .rtt = rtt_,
      .silent_for = std::nullopt,
      .control = of(lanes_[0]),
      .bulk = of(lanes_[1])};
  if (heard_at_) {
    all.silent_for =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - *heard_at_);
  }
  return all;
}

StreamReactions PeerLink::reactions_of(const LegPtr& leg) {
  return {.on_read = [this, leg](bool ok) { on_read(leg, ok); },
          .on_write = [this, leg](bool ok) { on_write(leg, ok); },
          .on_cancelled = [this, leg] { on_cancelled(leg); },
          .on_done = [this, leg](const std::string& reason) { on_done(leg, reason); }};
}

void PeerLink::dial(Clock::time_point now) {
  auto session = std::make_shared<Session>();
  session->nonce = crypto::random::u64();
  current_ = session;
  for (const Channel channel : {Channel::kControl, Channel::kBulk}) {
    auto leg = std::make_shared<Leg>();
    leg->channel = channel;
    leg->dialled = true;
    leg->session = session;
    leg->opened_at = leg->heard_at = now;
    leg->hello_due = true;
    session->legs[static_cast<std::size_t>(channel)] = leg;
    ++session->legs_open;
    legs_.insert(leg);
    leg->stream = dialler_(channel, reactions_of(leg));
    keep_writing(*leg);
    keep_reading(*leg);
  }
}

ServerReactor* PeerLink::accept(grpc::CallbackServerContext* context, Channel channel) {
  const std::lock_guard lock(mutex_);
  if (dialler_)
    return refuse_stream(Refusal::kDenied, "the validator whose name comes first dials");
  if (stopping_) return refuse_stream(Refusal::kExhausted, "stopping");
  if (Clock::now() < barred_until_) return refuse_stream(Refusal::kDenied, "disconnected for now");
  if (legs_.size() >= kLegsMax) return refuse_stream(Refusal::kExhausted, "too many streams");
  auto leg = std::make_shared<Leg>();
  leg->channel = channel;
  leg->opened_at = leg->heard_at = Clock::now();
  ServedStream served = serve_stream(context, reactions_of(leg));
  leg->stream = std::move(served.stream);
  legs_.insert(leg);
  keep_reading(*leg);
  return served.reactor;
}

std::string PeerLink::hello_mismatch(const Leg& leg, const PeerHello& hello) const {
  if (hello.protocol_version != kPeerProtocolVersion) {
    return "protocol version " + std::to_string(hello.protocol_version) + ", here " +
           std::to_string(kPeerProtocolVersion);
  }
  if (hello.genesis_hash != config_.genesis_hash) {
    return "genesis " + hello.genesis_hash.hex() + ", here " + config_.genesis_hash.hex();
  }
  if (hello.name != peer_.name) return "a name that is not the key's, which is " + peer_.name;
  if (leg.dialled && hello.nonce != leg.session->nonce) return "nonce of another link";
  return {};
}

void PeerLink::take_hello(const LegPtr& leg, const PeerHello& hello) {
  if (const std::string mismatch = hello_mismatch(*leg, hello); !mismatch.empty()) {
    return end_leg(leg, "hello refused: " + mismatch, false);
  }
  leg->hello_heard = true;
  software_ = hello.software;
  if (!leg->dialled) join_session(leg, hello.nonce);
  if (leg->session) announce_if_complete(leg->session);
}

// An accepted leg has said which session it belongs to. A nonce not seen before means that the peer
// has begun anew, and what it had before is over even if TCP has not noticed.
void PeerLink::join_session(const LegPtr& leg, std::uint64_t nonce) {
  SessionPtr session;
  for (const SessionPtr& known : {current_, next_}) {
    if (known && known->nonce == nonce && known->state != State::kClosing) session = known;
  }
  if (!session) {
    session = std::make_shared<Session>();
    session->nonce = nonce;
    if (next_) end_session(*next_, "replaced by a newer link", true);
    if (current_) {
      next_ = session;
      end_session(*current_, "replaced by a newer link", true);
    } else {
      current_ = session;
    }
  }
  LegPtr& place = session->legs[static_cast<std::size_t>(leg->channel)];
  if (place) return end_leg(leg, "hello refused: the link has this channel already", false);
  place = leg;
  leg->session = session;
  ++session->legs_open;
}

void PeerLink::announce_if_complete(const SessionPtr& session) {
  if (session != current_ || session->state != State::kOpening) return;
  for (const LegPtr& leg : session->legs) {
    if (!leg || !leg->hello_heard || leg->closed) return;
  }
  session->state = State::kUp;
  session->was_up = true;
  ++times_up_;
  attempts_ = 0;
  last_error_.clear();
  notices_.push_back({session, true});
}

// After on_up has returned: nothing was read since the hellos, so no frame overtakes it.
void PeerLink::begin_traffic(Session& session) {
  if (session.state != State::kUp) return;
  session.state = State::kTraffic;
  for (const LegPtr& leg : session.legs) {
    leg->heard_at = Clock::now();
    leg->probe_due = true;
    leg->hello_due = !leg->dialled;  // the dialler has said hello before
    keep_writing(*leg);
    if (!leg->reading) keep_reading(*leg);
  }
}

void PeerLink::take_probe(Leg& leg, const PeerProbe& probe) {
  if (!probe.echo) {
    leg.echo_due = probe.id;  // one at a time: a flood of probes gets one answer per write
    return keep_writing(leg);
  }
  if (probe.id != leg.probe_id || leg.channel != Channel::kControl) return;
  const auto sample =
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - leg.probe_sent_at);
  rtt_ = rtt_ ? (*rtt_ * 7 + sample) / 8 : sample;
}

// Starts the next read unless nothing may be heard now; `reading` says which.
void PeerLink::keep_reading(Leg& leg) {
  const bool greeting = !leg.hello_heard;
  const bool traffic = leg.session && leg.session->state == State::kTraffic;
  leg.reading = !leg.closed && (greeting || (traffic && !lane(leg.channel).paused));
  if (!leg.reading) return;
  leg.in.Clear();
  leg.stream->start_read(&leg.in);
}

void PeerLink::keep_writing(Leg& leg) {
  if (leg.closed || leg.writing) return;
  if (std::exchange(leg.hello_due, false)) {
    leg.out = encode_hello({.genesis_hash = config_.genesis_hash,
                            .name = config_.self,
                            .software = config_.software,
                            .protocol_version = kPeerProtocolVersion,
                            .nonce = leg.session->nonce});
  } else if (!leg.session || leg.session->state != State::kTraffic) {
    return;
  } else if (const auto echo = std::exchange(leg.echo_due, std::nullopt)) {
    leg.out = encode_probe({.id = *echo, .echo = true});
  } else if (std::exchange(leg.probe_due, false)) {
    leg.probe_sent_at = Clock::now();
    leg.out = encode_probe({.id = ++leg.probe_id, .echo = false});
  } else {
    Lane& from = lane(leg.channel);
    const auto frames = from.queue.take(kTogetherBytesMax, kPayloadsPerFrameMax);
    if (frames.empty()) return;
    from.frames_out += frames.size();
    for (const auto& frame : frames) from.bytes_out += frame->size();
    leg.out = encode_payloads(frames);
  }
  leg.writing = true;
  leg.stream->start_write(&leg.out);
}

void PeerLink::on_read(const LegPtr& leg, bool ok) {
  Lock lock(mutex_);
  if (leg->closed) return;
  if (!ok) return end_leg(leg, "the peer ended the stream", true);
  lock.unlock();

  // Only this thread touches the buffer until the next read starts.
  auto content = decode_frame(leg->in, frame_bytes_max(leg->channel));
  auto* const payloads = content ? std::get_if<PeerPayloads>(&*content) : nullptr;

  lock.lock();
  if (leg->closed) return;
  leg->heard_at = Clock::now();
  heard_at_ = leg->heard_at;
  if (!content) return end_leg(leg, content.error().message, false);
  if (const auto* hello = std::get_if<PeerHello>(&*content)) {
    if (leg->hello_heard) return end_leg(leg, "a second hello", false);
    take_hello(leg, *hello);
  } else if (!leg->hello_heard) {
    return end_leg(leg, "the first frame is not a hello", false);
  } else if (const auto* probe = std::get_if<PeerProbe>(&*content)) {
    take_probe(*leg, *probe);
  }
  if (payloads != nullptr) {
    Lane& from = lane(leg->channel);
    from.frames_in += payloads->size();
    for (const Bytes& payload : *payloads) from.bytes_in += payload.size();
    lock.unlock();
    for (Bytes& payload : *payloads) {
      callbacks_.on_frame(peer_.index, leg->channel, std::move(payload));
    }
    lock.lock();
  }
  keep_reading(*leg);
  tell(lock);
}

void PeerLink::on_write(const LegPtr& leg, bool ok) {
  const std::lock_guard lock(mutex_);
  leg->writing = false;
  leg->out.Clear();
  if (leg->closed) return;
  if (!ok) return end_leg(leg, "the peer ended the stream", true);
  keep_writing(*leg);
}

void PeerLink::on_cancelled(const LegPtr& leg) {
  const std::lock_guard lock(mutex_);
  end_leg(leg, "the peer ended the stream", true);
}

void PeerLink::on_done(const LegPtr& leg, const std::string& reason) {
  Lock lock(mutex_);
  legs_.erase(leg);
  leg->stream = nullptr;  // which holds the reactions, which hold the leg
  if (!reason.empty()) last_error_ = reason;
  const SessionPtr session = leg->session;
  if (session && --session->legs_open == 0) session_over(session);
  tell(lock);
  if (legs_.empty()) quiet_.notify_all();
}

void PeerLink::end_leg(const LegPtr& leg, const std::string& reason, bool abrupt) {
  if (leg->session) return end_session(*leg->session, reason, abrupt);
  if (std::exchange(leg->closed, true)) return;
  last_error_ = reason;
  leg->stream->close(reason, abrupt);
}

void PeerLink::end_session(Session& session, const std::string& reason, bool abrupt) {
  if (std::exchange(session.state, State::kClosing) == State::kClosing) return;
  last_error_ = reason;
  for (const LegPtr& leg : session.legs) {
    if (leg && !std::exchange(leg->closed, true)) leg->stream->close(reason, abrupt);
  }
}

// The last reaction of a session has happened.
void PeerLink::session_over(const SessionPtr& session) {
  session->legs = {};  // a leg knows its session, so somebody has to let go
  if (session->was_up) notices_.push_back({session, false});
  if (session == next_) next_ = nullptr;
  if (session != current_) return;
  current_ = std::exchange(next_, nullptr);
  for (Lane& each : lanes_) {
    each.dropped_down += each.queue.clear();
    each.paused = false;
  }
  dial_at_ = Clock::now() + next_backoff();
  if (current_) announce_if_complete(current_);
}

// Half to all of a delay that doubles with each attempt, so that peers do not dial in step.
PeerLink::Clock::duration PeerLink::next_backoff() {
  auto delay = config_.backoff_min;
  for (std::uint32_t i = 0; i < attempts_ && delay < config_.backoff_max; ++i) delay *= 2;
  ++attempts_;
  delay = std::min(delay, config_.backoff_max);
  const auto half = delay / 2;
  return half + std::chrono::milliseconds(
                    std::uniform_int_distribution<std::int64_t>(0, half.count())(jitter_));
}

// Tells the owner about transitions, in order. Whoever finds nobody telling does it; the mutex is
// free while a callback runs.
void PeerLink::tell(Lock& lock) {
  if (telling_) return;
  telling_ = true;
  while (!notices_.empty()) {
    const Notice notice = std::move(notices_.front());
    notices_.pop_front();
    if (!HP_MUTANT(24)) lock.unlock();
    (notice.up ? callbacks_.on_up : callbacks_.on_down)(peer_.index);
    if (!HP_MUTANT(24)) lock.lock();
    if (notice.up) begin_traffic(*notice.session);
  }
  telling_ = false;
  quiet_.notify_all();
}

void PeerLink::tick(Clock::time_point now) {
  Lock lock(mutex_);
  if (stopping_) return;
  if (dialler_ && !current_ && now >= dial_at_ && now >= barred_until_) dial(now);
  const std::vector<LegPtr> legs(legs_.begin(), legs_.end());
  for (const LegPtr& leg : legs) {
    if (leg->closed) continue;
    const bool traffic = leg->session && leg->session->state == State::kTraffic;
    if (!traffic) {
      if (now - leg->opened_at > config_.hello_timeout) end_leg(leg, "no hello in time", true);
      continue;
    }
    if (!lane(leg->channel).paused && now - leg->heard_at > config_.silence_timeout) {
      end_leg(leg, "silent for too long", true);
    } else if (now - leg->probe_sent_at >= config_.probe_interval) {
      leg->probe_due = true;
      keep_writing(*leg);
    }
  }
}

void PeerLink::stop() {
  Lock lock(mutex_);
  stopping_ = true;
  const std::vector<LegPtr> legs(legs_.begin(), legs_.end());
  for (const LegPtr& leg : legs) end_leg(leg, "stopping", true);
  quiet_.wait(lock, [this] { return legs_.empty() && notices_.empty() && !telling_; });
}

}  // namespace huangpu::node
