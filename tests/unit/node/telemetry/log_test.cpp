#include "node/telemetry/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "node/telemetry/log_line.hpp"
#include "node/telemetry/metrics.hpp"

namespace huangpu::node {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kTimeUs = 1'795'435'200'000'042;  // 2026-11-23T12:00:00.000042Z

std::string text_of(std::string_view message, LogFields fields = {}) {
  return text_line({kTimeUs, LogLevel::kInfo, LogEvent::kPeerUp, "n", message, fields});
}
std::string json_of(std::string_view message, LogFields fields = {}) {
  return json_line({kTimeUs, LogLevel::kInfo, LogEvent::kPeerUp, "n", message, fields});
}

TEST(LogLine, OfTextHasTimeLevelEventAndFields) {
  EXPECT_EQ(text_of("peer is up", {{"peer", 3u}, {"address", "::1"}, {"first", true}, {"gap", -2}}),
            "2026-11-23T12:00:00.000042Z INFO  peer-up: peer is up peer=3 address=::1 first=true "
            "gap=-2");
}

TEST(LogLine, OfJsonIsAnObjectWithTypedFields) {
  const auto json = nlohmann::json::parse(json_of("up", {{"peer", 3u}, {"name", "a\"b"}}));

  EXPECT_EQ(json["time"], "2026-11-23T12:00:00.000042Z");
  EXPECT_EQ(json["level"], "info");
  EXPECT_EQ(json["event"], "peer-up");
  EXPECT_EQ(json["event_id"], 400);
  EXPECT_EQ(json["node"], "n");
  EXPECT_EQ(json["peer"], 3);
  EXPECT_EQ(json["name"], "a\"b");
}

TEST(LogLine, EscapesControlCharactersAndBrokenUtf8) {
  const std::string hostile = "a\nb\x1b[31m\x7f\xff\xc0\xaf\xc2\x9b";

  EXPECT_THAT(text_of(hostile),
              HasSubstr("a\\u000ab\\u001b[31m\\u007f\\u00ff\\u00c0\\u00af\\u009b"));
  const auto json = nlohmann::json::parse(json_of(hostile));
  EXPECT_THAT(json["message"].get<std::string>(), HasSubstr("[31m"));
}

TEST(LogLine, KeepsTextOfOtherScripts) { EXPECT_THAT(text_of("黄浦江"), HasSubstr("黄浦江")); }

TEST(LogLine, EndsAtFourKibibytesAndStaysValid) {
  const std::string huge(100'000, '"');
  const auto line = json_of(huge, {{"one", huge}, {"two", huge}});

  EXPECT_LE(line.size(), kLogLineBytesMax);
  EXPECT_TRUE(nlohmann::json::accept(line));
  EXPECT_LE(text_of(huge, {{"one", huge}, {"two", huge}}).size(), kLogLineBytesMax);
}

class LogFile : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::temp_directory_path() /
            ("hp_log_test_" + std::to_string(::getpid()) + ".log");
    settings_.file = path_;
  }
  void TearDown() override {
    close_log();
    std::filesystem::remove(path_);
  }
  std::vector<std::string> lines() const {
    std::ifstream file(path_);
    std::vector<std::string> result;
    for (std::string line; std::getline(file, line);) result.push_back(line);
    return result;
  }

  std::filesystem::path path_;
  LogSection settings_;
};

TEST_F(LogFile, HoldsOneLinePerEventAtOrAboveTheLevel) {
  settings_.level = LogLevel::kWarning;
  ASSERT_TRUE(open_log(settings_, "node-1", nullptr));

  log(LogLevel::kInfo, LogEvent::kPeerUp, "not this one");
  log(LogLevel::kError, LogEvent::kPeerDown, "this one\nonly");

  ASSERT_EQ(lines().size(), 1u);
  EXPECT_THAT(lines()[0], HasSubstr("peer-down: this one\\u000aonly"));
}

TEST_F(LogFile, StopsRepeatsOfOneEventAndCountsThem) {
  Metrics metrics;
  settings_.repeats_per_minute = 3;
  ASSERT_TRUE(open_log(settings_, "node-1", &metrics));

  for (int i = 0; i < 10; ++i) log(LogLevel::kInfo, LogEvent::kPeerMisbehaved, "again");
  log(LogLevel::kInfo, LogEvent::kQuarantineLeft, "another event");

  EXPECT_EQ(lines().size(), 4u);
  EXPECT_THAT(metrics.text(),
              HasSubstr("huangpu_log_suppressed_total{event=\"peer-misbehaved\"} 7"));
}

TEST_F(LogFile, ThatCannotBeOpenedIsAnError) {
  settings_.file = "/dev/null/node.log";

  const auto opened = open_log(settings_, "node-1", nullptr);

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::kIo);
}

}  // namespace
}  // namespace huangpu::node
