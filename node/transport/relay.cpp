#include "node/transport/relay.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "node/transport/client_hello.hpp"

namespace huangpu::node {
namespace {

// Rounds before other connections get their turn.
constexpr int kRoundsMax = 4;
// How long one side may still talk after the other has ended.
constexpr std::chrono::seconds kHalfClosedMax{5};

using boost::system::error_code;

bool would_block(int error) { return error == EAGAIN; }

}  // namespace

Relay::Relay(RelayId id, Tcp outside, std::string remote, RelayShared& shared,
             ConnectInside connect_inside)
    : id_(id),
      outside_(std::move(outside)),
      remote_(std::move(remote)),
      shared_(shared),
      connect_inside_(std::move(connect_inside)),
      bucket_(shared.limits.anonymous, Clock::now()),
      bucket_timer_(shared.io),
      accepted_at_(Clock::now()),
      active_at_(accepted_at_) {}

void Relay::start() { read_greeting(); }

void Relay::close() {
  if (closed_) return;
  closed_ = true;
  error_code ignored;  // both sockets end here whatever the kernel says
  bucket_timer_.cancel();
  outside_.close(ignored);
  if (inside_) inside_->close(ignored);
  shared_.on_closed(id_);
}

void Relay::set_rate(ByteRate rate) {
  if (closed_) return;
  promoted_ = true;
  bucket_.set_rate(rate, Clock::now());
  if (throttled_) bucket_timer_.cancel();  // look again at the new rate
}

Relay::Expiry Relay::expired(Clock::time_point now) const {
  const AcceptorLimits& limits = shared_.limits;
  if (directions_ended_ > 0 && now - ended_at_ > kHalfClosedMax) return Expiry::kIdle;
  if (!inside_ && now - accepted_at_ > limits.first_byte_timeout) return Expiry::kGreeting;
  if (!promoted_ && now - accepted_at_ > limits.identity_timeout) return Expiry::kIdentity;
  if (now - active_at_ > limits.idle_timeout) return Expiry::kIdle;
  return Expiry::kNone;
}

void Relay::trim(Clock::time_point now) {
  if (now - active_at_ < std::chrono::seconds(1)) return;
  for (Pipe* pipe : {&in_, &out_}) {
    if (inside_ && pipe->left.empty()) Bytes().swap(pipe->left);
  }
}

// Collects bytes in `in_.left` until the greeting can be judged.
void Relay::read_greeting() {
  outside_.async_wait(Tcp::wait_read, [self = shared_from_this()](error_code error) {
    if (self->closed_) return;
    if (error) return self->close();
    Bytes& greeting = self->in_.left;
    const std::size_t before = greeting.size();
    const std::size_t room = std::min<std::size_t>(kGreetingBytesMax - before, 4096);
    greeting.resize(before + room);
    const ssize_t count = ::recv(self->outside_.native_handle(), greeting.data() + before, room, 0);
    greeting.resize(before + (count > 0 ? static_cast<std::size_t>(count) : 0));
    if (count < 0 && (would_block(errno) || errno == EINTR)) return self->read_greeting();
    if (count <= 0) return self->close();

    switch (inspect_greeting(greeting, self->shared_.limits.require_tls13)) {
      case Greeting::kNeedMore:
        return self->read_greeting();
      case Greeting::kRefused:
        ++self->shared_.refused_greeting;
        return self->close();
      case Greeting::kAccepted:
        break;
    }
    self->inside_ = self->connect_inside_(self->id_);
    self->connect_inside_ = nullptr;
    if (!self->inside_) return self->close();
    self->bucket_.take(greeting.size());
    self->bytes_in_ += greeting.size();
    self->shared_.bytes_in += greeting.size();
    self->active_at_ = Clock::now();
    self->pump_in();
    self->pump_out();
  });
}

// Writes what is left over. kAgain: all gone.
Relay::Step Relay::flush(int to, Pipe& pipe) {
  while (pipe.left_begin < pipe.left.size()) {
    const ssize_t count = ::send(to, pipe.left.data() + pipe.left_begin,
                                 pipe.left.size() - pipe.left_begin, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && would_block(errno)) return Step::kWaitWrite;
    if (count < 0) return Step::kDone;
    pipe.left_begin += static_cast<std::size_t>(count);
    active_at_ = Clock::now();
  }
  pipe.left.clear();
  pipe.left_begin = 0;
  return Step::kAgain;
}

// One read and one write; nothing may be left over. kDone: a socket failed, or `from` has ended.
Relay::Step Relay::move(int from, int to, Pipe& pipe, std::size_t bytes_max, std::size_t& moved) {
  moved = 0;
  const std::span<std::uint8_t> scratch =
      shared_.scratch.first(std::min(bytes_max, shared_.scratch.size()));
  const ssize_t count = ::recv(from, scratch.data(), scratch.size(), 0);
  if (count < 0 && errno == EINTR) return Step::kAgain;
  if (count < 0 && would_block(errno)) return Step::kWaitRead;
  if (count <= 0) {
    pipe.ended = count == 0;
    return Step::kDone;
  }
  moved = static_cast<std::size_t>(count);
  active_at_ = Clock::now();

  const ssize_t sent = ::send(to, scratch.data(), moved, MSG_NOSIGNAL);
  if (sent < 0 && !would_block(errno) && errno != EINTR) return Step::kDone;
  const std::size_t passed = sent > 0 ? static_cast<std::size_t>(sent) : 0;
  if (passed < moved) {
    pipe.left.assign(scratch.data() + passed, scratch.data() + moved);
    pipe.left_begin = 0;
    return Step::kWaitWrite;
  }
  return moved == scratch.size() ? Step::kAgain : Step::kWaitRead;
}

void Relay::pump_in() {
  if (closed_) return;
  for (int round = 0;; ++round) {
    std::size_t moved = 0;
    Step step = flush(inside_->native_handle(), in_);
    if (step == Step::kAgain) {
      const std::uint64_t tokens = bucket_.available(Clock::now());
      if (tokens == 0) return throttle();
      step = move(outside_.native_handle(), inside_->native_handle(), in_, tokens, moved);
    }
    if (moved != 0) {
      bucket_.take(moved);
      bytes_in_.fetch_add(moved, std::memory_order_relaxed);
      shared_.bytes_in.fetch_add(moved, std::memory_order_relaxed);
    }
    const auto again = [self = shared_from_this()](error_code error) {
      if (self->closed_) return;
      error ? self->close() : self->pump_in();
    };
    if (step == Step::kAgain && round < kRoundsMax) continue;
    if (step == Step::kDone) return in_.ended ? end_direction() : close();
    if (step == Step::kWaitWrite) return inside_->async_wait(Local::wait_write, again);
    return outside_.async_wait(Tcp::wait_read, again);
  }
}

void Relay::pump_out() {
  if (closed_) return;
  for (int round = 0;; ++round) {
    std::size_t moved = 0;
    Step step = flush(outside_.native_handle(), out_);
    if (step == Step::kAgain) {
      step = move(inside_->native_handle(), outside_.native_handle(), out_, shared_.scratch.size(),
                  moved);
    }
    if (moved != 0) {
      bytes_out_.fetch_add(moved, std::memory_order_relaxed);
      shared_.bytes_out.fetch_add(moved, std::memory_order_relaxed);
    }
    const auto again = [self = shared_from_this()](error_code error) {
      if (self->closed_) return;
      error ? self->close() : self->pump_out();
    };
    if (step == Step::kAgain && round < kRoundsMax) continue;
    if (step == Step::kDone) return out_.ended ? end_direction() : close();
    if (step == Step::kWaitWrite) return outside_.async_wait(Tcp::wait_write, again);
    return inside_->async_wait(Local::wait_read, again);
  }
}

void Relay::throttle() {
  throttled_ = true;
  shared_.throttled.fetch_add(1, std::memory_order_relaxed);
  bucket_timer_.expires_after(bucket_.wait(Clock::now()));
  bucket_timer_.async_wait([self = shared_from_this()](error_code) {
    self->throttled_ = false;  // whether the time passed or the rate changed
    self->pump_in();
  });
}

// Passes the end of one side on to the other; the second end closes.
void Relay::end_direction() {
  ended_at_ = Clock::now();
  if (++directions_ended_ == 2) return close();
  error_code ignored;  // the peer may have gone already, which the other direction will notice
  if (in_.ended) {
    inside_->shutdown(Local::shutdown_send, ignored);
  } else {
    outside_.shutdown(Tcp::shutdown_send, ignored);
  }
}

}  // namespace huangpu::node
