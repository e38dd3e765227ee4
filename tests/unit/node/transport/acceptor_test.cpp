// The accept loop alone, with a handover that stands in for gRPC.
#include "node/transport/acceptor.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "tests/unit/node/transport/support.hpp"

namespace huangpu::node::test {
namespace {

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

void set_descriptor_limit(rlim_t limit) {
  rlimit current{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &current), 0);
  current.rlim_cur = limit;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &current), 0);
}

TEST(Acceptor, RecoversWhenDescriptorsComeBack) {
  auto opened = Acceptor::open({});
  ASSERT_TRUE(opened);
  Acceptor& acceptor = **opened;
  std::vector<std::unique_ptr<RawClient>> crowd;
  for (int i = 0; i < 60; ++i) {
    crowd.push_back(std::make_unique<RawClient>(acceptor.port()));  // they wait in the backlog
    ASSERT_TRUE(crowd.back()->connected());
  }
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  set_descriptor_limit(open_descriptors() + 10);

  acceptor.start([](int fd) { ::close(fd); });
  EXPECT_TRUE(eventually([&] { return acceptor.counters().descriptor_pauses >= 3; }));
  EXPECT_LT(acceptor.counters().accepted, 60u);
  crowd.clear();
  EXPECT_TRUE(eventually([&] { return acceptor.counters().accepted == 60; }));
  RawClient next(acceptor.port());
  EXPECT_TRUE(eventually([&] { return acceptor.counters().accepted == 61; }));

  set_descriptor_limit(before.rlim_cur);
}

TEST(Acceptor, AcceptRateHolds) {
  AcceptorConfig config;
  config.limits.accepts_per_second = 20;
  auto opened = Acceptor::open(config);
  ASSERT_TRUE(opened);
  Acceptor& acceptor = **opened;
  std::vector<std::unique_ptr<RawClient>> crowd;
  for (int i = 0; i < 50; ++i) crowd.push_back(std::make_unique<RawClient>(acceptor.port()));

  const auto begin = std::chrono::steady_clock::now();
  acceptor.start([](int fd) { ::close(fd); });
  ASSERT_TRUE(eventually([&] { return acceptor.counters().accepted == 50; }));

  // Twenty at once, the other thirty at twenty a second.
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(1400));
}

TEST(Acceptor, PeerNamesOfOthersAreNotRelays) {
  auto opened = Acceptor::open({});
  ASSERT_TRUE(opened);
  for (const std::string_view peer : {"", "ipv4:127.0.0.1:5", "unix-abstract:huangpu/1",
                                      "unix-abstract:huangpu/0000000000000000/1", "unix:/tmp/x"}) {
    EXPECT_FALSE((*opened)->relay_of(peer)) << peer;
  }
}

TEST(Acceptor, HostMustBeNumeric) {
  const auto opened = Acceptor::open({.host = "localhost", .port = 0, .limits = {}});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::kConfig);
}

TEST(Acceptor, IsIdleWhenItsLastConnectionHasGone) {
  auto opened = Acceptor::open({});
  ASSERT_TRUE(opened);
  Acceptor& acceptor = **opened;
  acceptor.start([](int fd) { ::close(fd); });
  EXPECT_TRUE(acceptor.wait_until_idle(std::chrono::steady_clock::now()));
  auto client = std::make_unique<RawClient>(acceptor.port());
  ASSERT_TRUE(client->send("\x16"));  // begins a greeting and leaves it there
  ASSERT_TRUE(eventually([&] { return acceptor.counters().open == 1; }));

  EXPECT_FALSE(acceptor.wait_until_idle(std::chrono::steady_clock::now()));
  client.reset();
  EXPECT_TRUE(acceptor.wait_until_idle(std::chrono::steady_clock::now() + kPatience));
}

}  // namespace
}  // namespace huangpu::node::test
