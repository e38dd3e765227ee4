// Faults are injected into what a driver would have on disk; the verdict must be the one of SPEC
// C-73..C-79.
#include "consensus/safety/replay.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/base/codec.hpp"
#include "crypto/base/crc32c.hpp"
#include "tests/unit/consensus/support/safety_bench.hpp"

namespace huangpu::consensus::test {
namespace {

using Kind = Verdict::Kind;

class Replay : public ::testing::Test {
 protected:
  Replay() {
    for (std::uint64_t view = 1; view <= 3; ++view) bench_.notarize_and_sync(view);
  }

  Kind verdict() const { return bench_.replay_only().verdict.kind; }
  Bytes& log() { return bench_.disk.segments.back(); }
  // Every copy of a frame takes one block here.
  std::size_t frame_bytes() const { return 2 * kLogBlockBytes; }
  std::size_t frame_at(std::size_t i) const { return kLogBlockBytes + i * frame_bytes(); }

  // Both copies, in the newest segment.
  void damage_frame(std::size_t i) {
    for (const std::size_t copy : {std::size_t{0}, kLogBlockBytes})
      log()[frame_at(i) + copy + 50] ^= 1;
  }

  Network network_;
  SafetyBench bench_{network_};
};

TEST_F(Replay, OfAnUndamagedLogIsNormalAndContinuesBehindItsLastFrame) {
  const ReplayResult result = bench_.replay_only();
  EXPECT_EQ(result.verdict.kind, Kind::kNormal);
  EXPECT_EQ(result.restored.next_seq, 4U);
  EXPECT_FALSE(result.new_segment);
  EXPECT_EQ(result.offset, frame_at(3));
  EXPECT_EQ(result.torn_bytes, 0U);
  EXPECT_EQ(result.restored.votes.size(), 3U);
}

TEST_F(Replay, OfANewKeyIsNormal) {
  SafetyBench fresh(network_, 1);
  EXPECT_EQ(fresh.replay_only().verdict.kind, Kind::kNormal);
  EXPECT_TRUE(fresh.replay_only().new_segment);
}

TEST_F(Replay, IsNormalWhenThePowerFailedBetweenLogAndSignState) {
  ASSERT_TRUE(bench_.rules().nullify(View{4}));
  bench_.sync_without_sign_state();
  const ReplayResult result = bench_.restart();
  EXPECT_EQ(result.verdict.kind, Kind::kNormal);
  EXPECT_TRUE(result.restored.votes.at(View{4}).nullified);
}

// The last frame was never acted on: what survives of it without a whole copy is cut off.
TEST_F(Replay, CutsOffALastFrameTornAtAnyByteOfItsFirstCopy) {
  const Disk before = bench_.disk;
  ASSERT_TRUE(bench_.rules().notarize(View{4}, bench_.stored(4)));
  bench_.sync_without_sign_state();
  const Bytes whole = log();
  const std::size_t start = frame_at(3);
  std::size_t used = start + kLogBlockBytes;
  while (used > 0 && whole[used - 1] == 0) --used;
  for (std::size_t cut = start; cut < used; ++cut) {
    bench_.disk = before;
    log().resize(whole.size());
    std::copy(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut), log().begin());
    const ReplayResult result = bench_.replay_only();
    ASSERT_EQ(result.verdict.kind, Kind::kNormal) << cut << ": " << result.verdict.reason;
    ASSERT_EQ(result.restored.next_seq, 4U) << cut;
    ASSERT_EQ(result.offset, start);
  }
}

// Nobody can tell such a frame from one that was synced and then damaged: it counts.
TEST_F(Replay, KeepsALastFrameTornInItsSecondCopy) {
  ASSERT_TRUE(bench_.rules().notarize(View{4}, bench_.stored(4)));
  bench_.sync_without_sign_state();
  const Bytes whole = log();
  const std::size_t second = frame_at(3) + kLogBlockBytes;
  for (std::size_t cut = second; cut < second + 700; ++cut) {
    std::copy(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut), log().begin());
    std::fill(log().begin() + static_cast<std::ptrdiff_t>(cut), log().end(), std::uint8_t{0});
    const ReplayResult result = bench_.replay_only();
    ASSERT_EQ(result.verdict.kind, Kind::kNormal) << cut << ": " << result.verdict.reason;
    ASSERT_EQ(result.restored.next_seq, 5U) << cut;
    ASSERT_EQ(result.offset, frame_at(4)) << cut;
  }
}

// Sectors of one unsynced write survive in any order.
TEST_F(Replay, CutsOffALastFrameOfWhichOnlyLaterSectorsSurvive) {
  const Disk before = bench_.disk;
  StoredBlock large = bench_.stored(4);
  large.block.system.push_back(Bytes(20'000, 0x5a));
  ASSERT_TRUE(bench_.rules().notarize(View{4}, large));
  bench_.sync_without_sign_state();
  const Bytes whole = log();
  const std::size_t copy_bytes = (whole.size() - kLogBlockBytes - frame_at(3)) / 2;
  for (std::size_t block = frame_at(3); block < frame_at(3) + copy_bytes; block += kLogBlockBytes) {
    bench_.disk = before;
    log() = whole;
    for (const std::size_t copy : {std::size_t{0}, copy_bytes}) {
      std::fill_n(log().begin() + static_cast<std::ptrdiff_t>(block + copy), 512, std::uint8_t{0});
    }
    const ReplayResult result = bench_.replay_only();
    ASSERT_EQ(result.verdict.kind, Kind::kNormal) << block;
    EXPECT_GT(result.torn_bytes, 0U);
  }
}

TEST_F(Replay, ContinuesOverTheRemainsOfATornFrame) {
  StoredBlock large = bench_.stored(4);
  large.block.system.push_back(Bytes(20'000, 0x5a));
  ASSERT_TRUE(bench_.rules().notarize(View{4}, large));
  bench_.sync_without_sign_state();
  const std::size_t copy_bytes = (log().size() - kLogBlockBytes - frame_at(3)) / 2;
  for (const std::size_t copy : {std::size_t{0}, copy_bytes}) log()[frame_at(3) + copy + 3] ^= 1;

  ASSERT_EQ(bench_.restart().verdict.kind, Kind::kNormal);
  for (std::uint64_t view = 4; view <= 5; ++view) bench_.notarize_and_sync(view);
  const ReplayResult result = bench_.restart();
  EXPECT_EQ(result.verdict.kind, Kind::kNormal) << result.verdict.reason;
  EXPECT_EQ(result.restored.votes.size(), 5U);
}

TEST_F(Replay, QuarantinesWhenAnyBitOfBothCopiesOfASyncedFrameIsWrong) {
  const Disk before = bench_.disk;
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t byte = 0; byte < kLogBlockBytes; byte += (byte < 700 ? 1 : 97)) {
      bench_.disk = before;
      log()[frame_at(i) + byte] ^= static_cast<std::uint8_t>(1U << (byte % 8));
      log()[frame_at(i) + kLogBlockBytes + byte] ^= static_cast<std::uint8_t>(1U << (byte % 8));
      ASSERT_EQ(verdict(), Kind::kQuarantine) << "frame " << i << " byte " << byte;
    }
  }
}

// The last frame too, of which no later one tells that it was synced.
TEST_F(Replay, ForgetsNothingWhenAnyBitOfOneCopyIsWrongAndTellsHowToMendIt) {
  ASSERT_TRUE(bench_.rules().nullify(View{4}));
  bench_.sync_without_sign_state();
  const Bytes whole = log();
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t byte = 0; byte < frame_bytes();
         byte += (byte % kLogBlockBytes < 700 ? 1 : 97)) {
      log() = whole;
      log()[frame_at(i) + byte] ^= static_cast<std::uint8_t>(1U << (byte % 8));
      const ReplayResult result = bench_.replay_only();
      ASSERT_EQ(result.verdict.kind, Kind::kNormal) << "frame " << i << " byte " << byte;
      ASSERT_EQ(result.restored.votes.size(), 4U) << "frame " << i << " byte " << byte;
      ASSERT_EQ(result.repairs.size(), 1U);
      const ReplayResult::Repair& repair = result.repairs.front();
      std::copy_n(log().begin() + static_cast<std::ptrdiff_t>(repair.from), repair.size_bytes,
                  log().begin() + static_cast<std::ptrdiff_t>(repair.to));
      ASSERT_EQ(log(), whole);
    }
  }
}

// The sign-state trails and names the third frame; that the fifth is whole proves that the fourth
// was synced, and acted on.
TEST_F(Replay, QuarantinesWhenAWholeFrameFollowsADamagedOneThatTheSignStateDoesNotName) {
  for (std::uint64_t view = 4; view <= 5; ++view) {
    ASSERT_TRUE(bench_.rules().nullify(View{view}));
    bench_.sync_without_sign_state();
  }
  ASSERT_EQ(verdict(), Kind::kNormal);
  log()[frame_at(3) + 20] ^= 0x01;
  log()[frame_at(3) + kLogBlockBytes + 20] ^= 0x01;
  EXPECT_EQ(verdict(), Kind::kQuarantine);
}

TEST_F(Replay, QuarantinesWhenTheSegmentHeaderIsDamaged) {
  const Disk before = bench_.disk;
  for (std::size_t byte = 0; byte < kLogBlockBytes; byte += (byte < 120 ? 1 : 131)) {
    bench_.disk = before;
    log()[byte] ^= 0x10;
    ASSERT_EQ(verdict(), Kind::kQuarantine) << byte;
  }
}

TEST_F(Replay, QuarantinesWhenASyncedTailIsMissing) {
  log().resize(frame_at(2));
  EXPECT_EQ(verdict(), Kind::kQuarantine);
  log().resize(kLogBlockBytes);
  EXPECT_EQ(verdict(), Kind::kQuarantine);
  bench_.disk.segments.clear();
  EXPECT_EQ(verdict(), Kind::kQuarantine);
}

TEST_F(Replay, QuarantinesWhenTheLogIsFromYesterday) {
  const std::vector<Bytes> yesterday = bench_.disk.segments;
  bench_.notarize_and_sync(4);
  bench_.disk.segments = yesterday;
  EXPECT_EQ(verdict(), Kind::kQuarantine);
}

TEST_F(Replay, ToleratesOneUnreadableSignStateAndQuarantinesOnTwo) {
  const Disk before = bench_.disk;
  for (std::size_t byte = 0; byte < kSignStateBytes; byte += 3) {
    bench_.disk = before;
    (*bench_.disk.sign_state[0])[byte] ^= 4;
    ASSERT_EQ(verdict(), Kind::kNormal) << byte;
    (*bench_.disk.sign_state[1])[byte] ^= 4;
    ASSERT_EQ(verdict(), Kind::kQuarantine) << byte;
  }
  bench_.disk = before;
  bench_.disk.sign_state[0].reset();
  EXPECT_EQ(verdict(), Kind::kNormal);
  bench_.disk.sign_state[1].reset();
  EXPECT_EQ(verdict(), Kind::kQuarantine);
}

TEST_F(Replay, RefusesFilesOfAnotherKeyOrChain) {
  SafetyBench other(network_, 1);
  other.notarize_and_sync(1);
  const Disk before = bench_.disk;
  bench_.disk.segments = other.disk.segments;
  EXPECT_EQ(verdict(), Kind::kRefuse);
  bench_.disk = before;
  bench_.disk.sign_state[0] = other.disk.sign_state[0];
  EXPECT_EQ(verdict(), Kind::kRefuse);
}

TEST_F(Replay, RefusesALaterFormatByName) {
  // A later format keeps the place of its version and its checksum, so only those differ.
  const auto with_version_two = [](Bytes bytes, std::size_t covered) {
    bytes[5] = 2;
    Writer sum;
    sum.u32(crc32c(ByteView(bytes).first(covered)));
    std::copy(sum.view().begin(), sum.view().end(),
              bytes.begin() + static_cast<std::ptrdiff_t>(covered));
    return bytes;
  };
  const Disk before = bench_.disk;
  log() = with_version_two(log(), 104);
  EXPECT_EQ(verdict(), Kind::kRefuse);
  bench_.disk = before;
  bench_.disk.sign_state[0] = with_version_two(*bench_.disk.sign_state[0], 136);
  const Verdict refused = bench_.replay_only().verdict;
  EXPECT_EQ(refused.kind, Kind::kRefuse);
  EXPECT_NE(refused.reason.find("version 2"), std::string::npos) << refused.reason;
}

TEST_F(Replay, QuarantinesWhenTheOwnLaneIsShorterThanTheSignStateSays) {
  ASSERT_TRUE(bench_.rules().sign_batch(LanePosition{1}, digest_of(1)));
  bench_.notarize_and_sync(4);
  bench_.disk.lane_position = LanePosition{1};
  EXPECT_EQ(verdict(), Kind::kNormal);
  bench_.disk.lane_position = LanePosition{0};
  EXPECT_EQ(verdict(), Kind::kQuarantine);
}

TEST_F(Replay, ContinuesAcrossSegmentsAndMissesOneInTheMiddle) {
  bench_.roll_segment();
  bench_.notarize_and_sync(4);
  bench_.roll_segment();
  bench_.notarize_and_sync(5);
  EXPECT_EQ(bench_.replay_only().restored.votes.size(), 5U);
  EXPECT_EQ(verdict(), Kind::kNormal);
  bench_.disk.segments.erase(bench_.disk.segments.begin() + 1);
  EXPECT_EQ(verdict(), Kind::kQuarantine);
}

TEST_F(Replay, IgnoresASegmentThatWasBeingCreatedWhenThePowerFailed) {
  bench_.disk.segments.emplace_back();
  EXPECT_EQ(verdict(), Kind::kNormal);
  bench_.disk.segments.back() = Bytes(3 * kLogBlockBytes);
  EXPECT_EQ(verdict(), Kind::kNormal);
  bench_.disk.segments.back()[17] = 1;
  EXPECT_EQ(verdict(), Kind::kNormal) << "half a header";
}

TEST_F(Replay, AllowsTheSegmentsBelowADurableFloorToBeDeleted) {
  bench_.rules().set_final(View{3}, Height{3}, digest_of(3));
  bench_.roll_segment();
  ASSERT_TRUE(bench_.rules().write_floor());
  ASSERT_TRUE(bench_.rules().nullify(View{4}));
  bench_.sync();
  bench_.disk.segments.erase(bench_.disk.segments.begin());
  const ReplayResult result = bench_.restart();
  EXPECT_EQ(result.verdict.kind, Kind::kNormal) << result.verdict.reason;
  EXPECT_EQ(result.restored.floor->view, View{3});
  EXPECT_FALSE(bench_.rules().nullify(View{3}));
  EXPECT_TRUE(bench_.rules().own_votes(View{4}).nullified);
}

TEST_F(Replay, QuarantinesWhenTheFrontIsMissingWithoutAFloor) {
  bench_.roll_segment();
  bench_.notarize_and_sync(4);
  bench_.disk.segments.erase(bench_.disk.segments.begin());
  EXPECT_EQ(verdict(), Kind::kQuarantine);
}

// What a quarantine that ended makes of the damage before it.
TEST_F(Replay, CountsFromTheFrameThatEndedAQuarantine) {
  damage_frame(1);
  ASSERT_EQ(bench_.restart().verdict.kind, Kind::kQuarantine);
  ASSERT_TRUE(bench_.rules().quarantined());
  EXPECT_EQ(bench_.restart().verdict.kind, Kind::kQuarantine) << "still";
  ASSERT_TRUE(bench_.rules().rejoin(View{20}, Height{11}, digest_of(2)));
  bench_.sync();
  ASSERT_TRUE(bench_.rules().nullify(View{21}));
  bench_.sync();

  const ReplayResult result = bench_.restart();
  EXPECT_EQ(result.verdict.kind, Kind::kNormal) << result.verdict.reason;
  EXPECT_FALSE(bench_.rules().quarantined());
  EXPECT_TRUE(bench_.rules().lane_closed());
  EXPECT_FALSE(bench_.rules().nullify(View{20}));
  EXPECT_TRUE(bench_.rules().own_votes(View{21}).nullified);

  damage_frame(0);
  EXPECT_EQ(verdict(), Kind::kQuarantine) << "damage behind it counts again";
}

TEST_F(Replay, KeepsTheLaneClosedWhenTheSegmentOfTheRejoinIsGone) {
  damage_frame(1);
  bench_.restart();
  ASSERT_TRUE(bench_.rules().rejoin(View{20}, Height{11}, digest_of(2)));
  bench_.sync();
  bench_.rules().set_final(View{30}, Height{15}, digest_of(3));
  bench_.roll_segment();
  ASSERT_TRUE(bench_.rules().write_floor());
  bench_.sync();
  bench_.disk.segments.erase(bench_.disk.segments.begin(), bench_.disk.segments.end() - 1);
  ASSERT_EQ(bench_.restart().verdict.kind, Kind::kNormal);
  EXPECT_TRUE(bench_.rules().lane_closed());
}

TEST_F(Replay, QuarantinesWhenTheSignStateNamesALaterEpoch) {
  SignState state = decode_sign_state(*bench_.disk.sign_state[0]).value();
  state.epoch = Epoch{2};
  state.counter = 40;
  bench_.disk.sign_state[0] = encode(state);
  EXPECT_EQ(verdict(), Kind::kQuarantine);
}

// A peer chose the block's bytes; they must not pass for a frame when the frame around them is
// torn.
TEST_F(Replay, NeverTakesBytesInsideARecordForAFrame) {
  FrameBody forged;
  forged.seq = 9;
  forged.epoch = network_.record().epoch;
  forged.records = encode_record(NullifyRecord{View{9}});
  const auto place = [this](const Bytes& frame) {
    // The frame lies at block boundaries inside the record of view 4, whose own frame is torn.
    ASSERT_TRUE(bench_.rules().notarize(View{4}, bench_.stored(4)));
    bench_.sync_without_sign_state();
    log().resize(frame_at(8));
    damage_frame(3);
    for (std::size_t i = 4; i < 8; ++i) {
      std::copy(frame.begin(), frame.end(),
                log().begin() + static_cast<std::ptrdiff_t>(frame_at(i)));
    }
  };
  place(seal_frame(forged, bench_.disk.nonce + 1));
  EXPECT_EQ(verdict(), Kind::kNormal);
  EXPECT_EQ(bench_.replay_only().restored.next_seq, 4U);
}

}  // namespace
}  // namespace huangpu::consensus::test
