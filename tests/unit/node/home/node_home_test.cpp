#include "node/home/node_home.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "crypto/base/exit_code.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/store/file_system.hpp"
#include "node/driver/vote_log_files.hpp"
#include "node/replica/first_epoch.hpp"
#include "tests/support/chain_builder.hpp"

namespace huangpu::node {
namespace {

namespace fs = std::filesystem;

class Home : public ::testing::Test {
 protected:
  Home() {
    std::string name = (fs::temp_directory_path() / "huangpu-home-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    fresh_.config = default_config(folder_ / "home");
    fresh_.config.node.name = "north";
    fresh_.config.signer.passphrase_file = folder_ / "home/keys/passphrase";
    fresh_.hosts = {"127.0.0.1"};
    fresh_.cost = crypto::KdfCost::for_tests();
  }
  ~Home() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  ValidatorCard create() {
    auto card = create_node(fresh_);
    EXPECT_TRUE(card) << card.error().message;
    return std::move(card).value();
  }

  // A document of four validators; the first is `card`.
  static ledger::Genesis genesis_with(const ValidatorCard& card) {
    ledger::Genesis genesis = huangpu::test::ChainBuilder().genesis();
    genesis.validators.front().key = card.key;
    genesis.validators.front().tls_pin = card.tls_pin;
    return genesis;
  }

  static unsigned mode(const fs::path& path) {
    struct stat found {};
    EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
    return found.st_mode & 0777U;
  }

  fs::path folder_;
  NewNode fresh_;
};

TEST_F(Home, IsMadeWithSecretsForItsOwnerOnly) {
  const ValidatorCard card = create();
  const NodeConfig& config = fresh_.config;
  EXPECT_EQ(card.name, "north");
  EXPECT_EQ(mode(config.home), 0700U);
  EXPECT_EQ(mode(config.signer.sign_state_dir), 0700U);
  EXPECT_EQ(mode(config.node.data_dir), 0700U);
  for (const fs::path& secret : {config.signer.key, config.signer.passphrase_file,
                                 config.peers.tls.key, config.client_api.tls.key}) {
    EXPECT_EQ(mode(secret), 0600U) << secret;
  }
}

TEST_F(Home, OpensItsKeyWithThePassphraseItWasGiven) {
  const ValidatorCard card = create();
  const auto config = load_config(fresh_.config.home / "config.toml", fresh_.config.home);
  ASSERT_TRUE(config) << config.error().message;
  const auto signer = open_consensus_key(*config);
  ASSERT_TRUE(signer) << signer.error().message;
  EXPECT_EQ((*signer)->public_key(), card.key);
  EXPECT_EQ(read_card(*config)->tls_pin, card.tls_pin);
}

TEST_F(Home, RefusesAPassphraseFileThatOthersCanRead) {
  create();
  fs::permissions(fresh_.config.signer.passphrase_file, fs::perms(0644));
  EXPECT_FALSE(open_consensus_key(fresh_.config));
}

TEST_F(Home, IsMadeOnlyOnce) {
  const ValidatorCard card = create();
  const auto again = create_node(fresh_);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::kAlreadyExists);
  EXPECT_EQ(read_card(fresh_.config)->key, card.key) << "the key was replaced";
}

TEST_F(Home, JoinsTheChainThatListsIt) {
  const ledger::Genesis genesis = genesis_with(create());
  const Status joined = install_genesis(fresh_.config, ledger::to_json(genesis));
  ASSERT_TRUE(joined) << joined.error().message;

  VoteLogPlace place;
  place.votes_dir = (fresh_.config.node.data_dir / "votes").string();
  place.sign_state_dir = fresh_.config.signer.sign_state_dir.string();
  place.chain = chain_context(genesis);
  place.key = genesis.validators.front().key.id();
  place.segment_bytes = 64u << 10;
  const auto opened = VoteLogFiles::open(ledger::posix_file_system(), place, LanePosition{0});
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->replay.verdict.kind, consensus::Verdict::Kind::kNormal);
}

TEST_F(Home, JoinsOnlyOneChain) {
  const ledger::Genesis genesis = genesis_with(create());
  ASSERT_TRUE(install_genesis(fresh_.config, ledger::to_json(genesis)));
  EXPECT_EQ(install_genesis(fresh_.config, ledger::to_json(genesis)).error().code,
            Errc::kAlreadyExists);
  // Also not when the document was deleted: the key may have signed for that chain.
  fs::remove(fresh_.config.node.genesis);
  EXPECT_EQ(install_genesis(fresh_.config, ledger::to_json(genesis)).error().code,
            Errc::kAlreadyExists);
}

TEST_F(Home, RefusesAGenesisWithoutItsKey) {
  create();
  const std::string text = ledger::to_json(huangpu::test::ChainBuilder().genesis());
  EXPECT_EQ(install_genesis(fresh_.config, text).error().code, Errc::kConfig);
  EXPECT_FALSE(fs::exists(fresh_.config.node.genesis));
  EXPECT_FALSE(fs::exists(fresh_.config.signer.sign_state_dir / "a.sign-state"));
}

TEST_F(Home, RefusesAGenesisWithAnotherPeerCertificate) {
  ledger::Genesis genesis = genesis_with(create());
  genesis.validators.front().tls_pin = crypto::Digest::from(Bytes(32, 0x77));
  EXPECT_EQ(install_genesis(fresh_.config, ledger::to_json(genesis)).error().code, Errc::kConfig);
  EXPECT_FALSE(fs::exists(fresh_.config.node.genesis));
}

TEST_F(Home, RefusesADocumentThatIsNoGenesis) {
  create();
  EXPECT_FALSE(install_genesis(fresh_.config, "{}"));
  EXPECT_FALSE(install_genesis(fresh_.config, ""));
  EXPECT_FALSE(fs::exists(fresh_.config.node.genesis));
}

// Service managers act on these (deploy/systemd): what needs a person is not started again.
TEST(NodeExitCode, TellsTheClassOfAFailure) {
  EXPECT_EQ(exit_code(Errc::kConfig), kExitConfiguration);
  EXPECT_EQ(exit_code(Errc::kWrongChain), kExitWrongChain);
  EXPECT_EQ(exit_code(Errc::kCorrupt), kExitDamaged);
  EXPECT_EQ(exit_code(Errc::kGuard), kExitGuard);
  EXPECT_EQ(exit_code(Errc::kDiverged), kExitDiverged);
  EXPECT_EQ(exit_code(Errc::kIo), kExitStorage);
  EXPECT_EQ(exit_code(Errc::kDiskFull), kExitStorage);
  EXPECT_EQ(exit_code(Errc::kUnsupportedVersion), kExitUnsupported);
  EXPECT_EQ(exit_code(Errc::kAlreadyRunning), kExitAlreadyRunning);
}

}  // namespace
}  // namespace huangpu::node
