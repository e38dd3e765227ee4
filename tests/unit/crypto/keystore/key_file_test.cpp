#include "crypto/keystore/key_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <random>

#include "crypto/sign/verifier.hpp"
#include "tests/unit/crypto/helpers.hpp"

namespace huangpu::crypto {
namespace {

using Json = nlohmann::ordered_json;
using test::secret;

constexpr KeyPurpose kPurpose = KeyPurpose::kParticipant;

// Every rule of key files holds for the keys of every suite.
class KeyFileOfSuite : public testing::TestWithParam<SuiteId> {
 protected:
  static SecretKey make_key() { return *generate_key(GetParam()); }
  static KeyFile make_file(std::string_view passphrase = "open sesame") {
    KeyFileOptions options;
    options.cost = KdfCost::for_tests();
    options.allow_empty_passphrase = true;
    auto file = create_key_file(kPurpose, make_key(), secret(passphrase), options);
    EXPECT_TRUE(file.has_value());
    return *std::move(file);
  }
};
class KeyFileSealed : public KeyFileOfSuite {};
class KeyFileText : public KeyFileOfSuite {};

constexpr auto kNameOfSuite = [](const auto& suite) {
  return suite.param == SuiteId::kSm2Sm3 ? "Sm2" : "Ed25519";
};
INSTANTIATE_TEST_SUITE_P(Suites, KeyFileSealed, testing::ValuesIn(kAllSuites), kNameOfSuite);
INSTANTIATE_TEST_SUITE_P(Suites, KeyFileText, testing::ValuesIn(kAllSuites), kNameOfSuite);

TEST_P(KeyFileSealed, OpensWithItsPassphraseAndSigns) {
  const KeyFile file = make_file();
  const auto signer = signer_from(file, kPurpose, secret("open sesame"));
  ASSERT_TRUE(signer.has_value()) << signer.error().message;
  EXPECT_EQ((*signer)->public_key(), file.public_key);
  EXPECT_TRUE(verify(file.public_key, as_bytes("m"), *(*signer)->sign(as_bytes("m"))));
}

TEST_P(KeyFileSealed, DoesNotOpenWithAnyOtherPassphrase) {
  const KeyFile file = make_file();
  for (const char* const wrong : {"", "open sesam", "open sesame ", "Open sesame"}) {
    EXPECT_EQ(signer_from(file, kPurpose, secret(wrong)).error(),
              (Error{Errc::kUnauthenticated,
                     "the passphrase is wrong, or the key file was altered or damaged"}));
  }
}

TEST_P(KeyFileSealed, TakesAnEmptyPassphraseOnlyWhenAsked) {
  KeyFileOptions options;
  options.cost = KdfCost::for_tests();
  EXPECT_EQ(create_key_file(kPurpose, make_key(), SecretBytes(), options).error().code,
            Errc::kInvalidArgument);
  EXPECT_TRUE(signer_from(make_file(""), kPurpose, SecretBytes()).has_value());
}

TEST_P(KeyFileSealed, OfOnePurposeIsRefusedForEveryOther) {
  const KeyFile file = make_file();
  const test::TemporaryFolder folder;
  ASSERT_TRUE(save_key_file(file, folder / "key").has_value());
  for (const KeyPurpose other : {KeyPurpose::kConsensus, KeyPurpose::kOperator}) {
    EXPECT_EQ(signer_from(file, other, secret("open sesame")).error().code, Errc::kDenied);
    EXPECT_EQ(load_key_file(folder / "key", other).error().code, Errc::kDenied);
    // Nor does relabelling help: the purpose is part of what is authenticated.
    KeyFile relabelled = file;
    relabelled.purpose = other;
    EXPECT_EQ(signer_from(relabelled, other, secret("open sesame")).error().code,
              Errc::kUnauthenticated);
  }
}

TEST_P(KeyFileSealed, IsReadBackFromDiskAndNeverOverwritten) {
  const KeyFile file = make_file();
  const test::TemporaryFolder folder;
  ASSERT_TRUE(save_key_file(file, folder / "key").has_value());
  EXPECT_EQ(load_key_file(folder / "key", kPurpose), file);
  EXPECT_EQ(load_key_file(folder / "key"), file);
  EXPECT_EQ(save_key_file(make_file(), folder / "key").error().code, Errc::kAlreadyExists);
  EXPECT_EQ(load_key_file(folder / "key"), file);

  ASSERT_EQ(::chmod((folder / "key").c_str(), 0644), 0);
  EXPECT_EQ(load_key_file(folder / "key").error().code, Errc::kDenied);
}

TEST_P(KeyFileSealed, NoChangeOfAnyFieldGoesUnnoticed) {
  const KeyFile file = make_file();
  const auto refused = [](const KeyFile& changed) {
    return !signer_from(changed, kPurpose, secret("open sesame")).has_value();
  };
  for (auto field : {&KeyFile::salt, &KeyFile::nonce, &KeyFile::ciphertext}) {
    for (std::size_t i = 0; i < (file.*field).size(); ++i) {
      KeyFile changed = file;
      (changed.*field)[i] = static_cast<std::uint8_t>((changed.*field)[i] ^ 1);
      EXPECT_TRUE(refused(changed));
    }
    KeyFile shorter = file;
    (shorter.*field).pop_back();
    EXPECT_TRUE(refused(shorter));
  }
  KeyFile other_key = file;
  other_key.public_key = make_file().public_key;
  EXPECT_TRUE(refused(other_key));
  KeyFile other_cost = file;
  other_cost.cost.opslimit += 1;
  EXPECT_TRUE(refused(other_cost));
  other_cost = file;
  other_cost.cost.memlimit_bytes += 1024;
  EXPECT_TRUE(refused(other_cost));
}

TEST_P(KeyFileText, IsReadBack) {
  const KeyFile file = make_file();
  EXPECT_EQ(parse_key_file(format_key_file(file)), file);
}

TEST_P(KeyFileText, RefusesTheCipherOfAnotherSuite) {
  const KeyFile file = make_file();
  Json document = Json::parse(format_key_file(file));
  const bool sm2 = GetParam() == SuiteId::kSm2Sm3;
  EXPECT_EQ(document["cipher"], sm2 ? "sm4-gcm" : "xchacha20poly1305");
  EXPECT_EQ(file.nonce.size(), sm2 ? 12U : 24U);
  EXPECT_EQ(file.ciphertext.size(), 48U);
  document["cipher"] = sm2 ? "xchacha20poly1305" : "sm4-gcm";
  EXPECT_EQ(parse_key_file(document.dump()).error().code, Errc::kUnsupportedVersion);
  document["nonce"] = std::string(sm2 ? 48 : 24, '0');
  EXPECT_EQ(parse_key_file(document.dump()).error().code, Errc::kUnsupportedVersion);
}

TEST_P(KeyFileText, RefusesNewerVersionsByName) {
  Json document = Json::parse(format_key_file(make_file()));
  document["version"] = 2;
  document["something new"] = true;
  EXPECT_EQ(parse_key_file(document.dump()).error(),
            (Error{Errc::kUnsupportedVersion,
                   "key file version 2 is not supported; this build knows version 1"}));
}

TEST_P(KeyFileText, RefusesEveryMissingUnknownRepeatedOrMistypedField) {
  const std::string good = format_key_file(make_file());
  const Json document = Json::parse(good);
  for (const auto& [name, value] : document.items()) {
    Json without = document;
    without.erase(name);
    EXPECT_FALSE(parse_key_file(without.dump()).has_value()) << name;
    for (const Json& other : {Json(nullptr), Json(-1), Json(1.5), Json::array(), Json::object(),
                              Json("other"), Json(true)}) {
      Json mistyped = document;
      mistyped[name] = other;
      EXPECT_FALSE(parse_key_file(mistyped.dump()).has_value()) << name << " = " << other;
    }
  }
  for (const auto& [name, value] : document["kdf"].items()) {
    Json without = document;
    without["kdf"].erase(name);
    EXPECT_FALSE(parse_key_file(without.dump()).has_value()) << name;
    Json mistyped = document;
    mistyped["kdf"][name] = "other";
    EXPECT_FALSE(parse_key_file(mistyped.dump()).has_value()) << name;
  }
  Json extra = document;
  extra["note"] = "hello";
  EXPECT_FALSE(parse_key_file(extra.dump()).has_value());
  extra = document;
  extra["kdf"]["note"] = "hello";
  EXPECT_FALSE(parse_key_file(extra.dump()).has_value());

  std::string repeated = good;
  repeated.insert(1, "\"version\": 1,");
  EXPECT_EQ(parse_key_file(repeated).error().message, "key file gives a field twice");
}

TEST_P(KeyFileText, RefusesCostsBeyondTheBoundsWithoutPayingThem) {
  const Json document = Json::parse(format_key_file(make_file()));
  for (const std::uint64_t opslimit : {0ULL, 17ULL, ~0ULL}) {
    Json changed = document;
    changed["kdf"]["opslimit"] = opslimit;
    EXPECT_EQ(parse_key_file(changed.dump()).error().code, Errc::kOutOfRange);
  }
  for (const std::uint64_t memlimit : {0ULL, 8191ULL, (1ULL << 30) + 1, ~0ULL}) {
    Json changed = document;
    changed["kdf"]["memlimit_bytes"] = memlimit;
    EXPECT_EQ(parse_key_file(changed.dump()).error().code, Errc::kOutOfRange);
  }
  KeyFileOptions options;
  options.cost = {1, ~std::uint64_t{0}};
  EXPECT_EQ(create_key_file(kPurpose, make_key(), secret("x"), options).error().code,
            Errc::kOutOfRange);
}

TEST_P(KeyFileText, AnswersAnyTextWithoutHarm) {
  const std::string good = format_key_file(make_file());
  std::mt19937_64 rng(17);
  for (int round = 0; round < 3000; ++round) {
    std::string text = good;
    for (std::uint64_t changes = 1 + rng() % 4; changes > 0; --changes) {
      text[rng() % text.size()] = static_cast<char>(rng());
    }
    if (rng() % 4 == 0) text.resize(rng() % text.size());
    if (const auto file = parse_key_file(text)) {
      EXPECT_EQ(parse_key_file(format_key_file(*file)), *file);
    }
  }
  EXPECT_EQ(parse_key_file(std::string(20'000, '[')).error().code, Errc::kOutOfRange);
  EXPECT_FALSE(parse_key_file(std::string(16'000, '[')).has_value());
}

TEST(KeyPurpose, IsReadBackFromItsName) {
  for (const KeyPurpose purpose :
       {KeyPurpose::kConsensus, KeyPurpose::kParticipant, KeyPurpose::kOperator}) {
    EXPECT_EQ(parse_key_purpose(key_purpose_name(purpose)), purpose);
  }
  EXPECT_FALSE(parse_key_purpose("lane").has_value());
}

}  // namespace
}  // namespace huangpu::crypto
