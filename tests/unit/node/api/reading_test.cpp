// Reading accounts, receipts and events on behalf of callers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/sign/signer.hpp"
#include "node/api/events_api.hpp"
#include "node/api/ledger_api.hpp"
#include "node/api/transactions_api.hpp"
#include "tests/unit/node/api/fake_backend.hpp"

namespace huangpu::node {
namespace {

using ledger::AssetId;
using ledger::ParticipantId;
using ledger::ResultCode;
using ledger::Role;
using test::principal;
using test::receipt_of;
using test::txid;

class Reading : public ::testing::Test {
 protected:
  Reading() {
    chain_.genesis = test::small_genesis();
    chain_.text = "genesis";
    for (std::uint32_t participant : {1u, 2u, 3u}) backend_.admit(principal(participant));
    backend_.admit(auditor_);
    for (std::uint32_t asset : {1u, 2u}) {
      ledger::AssetValue value;
      value.issuer = ParticipantId(1);
      value.decimals = 2;
      value.issued = Amount::from_u64(1'000);
      value.redeemed = Amount::from_u64(300);
      value.code = asset == 1 ? "CNY" : "USD";
      backend_.put(ledger::asset_key(AssetId(asset)), value.encode());
    }
  }

  ledger::BulkRecord record(const ledger::AccountId& debit, const ledger::AccountId& credit) {
    return {debit, credit, Amount::from_u64(5), AssetId(1), false, {}, {}};
  }
  Result<std::vector<Event>> events(const Principal& caller, EventRequest request = {}) {
    if (request.from.height == Height{0}) request.from.height = Height{1};
    return EventReader(backend_, owners_, caller, std::move(request)).read(100);
  }

  test::FakeBackend backend_;
  AccountOwners owners_{backend_};
  ChainDocument chain_;
  LedgerApi ledger_{backend_, owners_, chain_};
  const Principal auditor_ = principal(9, Role::kAuditor);
  const ledger::AccountId alice_ = backend_.open_account(1, 10);
  const ledger::AccountId bob_ = backend_.open_account(2, 20);
  const ledger::AccountId carol_ = backend_.open_account(3, 30);
};

TEST_F(Reading, GivesAnOwnerItsBalanceWithProof) {
  backend_.set_balance(alice_, 1, 250);

  const auto balance = ledger_.balance(principal(1), alice_, AssetId(1), {std::nullopt, true});

  ASSERT_TRUE(balance) << balance.error().message;
  EXPECT_EQ(balance->units, Amount::from_u64(250));
  ASSERT_TRUE(balance->proof);
  EXPECT_EQ(balance->proof->key, ledger::balance_key(alice_, AssetId(1)));
}

TEST_F(Reading, OfAnAssetTheAccountNeverHeldGivesZero) {
  const auto balance = ledger_.balance(principal(1), alice_, AssetId(2), {});

  ASSERT_TRUE(balance);
  EXPECT_TRUE(balance->units.is_zero());
}

TEST_F(Reading, AnswersForeignAndUnknownAccountsAlike) {
  const auto unknown = ledger::AccountId(test::digest(0xee));

  const auto foreign = ledger_.balance(principal(1), bob_, AssetId(1), {});
  const auto missing = ledger_.balance(principal(1), unknown, AssetId(1), {});

  ASSERT_FALSE(foreign);
  ASSERT_FALSE(missing);
  EXPECT_EQ(foreign.error(), missing.error());
  EXPECT_EQ(foreign.error().code, Errc::kNotFound);
  EXPECT_EQ(ledger_.account(principal(1), bob_, {}).error(), missing.error());
}

TEST_F(Reading, LetsAnAuditorReadEveryAccount) {
  backend_.set_balance(bob_, 2, 7);
  Height height{0};

  const auto balances = ledger_.balances(auditor_, bob_, {}, height);

  ASSERT_TRUE(balances);
  ASSERT_EQ(balances->size(), 1u);
  EXPECT_EQ((*balances)[0].asset, AssetId(2));
}

// SPEC N-219
TEST_F(Reading, ListsTheKeysOfAParticipantToItselfAndToAuditorsOnly) {
  ledger::ParticipantValue owner;
  owner.code = "ALICE";
  owner.name = "Alice";
  backend_.put(ledger::participant_key(ParticipantId(1)), owner.encode());
  const auto add = [&](std::uint8_t byte, std::uint32_t participant, ledger::KeyStatus status) {
    ledger::KeyValue value;
    value.participant = ParticipantId(participant);
    value.status = status;
    value.key =
        crypto::LocalSigner::generate(crypto::SuiteId::kEd25519Sha256).value()->public_key();
    backend_.put(ledger::key_key(crypto::KeyId(test::digest(byte))), value.encode());
  };
  add(1, 1, ledger::KeyStatus::kRotated);
  add(2, 2, ledger::KeyStatus::kActive);
  add(3, 1, ledger::KeyStatus::kActive);
  backend_.keys_per_page = 1;

  const auto first = ledger_.keys(principal(1), ParticipantId(1), std::nullopt, {});
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_EQ(first->keys.size(), 1u);
  EXPECT_EQ(first->keys[0].status, ledger::KeyStatus::kRotated);
  ASSERT_TRUE(first->next);
  const auto second = ledger_.keys(principal(1), ParticipantId(1), first->next, {});
  ASSERT_TRUE(second) << second.error().message;
  ASSERT_EQ(second->keys.size(), 1u);
  EXPECT_EQ(second->keys[0].id, crypto::KeyId(test::digest(3)));

  EXPECT_TRUE(ledger_.keys(auditor_, ParticipantId(1), std::nullopt, {}));
  const auto foreign = ledger_.keys(principal(2), ParticipantId(1), std::nullopt, {});
  const auto missing = ledger_.keys(auditor_, ParticipantId(77), std::nullopt, {});
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error(), missing.error());
}

TEST_F(Reading, FindsAssetsByCodeAndTellsWhatCirculates) {
  const auto asset = ledger_.asset(principal(2), std::string_view("USD"), {});

  ASSERT_TRUE(asset);
  EXPECT_EQ(asset->id, AssetId(2));
  EXPECT_EQ(asset->units_in_circulation, Amount::from_u64(700));
  EXPECT_EQ(ledger_.asset(principal(2), std::string_view("EUR"), {}).error().code, Errc::kNotFound);
  EXPECT_EQ(ledger_.assets(principal(2))->size(), 2u);
}

TEST_F(Reading, ShowsAReceiptToBothSidesAndTheAuditorOnly) {
  backend_.add_block({{test::transfer_body(1, alice_, bob_, 5), receipt_of(txid(1))}});

  EXPECT_TRUE(ledger_.receipt(principal(1), txid(1)));
  EXPECT_TRUE(ledger_.receipt(principal(2), txid(1)));
  EXPECT_TRUE(ledger_.receipt(auditor_, txid(1)));
  const auto stranger = ledger_.receipt(principal(3), txid(1));
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error(), ledger_.receipt(principal(3), txid(9)).error());
}

TEST_F(Reading, KeepsABulkReceiptFromThoseWhoAreInOneRecord) {
  backend_.add_block(
      {{test::bulk_body(1, {record(alice_, bob_), record(alice_, carol_)}), receipt_of(txid(1))}});

  EXPECT_TRUE(ledger_.receipt(principal(1), txid(1)));
  EXPECT_EQ(ledger_.receipt(principal(2), txid(1)).error().code, Errc::kNotFound);
}

TEST_F(Reading, GivesEventsOnlyWithTheMovementsTheCallerMaySee) {
  auto receipt = receipt_of(txid(1), ResultCode::kPartlySettled);
  receipt.record_codes = {0, static_cast<std::uint8_t>(ResultCode::kInsufficientFunds)};
  backend_.add_block(
      {{test::bulk_body(1, {record(alice_, bob_), record(alice_, carol_)}), receipt}});

  const auto own = events(principal(1));
  const auto bob = events(principal(2));
  const auto carol = events(principal(3));

  ASSERT_EQ(own->size(), 1u);
  EXPECT_EQ((*own)[0].movements.size(), 2u);
  EXPECT_EQ((*own)[0].reference_id, "INV-1");
  ASSERT_EQ(bob->size(), 1u);
  ASSERT_EQ((*bob)[0].movements.size(), 1u);
  EXPECT_EQ((*bob)[0].movements[0].credit, bob_);
  EXPECT_EQ((*bob)[0].reference_id, "");
  ASSERT_EQ(carol->size(), 1u);
  EXPECT_EQ((*carol)[0].movements[0].record, 1u);
  EXPECT_EQ((*carol)[0].movements[0].code,
            static_cast<std::uint16_t>(ResultCode::kInsufficientFunds));
}

TEST_F(Reading, ResumesEventsAtACursorWithoutLossOrRepetition) {
  for (std::uint8_t height = 1; height <= 4; ++height) {
    backend_.add_block({{test::transfer_body(1, alice_, bob_, 5), receipt_of(txid(height))},
                        {test::transfer_body(2, bob_, carol_, 5),
                         receipt_of(txid(static_cast<std::uint8_t>(height + 100)))},
                        {test::transfer_body(1, alice_, carol_, 5),
                         receipt_of(txid(static_cast<std::uint8_t>(height + 50)))}});
  }
  const auto all = events(principal(1));
  ASSERT_EQ(all->size(), 8u);

  std::vector<Event> pieces;
  EventRequest request;
  request.from = {Height{1}, 0};
  for (std::size_t i = 0; i < 8; ++i) {
    EventReader reader(backend_, owners_, principal(1), request);
    auto piece = reader.read(1);
    ASSERT_EQ(piece->size(), 1u);
    request.from = (*piece)[0].cursor;
    pieces.push_back((*piece)[0]);
  }

  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(pieces[i].txid, (*all)[i].txid) << i;
  EXPECT_FALSE(EventReader(backend_, owners_, principal(1), request).read(1)->size() > 0);
}

// What became of alice's payment to bob: it waits, it was put on hold by another transaction, it
// settled in a later block.
std::vector<ledger::PaymentEvent> life_of_payment(const ledger::AccountId& debit,
                                                  const ledger::AccountId& credit) {
  std::vector<ledger::PaymentEvent> life(3);
  for (auto& event : life) {
    event.payment = txid(1);
    event.participant = ledger::ParticipantId(1);
    event.debit = debit;
    event.credit = credit;
    event.asset = ledger::AssetId(1);
    event.amount = Amount::from_u64(5);
  }
  life[0].status = ledger::PaymentStatus::kQueued;
  life[0].reason = ResultCode::kQueued;
  life[0].cause = txid(1);
  life[1].status = ledger::PaymentStatus::kHeld;
  life[1].cause = txid(2);
  life[2].status = ledger::PaymentStatus::kSettled;
  life[2].batch = 9;
  return life;
}

// SPEC N-218
TEST_F(Reading, TellsBothSidesAndNobodyElseWhenAWaitingPaymentSettles) {
  const auto life = life_of_payment(alice_, bob_);
  backend_.add_block(
      {{test::transfer_body(1, alice_, bob_, 5), receipt_of(txid(1), ResultCode::kQueued)}},
      {life[0], life[1]});
  backend_.add_block({}, {life[2]});

  for (const std::uint32_t side : {1u, 2u}) {
    const auto seen = events(principal(side));
    ASSERT_EQ(seen->size(), 3u) << side;
    EXPECT_FALSE((*seen)[0].change) << "the entry of the payment is the event of its transaction";
    ASSERT_TRUE((*seen)[1].change);
    EXPECT_EQ((*seen)[1].change->status, ledger::PaymentStatus::kHeld);
    EXPECT_EQ((*seen)[1].movements[0].code, static_cast<std::uint16_t>(ResultCode::kQueued));
    ASSERT_TRUE((*seen)[2].change);
    EXPECT_EQ((*seen)[2].height, Height{2});
    EXPECT_EQ((*seen)[2].txid, txid(1));
    EXPECT_EQ((*seen)[2].change->batch, 9u);
    ASSERT_EQ((*seen)[2].movements.size(), 1u);
    EXPECT_EQ((*seen)[2].movements[0].code, 0u);
    EXPECT_EQ((*seen)[2].movements[0].credit, bob_);
  }
  EXPECT_TRUE(events(principal(3))->empty());
}

TEST_F(Reading, ResumesBetweenTheChangesOfOneBlock) {
  const auto life = life_of_payment(alice_, bob_);
  backend_.add_block({{test::transfer_body(1, alice_, bob_, 5), receipt_of(txid(4))}},
                     {life[1], life[2]});
  EventRequest request;
  request.from = {Height{1}, 0};
  std::vector<std::uint32_t> indexes;
  for (int i = 0; i < 3; ++i) {
    EventReader reader(backend_, owners_, principal(2), request);
    const auto piece = reader.read(1);
    ASSERT_EQ(piece->size(), 1u);
    indexes.push_back((*piece)[0].index);
    request.from = (*piece)[0].cursor;
  }
  EXPECT_EQ(indexes, (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_TRUE(EventReader(backend_, owners_, principal(2), request).read(1)->empty());
}

TEST_F(Reading, SelectsChangesOfPaymentsLikeTransactions) {
  backend_.add_block({}, {life_of_payment(alice_, bob_)[2]});
  const auto count = [this](EventRequest request) {
    request.from = {Height{1}, 0};
    return EventReader(backend_, owners_, principal(1), request).read(10)->size();
  };
  EventRequest by_account;
  by_account.accounts = {bob_};
  EXPECT_EQ(count(by_account), 1u);
  by_account.accounts = {carol_};
  EXPECT_EQ(count(by_account), 0u);
  EventRequest by_asset;
  by_asset.assets = {ledger::AssetId(2)};
  EXPECT_EQ(count(by_asset), 0u);
  EventRequest by_submitter;
  by_submitter.participants = {ledger::ParticipantId(2)};
  EXPECT_EQ(count(by_submitter), 0u);
}

TEST_F(Reading, SelectsEventsByAccountAssetAndSubmitter) {
  backend_.add_block({{test::transfer_body(1, alice_, bob_, 5), receipt_of(txid(1))},
                      {test::transfer_body(2, bob_, carol_, 5), receipt_of(txid(2))}});
  EventRequest by_account;
  by_account.accounts = {carol_};
  EventRequest by_asset;
  by_asset.assets = {AssetId(2)};
  EventRequest by_submitter;
  by_submitter.participants = {ParticipantId(1)};

  EXPECT_EQ((*events(auditor_, by_account))[0].txid, txid(2));
  EXPECT_TRUE(events(auditor_, by_asset)->empty());
  ASSERT_EQ(events(auditor_, by_submitter)->size(), 1u);
  EXPECT_EQ((*events(auditor_, by_submitter))[0].txid, txid(1));
}

TEST_F(Reading, MovesTheCursorOfAQuietStreamByBlocks) {
  backend_.add_block({});
  backend_.add_block({});
  EventRequest request;
  request.blocks = true;

  const auto found = events(principal(1), request);

  ASSERT_EQ(found->size(), 2u);
  EXPECT_TRUE((*found)[1].is_block);
  EXPECT_EQ((*found)[1].cursor.height, Height{3});
}

TEST_F(Reading, NeverGivesMoreEventsThanWereAskedForAndLosesNone) {
  for (std::uint8_t height = 1; height <= 3; ++height) {
    backend_.add_block({{test::transfer_body(1, alice_, bob_, 5), receipt_of(txid(height))},
                        {test::transfer_body(2, bob_, carol_, 5),
                         receipt_of(txid(static_cast<std::uint8_t>(height + 100)))}});
  }
  EventRequest request;
  request.from = {Height{1}, 0};
  request.blocks = true;
  const auto all = events(auditor_, request);
  ASSERT_EQ(all->size(), 9u);

  for (std::size_t events_max = 1; events_max <= 9; ++events_max) {
    EventReader reader(backend_, owners_, auditor_, request);
    std::vector<Position> cursors;
    while (true) {
      const auto piece = reader.read(events_max);
      ASSERT_TRUE(piece.has_value());
      ASSERT_LE(piece->size(), events_max);
      if (piece->empty()) break;
      for (const Event& event : *piece) cursors.push_back(event.cursor);
    }
    ASSERT_EQ(cursors.size(), all->size()) << events_max;
    for (std::size_t i = 0; i < cursors.size(); ++i) {
      EXPECT_EQ(cursors[i].height, (*all)[i].cursor.height) << events_max;
      EXPECT_EQ(cursors[i].index, (*all)[i].cursor.index) << events_max;
    }
  }
}

TEST_F(Reading, AcceptsAnyCursor) {
  backend_.add_block({});
  EventRequest request;
  request.from = {Height{~std::uint64_t{0}}, ~std::uint32_t{0}};
  EXPECT_TRUE(events(principal(1), request)->empty());
  request.from = {Height{1}, ~std::uint32_t{0}};
  EXPECT_TRUE(events(principal(1), request)->empty());
}

TEST_F(Reading, EndsTheEventsOfARevokedCertificate) {
  backend_.add_block({});
  backend_.revoke(principal(1));

  EXPECT_EQ(events(principal(1)).error().code, Errc::kUnauthenticated);
}

class Following : public Reading {
 protected:
  TransactionTracker tracker_;
  QuotaTable quotas_{LimitsSection{}};
  TransactionsApi transactions_{backend_, tracker_, quotas_};
};

TEST_F(Following, AnswersForeignAndUnknownTransactionsAlike) {
  tracker_.admitted(txid(1), ParticipantId(1), TimestampMs{5});
  TransactionUpdate stored;
  stored.txid = txid(2);
  stored.submitter = ParticipantId(1);
  stored.stage = TransactionStage::kFinal;
  backend_.set_transaction(stored);

  EXPECT_EQ(transactions_.transaction(principal(1), txid(1))->stage, TransactionStage::kAdmitted);
  EXPECT_EQ(transactions_.transaction(principal(1), txid(2))->stage, TransactionStage::kFinal);
  const auto unknown = transactions_.transaction(principal(2), txid(3));
  EXPECT_EQ(transactions_.transaction(principal(2), txid(1)).error(), unknown.error());
  EXPECT_EQ(transactions_.transaction(principal(2), txid(2)).error(), unknown.error());
  EXPECT_TRUE(transactions_.transaction(auditor_, txid(2)));
}

TEST_F(Following, TellsAWatcherTheEndOfWhatWasExecutedBeforeTheNodeBegan) {
  TransactionUpdate stored;
  stored.txid = txid(1);
  stored.submitter = ParticipantId(1);
  stored.stage = TransactionStage::kExecuted;
  stored.height = Height{7};
  stored.index = 2;
  backend_.set_transaction(stored);
  std::vector<TransactionUpdate> told;
  const auto watch = transactions_.watch(principal(1), txid(1),
                                         [&](const auto& update) { told.push_back(update); });

  EXPECT_EQ(transactions_.transaction(principal(1), txid(1))->stage, TransactionStage::kExecuted);
  tracker_.final_through(Height{7});

  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[1].stage, TransactionStage::kFinal);
  EXPECT_EQ(told[1].height, Height{7});
  EXPECT_EQ(told[1].index, 2u);
}

TEST_F(Following, FindsATransactionByItsSubmittersReferenceOnly) {
  tracker_.admitted(txid(1), ParticipantId(1), TimestampMs{5});
  backend_.set_reference("INV-1", txid(1));

  EXPECT_TRUE(transactions_.transaction(principal(1), ReferenceKey{ParticipantId(1), "INV-1", 1}));
  EXPECT_EQ(transactions_.transaction(principal(2), ReferenceKey{ParticipantId(1), "INV-1", 1})
                .error()
                .code,
            Errc::kNotFound);
}

TEST_F(Following, TellsAWatcherNothingOfForeignTransactions) {
  int own = 0;
  int foreign = 0;
  const auto watch = transactions_.watch(principal(1), txid(1), [&](const auto&) { ++own; });
  const auto other = transactions_.watch(principal(2), txid(1), [&](const auto&) { ++foreign; });

  tracker_.admitted(txid(1), ParticipantId(1), TimestampMs{5});

  EXPECT_EQ(own, 1);
  EXPECT_EQ(foreign, 0);
}

TEST(CountSignatures, CountsWithoutDecodingAndSurvivesGarbage) {
  const auto envelope = [](std::size_t count) {
    Bytes bytes{0x0a, 0x02, 'b', 'o'};
    for (std::size_t i = 0; i < count; ++i) append(bytes, Bytes{0x12, 0x01, 's'});
    return bytes;
  };
  EXPECT_EQ(count_signatures(envelope(0)), 0u);
  EXPECT_EQ(count_signatures(envelope(3)), 3u);
  EXPECT_EQ(count_signatures(envelope(1'000)), 17u);
  EXPECT_EQ(count_signatures({}), 0u);
  auto cut = envelope(3);
  cut.pop_back();
  EXPECT_EQ(count_signatures(cut), 0u);
  EXPECT_EQ(count_signatures(Bytes(20, 0xff)), 0u);
  EXPECT_EQ(count_signatures(Bytes{0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}),
            0u);
}

}  // namespace
}  // namespace huangpu::node
