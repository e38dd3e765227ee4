#include "node/home/node_home.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "crypto/base/exit_code.hpp"
#include "crypto/keystore/new_key.hpp"
#include "crypto/pkcs11/token_key.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/store/file_system.hpp"
#include "node/driver/vote_log_files.hpp"
#include "node/home/next_key.hpp"
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
  const auto signer = open_consensus_key(config->signer);
  ASSERT_TRUE(signer) << signer.error().message;
  EXPECT_EQ((*signer)->public_key(), card.key);
  EXPECT_EQ(read_card(*config)->tls_pin, card.tls_pin);
}

TEST_F(Home, RefusesAPassphraseFileThatOthersCanRead) {
  create();
  fs::permissions(fresh_.config.signer.passphrase_file, fs::perms(0644));
  EXPECT_FALSE(open_consensus_key(fresh_.config.signer));
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

// SPEC N-65, N-353.
class NextKeyTest : public Home {
 protected:
  NextKeyTest() {
    card_ = create();
    const ledger::Genesis genesis = genesis_with(card_);
    EXPECT_TRUE(install_genesis(fresh_.config, ledger::to_json(genesis)));
  }
  // Consensus keys of others: a key file, and what its public key looks like to a remote signer.
  crypto::NewKey other_key(crypto::SuiteId suite = crypto::SuiteId::kEd25519Sha256) const {
    crypto::KeyFileOptions options;
    options.cost = crypto::KdfCost::for_tests();
    return crypto::make_new_key(crypto::KeyPurpose::kConsensus, suite, folder_, "other", options)
        .value();
  }
  static NextKeyPlan plan() {
    NextKeyPlan plan;
    plan.cost = crypto::KdfCost::for_tests();
    return plan;
  }
  NextKeyPlan remote_plan() const {
    NextKeyPlan next = plan();
    next.remote = {other_key().public_key.to_string(), std::string(64, 'b'),
                   Endpoint{"10.0.0.9", 7710}};
    return next;
  }
  // What the operator does with the printed sections.
  Result<NodeConfig> configured(const NextKey& next) const {
    NodeConfig config = fresh_.config;
    config.signer.next = next.section;
    return parse_config(config_text(config), config.home);
  }

  ValidatorCard card_;
};

TEST_F(NextKeyTest, InAFileIsMadeWithItsOwnPassphraseAndSignState) {
  const auto next = make_next_key(fresh_.config, plan());
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_NE(next->key, card_.key);
  EXPECT_EQ(mode(next->section.key), 0600U);
  EXPECT_EQ(mode(next->section.passphrase_file), 0600U);
  EXPECT_TRUE(fs::exists(next->section.sign_state_dir / "a.sign-state"));
  const auto config = configured(*next);
  ASSERT_TRUE(config) << config.error().message;
  const auto signer = open_consensus_key(config->signer.next);
  ASSERT_TRUE(signer) << signer.error().message;
  EXPECT_EQ((*signer)->public_key(), next->key);
}

TEST_F(NextKeyTest, AtARemoteSignerGetsACertificateToShowAndASignState) {
  const auto next = make_next_key(fresh_.config, remote_plan());
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_EQ(next->section.kind, KeyKind::kRemote);
  EXPECT_EQ(mode(next->section.remote.tls.key), 0600U);
  EXPECT_FALSE(next->signer_client_pin.is_zero());
  EXPECT_TRUE(fs::exists(next->section.sign_state_dir / "a.sign-state"));
  const auto config = configured(*next);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->signer.next.remote.endpoint, (Endpoint{"10.0.0.9", 7710}));

  // Another one shows the same certificate.
  const auto again = make_next_key(fresh_.config, remote_plan());
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->signer_client_pin, next->signer_client_pin);
}

TEST_F(NextKeyTest, AtTheSignerOfTheKeyInOfficeNeedsOnlyItsPublicKey) {
  NextKeyPlan bare = remote_plan();
  bare.remote->server_pin.clear();
  bare.remote->endpoint.reset();
  EXPECT_EQ(make_next_key(fresh_.config, bare).error().code, Errc::kConfig)
      << "nothing says which signer";
  NodeConfig remote = fresh_.config;
  remote.signer.kind = KeyKind::kRemote;
  remote.signer.remote.public_key = card_.key.to_string();
  remote.signer.remote.server_pin = std::string(64, 'c');
  remote.signer.remote.endpoint = {"10.0.0.8", 7711};
  const auto next = make_next_key(remote, bare);
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_EQ(next->section.remote.server_pin, remote.signer.remote.server_pin);
  EXPECT_EQ(next->section.remote.endpoint, remote.signer.remote.endpoint);
}

TEST_F(NextKeyTest, ThatCannotBeIsRefusedAndLeavesNoSignState) {
  const auto refused = [&](const NextKeyPlan& plan, Errc code) {
    const auto next = make_next_key(fresh_.config, plan);
    EXPECT_FALSE(next);
    if (!next) {
      EXPECT_EQ(next.error().code, code) << next.error().message;
    }
    for (const auto& each : fs::directory_iterator(fresh_.config.home))
      EXPECT_EQ(each.path().filename().string().find("sign-state-"), std::string::npos);
  };
  NextKeyPlan same = remote_plan();
  same.remote->public_key = card_.key.to_string();
  refused(same, Errc::kConfig);
  NextKeyPlan foreign = remote_plan();
  foreign.remote->public_key = other_key(crypto::SuiteId::kSm2Sm3).public_key.to_string();
  refused(foreign, Errc::kConfig);
  NextKeyPlan pin = remote_plan();
  pin.remote->server_pin = "ab";
  refused(pin, Errc::kConfig);
  NextKeyPlan both = remote_plan();
  both.token_key = folder_ / "token.json";
  refused(both, Errc::kConfig);
  NextKeyPlan file = plan();  // a key file is no token key
  file.token_key = other_key().file;
  refused(file, Errc::kConfig);
}

TEST_F(NextKeyTest, InATokenTakesItsPinFromItsOwnFile) {
  crypto::TokenKey token;
  token.purpose = crypto::KeyPurpose::kConsensus;
  token.public_key = other_key().public_key;
  token.module = "/usr/lib/softhsm/libsofthsm2.so";
  token.token = "t";
  token.key = "k";
  ASSERT_TRUE(crypto::save_token_key(token, folder_ / "token.json"));
  NextKeyPlan next_plan = plan();
  next_plan.token_key = folder_ / "token.json";
  next_plan.pin_file = folder_ / "pin";
  const auto next = make_next_key(fresh_.config, next_plan);
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_EQ(next->key, token.public_key);
  EXPECT_EQ(next->section.kind, KeyKind::kPkcs11);
  EXPECT_EQ(next->section.passphrase_file, folder_ / "pin");
  EXPECT_TRUE(configured(*next));
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
