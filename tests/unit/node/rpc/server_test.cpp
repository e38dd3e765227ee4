// What the client port lets through, refuses and survives.
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>

#include <atomic>
#include <thread>
#include <vector>

#include "huangpu/v1/ledger.grpc.pb.h"
#include "huangpu/v1/transactions.grpc.pb.h"
#include "node/convert/convert.hpp"
#include "node/convert/error.hpp"
#include "node/transport/identity.hpp"
#include "tests/unit/node/rpc/network.hpp"

namespace huangpu::node::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

class Server : public RpcTest {
 protected:
  // For calls that the client library never makes.
  std::shared_ptr<grpc::Channel> raw_channel(const Party& party) {
    auto credentials = make_channel_credentials(
        {party.certificate.key_pem, party.certificate.cert_pem}, node().principal.pin);
    return grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()), *credentials);
  }
};

TEST_F(Server, AnswersAnOwnerAndHidesTheAccountFromOthers) {
  const auto account = backend_.open_account(1, 10);
  backend_.set_balance(account, 1, 250);
  start();

  const auto own = client(alice())->balance(account, ledger::AssetId(1), {std::nullopt, true});
  const auto foreign = client(bob())->balance(account, ledger::AssetId(1));
  const auto unknown = client(bob())->balance(ledger::AccountId(digest(0xee)), ledger::AssetId(1));

  ASSERT_TRUE(own) << own.error().message;
  EXPECT_EQ(own->units, Amount::from_u64(250));
  EXPECT_EQ(own->proof->finality.commit_certificate, to_bytes("certificate"));
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().code, Errc::kNotFound);
  EXPECT_EQ(foreign.error(), unknown.error());
}

TEST_F(Server, NeverLetsAStrangerReachAService) {
  start();
  auto config = client_config(stranger());
  config.connect_timeout = 500ms;

  const auto answer = (*Client::connect(config))->status();

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kUnauthenticated) << answer.error().message;
}

TEST_F(Server, IsNotTrustedUnderAnotherKey) {
  start();
  auto config = client_config(alice());
  config.endpoints[0].pin = digest(1);
  config.connect_timeout = 500ms;

  EXPECT_EQ((*Client::connect(config))->status().error().code, Errc::kUnauthenticated);
}

TEST_F(Server, TakesTheIdentityFromTheKeyAndNotFromHeaders) {
  const auto account = backend_.open_account(1, 10);
  start();
  v1::Ledger::Stub stub(raw_channel(bob()));
  grpc::ClientContext context;
  context.AddMetadata("x-user", "1");
  context.AddMetadata("authorization", "Bearer alice");
  context.AddMetadata("huangpu-participant", "1");
  v1::GetAccountRequest request;
  request.set_id(bytes_field(account.bytes()));
  v1::GetAccountResponse response;

  const auto status = stub.GetAccount(&context, request, &response);

  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(Server, LetsAnAuditorReadAllAndSubmitNothing) {
  const auto account = backend_.open_account(1, 10);
  start();
  const auto reader = client(auditor());

  EXPECT_TRUE(reader->account(account));
  EXPECT_EQ(reader->submit(Bytes{1}).error().code, Errc::kDenied);
}

TEST_F(Server, RefusesMalformedArguments) {
  start();
  v1::Ledger::Stub stub(raw_channel(alice()));
  grpc::ClientContext context;
  v1::GetBalanceRequest request;
  request.set_account("short");
  v1::GetBalanceResponse response;

  const auto status = stub.GetBalance(&context, request, &response);

  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(error_of(status, context).code, Errc::kMalformed);
}

TEST_F(Server, RefusesEnvelopesAboveTheLimitWithoutReachingTheNode) {
  std::atomic<int> submitted = 0;
  backend_.on_submit([&](Bytes, const Principal&, FakeBackend::Answer) { ++submitted; });
  start();

  const auto answer = client(alice())->submit(Bytes((1 << 20) + 8 * 1024, 7));

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kExhausted);
  EXPECT_EQ(submitted, 0);
}

TEST_F(Server, TellsHowLongToWaitWhenAQuotaIsUsedUp) {
  config_.limits.participant.calls_per_second = 3;
  start();
  const auto channel = raw_channel(alice());
  v1::Ledger::Stub stub(channel);
  int refused = 0;
  for (int i = 0; i < 10; ++i) {
    grpc::ClientContext context;
    v1::GetGenesisResponse response;
    const auto status = stub.GetGenesis(&context, v1::GetGenesisRequest(), &response);
    if (status.ok()) continue;
    ++refused;
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    const auto& trailers = context.GetServerTrailingMetadata();
    EXPECT_EQ(trailers.find(kCodeTrailer)->second, "1007");
    EXPECT_NE(trailers.find(kRetryAfterTrailer), trailers.end());
  }

  EXPECT_GE(refused, 5);
  EXPECT_TRUE(client(bob())->genesis());
  EXPECT_THAT(metrics_.text(), HasSubstr("huangpu_api_throttled_total{role=\"participant\"}"));
}

TEST_F(Server, AnswersInTimeEvenIfTheNodeDoesNot) {
  FakeBackend::Answer forgotten;
  backend_.on_submit(
      [&](Bytes, const Principal&, FakeBackend::Answer done) { forgotten = std::move(done); });
  config_.api.call_deadline = Milliseconds(150);
  start();

  const auto answer = client(alice())->submit(Bytes{1});

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kTimeout);
  forgotten({});  // too late, and harmless
}

TEST_F(Server, SurvivesAClientThatLeavesBeforeItsAnswer) {
  std::vector<FakeBackend::Answer> waiting;
  std::mutex mutex;
  backend_.on_submit([&](Bytes, const Principal&, FakeBackend::Answer done) {
    const std::scoped_lock lock(mutex);
    waiting.push_back(std::move(done));
  });
  start();
  auto config = client_config(alice());
  config.call_timeout = 200ms;
  const auto hasty = std::move(*Client::connect(config));

  EXPECT_EQ(hasty->submit(Bytes{1}).error().code, Errc::kTimeout);

  ASSERT_EQ(waiting.size(), 1u);
  waiting[0]({});
  EXPECT_TRUE(client(alice())->genesis());
}

TEST_F(Server, KeepsItsOwnTroublesFromClients) {
  const auto account = backend_.open_account(1, 10);
  backend_.set_failure({Errc::kCorrupt, "/var/lib/huangpu/data/state/000012.sst: bad checksum"});
  start();

  const auto answer = client(alice())->account(account);

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kCorrupt);
  EXPECT_THAT(answer.error().message, Not(HasSubstr("/var")));
}

TEST_F(Server, GivesItsStatusWithTheReasonForWaiting) {
  backend_.status.chain_name = "test";
  backend_.status.waiting_for = "2 of 4 validators are silent";
  backend_.status.peers = {{2, "node-2", false, Height{3}, 4'000}};
  backend_.status.checks = {{"synced", false, "5 behind"}};
  start();

  const auto status = client(alice())->status();

  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(status->waiting_for, "2 of 4 validators are silent");
  ASSERT_EQ(status->peers.size(), 1u);
  EXPECT_EQ(status->peers[0].name, "node-2");
  EXPECT_FALSE(is_ready(*status));
}

TEST_F(Server, DisconnectsARevokedCertificate) {
  start();
  auto config = client_config(alice());
  config.connect_timeout = 500ms;
  const auto wallet = std::move(*Client::connect(config));
  ASSERT_TRUE(wallet->genesis());

  backend_.revoke(alice().principal);
  server_->registry_changed();

  EXPECT_TRUE(eventually([&] { return !wallet->genesis().has_value(); }));
  EXPECT_TRUE(client(bob())->genesis());
}

TEST_F(Server, BoundsTheStreamsOfOneIdentity) {
  config_.limits.participant.concurrent_streams = 2;
  start();
  const auto channel = raw_channel(alice());
  v1::Transactions::Stub stub(channel);
  v1::WatchRequest request;
  request.set_txid(std::string(32, 'x'));
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::TransactionUpdate>>> open;
  const auto watch = [&] {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    open.push_back(stub.Watch(contexts.back().get(), request));
  };
  watch();
  watch();
  const auto two_streams = "huangpu_api_inflight{role=\"participant\"} 2";
  ASSERT_TRUE(eventually([&] { return metrics_.text().find(two_streams) != std::string::npos; }));

  watch();
  v1::TransactionUpdate update;
  EXPECT_FALSE(open.back()->Read(&update));
  const auto refused = open.back()->Finish();

  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  contexts[0]->TryCancel();
  contexts[1]->TryCancel();
  EXPECT_TRUE(eventually([&] { return tracker_.size() == 0; }));
}

TEST_F(Server, ServesManyCallersAtOnce) {
  const auto account = backend_.open_account(1, 10);
  config_.limits.participant.calls_per_second = 100'000;
  config_.limits.auditor.calls_per_second = 100'000;
  start();
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (const auto* party : {&alice(), &auditor(), &alice(), &auditor()}) {
    threads.emplace_back([&, party] {
      const auto caller = client(*party);
      for (int i = 0; i < 50; ++i) good += caller->account(account) ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();

  EXPECT_EQ(good, 200);
  EXPECT_TRUE(eventually([&] {
    return metrics_.text().find("huangpu_api_inflight{role=\"participant\"} 0") !=
           std::string::npos;
  }));
}

TEST_F(Server, StopsWithStreamsOpen) {
  start();
  const auto wallet = client(alice());
  std::thread watcher([&] { EXPECT_FALSE(wallet->watch(txid(1), 1s)); });
  ASSERT_TRUE(eventually([&] { return tracker_.size() == 1; }));

  const auto begun = std::chrono::steady_clock::now();
  server_->stop(50ms);

  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
  watcher.join();
}

}  // namespace
}  // namespace huangpu::node::test
