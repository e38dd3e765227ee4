// Homes of remote signers: what is made, what is added, and what their status says.
#include "tools/signer/signer_home.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "crypto/keystore/new_key.hpp"
#include "crypto/keystore/passphrase.hpp"
#include "crypto/pkcs11/open_signer.hpp"
#include "ledger/genesis/genesis.hpp"
#include "tests/support/chain_builder.hpp"
#include "tests/support/temporary_folder.hpp"

namespace huangpu::tools {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class SignerHomeTest : public ::testing::Test {
 protected:
  SignerHomeTest() {
    const ledger::Genesis genesis = huangpu::test::ChainBuilder().genesis();
    chain_ = ledger::chain_id(genesis).value();
    plan_.home = home_;
    plan_.genesis = folder_ / "genesis.json";
    plan_.client_pins = {std::string(64, 'a')};
    plan_.listen = "127.0.0.1:1";  // nobody listens there
    std::ofstream(plan_.genesis) << ledger::to_json(genesis);
  }
  crypto::NewKey make_file(crypto::KeyPurpose purpose, crypto::SuiteId suite) const {
    crypto::KeyFileOptions options;
    options.cost = crypto::KdfCost::for_tests();
    return crypto::make_new_key(purpose, suite, folder_.path(), "key", options).value();
  }
  std::string toml() const {
    std::ostringstream text;
    text << std::ifstream(home_ / "signer.toml").rdbuf();
    return text.str();
  }

  const huangpu::test::TemporaryFolder folder_;
  const fs::path home_ = folder_ / "home";
  crypto::Digest chain_;
  NewSigner plan_;
};

// SPEC R-3.
TEST_F(SignerHomeTest, WithoutAKeyOneOfTheChainsSuiteIsMadeThatTheSignerCanOpen) {
  const auto card = create_signer(plan_);
  ASSERT_TRUE(card) << card.error().message;
  const auto config = load_signer_config(home_);
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->keys.size(), 1U);
  EXPECT_EQ(config->chain, chain_);
  EXPECT_EQ(config->certificate_warning_days, 60U);
  const SignerKeyEntry& entry = config->keys.front();
  const auto signer = crypto::open_signer(
      entry.file, crypto::KeyPurpose::kConsensus,
      [&](const std::string&) { return crypto::passphrase_from_file(entry.passphrase_file); });
  ASSERT_TRUE(signer) << signer.error().message;
  EXPECT_EQ((*signer)->public_key(), card->key);
  EXPECT_TRUE(node::SignRecordFiles::open(ledger::posix_file_system(),
                                          record_place(*config, entry, card->key)));
  EXPECT_EQ(create_signer(plan_).error().code, Errc::kAlreadyExists);
}

TEST_F(SignerHomeTest, WithoutAKeyAndWithoutADocumentNothingSaysWhichSuite) {
  plan_.genesis.clear();
  plan_.chain = chain_.hex();
  EXPECT_EQ(create_signer(plan_).error().code, Errc::kInvalidArgument);
  EXPECT_FALSE(fs::exists(home_));
}

// SPEC R-4.
TEST_F(SignerHomeTest, AFurtherKeyHasItsRecordAndLeavesTheRestOfTheConfigurationAsItWas) {
  ASSERT_TRUE(create_signer(plan_));
  {
    std::ofstream file(home_ / "signer.toml", std::ios::app);
    file << "# a remark of the operator";
  }
  const std::string before = toml();
  const auto made = add_key(home_, {}, {});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(toml().substr(0, before.size()), before);
  const auto config = load_signer_config(home_);
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->keys.size(), 2U);
  EXPECT_NE(config->keys[0].record, config->keys[1].record);
  EXPECT_TRUE(node::SignRecordFiles::open(ledger::posix_file_system(),
                                          record_place(*config, config->keys[1], made->key)));

  const crypto::NewKey own = make_file(crypto::KeyPurpose::kConsensus, made->key.suite());
  const auto brought = add_key(home_, own.file, own.passphrase_file);
  ASSERT_TRUE(brought) << brought.error().message;
  EXPECT_EQ(brought->key, own.public_key);
  EXPECT_EQ(load_signer_config(home_)->keys.size(), 3U);
}

TEST_F(SignerHomeTest, AKeyThatIsListedOfAnotherSuiteOrOfAnotherPurposeIsNotTakenIn) {
  const auto card = create_signer(plan_);
  ASSERT_TRUE(card);
  const std::string before = toml();
  const auto config = load_signer_config(home_);
  EXPECT_EQ(add_key(home_, config->keys[0].file, {}).error().code, Errc::kAlreadyExists);
  const auto other = make_file(crypto::KeyPurpose::kConsensus, crypto::SuiteId::kSm2Sm3);
  EXPECT_EQ(add_key(home_, other.file, other.passphrase_file).error().code, Errc::kConfig);
  const auto desk = make_file(crypto::KeyPurpose::kParticipant, card->key.suite());
  EXPECT_EQ(add_key(home_, desk.file, desk.passphrase_file).error().code, Errc::kDenied);
  EXPECT_EQ(toml(), before);
}

// SPEC R-7.
TEST_F(SignerHomeTest, TheStatusShowsTheCertificatesEndKeysWithoutARecordAndWhetherItAnswers) {
  const auto card = create_signer(plan_);
  ASSERT_TRUE(card);
  auto status = signer_status(home_);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_FALSE(status->answers);
  EXPECT_EQ(status->pin, card->pin);
  EXPECT_EQ(status->days_left, 824);
  ASSERT_EQ(status->keys.size(), 1U);
  EXPECT_TRUE(status->keys[0].has_record);
  EXPECT_FALSE(status->keys[0].in_token);

  boost::asio::io_context loop;
  const boost::asio::ip::tcp::acceptor acceptor(loop,
                                                {boost::asio::ip::make_address_v4("127.0.0.1"), 0});
  std::string text = toml();
  const std::string listen = "127.0.0.1:1'";
  ASSERT_THAT(text, HasSubstr(listen));
  text.replace(text.find(listen), listen.size(),
               "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "'");
  std::ofstream(home_ / "signer.toml", std::ios::trunc) << text;
  fs::remove_all(status->keys[0].entry.record);
  status = signer_status(home_);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_TRUE(status->answers);
  EXPECT_FALSE(status->keys[0].has_record);
}

}  // namespace
}  // namespace huangpu::tools
