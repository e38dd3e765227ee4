#include "node/driver/peer_server.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <latch>
#include <vector>

#include "tests/unit/node/driver/node_folder.hpp"

namespace huangpu::node::test {
namespace {

TEST(PeerServer, AnswersAPeerWhileAnotherAsksWithoutEnd) {
  ChainBuilder chain;
  chain.block({.batches = {{.lane = 0, .envelopes = {chain.issue("alice", 100)}}}});
  NodeFolder folder(chain);
  folder.write_blocks();
  const NodeStores stores = folder.open().value();

  std::latch everybody_asked(1);
  std::vector<ValidatorIndex> answered;  // by the server's thread, read after it has stopped
  PeerServer server(folder.stored(stores), [&](ValidatorIndex to, const consensus::Message&) {
    everybody_asked.wait();
    answered.push_back(to);
  });
  const auto ask = [&](std::uint16_t peer) {
    server.serve({ValidatorIndex{peer}, consensus::GetBlocks{Height{1}, 1}});
  };
  for (int i = 0; i < 1'000; ++i) ask(1);
  ask(2);
  everybody_asked.count_down();
  server.stop();

  EXPECT_EQ(std::ranges::count(answered, ValidatorIndex{2}), 1);
  // One more may have been under way already.
  EXPECT_LE(static_cast<std::size_t>(std::ranges::count(answered, ValidatorIndex{1})),
            PeerServer::kWaitingPerPeerMax + 1);
}

}  // namespace
}  // namespace huangpu::node::test
