// Goal: a key is never lost, never overwritten by another one, and a rotation that was interrupted
// anywhere can be gone on with.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "crypto/keystore/key_file.hpp"
#include "tests/unit/tools/support/proof_world.hpp"
#include "tools/wallet/keys/key_exchange.hpp"
#include "tools/wallet/keys/rotation.hpp"

namespace huangpu::tools {
namespace {

namespace fs = std::filesystem;
using ledger::KeyStatus;

class KeyFolder : public testing::Test {
 protected:
  KeyFolder() {
    folder_ =
        fs::temp_directory_path() / ("hp-keys-" + std::to_string(::getpid()) + "-" +
                                     testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~KeyFolder() override { fs::remove_all(folder_); }

  crypto::KeyFile make(std::uint8_t seed) const {
    crypto::SecretKey key;
    key.seed = crypto::SecretBytes::copy_of(Bytes(32, seed));
    return crypto::create_key_file(crypto::KeyPurpose::kParticipant, key, phrase_,
                                   {crypto::KdfCost::for_tests(), false})
        .value();
  }
  fs::path folder_;
  const crypto::SecretBytes phrase_ = crypto::SecretBytes::copy_of(to_bytes("phrase"));
};

TEST(Rotation, TheNextStepFollowsFromFilesAndChain) {
  EXPECT_EQ(next_step(KeyStatus::kActive, false, std::nullopt).value(),
            RotationStep::kMakeSuccessor);
  EXPECT_EQ(next_step(KeyStatus::kActive, true, std::nullopt).value(), RotationStep::kSubmit);
  EXPECT_EQ(next_step(KeyStatus::kRotated, true, KeyStatus::kActive).value(),
            RotationStep::kSwapFiles);
}

TEST(Rotation, WithoutAWayOnSaysWhy) {
  const auto refused = [](std::optional<KeyStatus> current, bool has_successor,
                          std::optional<KeyStatus> successor) {
    const auto step = next_step(current, has_successor, successor);
    return !step && step.error().code == Errc::kDenied;
  };
  EXPECT_TRUE(refused(std::nullopt, false, std::nullopt));
  EXPECT_TRUE(refused(KeyStatus::kRotated, false, std::nullopt));
  EXPECT_TRUE(refused(KeyStatus::kRevoked, false, std::nullopt));
  EXPECT_TRUE(refused(KeyStatus::kActive, true, KeyStatus::kActive));
  EXPECT_TRUE(refused(KeyStatus::kActive, true, KeyStatus::kRevoked));
  EXPECT_TRUE(refused(KeyStatus::kRotated, true, std::nullopt));
  EXPECT_TRUE(refused(KeyStatus::kRevoked, true, KeyStatus::kActive));
}

TEST_F(KeyFolder, TheSuccessorTakesTheNameAndTheOldKeyIsKept) {
  const fs::path current = folder_ / "main.json";
  const fs::path next = successor_path(current);
  EXPECT_EQ(next.filename(), "main.next.json");
  const auto old_key = make(1);
  const auto new_key = make(2);
  ASSERT_TRUE(crypto::save_key_file(old_key, current));
  ASSERT_TRUE(crypto::save_key_file(new_key, next));

  ASSERT_TRUE(swap_files(current, next));

  EXPECT_EQ(crypto::load_key_file(current).value(), new_key);
  EXPECT_FALSE(fs::exists(next));
  const fs::path retired =
      folder_ / "retired" / ("main-" + old_key.public_key.id().hex().substr(0, 16) + ".json");
  EXPECT_EQ(crypto::load_key_file(retired).value(), old_key);
}

TEST_F(KeyFolder, ASwapThatWasInterruptedAfterTheCopyIsGoneOnWith) {
  const fs::path current = folder_ / "main.json";
  const fs::path next = successor_path(current);
  const auto old_key = make(1);
  ASSERT_TRUE(crypto::save_key_file(old_key, current));
  ASSERT_TRUE(crypto::save_key_file(make(2), next));
  fs::create_directory(folder_ / "retired");
  ASSERT_TRUE(crypto::save_key_file(
      old_key,
      folder_ / "retired" / ("main-" + old_key.public_key.id().hex().substr(0, 16) + ".json")));

  ASSERT_TRUE(swap_files(current, next));
  EXPECT_EQ(crypto::load_key_file(current).value().public_key, make(2).public_key);
}

TEST_F(KeyFolder, AnotherKeyUnderTheRetiredNameStopsTheSwap) {
  const fs::path current = folder_ / "main.json";
  const fs::path next = successor_path(current);
  const auto old_key = make(1);
  ASSERT_TRUE(crypto::save_key_file(old_key, current));
  ASSERT_TRUE(crypto::save_key_file(make(2), next));
  fs::create_directory(folder_ / "retired");
  ASSERT_TRUE(crypto::save_key_file(
      make(3),
      folder_ / "retired" / ("main-" + old_key.public_key.id().hex().substr(0, 16) + ".json")));

  EXPECT_EQ(swap_files(current, next).error().code, Errc::kConflict);
  EXPECT_EQ(crypto::load_key_file(current).value(), old_key);
  EXPECT_TRUE(fs::exists(next));
}

TEST_F(KeyFolder, AResealedKeyOpensWithTheNewPassphraseOnly) {
  const auto file = make(1);
  const auto after = crypto::SecretBytes::copy_of(to_bytes("other"));
  const auto sealed =
      crypto::reseal_key_file(file, phrase_, after, {crypto::KdfCost::for_tests(), false});
  ASSERT_TRUE(sealed);
  EXPECT_EQ(sealed->public_key, file.public_key);
  EXPECT_TRUE(crypto::signer_from(*sealed, file.purpose, after));
  EXPECT_EQ(crypto::signer_from(*sealed, file.purpose, phrase_).error().code,
            Errc::kUnauthenticated);
  EXPECT_EQ(crypto::reseal_key_file(file, after, phrase_).error().code, Errc::kUnauthenticated);
}

TEST(Secrets, AreReadFromHexadecimalDigitsOnly) {
  const auto read = [](const char* text) {
    return secret_from_hex(crypto::SecretBytes::copy_of(to_bytes(text)));
  };
  const auto secret = read("00ffA0b1");
  ASSERT_TRUE(secret);
  EXPECT_TRUE(equal(secret->view(), Bytes{0x00, 0xff, 0xa0, 0xb1}));
  for (const char* wrong : {"", "0", "0g", "00 ff", "0x00"}) EXPECT_FALSE(read(wrong)) << wrong;
}

}  // namespace
}  // namespace huangpu::tools
