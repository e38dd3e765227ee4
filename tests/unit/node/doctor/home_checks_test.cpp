// Homes with one thing wrong each.
#include "node/doctor/home_checks.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <fstream>

#include "crypto/keystore/key_file.hpp"
#include "crypto/tls/certificate.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/store/block_store.hpp"
#include "node/home/node_home.hpp"
#include "node/replica/first_epoch.hpp"
#include "tests/support/chain_builder.hpp"

namespace huangpu::node {
namespace {

namespace fs = std::filesystem;

class Doctor : public ::testing::Test {
 protected:
  Doctor() {
    std::string name = (fs::temp_directory_path() / "huangpu-doctor-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    NewNode fresh;
    fresh.config = default_config(folder_ / "home");
    fresh.config.signer.passphrase_file = folder_ / "home/keys/passphrase";
    fresh.config.storage.free_bytes_min = 1;
    fresh.hosts = {"127.0.0.1"};
    fresh.cost = crypto::KdfCost::for_tests();
    const auto card = create_node(fresh);
    EXPECT_TRUE(card) << card.error().message;
    config_ = fresh.config;
    genesis_ = huangpu::test::ChainBuilder().genesis();
    genesis_.validators.front().key = card->key;
    genesis_.validators.front().tls_pin = card->tls_pin;
    const Status joined = install_genesis(config_, ledger::to_json(genesis_));
    EXPECT_TRUE(joined) << joined.error().message;
  }
  ~Doctor() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  std::vector<HomeCheck> look(bool running = false, bool scrub = false) const {
    return check_home(config_, ledger::posix_file_system(), {running, scrub});
  }
  // The first error, as the program's exit code follows it.
  static const HomeCheck* first_error(const std::vector<HomeCheck>& checks) {
    const auto it =
        std::find_if(checks.begin(), checks.end(), [](const auto& each) { return each.error; });
    return it == checks.end() ? nullptr : &*it;
  }
  static std::size_t warnings(const std::vector<HomeCheck>& checks, const std::string& name) {
    return static_cast<std::size_t>(
        std::count_if(checks.begin(), checks.end(),
                      [&](const HomeCheck& each) { return each.warning && each.name == name; }));
  }
  void expect_error(const std::string& name, Errc code, bool scrub = false) const {
    const auto checks = look(false, scrub);
    const HomeCheck* const found = first_error(checks);
    ASSERT_NE(found, nullptr) << "nothing was found";
    EXPECT_EQ(found->name, name) << found->text;
    EXPECT_EQ(*found->error, code) << found->text;
  }
  std::unique_ptr<ledger::BlockStore> open_blocks() const {
    ledger::BlockStoreOptions options;
    options.directory = (config_.node.data_dir / "blocks").string();
    options.chain_id = chain_context(genesis_).genesis;
    auto store = ledger::BlockStore::open(ledger::posix_file_system(), options);
    EXPECT_TRUE(store) << store.error().message;
    return std::move(store).value();
  }

  fs::path folder_;
  NodeConfig config_;
  ledger::Genesis genesis_;
};

TEST_F(Doctor, FindsNothingInAFreshHome) {
  const auto checks = look();

  for (const HomeCheck& check : checks) {
    EXPECT_FALSE(check.error) << check.name << ": " << check.text;
    EXPECT_FALSE(check.warning) << check.name << ": " << check.text;
  }
  EXPECT_GE(checks.size(), 8u);
  EXPECT_FALSE(fs::exists(config_.node.data_dir / "blocks")) << "a look must leave nothing behind";
}

TEST_F(Doctor, NamesASecretThatOthersCanRead) {
  fs::permissions(config_.signer.passphrase_file, fs::perms(0644));
  expect_error("permissions", Errc::kDenied);
}

TEST_F(Doctor, WarnsOfAFolderThatOthersCanEnter) {
  fs::permissions(config_.signer.sign_state_dir, fs::perms(0755));
  const auto checks = look();
  EXPECT_EQ(first_error(checks), nullptr);
  EXPECT_EQ(warnings(checks, "permissions"), 1u);
}

TEST_F(Doctor, NamesACertificateThatBelongsToAnotherKey) {
  const auto other = crypto::make_certificate("other", {"127.0.0.1"}, 10);
  ASSERT_TRUE(other);
  std::ofstream(config_.peers.tls.certificate, std::ios::trunc) << other->cert_pem;
  const auto checks = look();
  ASSERT_NE(first_error(checks), nullptr);
  EXPECT_EQ(first_error(checks)->name, "certificate");
}

TEST_F(Doctor, WarnsOfACertificateThatEndsSoon) {
  config_.node.certificate_warning_days = 3'000;
  EXPECT_EQ(warnings(look(), "certificate"), 2u);
}

TEST_F(Doctor, NamesAGenesisThatIsMissing) {
  fs::remove(config_.node.genesis);
  expect_error("genesis", Errc::kNotFound);
}

TEST_F(Doctor, NamesAFullDisk) {
  config_.storage.free_bytes_min = ~0ull;
  expect_error("disk", Errc::kDiskFull);
}

TEST_F(Doctor, SeesAProcessThatHoldsTheStore) {
  const auto store = open_blocks();
  expect_error("lock", Errc::kAlreadyRunning);
  EXPECT_EQ(first_error(look(true)), nullptr) << "a running node holds its own locks";
}

TEST_F(Doctor, TakesOneTornSignStateForAWarningAndTwoForTheGuard) {
  const auto tear = [&](const char* name) {
    std::ofstream(config_.signer.sign_state_dir / name, std::ios::trunc) << "torn";
  };
  tear("a.sign-state");
  EXPECT_EQ(first_error(look()), nullptr);
  EXPECT_EQ(warnings(look(), "sign-state"), 1u);
  tear("b.sign-state");
  expect_error("sign-state", Errc::kGuard);
}

TEST_F(Doctor, StopsAtTheEvidenceOfACopiedKey) {
  std::ofstream(config_.signer.sign_state_dir / "key-copy.json") << "{}";
  expect_error("sign-state", Errc::kGuard);
}

TEST_F(Doctor, FindsDamageInTheRecordOfTheChain) {
  {
    const auto store = open_blocks();
    const Bytes payload(10'000, 7);
    ASSERT_TRUE(store->append_commit(Height{1}, payload));
    ASSERT_TRUE(store->append_commit(Height{2}, payload));
    ASSERT_TRUE(store->close());
  }
  EXPECT_EQ(first_error(look(false, true)), nullptr);
  for (const auto& entry : fs::directory_iterator(config_.node.data_dir / "blocks" / "chain")) {
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(6'000);
    file.put('\x55');
  }
  expect_error("blocks", Errc::kCorrupt, true);
}

TEST_F(Doctor, RefusesTheRecordOfAnotherChain) {
  static_cast<void>(open_blocks()->close());
  fs::remove(config_.node.genesis);
  genesis_.chain_name += "-two";
  std::ofstream(config_.node.genesis) << ledger::to_json(genesis_);
  const auto checks = look();
  ASSERT_NE(first_error(checks), nullptr);
  EXPECT_EQ(*first_error(checks)->error, Errc::kWrongChain) << first_error(checks)->text;
}

}  // namespace
}  // namespace huangpu::node
