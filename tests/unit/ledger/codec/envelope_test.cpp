#include "ledger/codec/envelope.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "ledger/codec/batch.hpp"
#include "ledger/codec/body_rules.hpp"
#include "ledger/codec/transaction_builder.hpp"
#include "tests/support/ledger_matchers.hpp"
#include "tests/support/test_suite.hpp"
#include "tests/support/unusable_keys.hpp"

namespace huangpu::ledger::test {
namespace {

const ChainInfo kChain{huangpu::test::test_suite(), {}};

std::unique_ptr<crypto::LocalSigner> signer(std::uint8_t number) {
  Bytes seed(32, 0x44);
  seed[0] = number;
  return crypto::LocalSigner::from_seed(huangpu::test::test_suite(),
                                        crypto::SecretBytes::copy_of(seed))
      .value();
}

AccountId account(std::uint8_t number) {
  return AccountId(crypto::Digest::from(Bytes(32, number)));
}

Bytes records(std::size_t count, bool link_first = false) {
  Bytes bytes;
  for (std::size_t i = 0; i < count; ++i) {
    BulkRecord record;
    record.debit = account(1);
    record.credit = account(2);
    record.amount = Amount::from_u64(i);
    record.asset = AssetId(1);
    record.linked = link_first && i == 0;
    append_record(bytes, record);
  }
  return bytes;
}

TransactionBuilder builder(Operation operation) {
  TransactionBuilder result(kChain, ParticipantId(7));
  result.valid(TimestampMs(1000), TimestampMs(2000)).operation(std::move(operation));
  return result;
}

Operation some_transfer() {
  return Transfer{account(1), account(2), AssetId(3), Amount::from_u64(4), {}, {}};
}

SignedTransaction signed_transfer() {
  auto one = signer(1);
  crypto::Signer* signers[] = {one.get()};
  return sign_transaction(builder(some_transfer()), signers).value();
}

std::vector<Operation> every_operation() {
  std::vector<crypto::KeyId> keys = {signer(1)->public_key().id(), signer(2)->public_key().id()};
  std::ranges::sort(keys);
  Transfer full{account(1), account(2), AssetId(3), Amount::max(), {}, Purpose{'S', 'A', 'L', 'A'}};
  full.end_to_end.fill(5);
  return {OpenAccounts{0, 1},
          OpenAccounts{~std::uint64_t{0}, 1},
          Issue{AssetId(1), account(1), Amount::from_u64(5)},
          Redeem{AssetId(1), account(1), Amount()},
          some_transfer(),
          full,
          BulkTransfer{BulkMode::kIndependent, records(2)},
          BulkTransfer{BulkMode::kAllOrNothing, records(1)},
          BulkTransfer{BulkMode::kLinked, records(3, true)},
          RegisterKey{signer(3)->public_key()},
          RotateKey{keys[0], signer(3)->public_key()},
          RevokeKey{keys[0]},
          SetAccountAuthority{account(1), 2, keys},
          SetAccountAuthority{account(1), 0, {}},
          RegisterCertificate{CertificatePin(crypto::Digest::from(Bytes(32, 6))), Role::kAuditor},
          RevokeCertificate{CertificatePin(crypto::Digest::from(Bytes(32, 6)))}};
}

TEST(Body, SurvivesEncodingForEveryOperation) {
  for (auto& operation : every_operation()) {
    auto plain = builder(operation).signer(signer(1)->public_key().id());
    auto full = plain;
    full.nonce(account(9), 3, 0).reference("INV 7/2026", 20260228);
    for (const auto& variant : {plain, full}) {
      const auto bytes = encode_body(variant.body());
      ASSERT_TRUE(bytes.has_value()) << bytes.error().message;
      const auto decoded = decode_body(*bytes);
      ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
      EXPECT_EQ(*decoded, variant.body()) << operation_name(operation);
    }
  }
}

TEST(Body, IsRefusedWhenOneByteIsMissingOrTooMuch) {
  for (auto& operation : every_operation()) {
    const Bytes bytes =
        encode_body(builder(operation).signer(signer(1)->public_key().id()).body()).value();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      if (size > 300 && size + 300 < bytes.size()) continue;
      EXPECT_FALSE(decode_body(ByteView(bytes).first(size)).has_value());
    }
    Bytes longer = bytes;
    longer.push_back(0);
    EXPECT_FALSE(decode_body(longer).has_value());
  }
}

TEST(Body, DecodesOnlyToWhatEncodesToTheSameBytes) {
  const Bytes bytes =
      encode_body(builder(some_transfer()).signer(signer(1)->public_key().id()).body()).value();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const unsigned flip : {0x01U, 0x80U}) {
      Bytes changed = bytes;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ flip);
      const auto decoded = decode_body(changed);
      if (!decoded) continue;
      EXPECT_EQ(encode_body(*decoded).value(), changed) << "byte " << i;
    }
  }
}

TEST(Body, WithAnUnknownFieldIsRefused) {
  Bytes bytes =
      encode_body(builder(some_transfer()).signer(signer(1)->public_key().id()).body()).value();
  append(bytes, Bytes{0x98, 0x06, 0x01});  // field 99, varint 1
  EXPECT_THAT(decode_body(bytes), FailedWith(Errc::kMalformed));
}

TEST(Body, WithALongVarintIsRefused) {
  const Bytes bytes =
      encode_body(builder(some_transfer()).signer(signer(1)->public_key().id()).body()).value();
  ASSERT_EQ(bytes[0], 0x08);  // format version 1, written in two bytes instead of one
  Bytes longer = {0x08, 0x81, 0x00};
  append(longer, ByteView(bytes).subspan(2));
  EXPECT_THAT(decode_body(longer), FailedWith(Errc::kMalformed));
}

TEST(Body, OfAnotherVersionIsRefusedByName) {
  Bytes bytes =
      encode_body(builder(some_transfer()).signer(signer(1)->public_key().id()).body()).value();
  bytes[1] = 2;
  const auto decoded = decode_body(bytes);
  EXPECT_THAT(decoded, FailedWith(Errc::kUnsupportedVersion));
  EXPECT_NE(decoded.error().message.find("version 2"), std::string::npos);
}

TEST(Body, RulesAreEnforcedBeforeEncoding) {
  const crypto::KeyId key = signer(1)->public_key().id();
  const auto refused = [&key](TransactionBuilder transaction) {
    return !transaction.signer(key).build().has_value();
  };
  EXPECT_TRUE(refused(builder(OpenAccounts{0, 0})));
  EXPECT_TRUE(refused(builder(OpenAccounts{0, kOpenAccountsMax + 1})));
  EXPECT_TRUE(refused(builder(OpenAccounts{~std::uint64_t{0}, 2})));
  EXPECT_TRUE(refused(builder(BulkTransfer{BulkMode::kIndependent, {}})));
  EXPECT_TRUE(refused(builder(BulkTransfer{BulkMode::kIndependent, Bytes(111)})));
  EXPECT_TRUE(refused(builder(BulkTransfer{BulkMode::kIndependent, records(2, true)})));
  EXPECT_TRUE(refused(builder(BulkTransfer{BulkMode::kLinked, records(1, true)})));
  EXPECT_TRUE(refused(builder(BulkTransfer{BulkMode::kLinked, records(kBulkRecordsMax + 1)})));
  EXPECT_TRUE(refused(builder(SetAccountAuthority{account(1), 1, {}})));
  EXPECT_TRUE(refused(builder(SetAccountAuthority{account(1), 0, {key}})));
  EXPECT_TRUE(refused(builder(SetAccountAuthority{account(1), 1, {key, key}})));
  EXPECT_TRUE(refused(builder(RegisterKey{})));
  Transfer odd_purpose = std::get<Transfer>(some_transfer());
  odd_purpose.purpose = Purpose{'s', 'a', 'l', 'a'};
  EXPECT_TRUE(refused(builder(odd_purpose)));
  EXPECT_TRUE(refused(builder(some_transfer()).valid(TimestampMs(2), TimestampMs(1))));
  EXPECT_TRUE(refused(builder(some_transfer()).reference("", 20260101)));
  EXPECT_TRUE(refused(builder(some_transfer()).reference(std::string(36, 'x'), 20260101)));
  EXPECT_TRUE(refused(builder(some_transfer()).reference(" x", 20260101)));
  EXPECT_TRUE(refused(builder(some_transfer()).reference("x\n", 20260101)));
  EXPECT_TRUE(refused(builder(some_transfer()).reference("x", 20260229)));
  EXPECT_FALSE(refused(builder(some_transfer()).reference(std::string(35, 'x'), 20240229)));
  EXPECT_FALSE(builder(some_transfer()).build().has_value()) << "nobody signs";
}

TEST(Body, KeepsHugeRepetitionsFromTheParser) {
  // Half a million empty signers in a megabyte.
  Bytes bytes = {0x08, 0x01};
  while (bytes.size() + 2 < kEnvelopeBytesMax) append(bytes, Bytes{0x32, 0x00});
  EXPECT_THAT(decode_body(bytes), FailedWith(Errc::kMalformed));
}

TEST(TransactionId, ChangesWithTheChainAndWithAnyByteOfTheBody) {
  const Bytes body = {1, 2, 3};
  const ChainInfo other{kChain.suite, ChainId(crypto::Digest::from(Bytes(32, 1)))};
  EXPECT_NE(transaction_id(kChain, body), transaction_id(other, body));
  EXPECT_NE(transaction_id(kChain, body), transaction_id(kChain, Bytes{1, 2, 4}));
}

TEST(BusinessDigest, LeavesOutWindowNonceAndSignersOnly) {
  auto base = builder(some_transfer()).reference("R", 20260101);
  base.signer(signer(1)->public_key().id());
  const auto digest = [](const TransactionBuilder& transaction) {
    return business_digest(kChain.suite, transaction.body()).value();
  };
  const auto expected = digest(base);
  EXPECT_EQ(digest(TransactionBuilder(base).valid(TimestampMs(5), TimestampMs(6))), expected);
  EXPECT_EQ(digest(TransactionBuilder(base).nonce(account(1), 1, 1)), expected);
  EXPECT_EQ(digest(TransactionBuilder(base).signer(signer(2)->public_key().id())), expected);
  EXPECT_NE(digest(TransactionBuilder(base).reference("S", 20260101)), expected);
  Transfer other = std::get<Transfer>(some_transfer());
  other.amount = Amount::from_u64(5);
  EXPECT_NE(digest(TransactionBuilder(base).operation(other)), expected);
}

TEST(Envelope, CarriesWhatWasBuilt) {
  const auto transaction = signed_transfer();
  const auto envelope = decode_envelope(kChain, transaction.envelope);
  ASSERT_TRUE(envelope.has_value()) << envelope.error().message;
  EXPECT_EQ(envelope->txid, transaction.txid);
  EXPECT_EQ(envelope->transfer_count, 1U);
  EXPECT_EQ(envelope->size_bytes, transaction.envelope.size());
  EXPECT_TRUE(envelope->business_digest.is_zero());
  EXPECT_TRUE(verify_envelope_signatures(*envelope, crypto::default_verifier()).has_value());
  EXPECT_EQ(transaction_id(kChain, envelope_body(transaction.envelope).value()), transaction.txid);
}

TEST(Envelope, ForAnotherChainIsRefusedByThatCode) {
  const ChainInfo other{kChain.suite, ChainId(crypto::Digest::from(Bytes(32, 1)))};
  const auto envelope = decode_envelope(other, signed_transfer().envelope);
  EXPECT_THAT(envelope, FailedWith(Errc::kWrongChain));
  EXPECT_EQ(refusal_code(envelope.error()), ResultCode::kWrongChain);
}

TEST(Envelope, BeyondTheSizeLimitIsRefusedByThatCode) {
  const auto envelope = decode_envelope(kChain, Bytes(kEnvelopeBytesMax + 1));
  EXPECT_THAT(envelope, FailedWith(Errc::kOutOfRange));
  EXPECT_EQ(refusal_code(envelope.error()), ResultCode::kTooLarge);
}

TEST(Envelope, HoldsTheLargestBulkTransfer) {
  auto one = signer(1);
  crypto::Signer* signers[] = {one.get()};
  const auto transaction = sign_transaction(
      builder(BulkTransfer{BulkMode::kIndependent, records(kBulkRecordsMax)}), signers);
  ASSERT_TRUE(transaction.has_value()) << transaction.error().message;
  EXPECT_LT(transaction->envelope.size(), kEnvelopeBytesMax);
  EXPECT_EQ(decode_envelope(kChain, transaction->envelope)->transfer_count, kBulkRecordsMax);
}

TEST(Envelope, NeedsExactlyTheSignaturesItsBodyAnnounces) {
  auto one = signer(1);
  auto two = signer(2);
  auto transaction = builder(some_transfer())
                         .signer(one->public_key().id())
                         .signer(two->public_key().id())
                         .build()
                         .value();
  const auto first = sign(transaction, *one).value();
  const auto second = sign(transaction, *two).value();
  const auto stranger =
      sign(builder(some_transfer()).signer(signer(3)->public_key().id()).build().value(),
           *signer(3))
          .value();
  const auto decodes = [&](const std::vector<EnvelopeSignature>& signatures) {
    return decode_envelope(kChain, encode_envelope(transaction.body, signatures)).has_value();
  };
  const bool ascending = first.key.id() < second.key.id();
  const auto& low = ascending ? first : second;
  const auto& high = ascending ? second : first;

  EXPECT_TRUE(decodes({low, high}));
  EXPECT_FALSE(decodes({high, low}));
  EXPECT_FALSE(decodes({low}));
  EXPECT_FALSE(decodes({}));
  EXPECT_FALSE(decodes({low, low}));
  EXPECT_FALSE(decodes({low, high, stranger}));
  EXPECT_FALSE(decodes({low, stranger}));
  EXPECT_TRUE(assemble(transaction, {high, low}).has_value());
  EXPECT_THAT(assemble(transaction, {high}), FailedWith(Errc::kInvalidArgument));
  EXPECT_THAT(assemble(transaction, {high, low, stranger}), FailedWith(Errc::kInvalidArgument));
  EXPECT_THAT(sign(transaction, *signer(3)), FailedWith(Errc::kInvalidArgument));
}

TEST(Envelope, WithASignatureOverSomethingElseDoesNotVerify) {
  auto envelope = decode_envelope(kChain, signed_transfer().envelope).value();
  envelope.txid = TxId(crypto::Digest::from(Bytes(32, 1)));
  EXPECT_THAT(verify_envelope_signatures(envelope, crypto::default_verifier()),
              FailedWith(Errc::kUnauthenticated));
}

// SPEC K-43, L-16: no validator acknowledges a batch that brings such a key in.
TEST(Envelope, ThatBringsInAKeyThatOnlySomeLibrariesTakeIsRefused) {
  for (const auto& bad : huangpu::test::kUnusableKeys) {
    const auto key = crypto::PublicKey::parse(bad.text);
    EXPECT_EQ(key.has_value(), bad.is_decodable) << bad.what;
    if (!key) continue;
    auto envelope = decode_envelope(kChain, signed_transfer().envelope).value();
    EXPECT_TRUE(verify_envelope_signatures(envelope, crypto::default_verifier()).has_value());
    envelope.body.operation = RegisterKey{*key};
    EXPECT_THAT(verify_envelope_signatures(envelope, crypto::default_verifier()),
                FailedWith(Errc::kUnauthenticated))
        << bad.what;
    envelope.body.operation = RotateKey{envelope.signatures.front().key.id(), *key};
    EXPECT_THAT(verify_envelope_signatures(envelope, crypto::default_verifier()),
                FailedWith(Errc::kUnauthenticated))
        << bad.what;
  }
}

TEST(Envelope, OfATransferIsSmall) {
  EXPECT_LT(signed_transfer().envelope.size(),
            288U + crypto::sizes_of(kChain.suite).public_key_bytes);
}

TEST(UnsignedFromBody, AcceptsCanonicalBytesOfThisChainOnly) {
  const auto transaction =
      builder(some_transfer()).signer(signer(1)->public_key().id()).build().value();
  const auto again = unsigned_from_body(kChain, transaction.body);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->txid, transaction.txid);
  EXPECT_EQ(again->signers, transaction.signers);
  const ChainInfo other{kChain.suite, ChainId(crypto::Digest::from(Bytes(32, 1)))};
  EXPECT_THAT(unsigned_from_body(other, transaction.body), FailedWith(Errc::kWrongChain));
}

TEST(Batch, IsRefusedWholeForOneBadEnvelope) {
  const Bytes good = signed_transfer().envelope;
  Bytes bad = good;
  bad.back() ^= 1;
  const std::vector<Bytes> both = {good, Bytes{1, 2, 3}};
  const auto refused = decode_batch(kChain, 2, LanePosition(5), std::span<const Bytes>(both));
  EXPECT_THAT(refused, FailedWith(Errc::kMalformed));
  EXPECT_EQ(refused.error().message.rfind("envelope 1: ", 0), 0U);

  const std::vector<Bytes> forged = {good, bad};
  const auto batch = decode_batch(kChain, 2, LanePosition(5), std::span<const Bytes>(forged));
  ASSERT_TRUE(batch.has_value());
  EXPECT_EQ(batch->lane, 2);
  EXPECT_EQ(batch->position, LanePosition(5));
  EXPECT_THAT(verify_batch_signatures(*batch, crypto::default_verifier()),
              FailedWith(Errc::kUnauthenticated));
}

}  // namespace
}  // namespace huangpu::ledger::test
