// Keys in a real SoftHSM2 token.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <p11-kit/pkcs11.h>

#include <algorithm>

#include "crypto/keystore/private_file.hpp"
#include "crypto/pkcs11/open_signer.hpp"
#include "crypto/pkcs11/probe.hpp"
#include "crypto/pkcs11/token_key.hpp"
#include "crypto/pkcs11/token_signer.hpp"
#include "crypto/sign/verifier.hpp"
#include "tests/support/soft_token.hpp"

namespace huangpu::crypto {
namespace {

using testing::SoftToken;

// The module as an outsider reaches it: to take away what a signer relies on.
CK_FUNCTION_LIST& raw_module() {
  void* const library = dlopen(SoftToken::module().c_str(), RTLD_NOW | RTLD_LOCAL);
  const auto entry = reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"));
  CK_FUNCTION_LIST* functions = nullptr;
  EXPECT_EQ(entry(&functions), CKR_OK);
  return *functions;
}

class TokenTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { token_ = new SoftToken(); }
  static void TearDownTestSuite() {
    delete token_;
    token_ = nullptr;
  }
  void SetUp() override { ASSERT_EQ(token_->problem(), ""); }

  static TokenKey make_key(const std::string& name) {
    const auto key =
        generate_on_token(SoftToken::place(name, KeyPurpose::kConsensus), SoftToken::pin());
    EXPECT_TRUE(key.has_value()) << (key ? "" : key.error().message);
    return key.value_or(TokenKey{});
  }
  static void expect_signs(Signer& signer) {
    const Bytes message{1, 2, 3};
    const auto signature = signer.sign(message);
    ASSERT_TRUE(signature.has_value()) << signature.error().message;
    EXPECT_TRUE(verify(signer.public_key(), message, *signature));
  }
  static CK_SLOT_ID slot_of_token() {
    CK_FUNCTION_LIST& module = raw_module();
    CK_SLOT_ID slots[16];
    CK_ULONG count = 16;
    EXPECT_EQ(module.C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
    for (CK_ULONG i = 0; i < count; ++i) {
      CK_TOKEN_INFO info{};
      if (module.C_GetTokenInfo(slots[i], &info) == CKR_OK &&
          std::string(reinterpret_cast<char*>(info.label), 12) == SoftToken::label())
        return slots[i];
    }
    ADD_FAILURE() << "no slot holds the token";
    return 0;
  }

  static SoftToken* token_;
};
SoftToken* TokenTest::token_ = nullptr;

// SPEC K-84.
TEST_F(TokenTest, AKeyMadeInTheTokenSignsWhatTheVerifierAccepts) {
  const TokenKey key = make_key("signs");
  const auto signer = open_token_signer(key, SoftToken::pin());
  ASSERT_TRUE(signer.has_value()) << signer.error().message;
  EXPECT_EQ((*signer)->public_key(), key.public_key);
  EXPECT_TRUE(key.public_key.check_for_registration().has_value());
  expect_signs(**signer);
}

TEST_F(TokenTest, ALostSessionIsOpenedAnewWithoutTheCallerNoticing) {
  const auto signer = open_token_signer(make_key("lost-session"), SoftToken::pin());
  ASSERT_TRUE(signer.has_value());
  ASSERT_EQ(raw_module().C_CloseAllSessions(slot_of_token()), CKR_OK);
  expect_signs(**signer);
}

TEST_F(TokenTest, ALostLoginIsRepeated) {
  const auto signer = open_token_signer(make_key("lost-login"), SoftToken::pin());
  ASSERT_TRUE(signer.has_value());
  CK_SESSION_HANDLE session = 0;
  ASSERT_EQ(
      raw_module().C_OpenSession(slot_of_token(), CKF_SERIAL_SESSION, nullptr, nullptr, &session),
      CKR_OK);
  ASSERT_EQ(raw_module().C_Logout(session), CKR_OK);
  expect_signs(**signer);
  raw_module().C_CloseSession(session);
}

TEST_F(TokenTest, AModuleThatSomebodyFinalisedIsInitialisedAgain) {
  const auto signer = open_token_signer(make_key("finalised"), SoftToken::pin());
  ASSERT_TRUE(signer.has_value());
  ASSERT_EQ(raw_module().C_Finalize(nullptr), CKR_OK);
  expect_signs(**signer);
}

TEST_F(TokenTest, ATokenThatIsGoneIsSaidInWordsAndUsedAgainWhenItIsBack) {
  const auto signer = open_token_signer(make_key("removed"), SoftToken::pin());
  ASSERT_TRUE(signer.has_value());
  const auto tokens = token_->folder() / "tokens";
  const auto away = token_->folder() / "away";
  ASSERT_EQ(raw_module().C_Finalize(nullptr), CKR_OK);
  std::filesystem::rename(tokens, away);
  std::filesystem::create_directory(tokens);
  const auto refused = (*signer)->sign(Bytes{1});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::kUnavailable);
  EXPECT_NE(refused.error().message.find("no token called \"huangpu-test\""), std::string::npos);
  std::filesystem::remove_all(tokens);
  std::filesystem::rename(away, tokens);
  expect_signs(**signer);
}

// SPEC K-85: the token counts wrong PINs and locks itself.
TEST_F(TokenTest, AWrongPinIsRefusedAndNotSentASecondTime) {
  const TokenKey key = make_key("wrong-pin");
  const auto signer = open_token_signer(key, SecretBytes::copy_of(as_bytes("0000")));
  ASSERT_FALSE(signer.has_value());
  EXPECT_EQ(signer.error().code, Errc::kUnauthenticated);
  EXPECT_EQ(signer.error().message.find("0000"), std::string::npos);
  EXPECT_TRUE(open_token_signer(key, SoftToken::pin()).has_value());
}

// SPEC K-83.
TEST_F(TokenTest, ATokenWithAnotherKeyThanTheFileSaysIsRefused) {
  TokenKey key = make_key("one");
  key.public_key = make_key("other").public_key;
  const auto signer = open_token_signer(key, SoftToken::pin());
  ASSERT_FALSE(signer.has_value());
  EXPECT_EQ(signer.error().code, Errc::kConflict);
}

TEST_F(TokenTest, AKeyInATokenIsNeverOverwrittenAndAMissingOneIsNamed) {
  TokenKey key = make_key("twice");
  const auto again =
      generate_on_token(SoftToken::place("twice", KeyPurpose::kConsensus), SoftToken::pin());
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, Errc::kAlreadyExists);
  key.key = "nowhere";
  const auto missing = open_token_signer(key, SoftToken::pin());
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, Errc::kNotFound);
}

// SPEC K-87.
TEST_F(TokenTest, ATokenKeyOfSuite2IsRefusedByName) {
  TokenKey key = make_key("suite");
  Bytes raw(64, 0x11);
  const auto sm2 = PublicKey::from_raw(SuiteId::kSm2Sm3, raw);
  if (!sm2) {
    EXPECT_EQ(sm2.error().message.empty(), false);  // the build knows no such key at all
    return;
  }
  key.public_key = *sm2;
  const auto signer = open_token_signer(key, SoftToken::pin());
  ASSERT_FALSE(signer.has_value());
  EXPECT_EQ(signer.error().code, Errc::kUnsupportedVersion);
}

// SPEC K-80, K-82.
TEST_F(TokenTest, ATokenKeyFileSaysWhereTheKeyIsAndIsOpenedLikeAKeyFile) {
  const TokenKey key = make_key("file");
  const auto path = token_->folder() / "consensus.json";
  ASSERT_TRUE(save_token_key(key, path).has_value());
  const auto back = load_token_key(path, KeyPurpose::kConsensus);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(*back, key);
  EXPECT_EQ(load_token_key(path, KeyPurpose::kParticipant).error().code, Errc::kDenied);

  const auto look = look_at_key(path);
  ASSERT_TRUE(look.has_value());
  EXPECT_EQ(look->place, KeyPlace::kToken);
  EXPECT_EQ(look->public_key, key.public_key);
  const auto signer = open_signer(path, KeyPurpose::kConsensus, [](const std::string& what) {
    EXPECT_EQ(what, "PIN of token huangpu-test");
    return Result<SecretBytes>(SoftToken::pin());
  });
  ASSERT_TRUE(signer.has_value()) << signer.error().message;
  expect_signs(**signer);
  std::filesystem::remove(path);
}

TEST_F(TokenTest, AnEncryptedKeyFileIsOpenedBehindTheSameDoor) {
  const auto path = token_->folder() / "file.json";
  const auto secret = SecretBytes::copy_of(as_bytes("a passphrase"));
  KeyFileOptions options;
  options.cost = KdfCost::for_tests();
  const auto file = create_key_file(KeyPurpose::kParticipant,
                                    *generate_key(SuiteId::kEd25519Sha256), secret, options);
  ASSERT_TRUE(file.has_value());
  ASSERT_TRUE(save_key_file(*file, path).has_value());
  const auto signer = open_signer(path, KeyPurpose::kParticipant, [&](const std::string&) {
    return Result<SecretBytes>(secret.clone());
  });
  ASSERT_TRUE(signer.has_value()) << signer.error().message;
  EXPECT_EQ((*signer)->public_key(), file->public_key);
}

// SPEC K-81.
TEST(TokenKeyFile, WhatIsUnknownRepeatedOrMissingIsRefused) {
  TokenKey key = SoftToken::place("k", KeyPurpose::kConsensus);
  const auto local = LocalSigner::generate(SuiteId::kEd25519Sha256);
  key.public_key = (*local)->public_key();
  key.id = {1, 2};
  const std::string good = format_token_key(key);
  ASSERT_EQ(parse_token_key(good).value(), key);
  const auto edited = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return parse_token_key(text);
  };
  EXPECT_FALSE(edited("\"id\"", "\"ID\"").has_value());
  EXPECT_FALSE(edited("\"id\"", "\"key\": \"k\",\n  \"id\"").has_value());
  EXPECT_FALSE(edited("\"id\"", "\"pin\": \"1234\",\n  \"id\"").has_value());
  EXPECT_FALSE(edited("/usr/lib", "usr/lib").has_value());
  EXPECT_FALSE(edited("\"huangpu-test\"", "\"\"").has_value());
  EXPECT_EQ(edited("\"version\": 1", "\"version\": 2").error().code, Errc::kUnsupportedVersion);
  EXPECT_FALSE(parse_token_key("").has_value());
  EXPECT_FALSE(parse_token_key("[1,2]").has_value());
  EXPECT_FALSE(parse_token_key(std::string(1 << 20, '[')).has_value());
}

// SPEC K-88.
TEST_F(TokenTest, AProbeNamesWhatTheTokenCanDoAndHowFastItSigns) {
  const TokenKey key = make_key("probed");
  const auto pin = SoftToken::pin();
  const auto tokens = probe_tokens(SoftToken::module(), SoftToken::label(), &pin);
  ASSERT_TRUE(tokens.has_value()) << tokens.error().message;
  ASSERT_EQ(tokens->size(), 1u);
  const ProbedToken& token = tokens->front();
  const auto eddsa = std::find_if(token.mechanisms.begin(), token.mechanisms.end(),
                                  [](const auto& m) { return m.name == "CKM_EDDSA"; });
  ASSERT_NE(eddsa, token.mechanisms.end());
  EXPECT_TRUE(eddsa->signs);
  const auto object = std::find_if(token.objects.begin(), token.objects.end(), [](const auto& o) {
    return o.label == "probed" && o.kind == "private key";
  });
  ASSERT_NE(object, token.objects.end());
  EXPECT_EQ(object->type, "Ed25519");
  EXPECT_EQ(object->id, to_hex(key.id));
  const auto signer = open_token_signer(key, pin);
  ASSERT_TRUE(signer.has_value());
  const auto speed = measure_signer(**signer, std::chrono::milliseconds(20));
  ASSERT_TRUE(speed.has_value());
  EXPECT_GT(speed->signatures, 0u);
  EXPECT_LE(speed->median, speed->slowest);
}

TEST(TokenModule, AFileThatIsNoModuleIsRefusedInWords) {
  EXPECT_EQ(probe_tokens("/nonexistent.so", "", nullptr).error().code, Errc::kNotFound);
  EXPECT_EQ(probe_tokens("/usr/lib/x86_64-linux-gnu/libz.so.1", "", nullptr).error().code,
            Errc::kConfig);
}

}  // namespace
}  // namespace huangpu::crypto
