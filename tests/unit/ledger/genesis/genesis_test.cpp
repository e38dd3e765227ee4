#include "ledger/genesis/genesis.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "ledger/genesis/text_rules.hpp"
#include "tests/support/ledger_matchers.hpp"
#include "tests/support/ledger_world.hpp"
#include "tests/support/test_suite.hpp"
#include "tests/support/unusable_keys.hpp"

namespace huangpu::ledger::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

json sample_document() { return json::parse(to_json(sample_genesis())); }

std::string errors_of(const json& document) {
  const auto genesis = parse_genesis(document.dump());
  return genesis ? "" : genesis.error().message;
}

TEST(GenesisDocument, ReadsBackWhatItWrote) {
  const Genesis genesis = sample_genesis();
  const std::string text = to_json(genesis);
  const auto again = parse_genesis(text);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(*again, genesis);
  EXPECT_EQ(to_json(*again), text);
}

TEST(GenesisDocument, HasTheSameChainIdHoweverItIsLaidOut) {
  // json sorts fields by name and drops the line breaks.
  const auto compact = parse_genesis(sample_document().dump());
  ASSERT_TRUE(compact.has_value());
  EXPECT_EQ(chain_id(*compact), chain_id(sample_genesis()));
}

TEST(GenesisDocument, OfAnotherFormatOrVersionIsRefusedByName) {
  json document = sample_document();
  document["version"] = 2;
  const auto refused = parse_genesis(document.dump());
  EXPECT_THAT(refused, FailedWith(Errc::kUnsupportedVersion));
  EXPECT_THAT(refused.error().message, HasSubstr("genesis document: version 2 is unknown"));
  document["version"] = 1;
  document["format"] = "other";
  EXPECT_THAT(parse_genesis(document.dump()), FailedWith(Errc::kUnsupportedVersion));
  document.erase("format");
  EXPECT_THAT(parse_genesis(document.dump()), FailedWith(Errc::kUnsupportedVersion));
}

// SPEC K-41, K-43.
TEST(GenesisDocument, WithAKeyThatOnlySomeLibrariesTakeIsRefusedAtItsPath) {
  for (const auto& key : huangpu::test::kUnusableKeys) {
    json document = sample_document();
    document["keys"][0]["public_key"] = key.text;
    EXPECT_THAT(errors_of(document), HasSubstr("keys[0]")) << key.what;
  }
}

TEST(GenesisDocument, ReportsAllErrorsWithTheirPaths) {
  json document = sample_document();
  document["surprise"] = 1;
  document["participants"][1]["id"] = "two";
  document["participants"][1]["roles"][0] = "king";
  document["validators"][0].erase("tls_pin");
  document["keys"][0]["public_key"] = "nonsense";
  document["parameters"]["consensus"]["linger_ms"] = -1;
  document["assets"][0]["decimals"] = 300;

  const std::string errors = errors_of(document);

  EXPECT_THAT(errors, HasSubstr("surprise: unknown field"));
  EXPECT_THAT(errors, HasSubstr("participants[1].id: must be a whole number"));
  EXPECT_THAT(errors, HasSubstr("participants[1].roles[0]: unknown role"));
  EXPECT_THAT(errors, HasSubstr("validators[0].tls_pin: is missing"));
  EXPECT_THAT(errors, HasSubstr("keys[0].public_key: "));
  EXPECT_THAT(errors, HasSubstr("parameters.consensus.linger_ms: must be a whole number"));
  EXPECT_THAT(errors, HasSubstr("assets[0].decimals: must be a whole number"));
}

TEST(GenesisDocument, RefusesAFieldGivenTwice) {
  std::string text = to_json(sample_genesis());
  text.insert(text.find("\"version\""), "\"version\": 1, ");
  const auto refused = parse_genesis(text);
  EXPECT_THAT(refused, FailedWith(Errc::kConfig));
  EXPECT_THAT(refused.error().message, HasSubstr("version: given twice"));
}

TEST(GenesisDocument, RefusesWhatIsNotAShallowJsonObject) {
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("[]"), std::string("null"),
        std::string(100'000, '['), std::string("{\"format\":\"\xff\"}")}) {
    EXPECT_FALSE(parse_genesis(text).has_value());
  }
}

struct BrokenRule {
  const char* error;
  void (*break_it)(Genesis&);
};

class GenesisRules : public ::testing::TestWithParam<BrokenRule> {};

TEST_P(GenesisRules, AreEnforced) {
  Genesis genesis = sample_genesis();
  ASSERT_TRUE(check_genesis(genesis).empty());
  GetParam().break_it(genesis);
  EXPECT_THAT(check_genesis(genesis), ::testing::Contains(HasSubstr(GetParam().error)));
  StateTree tree(genesis.suite);
  EXPECT_THAT(apply_genesis(genesis, tree), FailedWith(Errc::kConfig));
}

INSTANTIATE_TEST_SUITE_P(
    All, GenesisRules,
    ::testing::Values(
        BrokenRule{"validators[0].public_key: must be of the chain's suite",
                   [](Genesis& g) { g.suite = huangpu::test::other_suite(); }},
        BrokenRule{"consensus.cut_batches_max: must not exceed lane_unordered_max",
                   [](Genesis& g) { g.consensus.lane_unordered_max = 1; }},
        BrokenRule{"chain_name: ", [](Genesis& g) { g.chain_name = "Bad Name"; }},
        BrokenRule{"time: ", [](Genesis& g) { g.time = TimestampMs(0); }},
        BrokenRule{
            "certify_timeout_ms: must exceed",
            [](Genesis& g) { g.consensus.certify_timeout_ms = g.consensus.propose_timeout_ms; }},
        BrokenRule{
            "skip_timeout_ms: must exceed",
            [](Genesis& g) { g.consensus.skip_timeout_ms = g.consensus.certify_timeout_ms; }},
        BrokenRule{"batch_bytes_max: must be", [](Genesis& g) { g.consensus.batch_bytes_max = 1; }},
        BrokenRule{"replay_window_seconds: must be",
                   [](Genesis& g) { g.ledger.replay_window_seconds = 121; }},
        BrokenRule{"reference_days: must be", [](Genesis& g) { g.ledger.reference_days = 0; }},
        BrokenRule{"participants[1].id: ids must ascend",
                   [](Genesis& g) { g.participants[1].id = g.participants[0].id; }},
        BrokenRule{"participants[0].id: ids must ascend",
                   [](Genesis& g) { g.participants[0].id = ParticipantId(0); }},
        BrokenRule{"participants[1].code: is used twice",
                   [](Genesis& g) { g.participants[1].code = g.participants[0].code; }},
        BrokenRule{"participants[1].name: ", [](Genesis& g) { g.participants[1].name = "a\nb"; }},
        BrokenRule{"participants[1].roles: ", [](Genesis& g) { g.participants[1].roles = {}; }},
        BrokenRule{"participants[1].management_threshold: ",
                   [](Genesis& g) { g.participants[1].management_threshold = 9; }},
        BrokenRule{"validators: ", [](Genesis& g) { g.validators.clear(); }},
        BrokenRule{"validators[1].name: is used twice",
                   [](Genesis& g) { g.validators.push_back(g.validators[0]); }},
        BrokenRule{"validators[1].public_key: is used twice",
                   [](Genesis& g) { g.validators.push_back(g.validators[0]); }},
        BrokenRule{"validators[1].tls_pin: is used twice",
                   [](Genesis& g) { g.validators.push_back(g.validators[0]); }},
        BrokenRule{"validators[0].public_key: is used twice",
                   [](Genesis& g) { g.validators[0].key = g.keys[0].key; }},
        BrokenRule{"keys[1].public_key: is used twice",
                   [](Genesis& g) { g.keys[1].key = g.keys[0].key; }},
        BrokenRule{"keys[0].participant: is not listed",
                   [](Genesis& g) { g.keys[0].participant = ParticipantId(99); }},
        BrokenRule{"certificates[0].role: is not a role",
                   [](Genesis& g) { g.certificates[0].role = Role::kSupervisor; }},
        BrokenRule{"certificates[1].pin: is used twice",
                   [](Genesis& g) { g.certificates.push_back(g.certificates[0]); }},
        BrokenRule{"assets[1].id: ids must ascend",
                   [](Genesis& g) { g.assets[1].id = AssetId(1); }},
        BrokenRule{"assets[1].code: is used twice",
                   [](Genesis& g) { g.assets[1].code = g.assets[0].code; }},
        BrokenRule{"assets[0].decimals: ", [](Genesis& g) { g.assets[0].decimals = 19; }},
        BrokenRule{"assets[0].issuer: ", [](Genesis& g) { g.assets[0].issuer = ParticipantId(2); }},
        BrokenRule{"accounts[2].number: overlaps accounts[1]",
                   [](Genesis& g) { g.accounts[1].count = 2; }},
        BrokenRule{"accounts[0].count: ", [](Genesis& g) { g.accounts[0].count = 0; }},
        BrokenRule{"accounts[0].threshold: ", [](Genesis& g) { g.accounts[0].threshold = 2; }},
        BrokenRule{"accounts[0].keys[0]: is not the id",
                   [](Genesis& g) { g.accounts[0].keys = {World::fresh_key(1).id()}; }},
        BrokenRule{"accounts: open more than", [](Genesis& g) {
                     g.accounts[0].count = 600'000;
                     g.accounts.push_back({ParticipantId(2), 5'000'000, 600'000, 0, {}});
                   }}));

TEST(ChainIds, ChangeWithEveryPartOfTheGenesis) {
  const ChainId original = chain_id(sample_genesis());
  const auto changed = [](void (*edit)(Genesis&)) {
    Genesis genesis = sample_genesis();
    edit(genesis);
    return chain_id(genesis);
  };
  EXPECT_NE(original, changed([](Genesis& g) { g.chain_name = "x"; }));
  EXPECT_NE(original, changed([](Genesis& g) { ++g.consensus.linger_ms; }));
  EXPECT_NE(original, changed([](Genesis& g) { ++g.ledger.reference_days; }));
  EXPECT_NE(original, changed([](Genesis& g) { g.participants[0].name += "x"; }));
  EXPECT_NE(original, changed([](Genesis& g) { std::swap(g.keys[0], g.keys[1]); }));
  EXPECT_NE(original, changed([](Genesis& g) { g.accounts.pop_back(); }));
}

TEST(GenesisEntries, AreSortedAndMakeTheFirstRoot) {
  const Genesis genesis = sample_genesis();
  StateTree tree(genesis.suite);
  const auto state = apply_genesis(genesis, tree);
  ASSERT_TRUE(state.has_value()) << state.error().message;
  EXPECT_TRUE(check_delta(state->entries).has_value());
  EXPECT_EQ(state->state_root, tree.root());
  // 3 participants, 7 keys, 1 certificate, 2 assets, 3 + 1 + 1 + 1 accounts, clock, epoch, epochs,
  // proposals.
  EXPECT_EQ(state->entries.changes.size(), 23U);
}

TEST(TextRules, KeepControlCharactersAndBrokenUtf8Out) {
  EXPECT_TRUE(is_printable("Banque de l'\xc3\x89tat \xe4\xb8\x8a\xe6\xb5\xb7", 140));
  EXPECT_TRUE(is_printable("\xf0\x9f\x8f\xa6", 1));
  for (const std::string_view text :
       {std::string_view(""), std::string_view(" x"), std::string_view("x "),
        std::string_view("a\x01"), std::string_view("a\x7f"), std::string_view("\xc3"),
        std::string_view("\xc0\xaf"), std::string_view("\xe0\x80\xaf"),
        std::string_view("\xed\xa0\x80"), std::string_view("\xf4\x90\x80\x80"),
        std::string_view("\x80"), std::string_view("a\xe2\x80\xae z"),
        std::string_view("\xc2\x85")}) {
    EXPECT_FALSE(is_printable(text, 140)) << to_hex(as_bytes(text));
  }
  EXPECT_FALSE(is_printable("abc", 2));
}

}  // namespace
}  // namespace huangpu::ledger::test
