// Goal: several people sign one instruction on machines without a network; what they sign is what
// they were told, and it acts once.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>

#include "crypto/hash/hasher.hpp"
#include "crypto/sign/verifier.hpp"
#include "tests/unit/tools/support/proof_world.hpp"
#include "tools/wallet/offline/build.hpp"
#include "tools/wallet/offline/explain.hpp"
#include "tools/wallet/offline/send.hpp"

namespace huangpu::tools {
namespace {

using ::huangpu::tools::test::fixed_signer;

constexpr std::uint64_t kNow = 1'795'000'000'000;  // 2026-11-18

class TransactionFileTest : public testing::Test {
 protected:
  // A transfer of 12.50 CNY from BANKA:1 to BANKB:7; signers[0..2] are fixed keys 201 to 203.
  TransactionFile make(SignerPlan plan, Windows windows = {}, bool with_reference = true) const {
    TransactionFile file;
    file.signers = std::move(plan);
    file.windows = windows;
    ledger::Transfer transfer;
    transfer.debit = account(101, 1);
    transfer.credit = account(102, 77);
    transfer.asset = ledger::AssetId{1};
    transfer.amount = Amount::from_u64(1'250);
    ledger::TransactionBuilder builder(chain_, ledger::ParticipantId{101});
    builder.valid(TimestampMs{kNow}, TimestampMs{kNow + 120'000}).operation(transfer);
    if (with_reference) builder.reference("OFF-1", 20261118);
    const auto sets = signer_sets(file.signers);
    for (const auto& key : sets.front()) builder.signer(key);
    file.body = builder.build().value().body;
    file.accounts = {{ledger::ParticipantId{101}, 1}, {ledger::ParticipantId{102}, 77}};
    return file;
  }
  SignerPlan any_two_of_three() const {
    SignerPlan plan;
    for (std::uint8_t i = 0; i < 3; ++i) plan.of.push_back(key(i));
    std::ranges::sort(plan.of);
    plan.any = 2;
    return plan;
  }
  SignerPlan one() const { return {{key(0)}, 0, {}}; }
  static crypto::KeyId key(std::uint8_t i) {
    return fixed_signer(static_cast<std::uint8_t>(201 + i))->public_key().id();
  }
  ledger::AccountId account(std::uint32_t participant, std::uint64_t number) const {
    return ledger::account_id(genesis_.suite, ledger::ParticipantId{participant}, number);
  }
  void sign(TransactionFile& file, std::uint8_t i) const {
    const Forms forms = Forms::make(file, chain_).value();
    const auto signer = fixed_signer(static_cast<std::uint8_t>(201 + i));
    const auto status = sign_file(file, forms, *signer);
    ASSERT_TRUE(status) << status.error().message;
  }
  Explanation explained(const TransactionFile& file) const {
    const Forms forms = Forms::make(file, chain_).value();
    const Directory names = directory_of(file, genesis_);
    ExplainOptions options;
    options.now = TimestampMs{kNow};
    options.self = ledger::ParticipantId{101};
    return explain(file, forms, genesis_, names, options);
  }
  static std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    return text;
  }
  static std::string all(const Explanation& e) {
    return joined(e.what) + joined(e.who) + joined(e.when) + joined(e.where) + joined(e.warnings);
  }

  const ledger::Genesis genesis_ = test::paper_genesis();
  const ledger::ChainInfo chain_{genesis_.suite, ledger::chain_id(genesis_)};
};

// --- format

TEST_F(TransactionFileTest, HasOneSpellingAndReadsBackWhatWasWritten) {
  TransactionFile file = make(any_two_of_three(), {3, 120'001});
  file.genesis = ledger::to_json(genesis_);
  sign(file, 1);
  const std::string text = format_transaction_file(file);
  const auto read = parse_transaction_file(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, file);

  std::string spaced = text;
  spaced.insert(spaced.find("\"version\""), " ");
  EXPECT_EQ(parse_transaction_file(spaced).error().code, Errc::kMalformed);
  EXPECT_EQ(parse_transaction_file(text + " ").error().code, Errc::kMalformed);
}

TEST_F(TransactionFileTest, OfAnotherVersionIsRefusedByName) {
  std::string text = format_transaction_file(make(one()));
  text.replace(text.find("\"version\": 1"), 12, "\"version\": 2");
  const auto read = parse_transaction_file(text);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::kUnsupportedVersion);
  EXPECT_NE(read.error().message.find("version 2"), std::string::npos);
}

// Made a second time by tests/vectors/tools/generate.py.
TEST(TransactionFileGolden, BytesOfTheFormatDoNotChange) {
  // Of a chain and keys of its own, so that nothing but the format has a say in it.
  constexpr auto kSuite = crypto::SuiteId::kEd25519Sha256;
  const ledger::ChainInfo chain{kSuite, ledger::ChainId{crypto::sha256(as_bytes("golden"))}};
  std::vector<std::unique_ptr<crypto::LocalSigner>> signers;
  TransactionFile file;
  for (std::uint8_t seed = 1; seed <= 3; ++seed) {
    const auto secret = crypto::SecretBytes::copy_of(Bytes(32, seed));
    signers.push_back(std::move(crypto::LocalSigner::from_seed(kSuite, secret).value()));
    file.signers.of.push_back(signers.back()->public_key().id());
  }
  std::ranges::sort(file.signers.of);
  file.signers.any = 2;
  file.windows = {2, 120'001};
  file.accounts = {{ledger::ParticipantId{101}, 1}, {ledger::ParticipantId{102}, 77}};
  ledger::Transfer transfer;
  transfer.debit = ledger::account_id(kSuite, ledger::ParticipantId{101}, 1);
  transfer.credit = ledger::account_id(kSuite, ledger::ParticipantId{102}, 77);
  transfer.asset = ledger::AssetId{1};
  transfer.amount = Amount::from_u64(1'250);
  ledger::TransactionBuilder builder(chain, ledger::ParticipantId{101});
  builder.valid(TimestampMs{kNow}, TimestampMs{kNow + 120'000})
      .reference("OFF-1", 20261118)
      .operation(transfer);
  const auto sets = signer_sets(file.signers);
  for (const auto& id : sets.front()) builder.signer(id);
  file.body = builder.build().value().body;
  const Forms forms = Forms::make(file, chain).value();
  ASSERT_TRUE(sign_file(file, forms, *signers.front()));

  EXPECT_EQ(crypto::sha256(as_bytes(format_transaction_file(file))).hex(),
            "3afe77e3f3dde539c96952ac25707d3ec83d888f788408382d67148c139592a2");
  EXPECT_EQ(forms.digest().hex(),
            "ec5d9d9b6bee65b949678ad45ca424113abbcf53bd04fc1619f6a38e2e741e58");
}

TEST_F(TransactionFileTest, WithSeveralFormsButNoReferenceIsRefused) {
  const auto windows = check_transaction_file(make(one(), {2, 120'001}, false));
  ASSERT_FALSE(windows);
  EXPECT_NE(windows.error().message.find("reference"), std::string::npos);
  EXPECT_FALSE(check_transaction_file(make(any_two_of_three(), {}, false)));
  EXPECT_TRUE(check_transaction_file(make(one(), {}, false)));
}

TEST_F(TransactionFileTest, WithFieldsThatDoNotFitTogetherIsRefused) {
  const auto refused = [](TransactionFile file) {
    return !parse_transaction_file(format_transaction_file(file)).has_value();
  };
  const TransactionFile good = make(any_two_of_three(), {3, 120'001});
  EXPECT_FALSE(refused(good));
  TransactionFile file = good;
  file.windows.step_ms = 0;
  EXPECT_TRUE(refused(file)) << "windows without a step";
  file = good;
  file.windows.step_ms = ~0ULL / 2;
  EXPECT_TRUE(refused(file)) << "windows beyond all time";
  file = good;
  file.windows.count = 8'192;
  EXPECT_TRUE(refused(file)) << "too many forms";
  file = good;
  file.signers.any = 3;
  EXPECT_TRUE(refused(file)) << "no choice of signers";
  file = good;
  std::swap(file.signers.of[0], file.signers.of[1]);
  EXPECT_TRUE(refused(file)) << "signers out of order";
  file = good;
  file.signers.all_of = {file.signers.of[0]};
  EXPECT_TRUE(refused(file)) << "a signer twice";
  file = good;
  file.signers.of.erase(file.signers.of.begin());
  EXPECT_TRUE(refused(file)) << "other signers than the body";
  file = good;
  std::swap(file.accounts[0], file.accounts[1]);
  EXPECT_TRUE(refused(file)) << "accounts out of order";
  file = good;
  file.body.push_back(0);
  EXPECT_TRUE(refused(file)) << "a body that does not decode";
  file = good;
  sign(file, 0);
  file.signatures[0].signatures.pop_back();
  EXPECT_TRUE(refused(file)) << "a form without signature";
  file = good;
  file.signatures.push_back({fixed_signer(99)->public_key(), {}});
  EXPECT_TRUE(refused(file)) << "a stranger's signature";
}

TEST_F(TransactionFileTest, NestedTextDoesNotMakeTheReaderRecurse) {
  EXPECT_FALSE(parse_transaction_file(std::string(100'000, '[')));
  EXPECT_FALSE(parse_transaction_file("{\"signatures\":" + std::string(100'000, '[')));
}

// --- forms

TEST_F(TransactionFileTest, EveryChoiceOfSignersIsASetAndNoneIsThereTwice) {
  SignerPlan plan = any_two_of_three();
  plan.all_of = {fixed_signer(210)->public_key().id()};
  const auto sets = signer_sets(plan);
  ASSERT_EQ(sets.size(), 3u);
  for (const auto& set : sets) {
    EXPECT_EQ(set.size(), 3u);
    EXPECT_TRUE(std::ranges::is_sorted(set));
    EXPECT_TRUE(std::ranges::binary_search(set, plan.all_of[0]));
  }
  EXPECT_NE(sets[0], sets[1]);
  EXPECT_NE(sets[1], sets[2]);
  EXPECT_NE(sets[0], sets[2]);
  EXPECT_EQ(signer_sets(one()).size(), 1u);
}

TEST_F(TransactionFileTest, AllFormsAreOneInstructionToTheChain) {
  const TransactionFile file = make(any_two_of_three(), {3, 120'001});
  const Forms forms = Forms::make(file, chain_).value();
  const auto digest = ledger::business_digest(genesis_.suite, forms.body()).value();
  TransactionFile signed_file = file;
  for (std::uint8_t i = 0; i < 3; ++i) sign(signed_file, i);
  const Forms again = Forms::make(signed_file, chain_).value();
  std::set<ledger::TxId> ids;
  for (std::size_t set = 0; set < 3; ++set) {
    for (std::size_t window = 0; window < 3; ++window) {
      const auto envelope = again.envelope(set, window);
      ASSERT_TRUE(envelope) << envelope.error().message;
      const auto decoded = ledger::decode_envelope(chain_, envelope->envelope);
      ASSERT_TRUE(decoded) << decoded.error().message;
      EXPECT_EQ(decoded->business_digest, digest);
      EXPECT_EQ(decoded->txid, forms.id(set, window));
      EXPECT_EQ(decoded->body.valid_from, forms.valid_from(window));
      for (const auto& entry : decoded->signatures) {
        EXPECT_TRUE(
            crypto::verify(entry.key, ledger::signing_message(decoded->txid), entry.signature));
      }
      ids.insert(decoded->txid);
    }
  }
  EXPECT_EQ(ids.size(), 9u);
}

TEST_F(TransactionFileTest, OfAnotherChainHasNoForms) {
  ledger::ChainInfo other = chain_;
  other.chain = ledger::ChainId{crypto::sha256(as_bytes("another"))};
  const auto forms = Forms::make(make(one()), other);
  ASSERT_FALSE(forms);
  EXPECT_EQ(forms.error().code, Errc::kWrongChain);
}

// --- signing and combining

TEST_F(TransactionFileTest, OneSignatureShortIsNotComplete) {
  TransactionFile file = make(any_two_of_three(), {2, 120'001});
  EXPECT_EQ(collected(file).missing, 2u);
  sign(file, 2);
  const Collected have = collected(file);
  EXPECT_EQ(have.missing, 1u);
  EXPECT_FALSE(have.set);
  EXPECT_EQ(have.open.size(), 2u);
  sign(file, 0);
  ASSERT_TRUE(collected(file).set);
  const Forms forms = Forms::make(file, chain_).value();
  EXPECT_TRUE(forms.envelope(*collected(file).set, 1));
}

TEST_F(TransactionFileTest, CopiesSignedApartCombineInAnyOrder) {
  const TransactionFile file = make(any_two_of_three(), {2, 120'001});
  TransactionFile first = file;
  TransactionFile second = file;
  sign(first, 0);
  sign(second, 2);
  TransactionFile one_way = first;
  TransactionFile other_way = second;
  EXPECT_EQ(merge_signatures(one_way, second).value(), 0u);
  EXPECT_EQ(merge_signatures(other_way, first).value(), 0u);
  EXPECT_EQ(one_way, other_way);
  EXPECT_EQ(collected(one_way).missing, 0u);
  EXPECT_EQ(merge_signatures(one_way, second).value(), 1u) << "a repeated signature is told";
  EXPECT_EQ(one_way, other_way);
}

TEST_F(TransactionFileTest, AnotherInstructionIsNotCombined) {
  TransactionFile file = make(any_two_of_three(), {2, 120'001});
  TransactionFile other = make(any_two_of_three(), {3, 120'001});
  const auto merged = merge_signatures(file, other);
  ASSERT_FALSE(merged);
  EXPECT_EQ(merged.error().code, Errc::kConflict);
}

TEST_F(TransactionFileTest, AStrangersOrARepeatedSignatureIsRefused) {
  TransactionFile file = make(one());
  const Forms forms = Forms::make(file, chain_).value();
  const auto stranger = fixed_signer(99);
  EXPECT_EQ(sign_file(file, forms, *stranger).error().code, Errc::kInvalidArgument);
  sign(file, 0);
  const auto signer = fixed_signer(201);
  EXPECT_EQ(sign_file(file, forms, *signer).error().code, Errc::kAlreadyExists);
}

TEST_F(TransactionFileTest, ASignatureOverAnotherWindowDoesNotVerify) {
  TransactionFile file = make(one(), {2, 120'001});
  sign(file, 0);
  const Forms forms = Forms::make(file, chain_).value();
  EXPECT_TRUE(verify_signatures(file, forms, crypto::default_verifier()));
  std::swap(file.signatures[0].signatures[0], file.signatures[0].signatures[1]);
  const auto status = verify_signatures(file, forms, crypto::default_verifier());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kUnauthenticated);
}

// --- explaining

TEST_F(TransactionFileTest, IsExplainedByNameAndInTheAssetsDecimals) {
  const Explanation e = explained(make(any_two_of_three(), {3, 120'001}));
  EXPECT_EQ(e.what.at(0), "Transfer 12.50 CNY from BANKA:1 to BANKB:77.");
  const std::string text = all(e);
  EXPECT_NE(text.find("any 2 of these 3 keys"), std::string::npos) << text;
  EXPECT_NE(text.find("in 3 windows of 120 s, one after the other"), std::string::npos) << text;
  EXPECT_NE(text.find("Reference \"OFF-1\" of 20261118"), std::string::npos) << text;
  EXPECT_NE(text.find("Chain \"paper\""), std::string::npos) << text;
  EXPECT_NE(text.find(chain_.chain.hex()), std::string::npos) << text;
  EXPECT_NE(text.find("None of its signers is a key that BANKA had at genesis"), std::string::npos);
}

TEST_F(TransactionFileTest, ANameThatDoesNotGiveTheIdIsNotShown) {
  TransactionFile file = make(one());
  file.accounts = {{ledger::ParticipantId{102}, 78}};
  const Explanation e = explained(file);
  EXPECT_EQ(e.what.at(0), "Transfer 12.50 CNY from BANKA:1 to " +
                              Directory(genesis_).account(account(102, 77)) + ".");
  EXPECT_NE(joined(e.warnings).find("to credit is known by id only"), std::string::npos);
}

TEST_F(TransactionFileTest, WhatIsUnusualIsSaid) {
  const auto warnings = [&](ledger::Operation operation) {
    TransactionFile file;
    file.signers = one();
    ledger::TransactionBuilder builder(chain_, ledger::ParticipantId{101});
    builder.valid(TimestampMs{kNow}, TimestampMs{kNow + 120'000})
        .operation(std::move(operation))
        .signer(key(0));
    file.body = builder.build().value().body;
    return joined(explained(file).warnings);
  };
  ledger::Transfer transfer;
  transfer.debit = account(102, 1);
  transfer.credit = account(102, 1);
  transfer.asset = ledger::AssetId{9};
  const std::string paid = warnings(transfer);
  EXPECT_NE(paid.find("not the submitter's"), std::string::npos) << paid;
  EXPECT_NE(paid.find("The amount is zero"), std::string::npos);
  EXPECT_NE(paid.find("from itself"), std::string::npos);
  EXPECT_NE(paid.find("Asset 9 is not in the genesis document"), std::string::npos);
  EXPECT_NE(paid.find("Without a client reference"), std::string::npos);
  ledger::SetAccountAuthority authority;
  authority.account = account(101, 1);
  EXPECT_NE(warnings(authority).find("Any one active key"), std::string::npos);
  authority.threshold = 1;
  authority.keys = {key(0)};
  EXPECT_NE(warnings(authority).find("Each one of the keys alone"), std::string::npos);
  EXPECT_NE(warnings(ledger::RevokeKey{key(0)}).find("never comes back"), std::string::npos);
  EXPECT_NE(warnings(ledger::RotateKey{key(0), fixed_signer(202)->public_key()})
                .find("must sign for itself"),
            std::string::npos);
  EXPECT_NE(warnings(ledger::Issue{ledger::AssetId{1}, account(101, 1), Amount::from_u64(1)})
                .find("not the issuer of CNY"),
            std::string::npos);
}

TEST_F(TransactionFileTest, ABulkTransferIsTotalledAndRepetitionsAreTold) {
  ledger::BulkTransfer bulk;
  for (int i = 0; i < 3; ++i) {
    ledger::append_record(bulk.records, {account(101, 1),
                                         account(102, 1),
                                         Amount::from_u64(200),
                                         ledger::AssetId{1},
                                         false,
                                         {},
                                         {}});
  }
  TransactionFile file;
  file.signers = one();
  ledger::TransactionBuilder builder(chain_, ledger::ParticipantId{101});
  builder.valid(TimestampMs{kNow}, TimestampMs{kNow + 120'000})
      .reference("B", 20261118)
      .operation(bulk)
      .signer(key(0));
  file.body = builder.build().value().body;
  const Explanation e = explained(file);
  const std::string text = joined(e.what);
  EXPECT_NE(text.find("In all 6.00 CNY in 3 transfers."), std::string::npos) << text;
  EXPECT_NE(text.find("From BANKA:1: 6.00 CNY in 3 transfers."), std::string::npos) << text;
  EXPECT_NE(text.find("  3. 2.00 CNY from BANKA:1 to BANKB:1"), std::string::npos) << text;
  EXPECT_NE(joined(e.warnings).find("2 transfers are repetitions"), std::string::npos);
}

// --- windows

TEST(Windows, FollowEachOtherWithinTheTimeGiven) {
  const auto plan = plan_windows(TimestampMs{1'000}, TimestampMs{1'000 + 3'600'000}, 0, 120);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->from, TimestampMs{1'000});
  EXPECT_EQ(plan->until, TimestampMs{121'000});
  EXPECT_EQ(plan->windows.step_ms, 120'001u);
  EXPECT_EQ(plan->windows.count, 29u);
  const std::uint64_t last_end = 121'000 + 28 * 120'001;
  EXPECT_LE(last_end, 3'601'000u);
}

TEST(Windows, ShorterThanTheReplayWindowAreOne) {
  const auto plan = plan_windows(TimestampMs{1'000}, TimestampMs{61'000}, 0, 120);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->until, TimestampMs{61'000});
  EXPECT_EQ(plan->windows, Windows{});
}

TEST(Windows, ThatOverlapOrAreTooManyAreRefused) {
  const TimestampMs day{86'400'000};
  EXPECT_FALSE(plan_windows(TimestampMs{0}, day, 100'000, 120)) << "overlap";
  EXPECT_FALSE(plan_windows(day, TimestampMs{0}, 0, 120)) << "backwards";
  EXPECT_FALSE(plan_windows(TimestampMs{0}, TimestampMs{30 * 86'400'000ULL}, 0, 120)) << "many";
  EXPECT_TRUE(plan_windows(TimestampMs{0}, TimestampMs{30 * 86'400'000ULL}, 3'600'000, 120));
}

TEST(Windows, MomentsAreTimesOrDistances) {
  const TimestampMs base{1'000};
  EXPECT_EQ(parse_moment("+8h", base).value(), TimestampMs{1'000 + 8 * 3'600'000});
  EXPECT_EQ(parse_moment("+2d", base).value(), TimestampMs{1'000 + 2 * 86'400'000});
  EXPECT_EQ(parse_moment("1970-01-01T00:00:01Z", base).value(), TimestampMs{1'000});
  for (const char* wrong : {"", "8h", "+h", "+8", "+8w", "+-8h", "+999999d", "tomorrow"}) {
    EXPECT_FALSE(parse_moment(wrong, base)) << wrong;
  }
}

TEST_F(TransactionFileTest, IsSentInTheFirstWindowThatCanStillBeUsed) {
  const TransactionFile file = make(one(), {3, 120'001});
  const Forms forms = Forms::make(file, chain_).value();
  EXPECT_EQ(next_window(forms, TimestampMs{kNow - 1'000'000}, 0), 0u);
  EXPECT_EQ(next_window(forms, TimestampMs{kNow + 60'000}, 0), 0u);
  EXPECT_EQ(next_window(forms, TimestampMs{kNow + 118'000}, 0), 1u) << "too close to its end";
  EXPECT_EQ(next_window(forms, TimestampMs{kNow + 60'000}, 1), 1u) << "the first one was tried";
  EXPECT_EQ(next_window(forms, TimestampMs{kNow + 359'000}, 0), 2u) << "the last chance";
  EXPECT_EQ(next_window(forms, TimestampMs{kNow + 361'000}, 0), std::nullopt);
}

}  // namespace
}  // namespace huangpu::tools
