#include "node/driver/peer_server.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <latch>
#include <vector>

#include "consensus/codec/hashing.hpp"
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

// The request names no digest, and only the peer knows which of two batches was ordered.
TEST(PeerServer, GivesBothBatchesOfALaneWhoseOwnerSignedTwo) {
  ChainBuilder chain;
  chain.block({.batches = {{.lane = 0, .envelopes = {chain.issue("alice", 100)}}}});
  NodeFolder folder(chain);
  folder.write_blocks();
  const auto first = folder.add_batch(2, LanePosition{1}, {}, {chain.issue("bob", 1)}, true);
  const auto second = folder.add_batch(2, LanePosition{1}, {}, {chain.issue("bob", 2)}, true);
  const NodeStores stores = folder.open().value();

  std::latch both(2);
  std::vector<crypto::Digest> sent;
  PeerServer server(folder.stored(stores), [&](ValidatorIndex, const consensus::Message& message) {
    const auto& batch = std::get<consensus::Batch>(message);
    sent.push_back(consensus::batch_digest(chain.chain().suite, batch.header));
    both.count_down();
  });
  server.serve({ValidatorIndex{1}, consensus::GetBatches{chain.epoch().epoch, ValidatorIndex{2},
                                                         LanePosition{1}, LanePosition{1}}});
  both.wait();
  server.stop();

  ASSERT_EQ(sent.size(), 2U);
  EXPECT_TRUE((sent[0] == first && sent[1] == second) || (sent[0] == second && sent[1] == first));
}

}  // namespace
}  // namespace huangpu::node::test
