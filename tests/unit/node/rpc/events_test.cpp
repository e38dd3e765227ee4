// The event stream from the block store to the client.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "tests/unit/node/rpc/network.hpp"

namespace huangpu::node::test {
namespace {

using namespace std::chrono_literals;

class EventsOverGrpc : public RpcTest {
 protected:
  void add_blocks(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      backend_.add_block({{transfer_body(1, alice_account_, bob_account_, 5),
                           receipt_of(txid(static_cast<std::uint8_t>(++last_id_)))},
                          {transfer_body(2, bob_account_, bob_account_, 5),
                           receipt_of(txid(static_cast<std::uint8_t>(0x80 + last_id_)))}});
      feed_.publish(backend_.certified_height());
    }
  }

  const ledger::AccountId alice_account_ = backend_.open_account(1, 10);
  const ledger::AccountId bob_account_ = backend_.open_account(2, 20);
  std::size_t last_id_ = 0;
};

TEST_F(EventsOverGrpc, SendsThePastAndThenThePresent) {
  add_blocks(100);
  start();
  EventRequest request;
  request.from = {Height{1}, 0};
  std::vector<std::uint64_t> heights;
  std::thread chain;

  const auto result = client(alice())->events(request, 10s, [&](const Event& event) {
    heights.push_back(event.height.value());
    if (heights.size() == 100) chain = std::thread([&] { add_blocks(5); });
    return heights.size() < 105;
  });
  if (chain.joinable()) chain.join();

  ASSERT_TRUE(result) << result.error().message;
  ASSERT_EQ(heights.size(), 105u);
  for (std::size_t i = 0; i < heights.size(); ++i) EXPECT_EQ(heights[i], i + 1);
}

TEST_F(EventsOverGrpc, BeginsWithTheNextBlockWhenAskedForNoPosition) {
  add_blocks(3);
  start();
  std::atomic<bool> stop = false;
  std::thread chain([&] {
    while (!stop) {
      add_blocks(1);
      std::this_thread::sleep_for(5ms);
    }
  });
  std::uint64_t first = 0;

  const auto result = client(alice())->events({}, 10s, [&](const Event& event) {
    first = event.height.value();
    return false;
  });
  stop = true;
  chain.join();

  ASSERT_TRUE(result) << result.error().message;
  EXPECT_GT(first, 3u);
}

TEST_F(EventsOverGrpc, EndsAfterAQuietTime) {
  add_blocks(1);
  start();
  EventRequest request;
  request.from = {Height{1}, 0};
  int seen = 0;

  const auto result = client(alice())->events(request, 300ms, [&](const Event&) {
    ++seen;
    return true;
  });

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kTimeout);
  EXPECT_EQ(seen, 1);
}

TEST_F(EventsOverGrpc, ResumesOnAnotherNodeWithoutLossOrRepetition) {
  add_blocks(50);
  start();
  RpcServerConfig second_config = config_;
  auto second =
      RpcServer::start(second_config, RpcServerParts{backend_, tracker_, feed_, chain_, metrics_});
  ASSERT_TRUE(second);
  auto config = client_config(alice());
  config.endpoints.push_back(
      {"127.0.0.1:" + std::to_string((*second)->port()), node().principal.pin});
  const auto reader = std::move(*Client::connect(config));
  EventRequest request;
  request.from = {Height{1}, 0};
  std::vector<std::uint64_t> heights;
  std::thread stopper;

  const auto result = reader->events(request, 10s, [&](const Event& event) {
    heights.push_back(event.height.value());
    if (heights.size() == 20) {
      stopper = std::thread([&] {
        server_->stop(0ms);
        add_blocks(10);
      });
    }
    return heights.size() < 60;
  });
  if (stopper.joinable()) stopper.join();

  ASSERT_TRUE(result) << result.error().message;
  ASSERT_EQ(heights.size(), 60u);
  for (std::size_t i = 0; i < heights.size(); ++i) EXPECT_EQ(heights[i], i + 1);
}

TEST_F(EventsOverGrpc, SaysWhenAPositionIsNoLongerHeldOrMalformed) {
  start();
  EventRequest request;
  request.from = {Height{1}, 0};
  for (int i = 0; i < 1'001; ++i) request.assets.emplace_back(1u);

  const auto result = client(alice())->events(request, 5s, [](const Event&) { return true; });

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kOutOfRange);
}

}  // namespace
}  // namespace huangpu::node::test
