#include <nlohmann/json.hpp>

#include "tests/unit/tools/audit/support.hpp"
#include "tools/audit/replay_report.hpp"

namespace huangpu::tools {
namespace {

using namespace test;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

TEST(ReplayReport, OfACleanChainSaysSoWithItsFigures) {
  ChainBuilder chain;
  build(chain);
  const ReplayReport report = replay_archive(chain.archive(), chain.genesis());
  const ReplayFrame frame{"archive x", true, Height(1), 2'000};

  const std::string text = report_text(report, chain.genesis(), frame);
  EXPECT_THAT(text, HasSubstr("\nCLEAN\n"));
  EXPECT_THAT(text, Not(HasSubstr("NOT")));
  EXPECT_THAT(text, HasSubstr("10.00"));  // a thousand units of two decimals

  const json parsed = json::parse(report_json(report, chain.genesis(), frame));
  EXPECT_EQ(parsed["verdict"], "clean");
  EXPECT_EQ(parsed["clean"], true);
  EXPECT_EQ(parsed["last_height"], 6);
  EXPECT_EQ(parsed["uncertified_heights"], 0);
  EXPECT_EQ(parsed["client_signatures"], 8);
  EXPECT_EQ(parsed["per_second"]["transactions"], 4);
  EXPECT_EQ(parsed["results"]["settled"], 7);
  EXPECT_EQ(parsed["assets"][0]["code"], "CNY");
  EXPECT_EQ(parsed["assets"][0]["in_circulation"], "10.00");
  EXPECT_EQ(parsed["assets"][0]["conserved"], true);
  EXPECT_FALSE(parsed.contains("finding"));
}

TEST(ReplayReport, OfADivergedChainNamesTheFirstFinding) {
  ChainBuilder chain;
  build(chain, Height(4), [](PlannedBlock& plan, ChainBuilder&) {
    plan.edit_commit = [](consensus::CommitMessage& message) { message.state_root = {}; };
  });
  const ReplayReport report = replay_archive(chain.archive(), chain.genesis());
  const ReplayFrame frame{"archive x", false, Height(1), 10};

  const std::string text = report_text(report, chain.genesis(), frame);
  EXPECT_THAT(text, HasSubstr("NOT CLEAN (diverged)\nheight 4, offset "));
  EXPECT_THAT(text, Not(HasSubstr("\nCLEAN")));

  const json parsed = json::parse(report_json(report, chain.genesis(), frame));
  EXPECT_EQ(parsed["verdict"], "diverged");
  EXPECT_EQ(parsed["clean"], false);
  EXPECT_EQ(parsed["finding"]["check"], "commit-message");
  EXPECT_EQ(parsed["finding"]["number"], 62);
  EXPECT_EQ(parsed["finding"]["height"], 4);
  EXPECT_TRUE(parsed["finding"]["offset"].is_number());
  EXPECT_EQ(parsed["last_height"], 3);
}

TEST(ReplayReport, SaysWhichHeightsNobodyCertified) {
  ChainBuilder chain;
  build(chain, Height(6), [](PlannedBlock& plan, ChainBuilder&) { plan.certificate = false; });
  const ReplayReport report = replay_archive(chain.archive(), chain.genesis());

  const std::string text = report_text(report, chain.genesis(), {"archive x", true, Height(1), 1});

  EXPECT_THAT(text, HasSubstr("NOT CERTIFIED: heights 6 to 6 (ordered for good up to 6)"));
  EXPECT_EQ(json::parse(report_json(report, chain.genesis(), {}))["uncertified_heights"], 1);
}

TEST(ReplayReport, OfADamagedFileIsAFindingAlone) {
  auto source = ArchiveSource::from_bytes(to_bytes("nothing of use"));
  ASSERT_FALSE(source.has_value());
  EXPECT_THAT(finding_text(source.error()), HasSubstr("NOT CLEAN (damaged)"));
  EXPECT_EQ(json::parse(finding_json(source.error()))["finding"]["check"], "storage");
}

TEST(Check, NamesAreDistinct) {
  std::vector<std::string_view> names;
  for (std::uint16_t number = 0; number < 100; ++number) {
    const std::string_view word = name(static_cast<Check>(number));
    if (word == "unknown") continue;
    EXPECT_THAT(names, Not(testing::Contains(word)));
    names.push_back(word);
  }
  EXPECT_EQ(names.size(), 21U);
}

}  // namespace
}  // namespace huangpu::tools
