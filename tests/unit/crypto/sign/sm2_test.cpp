// SM2 on inputs built by hand, with OpenSSL as second opinion. Published cases are in
// sm_vectors_test.cpp.
#include "crypto/sign/sm2.hpp"

#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "crypto/hash/hasher.hpp"
#include "crypto/sign/key_cache.hpp"
#include "crypto/sign/signer.hpp"
#include "crypto/sign/verifier.hpp"
#include "tests/differential/sm2_oracle.hpp"
#include "tests/unit/crypto/helpers.hpp"

namespace huangpu::crypto {
namespace {

using sm2::UserId;

constexpr SuiteId kSuite = SuiteId::kSm2Sm3;
constexpr std::string_view kDefaultId = "1234567812345678";

Bytes scalar(std::uint8_t last_byte) {
  Bytes bytes(32);
  bytes[31] = last_byte;
  return bytes;
}

Bytes negated(Bytes key) {
  const Bytes& p = test::sm2_prime();
  int borrow = 0;
  for (std::size_t i = 32; i-- > 0;) {
    const int digit = p[i] - key[33 + i] - borrow;
    borrow = digit < 0 ? 1 : 0;
    key[33 + i] = static_cast<std::uint8_t>(digit + 256 * borrow);
  }
  return key;
}

class Sm2 : public testing::Test {
 protected:
  const Bytes seed_ = Bytes(32, 0x42);
  const sm2::PrivateKey key_ = sm2::PrivateKey::from_seed(SecretBytes::copy_of(seed_)).value();
  const Bytes message_ = to_bytes("pay 12.00 to no one");
  const Bytes good_ = key_.sign(UserId::standard(), message_, Bytes(32, 1)).value();
  const test::OpensslSm2 openssl_{key_.public_key(), ByteView(seed_)};

  bool accepts(ByteView signature) const {
    return sm2::verify(key_.public_key(), UserId::standard(), message_, signature);
  }
};

TEST_F(Sm2, SignaturesOfEitherLibraryAreAcceptedByTheOther) {
  EXPECT_EQ(key_.public_key(), test::sm2_public_key(seed_));
  EXPECT_TRUE(accepts(good_));
  EXPECT_TRUE(openssl_.verify(kDefaultId, message_, good_));
  const auto theirs = test::raw_of(openssl_.sign_der(kDefaultId, message_));
  ASSERT_TRUE(theirs.has_value());
  EXPECT_TRUE(accepts(*theirs));
}

TEST_F(Sm2, AnUnsetUserIdIsRefused) {
  EXPECT_EQ(UserId::make("").error(),
            (Error{Errc::kInvalidArgument, "the SM2 user id is not set"}));
  for (const char* const text : {" ", "a,b", "a b", "id\n", "\xe4\xbd\xa0"}) {
    EXPECT_FALSE(UserId::make(text).has_value()) << text;
  }
  EXPECT_FALSE(UserId::make(std::string(256, 'a')).has_value());
  EXPECT_TRUE(UserId::make(std::string(255, 'a')).has_value());
  EXPECT_EQ(UserId::standard().text(), kDefaultId);
}

TEST_F(Sm2, WhatOpensslSignsWithAnUnsetIdIsOfTheEmptyIdAndNotOurs) {
  const Bytes unset = openssl_.sign_der(std::nullopt, message_);
  EXPECT_TRUE(openssl_.verify_der(std::nullopt, message_, unset));
  EXPECT_FALSE(openssl_.verify_der(kDefaultId, message_, unset)) << "unset is not the default";
  EXPECT_FALSE(accepts(*test::raw_of(unset)));
  EXPECT_FALSE(openssl_.verify_der(std::nullopt, message_, test::der_of(good_)));

  // That it is the empty id: a signature made by the formula with ZA of "" passes where none is
  // set.
  const Bytes empty_id = test::sm2_sign_with_nonce(seed_, "", message_, Bytes(32, 5));
  EXPECT_TRUE(openssl_.verify_der(std::nullopt, message_, test::der_of(empty_id)));
  EXPECT_FALSE(accepts(empty_id));
}

TEST_F(Sm2, TheUserIdIsPartOfWhatIsSigned) {
  const UserId other = UserId::make("ALICE123@YAHOO.COM").value();
  const Bytes signature = key_.sign(other, message_, Bytes(32, 1)).value();
  EXPECT_TRUE(sm2::verify(key_.public_key(), other, message_, signature));
  EXPECT_TRUE(openssl_.verify(other.text(), message_, signature));
  EXPECT_FALSE(accepts(signature));
  EXPECT_FALSE(sm2::verify(key_.public_key(), other, message_, good_));
}

TEST_F(Sm2, DerIsNeitherReadNorMade) {
  EXPECT_EQ(good_.size(), sm2::kSignatureBytes);
  const Bytes der = test::der_of(good_);
  EXPECT_TRUE(openssl_.verify_der(kDefaultId, message_, der)) << "control: it is a signature";
  EXPECT_FALSE(accepts(der));
  EXPECT_EQ(Signature::from_raw(kSuite, der).error().code, Errc::kMalformed);
  // Also a DER text of exactly 64 bytes is read as r ‖ s.
  Bytes as_long = der;
  as_long.resize(sm2::kSignatureBytes);
  EXPECT_FALSE(accepts(as_long));
}

TEST_F(Sm2, RAndSOutsideOfOneToNMinusOneAreRefused) {
  const Bytes& n = test::sm2_order();
  const Bytes r = to_bytes(ByteView(good_).first(32));
  const Bytes s = to_bytes(ByteView(good_).last(32));
  const auto refused = [&](const Bytes& first, const Bytes& second) {
    Bytes raw = first;
    append(raw, second);
    EXPECT_FALSE(accepts(raw)) << to_hex(raw);
    EXPECT_FALSE(openssl_.verify(kDefaultId, message_, raw)) << to_hex(raw);
  };
  for (const Bytes& out_of_range : {Bytes(32), n, Bytes(32, 0xff)}) {
    refused(out_of_range, s);
    refused(r, out_of_range);
    refused(out_of_range, out_of_range);
  }
  // t = r + s = 0 mod n.
  refused(r, test::subtract_mod_order(Bytes(32), r));
  refused(s, r);
  // With ECDSA this would be the same signature over again.
  refused(r, test::subtract_mod_order(Bytes(32), s));
  for (std::size_t size = 0; size < 64; ++size) EXPECT_FALSE(accepts(ByteView(good_).first(size)));
  Bytes longer = good_;
  longer.push_back(0);
  EXPECT_FALSE(accepts(longer));
}

TEST_F(Sm2, EveryFlippedBitIsRefused) {
  for (std::size_t bit = 0; bit < good_.size() * 8; ++bit) {
    Bytes flipped = good_;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    ASSERT_FALSE(accepts(flipped)) << bit;
  }
}

TEST_F(Sm2, OnlyUncompressedPointsOfTheCurveAreKeys) {
  const Bytes good = key_.public_key();
  ASSERT_TRUE(sm2::is_valid_key(good));
  EXPECT_TRUE(PublicKey::from_raw(kSuite, good).has_value());

  std::vector<Bytes> bad = {Bytes(), Bytes(1), Bytes(65), Bytes(65, 4), Bytes(33, 2)};
  for (const std::uint8_t form : Bytes{0, 2, 3, 5, 6, 7}) {
    bad.push_back(good);
    bad.back()[0] = form;
  }
  bad.push_back(to_bytes(ByteView(good).last(64)));   // no form byte
  bad.push_back(to_bytes(ByteView(good).first(64)));  // too short
  bad.push_back(good);
  bad.back().push_back(0);
  // The compressed form of the same point.
  bad.push_back(to_bytes(ByteView(good).first(33)));
  bad.back()[0] = (good[64] & 1) == 0 ? 2 : 3;
  // Beside the curve, y = p and x = p.
  bad.push_back(good);
  bad.back()[64] = static_cast<std::uint8_t>(bad.back()[64] ^ 1);
  for (const std::size_t coordinate : {1U, 33U}) {
    bad.push_back(good);
    std::copy(test::sm2_prime().begin(), test::sm2_prime().end(),
              bad.back().begin() + static_cast<std::ptrdiff_t>(coordinate));
  }
  for (const Bytes& raw : bad) {
    EXPECT_FALSE(sm2::is_valid_key(raw)) << to_hex(raw);
    EXPECT_EQ(PublicKey::from_raw(kSuite, raw).error().code, Errc::kMalformed);
    EXPECT_FALSE(sm2::verify(raw, UserId::standard(), message_, good_));
    EXPECT_FALSE(PublicKey::parse("sm2-sm3:" + to_hex(raw)).has_value());
  }
  EXPECT_TRUE(sm2::is_valid_key(good)) << "a key that was seen stays one";
  EXPECT_TRUE(sm2::is_valid_key(negated(good))) << "another point of the curve";
  EXPECT_FALSE(sm2::verify(negated(good), UserId::standard(), message_, good_));
}

TEST_F(Sm2, TheKeyThatNoPrivateKeyHasIsRefused) {
  // d = n - 1 gives -G; under it every s would do once r fits.
  const Bytes minus_g = negated(test::sm2_base_point());
  ASSERT_TRUE(test::OpensslSm2(minus_g).ok()) << "control: OpenSSL takes the point";
  EXPECT_FALSE(sm2::is_valid_key(minus_g));
  EXPECT_TRUE(sm2::is_valid_key(test::sm2_base_point()));

  const Bytes last = test::subtract_mod_order(Bytes(32), scalar(1));
  EXPECT_EQ(LocalSigner::from_seed(kSuite, SecretBytes::copy_of(last)).error().code,
            Errc::kInvalidArgument);
  for (const Bytes& seed : {scalar(0), test::sm2_order(), Bytes(32, 0xff)}) {
    EXPECT_EQ(LocalSigner::from_seed(kSuite, SecretBytes::copy_of(seed)).error().code,
              Errc::kInvalidArgument);
  }
}

TEST_F(Sm2, KeysNextToTheBasePointWorkLikeAllOthers) {
  // Their tables contain the point at infinity, G twice, or −G.
  const Bytes one_below = test::subtract_mod_order(Bytes(32), scalar(2));
  for (const Bytes& seed : {scalar(1), scalar(2), scalar(3), scalar(7), one_below}) {
    const auto key = sm2::PrivateKey::from_seed(SecretBytes::copy_of(seed));
    ASSERT_TRUE(key.has_value());
    EXPECT_EQ(key->public_key(), test::sm2_public_key(seed));
    const test::OpensslSm2 theirs(key->public_key(), ByteView(seed));
    const Bytes signature = key->sign(UserId::standard(), message_, Bytes(32, 9)).value();
    EXPECT_TRUE(sm2::verify(key->public_key(), UserId::standard(), message_, signature));
    EXPECT_TRUE(theirs.verify(kDefaultId, message_, signature));
    const Bytes made = test::raw_of(theirs.sign_der(kDefaultId, message_)).value();
    EXPECT_TRUE(sm2::verify(key->public_key(), UserId::standard(), message_, made));
    EXPECT_FALSE(sm2::verify(key->public_key(), UserId::standard(), message_, good_));
  }
}

// SPEC K-49: fresh entropy changes the signature; with a generator that repeats itself, two
// messages still get two nonces. (Equal nonces would give away the key.)
TEST_F(Sm2, NoncesDependOnEntropyKeyAndMessage) {
  const auto sign = [&](const Bytes& message, std::uint8_t entropy) {
    return key_.sign(UserId::standard(), message, Bytes(32, entropy)).value();
  };
  EXPECT_EQ(sign(message_, 1), good_);
  EXPECT_NE(sign(message_, 2), good_);
  const Bytes other = to_bytes("pay 13.00 to no one");
  // k = s + (r + s)·d mod n. x1 = r − e mod n follows from k alone, so unequal x1 suffice.
  const auto x1 = [&](const Bytes& message, const Bytes& signature) {
    const Bytes za = test::sm2_za(kDefaultId, key_.public_key());
    const Digest e = hash(kSuite, {za, message});
    return test::subtract_mod_order(ByteView(signature).first(32), e.bytes());
  };
  EXPECT_NE(x1(message_, good_), x1(other, sign(other, 1)));

  const auto signer = LocalSigner::from_seed(kSuite, SecretBytes::copy_of(seed_)).value();
  EXPECT_NE(signer->sign(message_).value(), signer->sign(message_).value());
}

TEST_F(Sm2, AnswersAreTheSameWithMoreKeysThanAThreadKeeps) {
  std::mt19937_64 rng(3);
  std::vector<std::pair<Bytes, Bytes>> signed_by;
  for (int i = 0; i < 20; ++i) {
    const auto key = sm2::PrivateKey::from_seed(SecretBytes::copy_of(test::random_bytes(rng, 32)));
    signed_by.emplace_back(key->public_key(),
                           key->sign(UserId::standard(), message_, Bytes(32, 1)).value());
  }
  std::vector<std::thread> threads;
  std::array<int, 3> accepted{};
  for (int& count : accepted) {
    threads.emplace_back([&] {
      for (int round = 0; round < 2; ++round) {
        for (std::size_t i = 0; i < signed_by.size(); ++i) {
          const Bytes& signature = signed_by[(i + static_cast<std::size_t>(round)) % 20].second;
          count += sm2::verify(signed_by[i].first, UserId::standard(), message_, signature) ? 1 : 0;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(accepted, (std::array<int, 3>{20, 20, 20}));
}

TEST(KeyCache, KeepsTheMostRecentlyUsed) {
  KeyCache<int, std::string, std::hash<int>> cache(2);
  int made = 0;
  const auto get = [&](int key) {
    return cache.get(key, [&] {
      ++made;
      return std::make_unique<std::string>(std::to_string(key));
    });
  };
  EXPECT_EQ(get(1), "1");
  EXPECT_EQ(get(2), "2");
  EXPECT_EQ(get(1), "1");
  EXPECT_EQ(made, 2);
  EXPECT_EQ(get(3), "3");  // 2 gives way
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_EQ(get(1), "1");
  EXPECT_EQ(made, 3);
  EXPECT_EQ(get(2), "2");
  EXPECT_EQ(made, 4);
}

TEST(Sm2Fuzz, AnyBytesGetAnAnswer) {
  std::mt19937_64 rng(17);
  const Bytes key = test::sm2_public_key(scalar(9));
  for (int round = 0; round < 300; ++round) {
    Bytes raw = rng() % 2 == 0 ? key : test::random_bytes(rng, 65);
    raw[rng() % raw.size()] = static_cast<std::uint8_t>(rng());
    const Bytes signature = test::random_bytes(rng, 64);
    const test::OpensslSm2 theirs(raw);
    // OpenSSL also takes the compressed and hybrid spellings; we do not.
    EXPECT_EQ(sm2::is_valid_key(raw), theirs.ok() && raw[0] == 4) << to_hex(raw);
    EXPECT_FALSE(sm2::verify(raw, UserId::standard(), as_bytes("m"), signature));
  }
}

}  // namespace
}  // namespace huangpu::crypto
