#include "tests/unit/node/transport/support.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "crypto/tls/certificate.hpp"
#include "node/transport/grpc_log.hpp"

namespace huangpu::node::test {
namespace {

// The attacks below make gRPC talk; only the assertions matter here.
const bool kQuiet = [] {
  set_grpc_log_sink([](bool, std::string_view, int, std::string_view) {});
  return true;
}();

}  // namespace

Party make_party(const std::string& name) {
  const auto made = crypto::make_certificate(name, {"127.0.0.1"}, 30);
  EXPECT_TRUE(made) << made.error().message;
  const auto pin = crypto::spki_pin(made->cert_pem);
  EXPECT_TRUE(pin) << pin.error().message;
  return {.tls = {.key_pem = made->key_pem, .cert_pem = made->cert_pem}, .pin = *pin};
}

void Watch::update(const std::function<void()>& change) {
  const std::lock_guard lock(mutex_);
  change();
  changed_.notify_all();
}

bool Watch::wait(const std::function<bool()>& holds) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, holds);
}

bool eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::poll(nullptr, 0, 5);
  }
  return true;
}

RawClient::RawClient(std::uint16_t port)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connected_ = socket_ >= 0 && ::connect(socket_, reinterpret_cast<const sockaddr*>(&address),
                                         sizeof(address)) == 0;
}

RawClient::~RawClient() {
  if (socket_ >= 0) ::close(socket_);
}

bool RawClient::send(const std::string& bytes) {
  return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

bool RawClient::closed_by_server() {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, 100) <= 0) continue;
    char buffer[4096];
    const ssize_t count = ::recv(socket_, buffer, sizeof(buffer), 0);
    if (count <= 0) return true;
  }
  return false;
}

std::uint64_t resident_bytes() {
#ifdef __SANITIZE_ADDRESS__
  return 0;  // the sanitizer keeps freed memory back: resident memory says nothing about ours
#endif
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

Member::Member(PeerNetworkConfig config, bool keep_frames) {
  PeerCallbacks callbacks{
      .on_frame =
          [this, keep_frames](ValidatorIndex from, Channel channel, Bytes frame) {
            watch_.update([&] {
              auto& frames = heard_[from.value()].frames[static_cast<std::size_t>(channel)];
              frames.push_back(keep_frames ? std::move(frame) : Bytes());
            });
          },
      .on_up = [this](ValidatorIndex peer) { watch_.update([&] { ++heard_[peer.value()].ups; }); },
      .on_down =
          [this](ValidatorIndex peer) { watch_.update([&] { ++heard_[peer.value()].downs; }); }};
  auto opened = PeerNetwork::open(std::move(config), std::move(callbacks));
  if (!opened) {
    error_ = opened.error();
    return;
  }
  network_ = std::move(*opened);
}

bool Member::wait_up(std::uint16_t peer) {
  return eventually([&] { return network_->is_up(ValidatorIndex(peer)); });
}

Cluster::Cluster(std::uint16_t count) : ports_(count), members_(count) {
  for (std::uint16_t i = 0; i < count; ++i) {
    parties_.push_back(make_party("validator-" + std::to_string(i)));
  }
}

PeerNetworkConfig Cluster::config(std::uint16_t index) const {
  PeerNetworkConfig config;
  config.genesis_hash = crypto::Digest::from(Bytes(32, 7));
  config.self = "validator-" + std::to_string(index);
  config.software = "huangpu-test/1";
  config.acceptor.port = ports_[index];
  config.tls = parties_[index].tls;
  config.backoff_min = std::chrono::milliseconds(20);
  config.backoff_max = std::chrono::milliseconds(200);
  for (std::uint16_t i = 0; i < parties_.size(); ++i) {
    config.peers.push_back({.index = ValidatorIndex(i),
                            .name = "validator-" + std::to_string(i),
                            .address = "127.0.0.1:" + std::to_string(ports_[i]),
                            .tls_pin = parties_[i].pin});
  }
  return config;
}

Member& Cluster::launch(std::uint16_t index) { return launch(index, config(index)); }

Member& Cluster::launch(std::uint16_t index, PeerNetworkConfig config) {
  members_[index] = std::make_unique<Member>(std::move(config));
  Member& member = *members_[index];
  EXPECT_TRUE(member.opened()) << member.error().message;
  if (!member.opened()) return member;
  ports_[index] = member.network().port();
  EXPECT_TRUE(member.network().start());
  return member;
}

void Cluster::launch_all() {
  for (std::size_t i = parties_.size(); i-- > 0;) launch(static_cast<std::uint16_t>(i));
}

bool Cluster::wait_all_up() {
  for (std::uint16_t i = 0; i < parties_.size(); ++i) {
    for (std::uint16_t j = 0; j < parties_.size(); ++j) {
      if (i != j && !members_[i]->wait_up(j)) return false;
    }
  }
  return true;
}

}  // namespace huangpu::node::test
