// The parts without sockets: token bucket, greeting, send queue, frame codec.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "huangpu/v1/peer.pb.h"
#include "node/transport/client_hello.hpp"
#include "node/transport/peer_frame.hpp"
#include "node/transport/send_queue.hpp"
#include "node/transport/token_bucket.hpp"

namespace huangpu::node {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::shared_ptr<const Bytes> frame_of(std::size_t size, std::uint8_t fill = 1) {
  return std::make_shared<Bytes>(size, fill);
}

TEST(TokenBucket, GivesTheBurstAndThenTheRate) {
  const TokenBucket::Clock::time_point start{};
  TokenBucket bucket({.bytes_per_second = 1000, .burst_bytes = 500}, start);

  EXPECT_EQ(bucket.available(start), 500u);
  bucket.take(500);
  EXPECT_EQ(bucket.available(start), 0u);
  EXPECT_EQ(bucket.available(start + milliseconds(300)), 300u);
  EXPECT_EQ(bucket.available(start + seconds(60)), 500u);
}

TEST(TokenBucket, GivesNothingRatherThanCrumbs) {
  TokenBucket::Clock::time_point now{};
  TokenBucket bucket({.bytes_per_second = 1 << 20, .burst_bytes = 64 * 1024}, now);
  bucket.take(64 * 1024);

  EXPECT_EQ(bucket.available(now + milliseconds(3)), 0u);
  EXPECT_GE(bucket.available(now + milliseconds(4)), 4096u);
}

TEST(TokenBucket, SlowRateIsNotLostToRounding) {
  TokenBucket::Clock::time_point now{};
  TokenBucket bucket({.bytes_per_second = 10, .burst_bytes = 20}, now);
  bucket.take(20);

  for (int i = 0; i < 1000; ++i) (void)bucket.available(now += milliseconds(1));

  EXPECT_EQ(bucket.available(now), 10u);
}

TEST(TokenBucket, LargestRateAndLongestPauseDoNotOverflow) {
  TokenBucket::Clock::time_point now{};
  TokenBucket bucket({.bytes_per_second = ~0ull, .burst_bytes = ~0ull}, now);
  const auto burst = bucket.available(now);
  bucket.take(burst);

  EXPECT_EQ(bucket.available(now + std::chrono::hours(24 * 365 * 100)), burst);
}

TEST(TokenBucket, WaitEndsWithTokens) {
  TokenBucket::Clock::time_point now{};
  TokenBucket bucket({.bytes_per_second = 100'000, .burst_bytes = 64 * 1024}, now);
  bucket.take(64 * 1024);

  now += bucket.wait(now);

  EXPECT_GE(bucket.available(now), 4096u);
}

// A ClientHello as OpenSSL sends it, reduced to what the inspection looks at.
Bytes client_hello(const std::vector<std::uint16_t>& versions) {
  Bytes body{0x03, 0x03};
  body.resize(body.size() + 32);             // random
  append(body, Bytes{0});                    // session id
  append(body, Bytes{0, 2, 0x13, 0x01});     // cipher suites
  append(body, Bytes{1, 0});                 // compression
  Bytes extensions{0x00, 0x17, 0x00, 0x00};  // one that is empty
  if (!versions.empty()) {
    const auto list = static_cast<std::uint8_t>(versions.size() * 2);
    append(extensions, Bytes{0, 43, 0, static_cast<std::uint8_t>(list + 1), list});
    for (const std::uint16_t version : versions) {
      append(extensions, Bytes{static_cast<std::uint8_t>(version >> 8),
                               static_cast<std::uint8_t>(version & 0xff)});
    }
  }
  append(body, Bytes{0, static_cast<std::uint8_t>(extensions.size())});
  append(body, extensions);
  Bytes record{0x16,
               0x03,
               0x01,
               0,
               static_cast<std::uint8_t>(body.size() + 4),
               0x01,
               0,
               0,
               static_cast<std::uint8_t>(body.size())};
  append(record, body);
  return record;
}

TEST(Greeting, IsAcceptedOnlyWhenItOffersTls13) {
  EXPECT_EQ(inspect_greeting(client_hello({0x0304, 0x0303}), true), Greeting::kAccepted);
  EXPECT_EQ(inspect_greeting(client_hello({0x0303}), true), Greeting::kRefused);
  EXPECT_EQ(inspect_greeting(client_hello({}), true), Greeting::kRefused);
  EXPECT_EQ(inspect_greeting(client_hello({0x0303}), false), Greeting::kAccepted);
}

TEST(Greeting, EveryPrefixAsksForMore) {
  const Bytes hello = client_hello({0x0304});
  for (std::size_t size = 0; size < hello.size(); ++size) {
    EXPECT_EQ(inspect_greeting(ByteView(hello).first(size), true), Greeting::kNeedMore) << size;
  }
}

TEST(Greeting, OtherProtocolsAreRefusedAtTheFirstByte) {
  for (const std::string_view opening :
       {"GET / HTTP/1.1\r\n", "PRI * HTTP/2.0", "\x01", "\x17\x03"}) {
    EXPECT_EQ(inspect_greeting(as_bytes(opening.substr(0, 1)), true), Greeting::kRefused);
  }
}

TEST(Greeting, NeverNeedsMoreThanItsBoundNorReadsPastTheEnd) {
  std::mt19937 random(20240607);
  for (int round = 0; round < 20'000; ++round) {
    Bytes bytes = client_hello({0x0304});
    bytes.resize(random() % 2 == 0 ? bytes.size() : random() % (bytes.size() + 1));
    for (unsigned flips = random() % 4; flips > 0 && !bytes.empty(); --flips) {
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    }
    (void)inspect_greeting(bytes, true);
  }
  Bytes endless(kGreetingBytesMax, 0);
  endless[0] = 0x16;
  endless[1] = 0x03;
  endless[3] = 0x40;
  endless[5] = 0x01;
  EXPECT_NE(inspect_greeting(endless, true), Greeting::kNeedMore);
}

TEST(SendQueue, ControlForgetsTheOldestWhenFull) {
  SendQueue queue({.bytes_max = 1000, .frames_max = 3}, SendQueue::WhenFull::kDropOldest);
  for (std::uint8_t n = 1; n <= 3; ++n) EXPECT_EQ(queue.push(frame_of(10, n)), SendResult::kQueued);

  EXPECT_EQ(queue.push(frame_of(10, 4)), SendResult::kQueuedOldestDropped);
  EXPECT_EQ(queue.dropped(), 1u);
  EXPECT_EQ(queue.push(frame_of(1000, 5)), SendResult::kQueuedOldestDropped);
  EXPECT_EQ(queue.frames(), 1u);
  EXPECT_EQ(queue.bytes(), 1000u);
  EXPECT_EQ(queue.push(frame_of(1001)), SendResult::kTooLarge);
}

TEST(SendQueue, BulkRefusesTheNewestWhenFull) {
  SendQueue queue({.bytes_max = 100, .frames_max = 10}, SendQueue::WhenFull::kRefuseNewest);
  EXPECT_EQ(queue.push(frame_of(60)), SendResult::kQueued);
  EXPECT_EQ(queue.push(frame_of(60)), SendResult::kFull);
  EXPECT_EQ(queue.push(frame_of(40)), SendResult::kQueued);
  EXPECT_EQ(queue.dropped(), 1u);
  EXPECT_EQ(queue.bytes(), 100u);
}

TEST(SendQueue, TakesTogetherWhatFitsAndALargeFrameAlone) {
  SendQueue queue({.bytes_max = 10'000, .frames_max = 100}, SendQueue::WhenFull::kRefuseNewest);
  for (const std::size_t size :
       {std::size_t{50}, std::size_t{40}, std::size_t{500}, std::size_t{1}}) {
    ASSERT_EQ(queue.push(frame_of(size)), SendResult::kQueued);
  }
  EXPECT_EQ(queue.take(100, 10).size(), 2u);
  EXPECT_EQ(queue.take(100, 10).size(), 1u);
  EXPECT_EQ(queue.take(100, 10).size(), 1u);
  EXPECT_TRUE(queue.take(100, 10).empty());
  EXPECT_EQ(queue.bytes(), 0u);
}

std::string flat(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(buffer.Dump(&slices).ok());
  std::string all;
  for (const auto& slice : slices) {
    all.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return all;
}

// In slices of `part` bytes, as a socket might deliver it.
grpc::ByteBuffer split(const std::string& bytes, std::size_t part) {
  std::vector<grpc::Slice> slices;
  for (std::size_t at = 0; at < bytes.size(); at += part) {
    slices.emplace_back(bytes.substr(at, part));
  }
  return {slices.data(), slices.size()};
}

TEST(PeerFrame, PayloadsAreTheBytesProtobufWouldWriteAndReadBack) {
  const std::vector<std::shared_ptr<const Bytes>> payloads{frame_of(1, 3), frame_of(200, 4),
                                                           frame_of(70'000, 5), frame_of(127, 6)};
  v1::PeerFrame expected;
  for (const auto& payload : payloads) {
    expected.add_payloads(std::string(as_text(*payload)));
  }
  const std::string bytes = flat(encode_payloads(payloads));
  EXPECT_EQ(bytes, expected.SerializeAsString());

  for (const std::size_t part : {std::size_t{1}, std::size_t{7}, std::size_t{8192}, bytes.size()}) {
    const auto decoded = decode_frame(split(bytes, part), 100'000);
    ASSERT_TRUE(decoded);
    const auto& read = std::get<PeerPayloads>(*decoded);
    ASSERT_EQ(read.size(), payloads.size());
    for (std::size_t i = 0; i < read.size(); ++i) EXPECT_EQ(read[i], *payloads[i]);
  }
}

TEST(PeerFrame, HelloAndProbeReadBack) {
  const PeerHello hello{.genesis_hash = crypto::Digest::from(Bytes(32, 1)),
                        .name = "validator-c",
                        .software = "x/1",
                        .protocol_version = 1,
                        .nonce = ~0ull};
  const auto read = decode_frame(encode_hello(hello), 100);
  ASSERT_TRUE(read);
  const auto& same = std::get<PeerHello>(*read);
  EXPECT_EQ(same.genesis_hash, hello.genesis_hash);
  EXPECT_EQ(same.name, hello.name);
  EXPECT_EQ(same.software, hello.software);
  EXPECT_EQ(same.nonce, hello.nonce);

  const auto probe = decode_frame(encode_probe({.id = 9, .echo = true}), 100);
  ASSERT_TRUE(probe);
  EXPECT_EQ(std::get<PeerProbe>(*probe).id, 9u);
  EXPECT_TRUE(std::get<PeerProbe>(*probe).echo);
}

TEST(PeerFrame, MalformedOnesAreRefusedWithTheirCode) {
  v1::PeerFrame mixed;
  mixed.add_payloads("a");
  mixed.mutable_probe();
  v1::PeerFrame both;
  both.mutable_probe();
  both.mutable_hello()->set_genesis_hash(std::string(32, 'g'));
  v1::PeerFrame short_hash;
  short_hash.mutable_hello()->set_genesis_hash("short");
  v1::PeerFrame long_name;
  long_name.mutable_hello()->set_genesis_hash(std::string(32, 'g'));
  long_name.mutable_hello()->set_name(std::string(kPeerNameBytesMax + 1, 'a'));
  v1::PeerFrame crowd;
  for (std::size_t i = 0; i <= kPayloadsPerFrameMax; ++i) crowd.add_payloads("a");

  const std::vector<std::pair<std::string, Errc>> cases{
      {"", Errc::kMalformed},
      {std::string("\x12\x00", 2), Errc::kMalformed},  // empty payload
      {"\x12\x05"
       "abc",
       Errc::kMalformed},                                  // longer than the frame
      {"\x12\xff\xff\xff\xff\xff\xff", Errc::kMalformed},  // endless length
      {"\x12\x01"
       "a"
       "\x18\x01",
       Errc::kMalformed},  // something after a payload
      {std::string("\x12\x65") + std::string(101, 'x'), Errc::kOutOfRange},
      {std::string(2000, 'x'), Errc::kOutOfRange},
      {"garbage", Errc::kMalformed},
      {mixed.SerializeAsString(), Errc::kMalformed},
      {both.SerializeAsString(), Errc::kMalformed},
      {short_hash.SerializeAsString(), Errc::kMalformed},
      {long_name.SerializeAsString(), Errc::kOutOfRange},
      {crowd.SerializeAsString(), Errc::kOutOfRange},
      {std::string(100 + kFrameOverheadBytesMax + 1, '\x12'), Errc::kOutOfRange}};
  for (const auto& [bytes, code] : cases) {
    const auto decoded = decode_frame(split(bytes, 64), 100);
    ASSERT_FALSE(decoded) << to_hex(as_bytes(bytes.substr(0, 20)));
    EXPECT_EQ(decoded.error().code, code) << decoded.error().message;
  }
}

}  // namespace
}  // namespace huangpu::node
