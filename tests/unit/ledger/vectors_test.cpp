// Holds the code to tests/vectors/ledger, which was computed without our code.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "crypto/base/civil.hpp"
#include "ledger/codec/envelope.hpp"
#include "ledger/executor/replay_ring.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/types/agreed_value.hpp"
#include "ledger/types/history_entry.hpp"
#include "ledger/types/receipt.hpp"
#include "ledger/types/settlement_value.hpp"
#include "ledger/types/state_key.hpp"
#include "ledger/types/state_value.hpp"

namespace huangpu::ledger::test {
namespace {

using nlohmann::json;

Bytes hex(const json& text) { return from_hex(text.get<std::string>()).value(); }
crypto::Digest filled(std::uint8_t byte) { return crypto::Digest::from(Bytes(32, byte)); }

class LedgerVectors : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file("tests/vectors/ledger/ledger.json");
    ASSERT_TRUE(file.is_open()) << "run from the root of the repository";
    vectors = json::parse(file);
    chain = ChainInfo{kSuite, ChainId(crypto::Digest::from(hex(vectors["chain"])))};
    debit = account_id(kSuite, ParticipantId(1), 1);
    credit = account_id(kSuite, ParticipantId(2), 7);
    for (const auto& raw : vectors["keys"]) {
      keys.push_back(crypto::PublicKey::from_raw(kSuite, hex(raw)).value());
    }
    for (std::size_t i = 0; i < uetr.size(); ++i) uetr[i] = static_cast<std::uint8_t>(i);
    both = {keys[0].id(), keys[1].id()};
    std::ranges::sort(both);
  }

  BulkRecord record(Amount amount, bool linked) const {
    return BulkRecord{debit, credit, amount, AssetId(5), linked, uetr, kSalary};
  }
  TransactionBody body(Operation operation, bool two_signers) const {
    TransactionBody result;
    result.chain = chain.chain;
    result.submitter = ParticipantId(9);
    result.valid_from = TimestampMs(1000);
    result.valid_until = TimestampMs(61000);
    result.signers = two_signers ? both : std::vector<crypto::KeyId>{both[0]};
    result.operation = std::move(operation);
    return result;
  }
  TransactionBody change(GovernanceChange change) const {
    return body(ProposeChange{TimestampMs(99'000), std::move(change)}, false);
  }
  EpochSettings settings() const {
    EpochSettings result;
    result.members.push_back(Member{"node-1", ParticipantId(1), keys[1], 1, filled(7), {}});
    return result;
  }
  TransactionBody transfer() const {
    auto result =
        body(Transfer{debit, credit, AssetId(5), Amount::from_u64(1250), uetr, kSalary}, true);
    result.nonce = NonceLane{debit, 3, 4};
    result.reference = ClientReference{"INV-7/2026", 20261123};
    return result;
  }
  Payment payment_operation() const {
    return Payment{debit,
                   credit,
                   AssetId(5),
                   Amount::from_u64(1250),
                   PriorityClass::kHighlyUrgent,
                   TimestampMs(70'000),
                   TimestampMs(80'000),
                   uetr,
                   kSalary};
  }
  ReserveFunds reserve() const {
    return ReserveFunds{debit,
                        credit,
                        AssetId(5),
                        Amount::from_u64(1250),
                        TimestampMs(80'000),
                        Poster::kThird,
                        ParticipantId(4),
                        uetr,
                        kSalary};
  }
  ProposeSettlement proposal() const {
    return ProposeSettlement{TimestampMs(80'000),
                             true,
                             {{debit, credit, AssetId(5), Amount::from_u64(1250)},
                              {credit, debit, AssetId(6), Amount::from_u64(7)}},
                             uetr,
                             kSalary};
  }
  TransactionBody payment() const {
    auto result = body(payment_operation(), false);
    result.reference = ClientReference{"INV-7/2026", 20261123};
    return result;
  }
  HistoryEntry entry() const {
    return HistoryEntry{
        Height(9), 4,    2,      EntryKind::kDebit, Amount::from_u64(1250), Amount::from_u64(70),
        credit,    uetr, kSalary};
  }

  static constexpr auto kSuite = crypto::SuiteId::kEd25519Sha256;
  static constexpr Purpose kSalary = {'S', 'A', 'L', 'A'};
  json vectors;
  ChainInfo chain;
  AccountId debit;
  AccountId credit;
  std::vector<crypto::PublicKey> keys;
  std::vector<crypto::KeyId> both;
  EndToEndId uetr{};
};

TEST_F(LedgerVectors, HoldForIds) {
  EXPECT_EQ(debit.hex(), vectors["accounts"][0]);
  EXPECT_EQ(credit.hex(), vectors["accounts"][1]);
  EXPECT_EQ(keys[0].id().hex(), vectors["key_ids"][0]);
  EXPECT_EQ(keys[1].id().hex(), vectors["key_ids"][1]);
}

TEST_F(LedgerVectors, HoldForBodiesIdsAndSigningMessages) {
  BulkTransfer bulk;
  bulk.mode = BulkMode::kLinked;
  append_record(bulk.records, record(Amount::from_u64(10), true));
  append_record(bulk.records, record(Amount::from_parts(std::uint64_t{1} << 36, 0), false));
  EXPECT_EQ(to_hex(bulk.records),
            vectors["records"][0].get<std::string>() + vectors["records"][1].get<std::string>());
  const CertificatePin pin(filled(6));
  const std::map<std::string, TransactionBody> bodies = {
      {"open_accounts", body(OpenAccounts{100, 8190}, false)},
      {"issue",
       body(Issue{AssetId(5), debit, Amount::from_parts(std::uint64_t{1} << 63, 0)}, false)},
      {"redeem", body(Redeem{AssetId(5), debit, Amount::from_u64(1)}, false)},
      {"transfer", transfer()},
      {"bulk_transfer", body(bulk, false)},
      {"register_key", body(RegisterKey{keys[1]}, true)},
      {"rotate_key", body(RotateKey{keys[0].id(), keys[1]}, true)},
      {"revoke_key", body(RevokeKey{keys[0].id()}, false)},
      {"set_account_authority", body(SetAccountAuthority{debit, 2, both}, true)},
      {"register_certificate", body(RegisterCertificate{pin, Role::kAuditor}, false)},
      {"revoke_certificate", body(RevokeCertificate{pin}, false)},
      {"add_validator", change(AddValidator{Member{"node-2", ParticipantId(3), keys[0], 2,
                                                   filled(6), "node-2.example:7701"}})},
      {"remove_validator", change(RemoveValidator{"node-2"})},
      {"update_validator", change(UpdateValidator{"node-1", keys[0], {}, {}, {}})},
      {"set_parameters", change(SetParameters{})},
      {"activate_revision", change(ActivateRevision{2})},
      {"vote_on_proposal", body(VoteOnProposal{7, true}, false)},
      {"withdraw_proposal", body(WithdrawProposal{7}, false)},
      {"payment", payment()},
      {"cancel_payment", body(CancelPayment{TxId(filled(7))}, false)},
      {"hold_payment", body(HoldPayment{TxId(filled(7))}, false)},
      {"release_payment", body(ReleasePayment{TxId(filled(7))}, false)},
      {"change_priority", body(ChangePriority{TxId(filled(7)), PriorityClass::kSystem}, false)},
      {"set_reservation",
       body(SetReservation{debit, AssetId(5), PriorityClass::kUrgent, Amount::from_u64(60)},
            false)},
      {"set_bilateral_limit",
       body(SetBilateralLimit{debit, AssetId(5), credit, Amount::zero()}, false)},
      {"set_multilateral_limit", body(SetMultilateralLimit{debit, AssetId(5), {}}, false)},
      {"set_credit_line", body(SetCreditLine{debit, AssetId(5), Amount::from_u64(500)}, false)},
      {"run_resolution", body(RunResolution{}, false)},
      {"reserve_funds", body(reserve(), false)},
      {"post_reserved", body(PostReserved{TxId(filled(7)), Amount::from_u64(600), true}, false)},
      {"void_reserved", body(VoidReserved{TxId(filled(7))}, false)},
      {"propose_settlement", body(proposal(), false)},
      {"approve_settlement", body(ApproveSettlement{TxId(filled(7))}, false)},
      {"withdraw_approval", body(WithdrawApproval{TxId(filled(7))}, false)},
      {"cancel_settlement", body(CancelSettlement{TxId(filled(7))}, false)}};
  ASSERT_EQ(bodies.size(), vectors["bodies"].size());
  for (const auto& [name, expected] : bodies) {
    const json& vector = vectors["bodies"][name];
    const auto bytes = encode_body(expected);
    ASSERT_TRUE(bytes.has_value()) << name << ": " << bytes.error().message;
    EXPECT_EQ(to_hex(*bytes), vector["body"]) << name;
    EXPECT_EQ(decode_body(*bytes).value(), expected) << name;
    const TxId txid = transaction_id(chain, *bytes);
    EXPECT_EQ(txid.hex(), vector["txid"]) << name;
    EXPECT_EQ(to_hex(signing_message(txid)), vector["signing_message"]) << name;
  }
}

TEST_F(LedgerVectors, HoldForTheBusinessDigestAndTheEnvelope) {
  EXPECT_EQ(business_digest(kSuite, transfer())->hex(), vectors["business_digest"]);
  const auto envelope = decode_envelope(chain, hex(vectors["envelope"]));
  ASSERT_TRUE(envelope.has_value()) << envelope.error().message;
  EXPECT_EQ(envelope->txid.hex(), vectors["bodies"]["transfer"]["txid"]);
  EXPECT_EQ(envelope->business_digest.hex(), vectors["business_digest"]);
  EXPECT_EQ(envelope->body, transfer());
  EXPECT_EQ(
      to_hex(encode_envelope(hex(vectors["bodies"]["transfer"]["body"]), envelope->signatures)),
      vectors["envelope"]);
}

TEST_F(LedgerVectors, HoldForReceipts) {
  Receipt receipt;
  receipt.txid = TxId(filled(1));
  receipt.height = Height(9);
  receipt.index = 4;
  receipt.lane = 2;
  receipt.position = LanePosition(77);
  EXPECT_EQ(to_hex(encode_receipt(receipt)), vectors["receipts"]["settled"]);
  receipt.code = ResultCode::kPartlySettled;
  receipt.record_codes = {0, 66, 72};
  EXPECT_EQ(to_hex(encode_receipt(receipt)), vectors["receipts"]["partly"]);
  receipt.code = ResultCode::kReferenceRepeated;
  receipt.record_codes.clear();
  receipt.first = FirstUse{TxId(filled(2)), Height(3), 1, ResultCode::kInsufficientFunds};
  EXPECT_EQ(to_hex(encode_receipt(receipt)), vectors["receipts"]["repeated"]);
}

TEST_F(LedgerVectors, HoldForStatementLines) {
  EXPECT_EQ(to_hex(encode_history_entry(entry())), vectors["entry"]);
  const auto first = next_history_head(kSuite, {}, entry());
  EXPECT_EQ(first.hex(), vectors["heads"][0]);
  EXPECT_EQ(next_history_head(kSuite, first, entry()).hex(), vectors["heads"][1]);
}

TEST_F(LedgerVectors, HoldForEntriesOfQueuedSettlement) {
  const auto head = [this](std::size_t number) {
    return crypto::Digest::parse_hex(vectors["heads"][number].get<std::string>()).value();
  };
  const auto expect = [this](const char* name, const Bytes& key, const Bytes& value) {
    EXPECT_EQ(to_hex(key), vectors["state"][name]["key"]) << name;
    EXPECT_EQ(to_hex(value), vectors["state"][name]["value"]) << name;
  };
  const auto units = [](std::uint64_t count) { return Amount::from_u64(count); };
  const std::uint32_t day = day_from_yyyymmdd(20261123).value();
  const WaitingPayment waiting{
      TxId(filled(7)), ParticipantId(3), PaymentStatus::kHeld, Height(9), 4, payment_operation(),
      "INV-7/2026",    20261123};
  expect("waiting_payment", waiting_key(debit, AssetId(5), waiting.place()), waiting.encode());
  const LiquidityValue liquidity{
      day,        units(60), units(40), units(6), units(4), units(300), {units(30), units(20)},
      units(500), units(50)};
  expect("liquidity", liquidity_key(debit, AssetId(5)), liquidity.encode());
  expect("bilateral_limit", bilateral_limit_key(debit, AssetId(5), credit),
         BilateralLimitValue{day, units(10), {units(8), units(3)}}.encode());
  expect("resolution", resolution_key(), ResolutionValue{Height(9), 2, true, 12}.encode());
  expect("carried", carried_key(debit, AssetId(5)), carried_value());
  expect("journal_day", journal_day_key(day), BucketValue{head(0), 7}.encode());
  const PaymentEvent event{TxId(filled(7)),
                           Height(10),
                           6,
                           PaymentStatus::kRejected,
                           PriorityClass::kNormal,
                           ResultCode::kTimedOut,
                           TxId(),
                           0,
                           ParticipantId(3),
                           debit,
                           credit,
                           AssetId(5),
                           units(900)};
  expect("payment_event", journal_payment_key(day, event.payment, event.height, event.number),
         event.encode());
  const JournalBlock events{{TxId(filled(7)), TxId(filled(8))}};
  expect("journal_block", journal_block_key(day, Height(10)), events.encode());
  const BatchEvent batch{12, Height(10), settlement::Stage::kMultilateral, 3, 5, head(0), head(1)};
  expect("batch_event", journal_batch_key(day, 12), batch.encode());
  EXPECT_EQ(WaitingPayment::decode(waiting.encode()).value(), waiting);
  EXPECT_EQ(LiquidityValue::decode(liquidity.encode()).value(), liquidity);
  EXPECT_EQ(PaymentEvent::decode(event.encode()).value(), event);
  EXPECT_EQ(JournalBlock::decode(events.encode()).value(), events);
  EXPECT_EQ(BatchEvent::decode(batch.encode()).value(), batch);
}

TEST_F(LedgerVectors, HoldForEntriesOfAgreements) {
  const auto expect = [this](const char* name, const Bytes& key, const Bytes& value) {
    EXPECT_EQ(to_hex(key), vectors["state"][name]["key"]) << name;
    EXPECT_EQ(to_hex(value), vectors["state"][name]["value"]) << name;
  };
  const FundsReserve funds{TxId(filled(7)), ParticipantId(3),     Height(9), 4,
                           reserve(),       Amount::from_u64(650)};
  expect("reserve", reserve_key(debit, AssetId(5), funds.id), funds.encode());
  EXPECT_EQ(FundsReserve::decode(funds.encode()).value(), funds);
  const OpenSettlement open{TxId(filled(7)), ParticipantId(3), Height(9), 4, proposal(), {credit}};
  expect("open_settlement", open_settlement_key(open.id), open.encode());
  EXPECT_EQ(OpenSettlement::decode(open.encode()).value(), open);
  StepEvent step;
  step.subject = TxId(filled(7));
  step.height = Height(10);
  step.number = 6;
  step.step = Step::kReserveExpired;
  step.reason = ResultCode::kReserveExpired;
  step.cause = TxId(filled(8));
  step.participant = ParticipantId(3);
  step.amount = Amount::from_u64(650);
  step.batch = 12;
  step.lacking_leg = 2;
  expect("step_event", journal_step_key(20780, step.subject, step.height, step.number),
         step.encode());
  EXPECT_EQ(StepEvent::decode(step.encode()).value(), step);
}

// Stored bytes are damage unless every one of them is as it was written.
TEST_F(LedgerVectors, NoEntryOfAnAgreementDecodesWhenItIsCutOrLonger) {
  const FundsReserve funds{TxId(filled(7)), ParticipantId(3),     Height(9), 4,
                           reserve(),       Amount::from_u64(650)};
  const OpenSettlement open{TxId(filled(7)), ParticipantId(3), Height(9), 4, proposal(), {credit}};
  const auto decodes = [](const Bytes& bytes) {
    return std::tuple(FundsReserve::decode(bytes).has_value(),
                      OpenSettlement::decode(bytes).has_value(),
                      StepEvent::decode(bytes).has_value());
  };
  for (Bytes bytes : {funds.encode(), open.encode(), StepEvent{}.encode()}) {
    bytes.push_back(0);
    EXPECT_EQ(decodes(bytes), std::tuple(false, false, false));
    bytes.pop_back();
    while (!bytes.empty()) {
      bytes.pop_back();
      EXPECT_EQ(decodes(bytes), std::tuple(false, false, false)) << bytes.size();
    }
  }
  FundsReserve none = funds;
  none.left = Amount::zero();
  EXPECT_FALSE(FundsReserve::decode(none.encode()).has_value());
  none.left = Amount::from_u64(1251);
  EXPECT_FALSE(FundsReserve::decode(none.encode()).has_value());
  OpenSettlement foreign = open;
  foreign.approved = {AccountId(filled(1))};
  EXPECT_FALSE(OpenSettlement::decode(foreign.encode()).has_value());
}

TEST_F(LedgerVectors, HoldForStateEntries) {
  const auto head = crypto::Digest::parse_hex(vectors["heads"][0].get<std::string>()).value();
  const auto expect = [this](const char* name, const Bytes& key, const Bytes& value) {
    EXPECT_EQ(to_hex(key), vectors["state"][name]["key"]) << name;
    EXPECT_EQ(to_hex(value), vectors["state"][name]["value"]) << name;
  };
  ParticipantValue participant;
  participant.roles.add(Role::kParticipant).add(Role::kIssuer);
  participant.management_threshold = 2;
  participant.active_keys = 3;
  participant.code = "BANKCNSH";
  participant.name = "Bank";
  expect("participant", participant_key(ParticipantId(3)), participant.encode());
  expect(
      "key", key_key(keys[0].id()),
      KeyValue{ParticipantId(3), KeyStatus::kRotated, keys[1].id(), Height(8), keys[0]}.encode());
  expect("certificate", certificate_key(CertificatePin(filled(6))),
         CertificateValue{ParticipantId(3), Role::kAuditor, true, Height(8)}.encode());
  expect("asset", asset_key(AssetId(5)),
         AssetValue{ParticipantId(3), 2, Amount::from_u64(900), Amount::from_u64(100), "CNY"}
             .encode());
  expect("account", account_key(debit),
         AccountValue{ParticipantId(1), 1, Height(8), 2, both}.encode());
  BalanceValue balance;
  balance.debits_posted = Amount::from_u64(30);
  balance.credits_posted = Amount::from_u64(100);
  balance.last_height = Height(9);
  balance.entry_count = 2;
  balance.history_head = crypto::Digest::parse_hex(vectors["heads"][1].get<std::string>()).value();
  expect("balance", balance_key(debit, AssetId(5)), balance.encode());
  expect("nonce", nonce_key(debit, 3), NonceValue{5}.encode());
  expect("replay_bucket", replay_bucket_key(61), BucketValue{head, 7}.encode());
  const std::uint32_t day = day_from_yyyymmdd(20261123).value();
  expect("reference_day", reference_day_key(day), BucketValue{head, 7}.encode());
  expect("clock", clock_key(), ClockValue{Height(9), TimestampMs(1'795'435'200'000)}.encode());
  expect("epoch", epoch_key(Epoch(3)), EpochValue{Height(8), settings()}.encode());
  EpochsValue epochs{Epoch(3), Height(8), settings(), {"node-1"}, {}};
  epochs.announced = Announcement{Height(40), settings()};
  expect("epochs", epochs_key(), epochs.encode());
  expect("proposals", proposals_key(), ProposalsValue{7, 4, {{7, TimestampMs(99'000)}}}.encode());
  expect("proposal", proposal_key(7),
         ProposalValue{ParticipantId(3),
                       Height(8),
                       TimestampMs(99'000),
                       ProposalStatus::kOpen,
                       Height(0),
                       UpdateValidator{"node-1", keys[0], {}, 5, {}},
                       {{ParticipantId(9), true}}}
             .encode());
  expect("reference", reference_key(day, ParticipantId(9), "INV-7/2026"),
         ReferenceValue{head, FirstUse{TxId(filled(2)), Height(3), 1, ResultCode{66}}}.encode());
}

TEST_F(LedgerVectors, HoldForTheGenesis) {
  const json& vector = vectors["genesis"];
  const auto genesis = parse_genesis(vector["document"].dump());
  ASSERT_TRUE(genesis.has_value()) << genesis.error().message;
  EXPECT_EQ(to_hex(canonical_bytes(*genesis)), vector["canonical"]);
  EXPECT_EQ(chain_id(*genesis).hex(), vector["chain_id"]);
  EXPECT_EQ(settings_digest(kSuite, first_settings(*genesis)).hex(), vector["settings_digest"]);
}

TEST_F(LedgerVectors, HoldForTheDigestOfAReplayBucket) {
  ReplayRing ring(kSuite);
  ring.add(TxId(filled(1)), TimestampMs(61'000));
  ring.add(TxId(filled(2)), TimestampMs(61'999));
  StateDelta delta;
  ring.write_changes(Height(1), TimestampMs(1000), delta);
  ASSERT_EQ(delta.changes.size(), 2U);
  const auto value = BucketValue::decode(*delta.changes[0].value).value();
  EXPECT_EQ(value.digest.hex(), vectors["replay_digest"]);
  EXPECT_EQ(value.count, 2U);
}

}  // namespace
}  // namespace huangpu::ledger::test
