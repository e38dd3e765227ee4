#include "node/transport/acceptor.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <future>
#include <map>
#include <mutex>
#include <random>
#include <thread>
#include <unordered_map>
#include <utility>

#include "crypto/base/assert.hpp"
#include "node/transport/relay.hpp"

namespace huangpu::node {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using Clock = Relay::Clock;

constexpr std::size_t kScratchBytes = 256 * 1024;
constexpr std::chrono::milliseconds kSweepInterval{100};
constexpr std::string_view kPeerScheme = "unix-abstract:";

std::string to_text(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  const std::string port = std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + address + "]:" + port : address + ":" + port;
}

// Errors of accept that mean "this process or the machine is short of something".
bool is_shortage(int code) {
  return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
}

// Unguessable part of the abstract names, so that no other process can sit on them beforehand.
std::string make_tag() {
  std::random_device device;
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%08x%08x", device(), device());
  return text.data();
}

class AcceptorImpl final : public Acceptor {
 public:
  explicit AcceptorImpl(AcceptorConfig config)
      : config_(std::move(config)),
        tag_("huangpu/" + make_tag() + "/"),
        scratch_(kScratchBytes),
        shared_{.io = io_,
                .limits = config_.limits,
                .on_closed = [this](RelayId id) { forget(id); },
                .scratch = scratch_},
        listener_(io_),
        accept_timer_(io_),
        sweep_timer_(io_),
        accept_tokens_(config_.limits.accepts_per_second),
        accept_refilled_at_(Clock::now()) {}

  ~AcceptorImpl() override { stop(); }

  Status listen() {
    error_code error;
    const auto address = boost::asio::ip::make_address(config_.host, error);
    if (error) return fail(Errc::kConfig, "listen address is not numeric: " + config_.host);
    const tcp::endpoint endpoint(address, config_.port);
    const std::string where = to_text(endpoint);

    listener_.open(endpoint.protocol(), error);
    // Reuse of the address lets a restarted node bind while old connections linger; SO_REUSEPORT
    // stays off, so a second node on this port fails (SPEC N-105).
    if (!error) listener_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) listener_.bind(endpoint, error);
    if (!error) listener_.listen(config_.limits.backlog, error);
    if (!error) listener_.non_blocking(true, error);
    if (error == boost::asio::error::address_in_use) {
      return fail(Errc::kAlreadyRunning, "port in use: " + where);
    }
    if (error) return fail(Errc::kIo, "cannot listen on " + where + ": " + error.message());
    const tcp::endpoint bound = listener_.local_endpoint(error);
    if (error) return fail(Errc::kIo, "cannot read the address of " + where);
    port_ = bound.port();
    return {};
  }

  void start(Handover handover) override {
    HP_ASSERT(!thread_.joinable(), "an acceptor is started once");
    handover_ = std::move(handover);
    boost::asio::post(io_, [this] {
      accept_next();
      sweep();
    });
    thread_ = std::thread([this] { io_.run(); });
  }

  void stop_accepting() override {
    run_and_wait([this] {
      accept_timer_.cancel();
      accepting_ = false;
      error_code ignored;  // closing is all that can be done with it
      listener_.close(ignored);
    });
  }

  void stop() override {
    run_and_wait([this] {
      stopping_ = true;
      accepting_ = false;
      error_code ignored;
      listener_.close(ignored);
      accept_timer_.cancel();
      sweep_timer_.cancel();
      for (const auto& relay : relays()) relay->close();
      keep_running_.reset();  // the thread ends when the last cancelled wait has been told
    });
    if (thread_.joinable()) thread_.join();
  }

  std::uint16_t port() const override { return port_; }

  std::optional<RelayId> relay_of(std::string_view grpc_peer) const override {
    if (!grpc_peer.starts_with(kPeerScheme)) return std::nullopt;
    grpc_peer.remove_prefix(kPeerScheme.size());
    if (!grpc_peer.starts_with(tag_)) return std::nullopt;
    grpc_peer.remove_prefix(tag_.size());
    RelayId id = 0;
    const char* const end = grpc_peer.data() + grpc_peer.size();
    const auto [rest, error] = std::from_chars(grpc_peer.data(), end, id);
    if (error != std::errc{} || rest != end) return std::nullopt;
    return id;
  }

  Status promote(RelayId id, const crypto::Digest& pin, const Identity& identity) override {
    std::shared_ptr<Relay> relay;
    bool over_cap = false;
    {
      const std::lock_guard lock(mutex_);
      const auto found = entries_.find(id);
      if (found == entries_.end()) return fail(Errc::kNotFound, "the connection is closed");
      Entry& entry = found->second;
      if (entry.pin) return {};
      if (entry.refused) return fail(Errc::kExhausted, "the connection is being closed");
      relay = entry.relay;
      std::uint32_t& open = per_identity_[pin];
      over_cap = open >= identity.connections_max;
      entry.refused = over_cap;
      if (!over_cap) {
        ++open;
        entry.pin = pin;
        entry.identity = std::make_shared<const Identity>(identity);
      }
    }
    if (over_cap) {
      ++refused_identity_cap_;
      close(id);
      return fail(Errc::kExhausted, "too many connections of " + identity.name);
    }
    boost::asio::post(io_, [relay, rate = identity.rate] { relay->set_rate(rate); });
    return {};
  }

  std::optional<RelayInfo> find(RelayId id) const override {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(id);
    if (found == entries_.end()) return std::nullopt;
    return describe(found->second);
  }

  std::vector<RelayInfo> connections() const override {
    std::vector<RelayInfo> all;
    const std::lock_guard lock(mutex_);
    for (const auto& [id, entry] : entries_) all.push_back(describe(entry));
    std::ranges::sort(all, {}, &RelayInfo::id);
    return all;
  }

  void close(RelayId id) override {
    boost::asio::post(io_, [this, id] {
      if (const auto relay = lookup(id)) relay->close();
    });
  }

  std::size_t recheck(const PinAuthority& authority) override {
    std::size_t closed = 0;
    for (const RelayInfo& info : connections()) {
      if (!info.pin) continue;
      const std::optional<Identity> identity = authority(*info.pin);
      if (!identity) {
        ++closed;
        close(info.id);
        continue;
      }
      const std::lock_guard lock(mutex_);
      const auto found = entries_.find(info.id);
      if (found == entries_.end()) continue;
      found->second.identity = std::make_shared<const Identity>(*identity);
      boost::asio::post(
          io_, [relay = found->second.relay, rate = identity->rate] { relay->set_rate(rate); });
    }
    return closed;
  }

  bool wait_until_idle(Clock::time_point deadline) override {
    std::unique_lock lock(mutex_);
    return idle_.wait_until(lock, deadline, [this] { return entries_.empty(); });
  }

  AcceptorCounters counters() const override {
    AcceptorCounters values;
    values.accepted = accepted_;
    {
      const std::lock_guard lock(mutex_);
      values.open = entries_.size();
    }
    values.bytes_in = shared_.bytes_in;
    values.bytes_out = shared_.bytes_out;
    values.throttled = shared_.throttled;
    values.refused_total_cap = refused_total_cap_;
    values.refused_address_cap = refused_address_cap_;
    values.refused_identity_cap = refused_identity_cap_;
    values.refused_greeting = shared_.refused_greeting;
    values.expired_greeting = expired_greeting_;
    values.expired_identity = expired_identity_;
    values.expired_idle = expired_idle_;
    values.descriptor_pauses = descriptor_pauses_;
    return values;
  }

 private:
  struct Entry {
    std::shared_ptr<Relay> relay;
    std::string address;  // without the port
    std::optional<crypto::Digest> pin{};
    std::shared_ptr<const Identity> identity{};
    bool refused = false;  // over its identity's cap, about to close
  };

  // Runs `task` on the thread, or here when the thread never ran or has ended.
  template <class Task>
  void run_and_wait(Task task) {
    if (!thread_.joinable()) return task();
    std::promise<void> done;
    boost::asio::post(io_, [&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }

  void accept_next() {
    if (!accepting_) return;
    listener_.async_wait(tcp::acceptor::wait_read, [this](error_code error) {
      if (!accepting_) return;
      if (error) return pause(config_.limits.descriptor_pause);
      accept_ready();
    });
  }

  void accept_ready() {
    while (accepting_) {
      if (!take_accept_token()) {
        return pause(std::chrono::milliseconds(1000 / config_.limits.accepts_per_second + 1));
      }
      error_code error;
      tcp::endpoint remote;
      tcp::socket socket = listener_.accept(remote, error);
      if (error == boost::asio::error::would_block) return accept_next();
      if (error == boost::asio::error::connection_aborted) continue;  // gone before we looked
      if (error) {
        // The connection stays in the backlog; it is taken when descriptors have come back (SPEC
        // N-108).
        if (is_shortage(error.value())) ++descriptor_pauses_;
        return pause(config_.limits.descriptor_pause);
      }
      admit(std::move(socket), remote);
    }
  }

  void pause(std::chrono::milliseconds delay) {
    accept_timer_.expires_after(delay);
    accept_timer_.async_wait([this](error_code error) {
      if (!error && accepting_) accept_ready();
    });
  }

  bool take_accept_token() {
    const double per_second = config_.limits.accepts_per_second;
    const auto now = Clock::now();
    accept_tokens_ =
        std::min(per_second,
                 accept_tokens_ +
                     std::chrono::duration<double>(now - accept_refilled_at_).count() * per_second);
    accept_refilled_at_ = now;
    if (accept_tokens_ < 1) return false;
    accept_tokens_ -= 1;
    return true;
  }

  void admit(tcp::socket socket, const tcp::endpoint& remote) {
    ++accepted_;
    const std::string address = remote.address().to_string();
    std::uint32_t& of_address = per_address_[address];
    if (open_ >= config_.limits.connections_max) {
      ++refused_total_cap_;
    } else if (of_address >= config_.limits.connections_per_address_max) {
      ++refused_address_cap_;
    } else if (error_code error; socket.non_blocking(true, error), !error) {
      socket.set_option(tcp::no_delay(true),
                        error);  // latency only: a socket without it still works
      ++of_address;
      ++open_;
      const RelayId id = next_id_++;
      auto relay = std::make_shared<Relay>(id, std::move(socket), to_text(remote), shared_,
                                           [this](RelayId relay_id) { return connect(relay_id); });
      {
        const std::lock_guard lock(mutex_);
        entries_.emplace(id, Entry{.relay = relay, .address = address});
      }
      return relay->start();
    }
    if (of_address == 0) per_address_.erase(address);
  }

  // The pair between a relay and gRPC. Binding our end to an abstract name makes gRPC report that
  // name as the peer of every call (SPEC N-112); nothing can connect to it, for it does not listen.
  std::optional<Relay::Local> connect(RelayId id) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) {
      if (is_shortage(errno)) ++descriptor_pauses_;
      return std::nullopt;
    }
    const std::string name = tag_ + std::to_string(id);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    error_code error;
    Relay::Local ours(io_);
    if (::bind(ends[0], reinterpret_cast<const sockaddr*>(&address), size) != 0) {
      error = error_code(errno, boost::system::system_category());
    } else {
      ours.assign(boost::asio::local::stream_protocol(), ends[0], error);
    }
    if (!error) ours.native_non_blocking(true, error);
    if (error) {
      if (!ours.is_open()) ::close(ends[0]);
      ::close(ends[1]);
      return std::nullopt;
    }
    handover_(ends[1]);
    return ours;
  }

  // Called by a relay that closed, on the thread.
  void forget(RelayId id) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(id);
    if (found == entries_.end()) return;
    const Entry& entry = found->second;
    if (entry.pin) {
      const auto open = per_identity_.find(*entry.pin);
      if (open != per_identity_.end() && --open->second == 0) per_identity_.erase(open);
    }
    const auto of_address = per_address_.find(entry.address);
    if (of_address != per_address_.end() && --of_address->second == 0) {
      per_address_.erase(of_address);
    }
    --open_;
    entries_.erase(found);
    if (entries_.empty()) idle_.notify_all();
  }

  void sweep() {
    const auto now = Clock::now();
    for (const auto& relay : relays()) {
      switch (relay->expired(now)) {
        case Relay::Expiry::kNone:
          relay->trim(now);
          continue;
        case Relay::Expiry::kGreeting:
          ++expired_greeting_;
          break;
        case Relay::Expiry::kIdentity:
          ++expired_identity_;
          break;
        case Relay::Expiry::kIdle:
          ++expired_idle_;
          break;
      }
      relay->close();
    }
    sweep_timer_.expires_after(kSweepInterval);
    sweep_timer_.async_wait([this](error_code error) {
      // A wait that has ended already cannot be cancelled, so the flag decides.
      if (!error && !stopping_) sweep();
    });
  }

  std::vector<std::shared_ptr<Relay>> relays() const {
    std::vector<std::shared_ptr<Relay>> all;
    const std::lock_guard lock(mutex_);
    all.reserve(entries_.size());
    for (const auto& [id, entry] : entries_) all.push_back(entry.relay);
    return all;
  }

  std::shared_ptr<Relay> lookup(RelayId id) const {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(id);
    return found == entries_.end() ? nullptr : found->second.relay;
  }

  static RelayInfo describe(const Entry& entry) {
    return RelayInfo{.id = entry.relay->id(),
                     .remote = entry.relay->remote(),
                     .pin = entry.pin,
                     .identity = entry.identity,
                     .bytes_in = entry.relay->bytes_in(),
                     .bytes_out = entry.relay->bytes_out()};
  }

  const AcceptorConfig config_;
  const std::string tag_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep_running_{
      io_.get_executor()};
  Bytes scratch_;
  RelayShared shared_;
  Handover handover_;
  std::uint16_t port_ = 0;
  std::thread thread_;

  // Only on the thread.
  tcp::acceptor listener_;
  boost::asio::steady_timer accept_timer_;
  boost::asio::steady_timer sweep_timer_;
  bool accepting_ = true;
  bool stopping_ = false;
  double accept_tokens_;
  Clock::time_point accept_refilled_at_;
  std::uint32_t open_ = 0;
  RelayId next_id_ = 1;
  std::map<std::string, std::uint32_t> per_address_;

  std::condition_variable idle_;  // of mutex_: the last connection has gone
  mutable std::mutex mutex_;      // guards the two maps below
  std::unordered_map<RelayId, Entry> entries_;
  std::unordered_map<crypto::Digest, std::uint32_t> per_identity_;

  std::atomic<std::uint64_t> accepted_ = 0;
  std::atomic<std::uint64_t> refused_total_cap_ = 0;
  std::atomic<std::uint64_t> refused_address_cap_ = 0;
  std::atomic<std::uint64_t> refused_identity_cap_ = 0;
  std::atomic<std::uint64_t> expired_greeting_ = 0;
  std::atomic<std::uint64_t> expired_identity_ = 0;
  std::atomic<std::uint64_t> expired_idle_ = 0;
  std::atomic<std::uint64_t> descriptor_pauses_ = 0;
};

}  // namespace

Result<std::unique_ptr<Acceptor>> Acceptor::open(AcceptorConfig config) {
  if (config.limits.accepts_per_second == 0 || config.limits.connections_max == 0) {
    return fail(Errc::kConfig, "acceptor limits must be positive");
  }
  auto acceptor = std::make_unique<AcceptorImpl>(std::move(config));
  HP_TRY(acceptor->listen());
  return acceptor;
}

}  // namespace huangpu::node
