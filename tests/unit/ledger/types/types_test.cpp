// Receipts, bulk records, statement lines, state keys and values, codes: every fixed layout and its
// refusals.
#include <gtest/gtest.h>

#include <set>

#include "ledger/types/bulk_record.hpp"
#include "ledger/types/describe.hpp"
#include "ledger/types/governance.hpp"
#include "ledger/types/history_entry.hpp"
#include "ledger/types/parameters.hpp"
#include "ledger/types/receipt.hpp"
#include "ledger/types/state_key.hpp"
#include "ledger/types/state_value.hpp"
#include "tests/support/ledger_matchers.hpp"
#include "tests/support/ledger_world.hpp"

namespace huangpu::ledger::test {
namespace {

crypto::Digest digest(std::uint8_t byte) { return crypto::Digest::from(Bytes(32, byte)); }

Receipt sample_receipt() {
  Receipt receipt;
  receipt.txid = TxId(digest(1));
  receipt.height = Height(9);
  receipt.index = 4;
  receipt.lane = 2;
  receipt.position = LanePosition(77);
  return receipt;
}

TEST(Receipt, SurvivesEncoding) {
  Receipt plain = sample_receipt();
  Receipt bulk = sample_receipt();
  bulk.code = ResultCode::kPartlySettled;
  bulk.record_codes = {0, 66, 72};
  Receipt repeated = sample_receipt();
  repeated.code = ResultCode::kReferenceRepeated;
  repeated.first = FirstUse{TxId(digest(2)), Height(3), 1, ResultCode::kInsufficientFunds};
  for (const auto& receipt : {plain, bulk, repeated}) {
    EXPECT_EQ(decode_receipt(encode_receipt(receipt)).value(), receipt);
  }
}

TEST(Receipt, RefusesUnknownCodesAndMisplacedFields) {
  Receipt lacks = sample_receipt();
  lacks.code = ResultCode::kReferenceConflict;
  EXPECT_FALSE(decode_receipt(encode_receipt(lacks)).has_value());
  Receipt surplus = sample_receipt();
  surplus.first = FirstUse{};
  EXPECT_FALSE(decode_receipt(encode_receipt(surplus)).has_value());
  Receipt unknown = sample_receipt();
  unknown.record_codes = {250};
  EXPECT_FALSE(decode_receipt(encode_receipt(unknown)).has_value());
  Receipt admission = sample_receipt();
  admission.code = ResultCode::kBusy;
  EXPECT_FALSE(decode_receipt(encode_receipt(admission)).has_value());
}

TEST(Receipt, RefusesAnotherVersionByName) {
  Bytes bytes = encode_receipt(sample_receipt());
  bytes[0] = 2;
  EXPECT_THAT(decode_receipt(bytes), FailedWith(Errc::kUnsupportedVersion));
}

TEST(Receipt, RefusesEveryPrefixOfItself) {
  const Bytes bytes = encode_receipt(sample_receipt());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_receipt(ByteView(bytes).first(size)).has_value());
  }
}

TEST(BulkRecord, SurvivesItsFixedLayout) {
  BulkRecord record;
  record.debit = AccountId(digest(1));
  record.credit = AccountId(digest(2));
  record.amount = Amount::from_parts(3, 4);
  record.asset = AssetId(5);
  record.linked = true;
  record.end_to_end.fill(6);
  record.purpose = Purpose{'C', 'A', 'S', 'H'};
  Bytes bytes;
  append_record(bytes, record);
  ASSERT_EQ(bytes.size(), kBulkRecordBytes);
  BulkRecord second = record;
  second.linked = false;
  append_record(bytes, second);
  const auto records = BulkRecords::parse(bytes, true);
  ASSERT_TRUE(records.has_value());
  ASSERT_EQ(records->count(), 2U);
  EXPECT_EQ(records->at(0), record);
  EXPECT_EQ(records->at(1), second);
}

TEST(BulkRecord, IsRefusedForAnyReservedBit) {
  Bytes good;
  append_record(good, BulkRecord{});
  ASSERT_TRUE(BulkRecords::parse(good, false).has_value());
  const auto refused = [&good](std::size_t at, std::uint8_t value) {
    Bytes bytes = good;
    bytes[at] = value;
    return !BulkRecords::parse(bytes, false).has_value();
  };
  for (const std::size_t at : {84U, 85U, 86U, 108U, 109U, 110U, 111U}) EXPECT_TRUE(refused(at, 1));
  EXPECT_TRUE(refused(87, 2));
  EXPECT_TRUE(refused(87, 1)) << "linked, where links are not allowed";
  EXPECT_TRUE(refused(104, 'A')) << "a purpose of one character";
  EXPECT_FALSE(refused(0, 1));
}

TEST(HistoryEntry, SurvivesItsFixedLayout) {
  HistoryEntry entry;
  entry.height = Height(1);
  entry.index = 2;
  entry.record = 3;
  entry.kind = EntryKind::kCredit;
  entry.amount = Amount::from_u64(4);
  entry.balance_after = Amount::max();
  entry.counterparty = AccountId(digest(5));
  entry.end_to_end.fill(6);
  entry.purpose = Purpose{'S', 'A', 'L', 'A'};
  const Bytes bytes = encode_history_entry(entry);
  ASSERT_EQ(bytes.size(), HistoryEntry::kEncodedBytes);
  EXPECT_EQ(decode_history_entry(bytes).value(), entry);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_history_entry(ByteView(bytes).first(size)).has_value());
  }
}

template <class Value>
void expect_total(const Value& value) {
  const Bytes bytes = value.encode();
  EXPECT_EQ(Value::decode(bytes).value(), value);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THAT(Value::decode(ByteView(bytes).first(size)), FailedWith(Errc::kCorrupt));
  }
  Bytes other_version = bytes;
  other_version[0] = 2;
  EXPECT_THAT(Value::decode(other_version), FailedWith(Errc::kCorrupt));
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_THAT(Value::decode(longer), FailedWith(Errc::kCorrupt));
}

TEST(StateValues, SurviveEncodingAndRefuseDamage) {
  ParticipantValue participant;
  participant.roles.add(Role::kIssuer).add(Role::kAuditor);
  participant.active_keys = 3;
  participant.code = "BANKCNSHXXX";
  participant.name = "Bank";
  expect_total(participant);
  KeyValue key;
  key.participant = ParticipantId(4);
  key.status = KeyStatus::kRotated;
  key.seat = crypto::KeyId(digest(1));
  key.registered = Height(6);
  key.key = World::fresh_key(1);
  expect_total(key);
  expect_total(CertificateValue{ParticipantId(1), Role::kSupervisor, false, Height(2)});
  expect_total(AssetValue{ParticipantId(1), 2, Amount::from_u64(9), Amount::from_u64(4), "CNY"});
  expect_total(AccountValue{ParticipantId(1), 5, Height(6), 1, {crypto::KeyId(digest(2))}});
  BalanceValue balance;
  balance.credits_posted = Amount::from_u64(9);
  balance.debits_posted = Amount::from_u64(4);
  balance.last_height = Height(3);
  balance.entry_count = 5;
  balance.history_head = digest(7);
  EXPECT_EQ(balance.encode().size(), BalanceValue::kEncodedBytes);
  EXPECT_EQ(balance.balance(), Amount::from_u64(5));
  expect_total(balance);
  expect_total(NonceValue{7});
  expect_total(BucketValue{digest(1), 2});
  expect_total(ClockValue{Height(1), TimestampMs(2)});
  EpochSettings settings;
  settings.members.push_back(
      Member{"v0", ParticipantId(1), World::fresh_key(1), 3, digest(4), "v0.example:7701"});
  expect_total(EpochValue{Height(3), settings});
  expect_total(
      EpochsValue{Epoch(2), Height(3), settings, {"v0"}, Announcement{Height(9), settings}});
  expect_total(ProposalsValue{4, 3, {{2, TimestampMs(5)}, {4, TimestampMs(6)}}});
  for (const GovernanceChange& change :
       {GovernanceChange(AddValidator{settings.members[0]}),
        GovernanceChange(RemoveValidator{"v0"}),
        GovernanceChange(UpdateValidator{"v0", World::fresh_key(2), digest(5), 7, "a:1"}),
        GovernanceChange(SetParameters{}), GovernanceChange(ActivateRevision{2})}) {
    expect_total(ProposalValue{ParticipantId(1),
                               Height(2),
                               TimestampMs(3),
                               ProposalStatus::kVoid,
                               Height(4),
                               change,
                               {{ParticipantId(1), true}}});
  }
  expect_total(ReferenceValue{digest(1), FirstUse{TxId(digest(2)), Height(3), 4, ResultCode{66}}});
}

TEST(StateValues, RefuseWhatNoHistoryCouldHaveWritten) {
  BalanceValue overdrawn;
  overdrawn.debits_posted = Amount::from_u64(1);
  EXPECT_THAT(BalanceValue::decode(overdrawn.encode()), FailedWith(Errc::kCorrupt));
  const AssetValue negative{ParticipantId(1), 2, Amount(), Amount::from_u64(1), "CNY"};
  EXPECT_THAT(AssetValue::decode(negative.encode()), FailedWith(Errc::kCorrupt));
}

TEST(StateKeys, AreDistinctAndTaggedForTheTreeOrBeside) {
  const AccountId account(digest(1));
  const std::vector<Bytes> tree = {participant_key(ParticipantId(1)),
                                   key_key(crypto::KeyId(digest(1))),
                                   certificate_key(CertificatePin(digest(1))),
                                   asset_key(AssetId(1)),
                                   account_key(account),
                                   balance_key(account, AssetId(1)),
                                   nonce_key(account, 1),
                                   replay_bucket_key(1),
                                   reference_day_key(1),
                                   epoch_key(Epoch(1)),
                                   clock_key()};
  const std::vector<Bytes> aux = {replay_ids_key(1, Height(1)),
                                  reference_key(1, ParticipantId(1), "x")};
  std::set<Bytes> all;
  for (const auto& key : tree) {
    EXPECT_TRUE(is_tree_key(key));
    EXPECT_TRUE(all.insert(key).second);
  }
  for (const auto& key : aux) {
    EXPECT_FALSE(is_tree_key(key));
    EXPECT_TRUE(all.insert(key).second);
  }
}

TEST(AccountIds, DependOnOwnerNumberAndSuite) {
  using crypto::SuiteId;
  const auto id = account_id(SuiteId::kEd25519Sha256, ParticipantId(1), 2);
  EXPECT_NE(id, account_id(SuiteId::kEd25519Sha256, ParticipantId(2), 2));
  EXPECT_NE(id, account_id(SuiteId::kEd25519Sha256, ParticipantId(1), 3));
  EXPECT_NE(id, account_id(SuiteId::kSm2Sm3, ParticipantId(1), 2));
}

// These give no reason: nothing was refused.
bool is_waiting_or_settled(ResultCode code) {
  return code == ResultCode::kSettled || code == ResultCode::kQueued ||
         code == ResultCode::kEarmarked || code == ResultCode::kApprovalsMissing ||
         code == ResultCode::kFundsMissing;
}

TEST(ResultCodes, HaveAUniqueNumberNameSentenceAndReason) {
  std::set<std::string_view> names;
  int count = 0;
  for (std::uint64_t number = 0; number < 2000; ++number) {
    const auto code = result_code_from_number(number);
    if (!code) continue;
    ++count;
    EXPECT_TRUE(names.insert(name(*code)).second) << number;
    EXPECT_EQ(text(*code).back(), '.') << number;
    const std::string_view reason = iso20022(*code);
    EXPECT_EQ(reason.size(), is_waiting_or_settled(*code) ? 0U : 4U) << number;
    EXPECT_EQ(is_execution_code(*code), number < 256);
  }
  EXPECT_EQ(count, 98);
}

TEST(Roles, AreReadBackFromTheirNamesAndNumbers) {
  RoleSet all;
  for (std::uint64_t number = 0; number < 300; ++number) {
    const auto role = role_from_number(number);
    if (!role) continue;
    all.add(*role);
    EXPECT_EQ(parse_role(role_name(*role)), role);
  }
  EXPECT_EQ(all.bits(), RoleSet::kKnownBits);
  EXPECT_EQ(parse_role("king"), std::nullopt);
}

TEST(Describe, SaysWhatATransactionDoesInOneSentence) {
  Names names;
  names.account = [](const AccountId&) { return std::string("ACC"); };
  names.money = [](AssetId, Amount amount) { return amount.to_string(2) + " CNY"; };
  Transfer transfer;
  transfer.amount = Amount::from_u64(1250);
  transfer.purpose = Purpose{'S', 'A', 'L', 'A'};
  EXPECT_EQ(describe(transfer, names), "Transfer 12.50 CNY from ACC to ACC, purpose SALA.");
  EXPECT_EQ(describe(BulkTransfer{BulkMode::kAllOrNothing, Bytes(2 * kBulkRecordBytes)}, names),
            "Make 2 transfers at once, all or nothing.");
  EXPECT_EQ(describe(SetAccountAuthority{AccountId(), 2, std::vector<crypto::KeyId>(3)}, names),
            "Let account ACC be debited by any 2 of 3 keys.");
  EXPECT_EQ(describe(OpenAccounts{5, 2}), "Open accounts number 5 to 6.");
}

TEST(Describe, NamesEveryPartOfABody) {
  TransactionBody body;
  body.submitter = ParticipantId(3);
  body.signers.resize(1);
  body.valid_from = TimestampMs(1'795'435'200'000);
  body.valid_until = TimestampMs(1'795'435'260'000);
  body.reference = ClientReference{"INV-7", 20261123};
  body.nonce = NonceLane{AccountId(), 1, 9};
  body.operation = OpenAccounts{5, 1};
  EXPECT_EQ(describe(body),
            "Open account number 5.\n"
            "Submitted by participant 3, signed by 1 key.\n"
            "Valid from 2026-11-23T12:00:00.000Z to 2026-11-23T12:01:00.000Z.\n"
            "Reference INV-7 of 20261123.\n"
            "Number 9 in lane 1 of its account.\n");
}

TEST(Describe, NamesEveryParameterOfAProposal) {
  const SetParameters change;
  const std::string text = describe_change(change);
  const auto parameters = list_parameters(change);
  // One name for each field: a new field without a name would be approved unseen.
  EXPECT_EQ(parameters.size() * sizeof(std::uint32_t),
            sizeof(ConsensusSettings) + sizeof(LedgerSettings) + sizeof(GovernanceSettings));
  for (const auto& [name, value] : parameters) {
    EXPECT_NE(text.find(name + " " + std::to_string(value)), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace huangpu::ledger::test
