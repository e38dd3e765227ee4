#include "tools/admin/assembly.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/support/chain_builder.hpp"

namespace huangpu::tools {
namespace {

using ::testing::HasSubstr;

// A network of four whose document is taken apart into a draft and cards.
class Assembly : public ::testing::Test {
 protected:
  Assembly() {
    whole_ = huangpu::test::ChainBuilder().genesis();
    std::map<ledger::ParticipantId, std::string> codes;
    for (const auto& participant : whole_.participants) codes[participant.id] = participant.code;
    for (std::size_t i = 0; i < whole_.validators.size(); ++i) {
      auto& validator = whole_.validators[i];
      validator.name = "validator-" + std::string(1, static_cast<char>('a' + i));
      cards_.push_back({validator.name,
                        codes.at(validator.participant),
                        validator.key,
                        validator.tls_pin,
                        {"node-" + std::to_string(i) + ".example", 7'701}});
    }
    ledger::Genesis without = whole_;
    without.validators.clear();
    draft_ = ledger::to_json(without);
  }

  ledger::Genesis assembled() {
    const auto text = assemble_genesis(draft_, cards_);
    EXPECT_TRUE(text) << text.error().message;
    return ledger::parse_genesis(text.value()).value();
  }
  std::string refusal() {
    const auto text = assemble_genesis(draft_, cards_);
    EXPECT_FALSE(text);
    return text ? "" : text.error().message;
  }

  ledger::Genesis whole_;
  std::vector<Card> cards_;
  std::string draft_;
};

TEST_F(Assembly, MakesTheDocumentWhoseValidatorsTheCardsAre) {
  EXPECT_EQ(ledger::chain_id(assembled()), ledger::chain_id(whole_));
  EXPECT_TRUE(check_cards(whole_, cards_));
}

// SPEC W-71.
TEST_F(Assembly, GivesOneChainIdWhateverTheOrderOfTheCards) {
  const auto id = ledger::chain_id(assembled());
  std::ranges::reverse(cards_);
  EXPECT_EQ(ledger::chain_id(assembled()), id);
}

// SPEC W-72.
TEST_F(Assembly, RefusesTwoCardsThatShareAKeyPinNameOrAddress) {
  const std::vector<Card> good = cards_;
  cards_[1].key = cards_[0].key;
  EXPECT_THAT(refusal(), HasSubstr("validator-a and validator-b have the same public key"));
  cards_ = good;
  cards_[1].tls_pin = cards_[0].tls_pin;
  EXPECT_THAT(refusal(), HasSubstr("same peer pin"));
  cards_ = good;
  cards_[1].name = cards_[0].name;
  EXPECT_THAT(refusal(), HasSubstr("same name"));
  cards_ = good;
  cards_[1].peers = cards_[0].peers;
  EXPECT_THAT(refusal(), HasSubstr("same address"));
}

TEST_F(Assembly, RefusesAnUnknownInstitutionAndADraftThatListsValidators) {
  cards_[2].participant = "NOBODY";
  EXPECT_THAT(refusal(), HasSubstr("no participant \"NOBODY\""));
  draft_ = ledger::to_json(whole_);
  EXPECT_THAT(refusal(), HasSubstr("lists validators already"));
  draft_ = std::string(100'000, '[');
  EXPECT_THAT(refusal(), HasSubstr("not a genesis document"));
}

TEST_F(Assembly, NamesEveryDifferenceBetweenADocumentAndTheCards) {
  std::vector<Card> cards = cards_;
  std::swap(cards[0].key, cards[1].key);
  cards[2].tls_pin = crypto::Digest::parse_hex(std::string(64, '7')).value();
  cards[3].name = "validator-x";

  const Status status = check_cards(whole_, cards);
  ASSERT_FALSE(status);
  for (const char* part :
       {"validator-a: the document has public key", "validator-b: the document has public key",
        "validator-c: the document has peer pin", "no card of validator-d",
        "does not list validator-x"}) {
    EXPECT_THAT(status.error().message, HasSubstr(part));
  }
}

TEST_F(Assembly, TellsEachValidatorWhereTheOthersAre) {
  const auto peers = peer_addresses(whole_, cards_, "validator-c");
  ASSERT_EQ(peers.size(), 3U);
  EXPECT_EQ(peers[2].index, 3U);
  EXPECT_EQ(peers[2].endpoint.host, "node-3.example");
  EXPECT_EQ(peer_tables(whole_, cards_, "validator-c").find("node-2"), std::string::npos);
}

// A home as `huangpu-node init` writes it, with the tables behind it, is read as what they say.
TEST_F(Assembly, WritesTablesThatANodeReads) {
  const node::NodeConfig made = node::default_config("/tmp/home");
  const std::string text = node::config_text(made) + peer_tables(whole_, cards_, "validator-a");
  const auto config = node::parse_config(text, "/tmp/home");
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->peers.validators.size(), 3U);
  EXPECT_EQ(config->peers.validators[0].index, 1U);
  EXPECT_EQ(config->peers.validators[0].endpoint.port, 7'701);
}

TEST_F(Assembly, ReadsTheCardsItWrites) {
  for (const Card& card : cards_) {
    const auto back = parse_card(to_json(card), "card.json");
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, card);
  }
}

TEST_F(Assembly, RefusesCardsThatAreNotAsTheyMustBe) {
  const std::string good = to_json(cards_[0]);
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    const auto card = parse_card(text, "x.json");
    EXPECT_FALSE(card) << text;
    return card ? Error{} : card.error();
  };
  EXPECT_EQ(with("\"version\": 1", "\"version\": 2").code, Errc::kUnsupportedVersion);
  EXPECT_THAT(with("huangpu-card", "huangpu-key").message, HasSubstr("x.json: is not a card"));
  EXPECT_EQ(with("validator-a", "a\\n[limits]").code, Errc::kMalformed);
  EXPECT_EQ(with("node-0.example:7701", "\\\"").code, Errc::kMalformed);
  EXPECT_EQ(with("\"name\"", "\"format\": \"huangpu-card\", \"name\"").code, Errc::kMalformed);
  EXPECT_EQ(with("\"name\"", "\"note\": 1, \"name\"").code, Errc::kMalformed);
  EXPECT_FALSE(parse_card("", "x"));
  EXPECT_FALSE(parse_card(std::string(4'000, '['), "x"));
  EXPECT_FALSE(parse_card(std::string(5'000, ' '), "x"));
}

}  // namespace
}  // namespace huangpu::tools
