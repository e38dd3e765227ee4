// The server behind the acceptor: who gets in, what is refused, what attackers achieve.
#include "node/transport/grpc_server.hpp"

#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "tests/support/aged_certificate.hpp"
#include "tests/unit/node/transport/echo_server.hpp"
#include "tests/unit/node/transport/support.hpp"
#include "tests/unit/node/transport/tls_client.hpp"

namespace huangpu::node::test {
namespace {

using std::chrono::milliseconds;

// A unary call in raw bytes, for services without generated code here.
grpc::Status call_raw(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                      std::string* answer) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer> stub(channel);
  const grpc::Slice empty("");
  const grpc::ByteBuffer request(&empty, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, method, grpc::StubOptions(), &request, &response,
                 [&](const grpc::Status& status) { done.set_value(status); });
  const grpc::Status status = done.get_future().get();
  std::vector<grpc::Slice> slices;
  if (status.ok() && response.Dump(&slices).ok()) {
    for (const auto& slice : slices) {
      answer->append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
  }
  return status;
}

TEST(GrpcServer, KnowsTheCallerOfEachCall) {
  EchoServer echo;
  const Party alice = echo.admit("alice");

  ASSERT_TRUE(echo_once(echo.channel(alice)).ok());

  ASSERT_TRUE(echo.service.caller);
  EXPECT_EQ(echo.service.caller->pin, alice.pin);
  EXPECT_EQ(echo.service.caller->identity->name, "client");
  EXPECT_TRUE(echo.service.caller->remote.starts_with("127.0.0.1:"));
}

TEST(GrpcServer, TellsTwoCallersApart) {
  EchoServer echo;
  const Party alice = echo.admit("alice");
  const Party bob = echo.admit("bob");
  const auto of_alice = echo.channel(alice);
  const auto of_bob = echo.channel(bob);

  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(echo_once(of_alice).ok());
    EXPECT_EQ(echo.service.caller->pin, alice.pin);
    ASSERT_TRUE(echo_once(of_bob).ok());
    EXPECT_EQ(echo.service.caller->pin, bob.pin);
  }
  EXPECT_EQ(echo.server->acceptor().connections().size(), 2u);
}

TEST(GrpcServer, StrangerAndNoCertificateNeverReachTheService) {
  EchoServer echo;

  EXPECT_EQ(echo_once(echo.channel(make_party("stranger"))).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  TlsClient anonymous(echo.server->port(), {});
  anonymous.send(http2_preface());
  EXPECT_TRUE(anonymous.closed_by_server());

  EXPECT_EQ(echo.service.calls, 0);
  EXPECT_GE(echo.server->counters().handshakes.refused_pin, 1u);
  EXPECT_EQ(echo.server->counters().handshakes.accepted, 0u);
}

TlsMaterial aged_by_a_day(const TlsMaterial& tls) {
  const auto old = huangpu::test::aged({tls.key_pem, tls.cert_pem}, std::chrono::hours(-24));
  return {.key_pem = old.key_pem, .cert_pem = old.cert_pem};
}

// SPEC N-102: the key decides, on both sides. A network does not stop because a date has passed.
TEST(GrpcServer, ExpiredCertificatesWithAdmittedKeysConnectAndOthersDoNot) {
  TlsMaterial shown;
  EchoServer echo(
      [&shown](GrpcServerConfig& config) { shown = config.tls = aged_by_a_day(config.tls); });
  ASSERT_LT(crypto::not_after(shown.cert_pem)->value(),
            crypto::not_before(make_party("now").tls.cert_pem)->value());
  Party alice = echo.admit("alice");
  alice.tls = aged_by_a_day(alice.tls);
  ASSERT_EQ(crypto::spki_pin(alice.tls.cert_pem).value(), alice.pin);
  EXPECT_TRUE(echo_once(echo.channel(alice)).ok());

  Party stranger = make_party("stranger");
  stranger.tls = aged_by_a_day(stranger.tls);
  EXPECT_FALSE(echo_once(echo.channel(stranger)).ok());
}

TEST(GrpcServer, OlderTlsIsRefused) {
  EchoServer echo;
  const Party alice = echo.admit("alice");

  EXPECT_TRUE(TlsClient(echo.server->port(), {.own = alice.tls}).handshaken());
  EXPECT_FALSE(TlsClient(echo.server->port(), {.own = alice.tls, .tls12_only = true}).handshaken());
  EXPECT_EQ(echo.server->counters().acceptor.refused_greeting, 1u);
}

TEST(GrpcServer, OversizeMessageIsRefusedAndTheConnectionLives) {
  EchoServer echo;
  const auto channel = echo.channel(echo.admit("alice"));

  EXPECT_EQ(echo_once(channel, 2 << 20).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(echo_once(channel, 1000).ok());
}

TEST(GrpcServer, CompressedMessageIsRefused) {
  EchoServer echo;
  const auto channel = echo.channel(echo.admit("alice"));

  EXPECT_EQ(echo_once(channel, 5000, GRPC_COMPRESS_GZIP).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
}

TEST(GrpcServer, HealthFollowsTheSwitch) {
  EchoServer echo;
  const auto channel = echo.channel(echo.admit("monitor"));
  const std::string method = "/grpc.health.v1.Health/Check";

  std::string answer;
  ASSERT_TRUE(call_raw(channel, method, &answer).ok());
  EXPECT_EQ(answer, "\x08\x01");  // SERVING
  echo.server->set_serving(false);
  answer.clear();
  ASSERT_TRUE(call_raw(channel, method, &answer).ok());
  EXPECT_EQ(answer, "\x08\x02");  // NOT_SERVING
}

TEST(GrpcServer, HealthAndReflectionAreAbsentWhenOff) {
  EchoServer with([](GrpcServerConfig& config) { config.reflection = true; });
  EchoServer without([](GrpcServerConfig& config) { config.health = false; });
  const std::string reflection = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

  std::string answer;
  const auto on = call_raw(with.channel(with.admit("a")), reflection, &answer);
  EXPECT_NE(on.error_code(), grpc::StatusCode::UNIMPLEMENTED) << on.error_message();
  const auto channel = without.channel(without.admit("a"));
  EXPECT_EQ(call_raw(channel, reflection, &answer).error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(call_raw(channel, "/grpc.health.v1.Health/Check", &answer).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
}

TEST(GrpcServer, OneIdentityCannotHoldAllConnections) {
  EchoServer echo;
  echo.identity.connections_max = 2;
  const Party greedy = echo.admit("greedy");
  const std::vector<std::shared_ptr<grpc::Channel>> first{echo.channel(greedy),
                                                          echo.channel(greedy)};
  for (const auto& channel : first) ASSERT_TRUE(echo_once(channel).ok());

  EXPECT_FALSE(echo_once(echo.channel(greedy)).ok());

  EXPECT_GE(echo.server->counters().acceptor.refused_identity_cap, 1u);
  for (const auto& channel : first) EXPECT_TRUE(echo_once(channel).ok());
  EXPECT_TRUE(echo_once(echo.channel(echo.admit("other"))).ok());
}

TEST(GrpcServer, RevokedIdentityLosesItsConnectionsAndGetsNoNewOnes) {
  EchoServer echo;
  const Party alice = echo.admit("alice");
  const auto bob = echo.channel(echo.admit("bob"));
  ASSERT_TRUE(echo_once(bob).ok());
  grpc::ClientContext context;
  const auto channel = echo.channel(alice);
  const auto stream = v1::PeerBulk::NewStub(channel)->Exchange(&context);
  v1::PeerFrame frame;
  frame.add_payloads("x");
  ASSERT_TRUE(stream->Write(frame));
  ASSERT_TRUE(stream->Read(&frame));

  echo.revoke(alice);
  EXPECT_EQ(echo.server->recheck(), 1u);

  EXPECT_FALSE(stream->Read(&frame));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_FALSE(echo_once(echo.channel(alice)).ok());
  EXPECT_TRUE(echo_once(bob).ok());
}

TEST(GrpcServer, SecondOneOnTheSamePortIsRefused) {
  EchoServer echo;
  GrpcServerConfig config;
  config.acceptor.port = echo.server->port();
  config.tls = echo.own.tls;
  config.authority = [](const crypto::Digest&) { return std::nullopt; };

  const auto second = GrpcServer::open(config, {});

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kAlreadyRunning);
}

TEST(GrpcServer, HalfOpenConnectionsDoNotStopALegitimateOneAndExpire) {
  EchoServer echo([](GrpcServerConfig& config) {
    config.acceptor.limits.first_byte_timeout = milliseconds(3000);
  });
  std::vector<std::unique_ptr<RawClient>> silent;
  for (int i = 0; i < 200; ++i) {
    silent.push_back(std::make_unique<RawClient>(echo.server->port()));
    ASSERT_TRUE(silent.back()->connected());
    if (i % 2 == 0) silent.back()->send("\x16");  // begins a greeting and leaves it there
  }
  ASSERT_TRUE(eventually([&] { return echo.server->counters().acceptor.open == 200; }));

  EXPECT_TRUE(echo_once(echo.channel(echo.admit("alice"))).ok());

  EXPECT_TRUE(eventually([&] { return echo.server->counters().acceptor.expired_greeting == 200; }));
  EXPECT_TRUE(silent.front()->closed_by_server());
}

TEST(GrpcServer, ConnectionThatNeverCallsIsClosed) {
  EchoServer echo([](GrpcServerConfig& config) {
    config.acceptor.limits.identity_timeout = milliseconds(1500);
  });
  const Party alice = echo.admit("alice");
  TlsClient idle(echo.server->port(), {.own = alice.tls});
  ASSERT_TRUE(idle.send(http2_preface()));
  ASSERT_TRUE(echo_once(echo.channel(alice)).ok());

  EXPECT_TRUE(idle.closed_by_server());
  EXPECT_EQ(echo.server->counters().acceptor.expired_identity, 1u);
}

TEST(GrpcServer, AddressCapHolds) {
  EchoServer echo(
      [](GrpcServerConfig& config) { config.acceptor.limits.connections_per_address_max = 3; });
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(std::make_unique<RawClient>(echo.server->port()));
  ASSERT_TRUE(eventually([&] { return echo.server->counters().acceptor.open == 3; }));

  RawClient fourth(echo.server->port());
  EXPECT_TRUE(fourth.closed_by_server());
  clients.pop_back();

  EXPECT_TRUE(eventually([&] { return echo.server->counters().acceptor.open == 2; }));
  EXPECT_TRUE(echo_once(echo.channel(echo.admit("alice"))).ok());
  EXPECT_EQ(echo.server->counters().acceptor.refused_address_cap, 1u);
}

// Bytes of one identity through its bucket: at most the burst and the rate times the time it took.
TEST(GrpcServer, BucketLimitsAFloodingClientAndOthersGoOn) {
  constexpr std::uint64_t kRate = 1 << 20;
  constexpr std::uint64_t kBurst = 256 << 10;
  EchoServer echo;
  echo.identity.rate = {.bytes_per_second = kRate, .burst_bytes = kBurst};
  const Party flooder = echo.admit("flooder");
  const auto memory_before = resident_bytes();
  const auto begin = std::chrono::steady_clock::now();

  grpc::ClientContext context;
  const auto channel = echo.channel(flooder);
  const auto stream = v1::PeerBulk::NewStub(channel)->Exchange(&context);
  std::thread flood([&] {
    v1::PeerFrame frame;
    frame.add_payloads(std::string(500'000, 'x'));
    while (stream->Write(frame)) {
    }
  });
  std::thread drain([&] {
    v1::PeerFrame frame;
    while (stream->Read(&frame)) {
    }
  });
  const auto other = echo.channel(echo.admit("other"));
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(echo_once(other).ok());
  ASSERT_TRUE(eventually([&] {
    for (const RelayInfo& info : echo.server->acceptor().connections()) {
      if (info.pin == flooder.pin) return info.bytes_in > 3 * kRate;
    }
    return false;
  }));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  context.TryCancel();
  flood.join();
  drain.join();
  (void)stream->Finish();

  const double allowed = double(kBurst) + (took.count() + 0.1) * double(kRate) + 64 * 1024;
  EXPECT_LE(double(echo.server->counters().acceptor.bytes_in), allowed + 1e6);
  EXPECT_GE(took.count(), 2.5);
  EXPECT_GT(echo.server->counters().acceptor.throttled, 0u);
  EXPECT_LT(resident_bytes(), memory_before + (100 << 20));
}

// CVE-2023-44487: without a bucket this version of gRPC grows to gigabytes within seconds.
TEST(GrpcServer, RapidResetIsSlowedToTheBucketAndMemoryStaysBounded) {
  EchoServer echo;
  echo.identity.rate = ByteRate{};
  const Party attacker_party = echo.admit("attacker");
  TlsClient attacker(echo.server->port(), {.own = attacker_party.tls});
  ASSERT_TRUE(attacker.send(http2_preface()));
  const auto memory_before = resident_bytes();

  std::atomic<bool> stop = false;
  std::thread attack([&] {
    for (std::uint32_t stream = 1; !stop;) {
      std::string burst;
      for (int i = 0; i < 500; ++i, stream += 2) {
        burst += http2_request(stream, "/huangpu.v1.PeerBulk/Exchange") + http2_reset(stream);
      }
      if (!attacker.send(burst)) return;
    }
  });
  ASSERT_TRUE(eventually([&] { return echo.server->counters().acceptor.bytes_in > 600'000; }));
  {
    const std::lock_guard lock(echo.mutex);
    echo.identity.rate = {64 << 20, 64 << 20};
  }
  EXPECT_TRUE(echo_once(echo.channel(echo.admit("other"))).ok());
  EXPECT_LT(resident_bytes(), memory_before + (150 << 20));

  stop = true;
  echo.revoke(attacker_party);
  echo.server->recheck();
  attack.join();
}

TEST(GrpcServer, StopWaitsForRunningCallsUpToTheGrace) {
  EchoServer echo;
  const auto channel = echo.channel(echo.admit("alice"));
  grpc::ClientContext context;
  const auto stream = v1::PeerBulk::NewStub(channel)->Exchange(&context);
  v1::PeerFrame frame;
  frame.add_payloads("x");
  ASSERT_TRUE(stream->Write(frame));
  ASSERT_TRUE(stream->Read(&frame));

  std::thread stopping([&] { echo.server->stop(std::chrono::seconds(20)); });
  EXPECT_TRUE(stream->Write(frame));
  EXPECT_TRUE(stream->Read(&frame));
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
  stopping.join();

  EXPECT_FALSE(RawClient(echo.server->port()).connected());
}

}  // namespace
}  // namespace huangpu::node::test
