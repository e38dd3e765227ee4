// Peer links over real loopback sockets and real TLS.
#include "node/transport/peer_network.hpp"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <future>

#include "huangpu/v1/peer.grpc.pb.h"
#include "tests/unit/node/transport/support.hpp"

namespace huangpu::node::test {
namespace {

std::shared_ptr<const Bytes> numbered(std::uint32_t number, std::size_t size) {
  auto bytes = std::make_shared<Bytes>(std::max<std::size_t>(size, 4), std::uint8_t(number));
  std::memcpy(bytes->data(), &number, 4);
  return bytes;
}

std::uint32_t number_of(const Bytes& frame) {
  std::uint32_t number = 0;
  std::memcpy(&number, frame.data(), 4);
  return number;
}

// Keeps sending until the queue takes it: the tests below want every frame to arrive.
bool send_patiently(PeerNetwork& network, std::uint16_t to, Channel channel,
                    const std::shared_ptr<const Bytes>& frame) {
  const auto& statistics_of = [&] {
    for (const auto& each : network.statistics()) {
      if (each.index.value() == to) return channel == Channel::kControl ? each.control : each.bulk;
    }
    return ChannelStatistics{};
  };
  return eventually([&] { return statistics_of().queued_frames < 1000; }) &&
         network.send(ValidatorIndex(to), channel, frame) == SendResult::kQueued;
}

PeerStatistics find(const std::vector<PeerStatistics>& all, std::uint16_t peer) {
  for (const auto& each : all) {
    if (each.index.value() == peer) return each;
  }
  ADD_FAILURE() << "no statistics for " << peer;
  return {};
}

TEST(PeerNetwork, FourValidatorsExchangeFramesInOrderOnBothChannels) {
  Cluster cluster(4);
  cluster.launch_all();
  ASSERT_TRUE(cluster.wait_all_up());

  constexpr std::uint32_t kFrames = 10'000 / 12;  // per pair, direction and channel
  for (std::uint32_t n = 0; n < kFrames; ++n) {
    const auto vote = numbered(n, 150);
    const auto batch = numbered(n, n % 100 == 0 ? 1 << 20 : 2000);
    for (std::uint16_t from = 0; from < 4; ++from) {
      for (std::uint16_t to = 0; to < 4; ++to) {
        if (from == to) continue;
        ASSERT_TRUE(send_patiently(cluster[from].network(), to, Channel::kControl, vote));
        ASSERT_TRUE(eventually([&] {
          return cluster[from].network().send(ValidatorIndex(to), Channel::kBulk, batch) ==
                 SendResult::kQueued;
        }));
      }
    }
  }

  for (std::uint16_t to = 0; to < 4; ++to) {
    for (std::uint16_t from = 0; from < 4; ++from) {
      if (from == to) continue;
      ASSERT_TRUE(cluster[to].watch().wait([&] {
        const auto& frames = cluster[to].heard(from).frames;
        return frames[0].size() == kFrames && frames[1].size() == kFrames;
      })) << from
          << " to " << to;
      cluster[to].watch().update([&] {
        for (const auto& frames : cluster[to].heard(from).frames) {
          for (std::uint32_t n = 0; n < kFrames; ++n) ASSERT_EQ(number_of(frames[n]), n);
        }
        EXPECT_EQ(cluster[to].heard(from).frames[1][100].size(), 1u << 20);
      });
    }
  }
  const auto seen = find(cluster[0].network().statistics(), 3);
  EXPECT_TRUE(seen.up);
  EXPECT_EQ(seen.software, "huangpu-test/1");
  EXPECT_EQ(seen.control.frames_in, kFrames);
  EXPECT_EQ(seen.control.bytes_in, kFrames * 150);
  EXPECT_EQ(seen.control.dropped_full, 0u);
  EXPECT_TRUE(
      eventually([&] { return find(cluster[0].network().statistics(), 3).rtt.has_value(); }));
}

TEST(PeerNetwork, EveryPairUsesExactlyTwoConnectionsDialledByTheOneWhoseNameComesFirst) {
  Cluster cluster(3);
  cluster.launch_all();
  ASSERT_TRUE(cluster.wait_all_up());

  EXPECT_EQ(cluster[0].network().acceptor_counters().open, 0u);
  EXPECT_EQ(cluster[1].network().acceptor_counters().open, 2u);
  EXPECT_EQ(cluster[2].network().acceptor_counters().open, 4u);
}

TEST(PeerNetwork, FirstFrameComesAfterUpAndLastBeforeDown) {
  Cluster cluster(2);
  std::mutex mutex;
  std::vector<std::string> events;
  std::promise<void> down;
  const auto note = [&](const std::string& event) {
    const std::lock_guard lock(mutex);
    if (event == "frame" && !events.empty() && events.back() == "frame") return;
    events.push_back(event);
    if (event == "down") down.set_value();
  };
  auto network =
      PeerNetwork::open(cluster.config(1), {.on_frame = [&](auto, auto, auto) { note("frame"); },
                                            .on_up = [&](auto) { note("up"); },
                                            .on_down = [&](auto) { note("down"); }});
  ASSERT_TRUE(network);
  ASSERT_TRUE((*network)->start());
  auto config = cluster.config(0);
  for (auto& peer : config.peers) {
    if (peer.index == ValidatorIndex(1)) {
      peer.address = "127.0.0.1:" + std::to_string((*network)->port());
    }
  }
  Member& dialler = cluster.launch(0, config);
  ASSERT_TRUE(dialler.wait_up(1));
  for (std::uint32_t n = 0; n < 100; ++n) {
    dialler.network().send(ValidatorIndex(1), Channel::kControl, numbered(n, 10));
    dialler.network().send(ValidatorIndex(1), Channel::kBulk, numbered(n, 10));
  }
  ASSERT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex);
    return events.size() >= 2;
  }));
  cluster.kill(0);

  ASSERT_EQ(down.get_future().wait_for(kPatience), std::future_status::ready);
  const std::lock_guard lock(mutex);
  EXPECT_EQ(events, (std::vector<std::string>{"up", "frame", "down"}));
}

// Member 1 answers the news that member 0 is up with a frame to it.
[[noreturn]] void send_when_told() {
  alarm(2 * kPatience.count());
  Cluster cluster(2);
  std::unique_ptr<PeerNetwork> network;
  auto opened = PeerNetwork::open(
      cluster.config(1),
      {.on_frame = [](auto, auto, auto) {},
       .on_up = [&](auto peer) { network->send(peer, Channel::kControl, numbered(7, 10)); },
       .on_down = [](auto) {}});
  if (!opened) std::_Exit(2);
  network = std::move(*opened);
  if (!network->start()) std::_Exit(3);
  auto config = cluster.config(0);
  for (auto& peer : config.peers) {
    if (peer.index == ValidatorIndex(1)) {
      peer.address = "127.0.0.1:" + std::to_string(network->port());
    }
  }
  Member& dialler = cluster.launch(0, config);
  const bool heard = dialler.watch().wait([&] { return dialler.heard(1).frames[0].size() == 1; });
  std::_Exit(heard ? 0 : 4);
}

// In a process of its own: a lock that is held while the owner is told would stop it for ever.
TEST(PeerNetwork, AnOwnerMaySendToThePeerItIsBeingToldOf) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(send_when_told(), ::testing::ExitedWithCode(0), "");
}

TEST(PeerNetwork, APeerThatComesLaterIsDialledAndOneThatLeavesIsDropped) {
  Cluster cluster(3);
  cluster.launch(2);
  cluster.launch(1);
  auto config = cluster.config(0);
  const auto all = config.peers;
  config.peers = {all[1]};
  Member& member = cluster.launch(0, config);
  ASSERT_TRUE(member.wait_up(1));
  EXPECT_FALSE(member.network().is_up(ValidatorIndex(2)));

  ASSERT_TRUE(member.network().set_peers({all[1], all[2]}));
  ASSERT_TRUE(member.wait_up(2));
  EXPECT_TRUE(member.network().is_up(ValidatorIndex(1))) << "who stays a peer keeps its link";
  EXPECT_EQ(find(member.network().statistics(), 1).times_up, 1u);

  ASSERT_TRUE(member.network().set_peers({all[2]}));
  EXPECT_EQ(member.network().send(ValidatorIndex(1), Channel::kControl, numbered(1, 4)),
            SendResult::kDown);
  EXPECT_TRUE(member.watch().wait([&] { return member.heard(1).downs == 1; }));
  EXPECT_TRUE(eventually([&] { return !cluster[1].network().is_up(ValidatorIndex(0)); }));
  EXPECT_TRUE(member.network().is_up(ValidatorIndex(2)));
}

TEST(PeerNetwork, ADroppedPeerIsNotAcceptedAnyMore) {
  Cluster cluster(2);
  Member& server = cluster.launch(1);
  Member& dialler = cluster.launch(0);
  ASSERT_TRUE(server.wait_up(0));
  ASSERT_TRUE(server.network().set_peers({}));
  ASSERT_TRUE(eventually([&] { return !dialler.network().is_up(ValidatorIndex(1)); }));
  ASSERT_TRUE(eventually([&] { return server.network().handshake_counters().refused_pin > 0; }));

  ASSERT_TRUE(server.network().set_peers(cluster.config(1).peers));
  EXPECT_TRUE(dialler.wait_up(1)) << "a peer that comes back is a peer again";
}

TEST(PeerNetwork, AnotherPinOfAPeerHoldsFromThenOn) {
  Cluster cluster(2);
  Member& server = cluster.launch(1);
  auto config = cluster.config(0);
  const Party fresh = make_party("validator-0 with another key");
  config.tls = fresh.tls;
  Member& dialler = cluster.launch(0, config);
  ASSERT_TRUE(eventually([&] { return server.network().handshake_counters().refused_pin > 0; }));

  // Announced: both are accepted. In force: only the new one.
  auto next = cluster.config(1).peers;
  next[0].other_pins = {fresh.pin};
  ASSERT_TRUE(server.network().set_peers(next));
  ASSERT_TRUE(dialler.wait_up(1));
  next[0].tls_pin = fresh.pin;
  next[0].other_pins.clear();
  ASSERT_TRUE(server.network().set_peers(next));
  EXPECT_TRUE(server.network().is_up(ValidatorIndex(0)));
  EXPECT_EQ(find(server.network().statistics(), 0).times_up, 1u);
}

// What was dialled, too: the server here shows a key that the dialler knows for a while only.
TEST(PeerNetwork, ADialledConnectionEndsWithThePinItWasMadeUnder) {
  for (const bool configured : {false, true}) {
    Cluster cluster(2);
    const Party fresh = make_party("validator-1-next");
    auto config = cluster.config(1);
    config.tls = fresh.tls;
    cluster.launch(1, config);
    Member& dialler = cluster.launch(0);
    auto peers = cluster.config(0).peers;
    const auto know_fresh = [&](bool known) {
      if (configured) {
        dialler.network().set_next_pins(known ? std::map{std::pair{fresh.pin, ValidatorIndex(1)}}
                                              : std::map<crypto::Digest, ValidatorIndex>{});
        return;
      }
      peers[1].other_pins.clear();
      if (known) peers[1].other_pins.push_back(fresh.pin);
      ASSERT_TRUE(dialler.network().set_peers(peers));
    };
    know_fresh(true);
    ASSERT_TRUE(dialler.wait_up(1));
    know_fresh(false);
    EXPECT_TRUE(eventually([&] { return !dialler.network().is_up(ValidatorIndex(1)); }));
  }
}

TEST(PeerNetwork, TwoPeersWithOneKeyAreRefusedAndNothingChanges) {
  Cluster cluster(3);
  Member& member = cluster.launch(2);
  auto peers = cluster.config(2).peers;
  peers[0].other_pins = {peers[1].tls_pin};
  EXPECT_FALSE(member.network().set_peers(peers));
  EXPECT_EQ(member.network().statistics().size(), 2u);
}

TEST(PeerNetwork, StrangersCertificateIsRefusedInsideTheHandshake) {
  Cluster cluster(2);
  Member& victim = cluster.launch(1);
  auto config = cluster.config(0);
  config.tls = make_party("stranger").tls;
  Member& stranger = cluster.launch(0, config);

  ASSERT_TRUE(eventually([&] { return victim.network().handshake_counters().refused_pin > 0; }));
  EXPECT_FALSE(stranger.network().is_up(ValidatorIndex(1)));
  EXPECT_EQ(victim.network().handshake_counters().accepted, 0u);
  EXPECT_EQ(find(victim.network().statistics(), 0).times_up, 0u);
}

TEST(PeerNetwork, ServerWithAnotherKeyIsNotSpokenTo) {
  Cluster cluster(2);
  auto impostor_config = cluster.config(1);
  impostor_config.tls = make_party("impostor").tls;
  cluster.launch(1, impostor_config);
  Member& honest = cluster.launch(0);

  ASSERT_TRUE(
      eventually([&] { return !find(honest.network().statistics(), 1).last_error.empty(); }));
  EXPECT_FALSE(honest.network().is_up(ValidatorIndex(1)));
}

TEST(PeerNetwork, WrongGenesisClosesTheStreamWithTheReason) {
  Cluster cluster(2);
  cluster.launch(1);
  auto config = cluster.config(0);
  config.genesis_hash = crypto::Digest::from(Bytes(32, 9));
  Member& other = cluster.launch(0, config);

  ASSERT_TRUE(eventually([&] {
    return find(other.network().statistics(), 1).last_error.find("genesis") != std::string::npos;
  })) << find(other.network().statistics(), 1).last_error;
  EXPECT_EQ(find(other.network().statistics(), 1).times_up, 0u);
}

TEST(PeerNetwork, NameThatIsNotTheKeysIsRefused) {
  Cluster cluster(3);
  cluster.launch(2);
  auto config = cluster.config(0);
  config.self = "validator-1";  // the key is that of validator 0
  config.acceptor.port = 0;
  Member& liar = cluster.launch(0, config);

  ASSERT_TRUE(eventually([&] {
    return find(liar.network().statistics(), 2).last_error.find("a name that is not the key's") !=
           std::string::npos;
  })) << find(liar.network().statistics(), 2).last_error;
}

// A validator that does not follow the protocol: one stream, one frame, and the status it gets for
// it.
template <class Stub>
grpc::Status first_frame(const Cluster& cluster, Stub stub_of, const v1::PeerFrame& frame) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto credentials = make_channel_credentials(cluster.party(0).tls, cluster.party(1).pin);
  const auto stub = stub_of(grpc::CreateCustomChannel(
      "127.0.0.1:" + std::to_string(cluster.port(1)), *credentials, arguments));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  const auto stream = stub->Exchange(&context);
  stream->Write(frame);
  v1::PeerFrame answer;
  EXPECT_FALSE(stream->Read(&answer));
  return stream->Finish();
}

TEST(PeerNetwork, FrameThatBreaksTheRulesEndsTheStreamWithTheReason) {
  Cluster cluster(2);
  Member& victim = cluster.launch(1);
  const auto control = [](const auto& channel) { return v1::PeerControl::NewStub(channel); };
  const auto bulk = [](const auto& channel) { return v1::PeerBulk::NewStub(channel); };
  v1::PeerFrame small;
  small.add_payloads("vote");
  v1::PeerFrame large;
  large.add_payloads(std::string(2 << 20, 'x'));
  v1::PeerFrame huge;
  huge.add_payloads(std::string(9 << 20, 'x'));
  v1::PeerFrame newer;
  newer.mutable_hello()->set_genesis_hash(std::string(32, 7));
  newer.mutable_hello()->set_protocol_version(99);

  EXPECT_EQ(first_frame(cluster, control, small).error_message(), "the first frame is not a hello");
  EXPECT_EQ(first_frame(cluster, control, large).error_message(), "frame too large");
  EXPECT_EQ(first_frame(cluster, bulk, huge).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(first_frame(cluster, bulk, newer).error_message(),
            "hello refused: protocol version 99, here 1");
  EXPECT_EQ(find(victim.network().statistics(), 0).times_up, 0u);

  // And an honest one is served as if nothing had been.
  cluster.launch(0);
  EXPECT_TRUE(cluster.wait_all_up());
}

TEST(PeerNetwork, ValidatorWithTheHigherIndexMayNotDial) {
  Cluster cluster(2);
  cluster.launch(0);
  grpc::ChannelArguments arguments;
  const auto credentials = make_channel_credentials(cluster.party(1).tls, cluster.party(0).pin);
  const auto stub = v1::PeerControl::NewStub(grpc::CreateCustomChannel(
      "127.0.0.1:" + std::to_string(cluster.port(0)), *credentials, arguments));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  const auto stream = stub->Exchange(&context);
  v1::PeerFrame answer;
  EXPECT_FALSE(stream->Read(&answer));

  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST(PeerNetwork, LinkComesBackAfterEitherSideRestarts) {
  Cluster cluster(2);
  cluster.launch_all();
  ASSERT_TRUE(cluster.wait_all_up());

  for (const std::uint16_t victim : {std::uint16_t(1), std::uint16_t(0)}) {
    const std::uint16_t other = victim == 0 ? 1 : 0;
    cluster.kill(victim);
    ASSERT_TRUE(
        eventually([&] { return !cluster[other].network().is_up(ValidatorIndex(victim)); }));
    cluster.launch(victim);
    ASSERT_TRUE(cluster.wait_all_up());
    ASSERT_EQ(cluster[victim].network().send(ValidatorIndex(other), Channel::kControl,
                                             numbered(victim, 10)),
              SendResult::kQueued);
    ASSERT_TRUE(cluster[other].watch().wait([&] {
      const auto& frames = cluster[other].heard(victim).frames[0];
      return !frames.empty() && number_of(frames.back()) == victim;
    }));
  }
}

// SPEC N-131
TEST(PeerNetwork, DisconnectedPeerIsDownForAWhileAndThenWelcomeAgain) {
  Cluster cluster(2);
  cluster.launch_all();
  ASSERT_TRUE(cluster.wait_all_up());

  for (const std::uint16_t judge : {std::uint16_t(1), std::uint16_t(0)}) {
    const std::uint16_t other = judge == 0 ? 1 : 0;
    cluster[judge].network().disconnect(ValidatorIndex(other), "sent what no correct one sends");
    ASSERT_TRUE(eventually([&] { return !cluster[judge].network().is_up(ValidatorIndex(other)); }));
    ASSERT_TRUE(cluster.wait_all_up());
  }
}

TEST(PeerNetwork, QueuesKeepTheirBoundsWhenThePeerDoesNotRead) {
  Cluster cluster(2);
  cluster.launch_all();
  ASSERT_TRUE(cluster.wait_all_up());
  auto& sender = cluster[0].network();
  auto& receiver = cluster[1].network();
  receiver.pause_reading(ValidatorIndex(0), Channel::kControl);
  receiver.pause_reading(ValidatorIndex(0), Channel::kBulk);

  const auto frame = numbered(1, 512 * 1024);
  std::uint64_t refused = 0;
  std::uint64_t pushed_out = 0;
  for (int i = 0; i < 400; ++i) {
    refused += sender.send(ValidatorIndex(1), Channel::kBulk, frame) == SendResult::kFull;
    pushed_out += sender.send(ValidatorIndex(1), Channel::kControl, numbered(2, 512 * 1024)) ==
                  SendResult::kQueuedOldestDropped;
  }

  const auto seen = find(sender.statistics(), 1);
  EXPECT_GT(refused, 0u);
  EXPECT_GT(pushed_out, 0u);
  EXPECT_LE(seen.control.queued_bytes, 8u << 20);
  EXPECT_LE(seen.bulk.queued_bytes, 32u << 20);
  EXPECT_EQ(seen.bulk.dropped_full, refused);
  EXPECT_GE(seen.control.dropped_full, pushed_out);

  // What was queued arrives once the reader is back.
  receiver.resume_reading(ValidatorIndex(0), Channel::kControl);
  receiver.resume_reading(ValidatorIndex(0), Channel::kBulk);
  ASSERT_TRUE(cluster[1].watch().wait(
      [&] { return cluster[1].heard(0).frames[1].size() == 400 - refused; }));
}

TEST(PeerNetwork, FramesBeyondTheLimitAreNotSent) {
  Cluster cluster(2);
  cluster.launch_all();
  ASSERT_TRUE(cluster.wait_all_up());
  auto& network = cluster[0].network();
  const ValidatorIndex to(1);

  EXPECT_EQ(network.send(to, Channel::kControl, numbered(1, kControlFrameBytesMax + 1)),
            SendResult::kTooLarge);
  EXPECT_EQ(network.send(to, Channel::kBulk, numbered(1, kBulkFrameBytesMax + 1)),
            SendResult::kTooLarge);
  EXPECT_EQ(network.send(to, Channel::kControl, std::make_shared<Bytes>()), SendResult::kTooLarge);
  EXPECT_EQ(network.send(ValidatorIndex(9), Channel::kControl, numbered(1, 4)), SendResult::kDown);

  ASSERT_EQ(network.send(to, Channel::kBulk, numbered(5, kBulkFrameBytesMax)), SendResult::kQueued);
  ASSERT_EQ(network.send(to, Channel::kControl, numbered(6, kControlFrameBytesMax)),
            SendResult::kQueued);
  ASSERT_TRUE(cluster[1].watch().wait([&] {
    const auto& frames = cluster[1].heard(0).frames;
    return frames[0].size() == 1 && frames[1].size() == 1;
  }));
}

TEST(PeerNetwork, SecondOneOnTheSamePortIsRefused) {
  Cluster cluster(2);
  cluster.launch(1);

  const Member second(cluster.config(1));

  EXPECT_FALSE(second.opened());
  EXPECT_EQ(second.error().code, Errc::kAlreadyRunning);
}

TEST(PeerNetwork, SharedTransportKeyIsAConfigError) {
  Cluster cluster(3);
  auto config = cluster.config(0);
  config.peers[2].tls_pin = config.peers[1].tls_pin;

  const Member member(config);

  EXPECT_EQ(member.error().code, Errc::kConfig);
}

TEST(PeerNetwork, GarbageOnThePortDoesNotDisturbTheLinks) {
  Cluster cluster(2);
  cluster.launch_all();
  ASSERT_TRUE(cluster.wait_all_up());

  const std::vector<std::string> openings{
      "GET / HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", std::string(100'000, '\x16'),
      std::string("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", 10), std::string(64, '\0')};
  for (const std::string& opening : openings) {
    RawClient client(cluster.port(1));
    ASSERT_TRUE(client.connected());
    client.send(opening);
    EXPECT_TRUE(client.closed_by_server());
  }

  EXPECT_GE(cluster[1].network().acceptor_counters().refused_greeting, openings.size());
  ASSERT_EQ(cluster[0].network().send(ValidatorIndex(1), Channel::kControl, numbered(3, 10)),
            SendResult::kQueued);
  ASSERT_TRUE(cluster[1].watch().wait([&] { return cluster[1].heard(0).frames[0].size() == 1; }));
  EXPECT_EQ(find(cluster[0].network().statistics(), 1).times_up, 1u);
}

}  // namespace
}  // namespace huangpu::node::test
