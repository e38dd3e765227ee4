// The flight recorder: what it keeps, what it writes, and what can be read back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>

#include "ledger/store/text_file.hpp"
#include "node/flight/flight_files.hpp"

namespace huangpu::node {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::SizeIs;

FlightRecord vote_from(std::uint16_t peer, std::uint64_t view) {
  return {1'700'000'000'123, view, 41, 2, peer, FlightEvent::kReceived};
}

class Flight : public ::testing::Test {
 protected:
  Flight() {
    std::string name = (fs::temp_directory_path() / "huangpu-flight-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~Flight() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  static FlightHeader header(std::uint64_t at, std::string reason = "stalled") {
    return {"north", "1.0", std::move(reason), at, {"bank-a", "bank-b"}};
  }
  static std::string read(const fs::path& path) {
    return ledger::read_text_file(path, kFlightFileBytesMax).value();
  }

  fs::path folder_;
  std::unique_ptr<FlightRing> ring_ = std::make_unique<FlightRing>();
};

TEST_F(Flight, TheRingKeepsTheNewestAndNeverGrows) {
  for (std::uint64_t view = 1; view <= FlightRing::kRecords + 100; ++view)
    ring_->note(vote_from(1, view));

  const auto kept = ring_->copy();

  ASSERT_THAT(kept, SizeIs(FlightRing::kRecords));
  EXPECT_EQ(kept.front().view, 101u);
  EXPECT_EQ(kept.back().view, FlightRing::kRecords + 100);
}

TEST_F(Flight, ALineFitsItsBoundWithTheGreatestNumbers) {
  const FlightRecord greatest{~0ull, ~0ull, ~0ull, ~0u, 0xfffe, FlightEvent::kVoteWritten};
  std::array<char, kFlightLineBytesMax> line{};
  EXPECT_LT(flight_line(greatest, line), kFlightLineBytesMax);
}

TEST_F(Flight, ARecordingIsReadBackInWords) {
  FlightFiles files(folder_ / "flight", *ring_);
  ring_->note(vote_from(1, 812));
  ring_->note({1'700'000'000'999, 812, 41, 7, kNobody, FlightEvent::kVoteDurable});
  const auto path = files.write(header(1'700'000'001'000), false);
  ASSERT_TRUE(path && *path);

  const auto text = describe_flight(read(**path));

  ASSERT_TRUE(text) << text.error().message;
  EXPECT_THAT(*text, HasSubstr("node north, version 1.0, written at 2023-11-14 22:13:21.000 UTC "
                               "because of: stalled\n"));
  EXPECT_THAT(*text, HasSubstr("22:13:20.123  view 812  height 41  received vote from bank-b\n"));
  EXPECT_THAT(*text, HasSubstr("vote-durable after 7 ms\n"));
  struct stat found {};
  ASSERT_EQ(::stat((*path)->c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
}

TEST_F(Flight, TroubleThatRepeatsItselfIsWrittenOnceAMinuteAndWhatIsAskedForAlways) {
  FlightFiles files(folder_, *ring_);
  EXPECT_TRUE(files.write(header(1'000'000), false).value());
  EXPECT_FALSE(files.write(header(1'059'999), false).value());
  EXPECT_TRUE(files.write(header(1'059'999, "asked"), true).value());
  EXPECT_TRUE(files.write(header(1'060'000), false).value());
}

TEST_F(Flight, OnlyTheNewestRecordingsStay) {
  FlightFiles files(folder_, *ring_);
  for (std::uint64_t i = 0; i < 20; ++i)
    ASSERT_TRUE(files.write(header(900 + i * 100, "asked"), true).value());

  const auto names = flight_recordings(folder_);

  ASSERT_THAT(names, SizeIs(FlightFiles::kFiles));
  EXPECT_EQ(names.front(), "2100-asked.jsonl");
  EXPECT_EQ(names.back(), "2800-asked.jsonl");
}

TEST_F(Flight, AnAbortLeavesARecording) {
  ring_->note(vote_from(0, 77));
  EXPECT_EXIT(
      {
        FlightFiles files(folder_, *ring_);
        if (files.catch_aborts(header(5, "assertion"))) std::abort();
        std::_Exit(0);
      },
      ::testing::KilledBySignal(SIGABRT), "");

  const auto text = describe_flight(read(folder_ / "assertion.jsonl"));

  ASSERT_TRUE(text) << text.error().message;
  EXPECT_THAT(*text, HasSubstr("because of: assertion"));
  EXPECT_THAT(*text, HasSubstr("view 77  height 41  received vote from bank-a"));
}

TEST_F(Flight, WhatIsNoRecordingIsRefusedWithItsLine) {
  const std::string good = flight_header(header(1));
  const auto code = [](const std::string& text) {
    const auto read = describe_flight(text);
    return read ? std::optional<Errc>() : read.error().code;
  };
  EXPECT_EQ(code(""), Errc::kMalformed);
  EXPECT_EQ(code("{}\n"), Errc::kMalformed);
  EXPECT_EQ(code("{\"flight\":2}\n"), Errc::kUnsupportedVersion);
  EXPECT_EQ(code(good), std::nullopt);
  EXPECT_EQ(code(good + "[1]\n"), Errc::kMalformed);
  EXPECT_EQ(code(good + std::string(100'000, '[') + "\n"), Errc::kMalformed);
  EXPECT_EQ(code(good + "{\"at\":-1,\"event\":7,\"peer\":99999999999}\n"), std::nullopt);
  EXPECT_THAT(describe_flight(good + "{}\nx\n").error().message, HasSubstr("line 3"));
}

}  // namespace
}  // namespace huangpu::node
