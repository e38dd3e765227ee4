// The client library: configuration, conversion both ways, failover.
#include <gmock/gmock.h>

#include <atomic>

#include "ledger/types/result_code.hpp"
#include "node/convert/convert.hpp"
#include "tests/unit/node/rpc/network.hpp"

namespace huangpu::node::test {
namespace {

using namespace std::chrono_literals;

class ClientLibrary : public RpcTest {};

TEST_F(ClientLibrary, RefusesAConfigItCannotUse) {
  EXPECT_EQ(Client::connect({}).error().code, Errc::kConfig);
  ClientConfig no_key;
  no_key.endpoints = {{"127.0.0.1:1", digest(1)}};
  no_key.certificate_pem = "not a certificate";
  EXPECT_EQ(Client::connect(no_key).error().code, Errc::kConfig);
  ClientConfig no_port;
  no_port.endpoints = {{"127.0.0.1", digest(1)}};
  EXPECT_EQ(Client::connect(no_port).error().code, Errc::kConfig);
}

TEST_F(ClientLibrary, MovesToTheNextEndpointWhenOneIsUnreachable) {
  start();
  auto config = client_config(alice());
  config.endpoints.insert(config.endpoints.begin(), {"127.0.0.1:1", node().principal.pin});
  config.connect_timeout = 300ms;
  const auto wallet = std::move(*Client::connect(config));

  ASSERT_TRUE(wallet->genesis());
  // The second call begins where the first one ended.
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(wallet->genesis());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 300ms);
}

// A validator that catches up or is in quarantine answers, but takes no transactions.
TEST_F(ClientLibrary, SubmitsToTheNextEndpointWhenOneIsNotReady) {
  std::atomic<int> asked = 0;
  backend_.on_submit([&](const Bytes&, const Principal& caller, const FakeBackend::Answer& done) {
    TransactionUpdate update;
    update.submitter = caller.participant;
    const bool not_ready = ++asked == 1;
    update.stage = not_ready ? TransactionStage::kRejected : TransactionStage::kAdmitted;
    if (not_ready) update.code = static_cast<std::uint16_t>(ledger::ResultCode::kNotReady);
    done(update);
  });
  start();
  auto config = client_config(alice());
  config.endpoints.push_back(config.endpoints.front());

  const auto update = (*Client::connect(config))->submit(Bytes{1});

  ASSERT_TRUE(update);
  EXPECT_EQ(update->stage, TransactionStage::kAdmitted);
  EXPECT_EQ(asked, 2);
}

TEST_F(ClientLibrary, SaysWhichEndpointCannotBeReached) {
  start();
  auto config = client_config(alice());
  config.endpoints[0].address = "127.0.0.1:1";
  config.connect_timeout = 200ms;

  const auto answer = (*Client::connect(config))->status();

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kUnavailable);
  EXPECT_THAT(answer.error().message, ::testing::HasSubstr("127.0.0.1:1"));
}

TEST_F(ClientLibrary, ReadsBlocksReceiptsProofsAndReferenceData) {
  const auto account = backend_.open_account(1, 10);
  backend_.add_block({{transfer_body(1, account, account, 5), receipt_of(txid(1))}});
  ledger::ParticipantValue participant;
  participant.code = "BANKA";
  participant.name = "Bank A";
  participant.roles.add(ledger::Role::kParticipant);
  participant.active_keys = 3;
  backend_.put(ledger::participant_key(ledger::ParticipantId(1)), participant.encode());
  start();
  const auto wallet = client(alice());

  EXPECT_EQ(wallet->block(Height{1})->block, to_bytes("block"));
  EXPECT_EQ(wallet->block(Height{2}).error().code, Errc::kNotFound);
  const auto receipt = wallet->receipt(txid(1));
  ASSERT_TRUE(receipt) << receipt.error().message;
  EXPECT_EQ(ledger::decode_receipt(receipt->receipt)->txid, txid(1));
  EXPECT_EQ(receipt->finality->height, Height{1});
  EXPECT_EQ(wallet->finality(Height{0})->height, Height{1});
  EXPECT_EQ(wallet->genesis()->document, "the genesis document");
  EXPECT_EQ(wallet->account(ledger::ParticipantId(1), 10)->id, account);
  const auto bank = wallet->participant("BANKA");
  ASSERT_TRUE(bank) << bank.error().message;
  EXPECT_EQ(bank->name, "Bank A");
  EXPECT_EQ(bank->active_keys, 3u);
}

TEST(Conversion, KeepsEveryFieldOfAnEvent) {
  Event event;
  event.cursor = {Height{7}, 3};
  event.height = Height{7};
  event.index = 2;
  event.time = TimestampMs{99};
  event.txid = txid(5);
  event.submitter = ledger::ParticipantId(4);
  event.operation = "transfer";
  event.code = 66;
  event.reference_id = "INV-1";
  event.reference_date = 20261123;
  Movement movement;
  movement.record = 8;
  movement.credit = ledger::AccountId(digest(3));
  movement.asset = ledger::AssetId(2);
  movement.units = Amount::max();
  movement.code = 66;
  movement.end_to_end = Bytes(16, 1);
  movement.purpose = "SALA";
  event.movements = {movement};

  const auto back = from_proto(to_proto(event));

  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(to_proto(*back).SerializeAsString(), to_proto(event).SerializeAsString());
  EXPECT_EQ(back->movements[0].units, Amount::max());
  EXPECT_FALSE(back->movements[0].debit);
}

TEST(Conversion, RefusesWhatNoHonestNodeSends) {
  v1::TransactionUpdate update;
  update.set_txid("short");
  update.set_stage(v1::TRANSACTION_STAGE_FINAL);
  EXPECT_EQ(from_proto(update).error().code, Errc::kMalformed);
  update.set_txid(std::string(32, 'x'));
  EXPECT_TRUE(from_proto(update));
  update.set_code(70'000);
  EXPECT_FALSE(from_proto(update));
  update.set_code(0);
  update.set_stage(static_cast<v1::TransactionStage>(99));
  EXPECT_FALSE(from_proto(update));

  v1::Balance balance;
  balance.set_account(std::string(32, 'x'));
  for (const auto* field :
       {"", "-1", "1.5", "1e3", " 1", "0x1", "340282366920938463463374607431768211456"}) {
    balance.set_units(field);
    EXPECT_FALSE(from_proto(balance)) << field;
  }

  v1::Asset asset;
  asset.set_units_in_circulation("1");
  asset.set_decimals(40);
  EXPECT_FALSE(from_proto(asset));
  EXPECT_FALSE(from_proto(v1::SubscribeResponse()));
}

}  // namespace
}  // namespace huangpu::node::test
