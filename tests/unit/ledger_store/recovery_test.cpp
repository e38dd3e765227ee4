// What crashes and damage may do to the block store: repaired and said, or refused by name; never
// silent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "ledger/store/block_store.hpp"
#include "ledger/store/segment_format.hpp"
#include "tests/support/fault_file_system.hpp"
#include "tests/unit/ledger_store/helpers.hpp"

namespace huangpu::ledger {
namespace {

using test::batch_key;
using test::Crash;
using test::digest_of;
using test::FaultFileSystem;
using test::Operation;
using test::Rng;
using test::text;
using testing::HasSubstr;

constexpr const char* kFirst = "data/chain/00000001.seg";

BlockStoreOptions options(std::uint64_t segment_bytes_max = 128ULL << 20) {
  BlockStoreOptions result;
  result.directory = "data";
  result.chain_id = digest_of("chain");
  result.segment_bytes_max = segment_bytes_max;
  return result;
}

std::unique_ptr<BlockStore> open(FileSystem& files, BlockStoreOptions with = options()) {
  auto store = BlockStore::open(files, std::move(with));
  EXPECT_TRUE(store.has_value()) << store.error().message;
  return store ? std::move(*store) : nullptr;
}

Status append_block(BlockStore& store, std::uint64_t height, std::size_t size_bytes = 100) {
  return store.append_block(Height(height), digest_of(std::to_string(height)),
                            Bytes(size_bytes, static_cast<std::uint8_t>(height)));
}

// Leaves a store as a dead process does: without its close mark.
void abandon(FaultFileSystem& files, std::unique_ptr<BlockStore> store) {
  files.crash(Crash::kKillProcess, 0);
  store.reset();
}

// Goal: whatever was synced is there after any crash, and nothing but a suffix of the rest is
// missing. Method: random appends, syncs and rotations, a random crash, reopen, compare with the
// model; many rounds.
TEST(BlockStoreRecovery, KeepsEverythingSyncedThroughAnyCrash) {
  for (const Crash kind :
       {Crash::kKillProcess, Crash::kLoseUnsynced, Crash::kTearLastWrite, Crash::kScatterSectors}) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
      SCOPED_TRACE(testing::Message() << "crash " << static_cast<int>(kind) << " seed " << seed);
      Rng rng(seed);
      FaultFileSystem files;
      std::map<std::uint64_t, Bytes> appended;
      std::uint64_t synced = 0;
      std::uint64_t height = 0;
      for (int life = 0; life < 4; ++life) {
        auto store = open(files, options(3000));
        ASSERT_NE(store, nullptr);
        const std::uint64_t held = store->last_block().value_or(Height(0)).value();
        ASSERT_GE(held, synced);
        ASSERT_LE(held, height);
        for (std::uint64_t h = 1; h <= held; ++h) {
          const auto record = store->get_block(Height(h));
          ASSERT_TRUE(record.has_value()) << record.error().message;
          ASSERT_EQ(record->payload, appended.at(h));
        }
        ASSERT_TRUE(store->scrub());
        height = held;
        synced = held;  // recovery made it durable
        for (std::uint64_t n = rng() % 20; n > 0; --n) {
          ++height;
          appended[height] = test::random_bytes(rng, rng() % 1200);
          ASSERT_TRUE(store->append_block(Height(height), digest_of(std::to_string(height)),
                                          appended[height]));
          if (rng() % 4 == 0) {
            ASSERT_TRUE(store->sync());
            synced = height;
          }
        }
        files.crash(kind, rng());
      }
    }
  }
}

TEST(BlockStoreRecovery, CutsATornTailAndSaysSo) {
  FaultFileSystem files;
  auto store = open(files);
  ASSERT_TRUE(append_block(*store, 1));
  ASSERT_TRUE(store->sync());
  ASSERT_TRUE(append_block(*store, 2));
  const std::uint64_t whole = files.contents(kFirst).size();
  abandon(files, std::move(store));
  Bytes bytes = files.contents(kFirst);
  bytes.resize(bytes.size() - 1);
  files.set_contents(kFirst, bytes);

  store = open(files);

  EXPECT_EQ(store->last_block(), Height(1));
  EXPECT_EQ(store->recovery().cut_file, kFirst);
  EXPECT_EQ(store->recovery().cut_offset + store->recovery().cut_bytes + 1, whole);
  EXPECT_FALSE(store->recovery().clean_close);
  ASSERT_TRUE(append_block(*store, 2));
  EXPECT_TRUE(store->scrub());
}

// Goal: a flipped bit is never silent. Method: every 7th bit of a store that was closed in order.
TEST(BlockStoreRecovery, NoticesEveryFlippedBitOfAStoreThatWasClosedInOrder) {
  FaultFileSystem files;
  {
    auto store = open(files, options(500));
    for (std::uint64_t height = 1; height <= 6; ++height) ASSERT_TRUE(append_block(*store, height));
    ASSERT_TRUE(store->append_epoch(Epoch(0), text("epoch")));
    ASSERT_TRUE(store->close());
  }
  for (const std::string& path : files.paths()) {
    const Bytes good = files.contents(path);
    for (std::uint64_t bit = 0; bit < good.size() * 8; bit += 7) {
      files.flip_bit(path, bit);
      const auto store = BlockStore::open(files, options(500));
      if (store) {
        // Only the close mark itself may be lost, and then the store says that it cut something
        // off.
        EXPECT_EQ((*store)->recovery().cut_file, path) << "bit " << bit;
        EXPECT_EQ((*store)->last_block(), Height(6)) << path << " bit " << bit;
        EXPECT_EQ((*store)->last_epoch(), Epoch(0)) << path << " bit " << bit;
        EXPECT_GE(bit / 8 + segment::kRecordHeaderBytes, good.size()) << path;
      } else {
        EXPECT_THAT(store.error().message, HasSubstr(path));
        EXPECT_TRUE(store.error().code == Errc::kCorrupt ||
                    store.error().code == Errc::kUnsupportedVersion)
            << store.error().message;
      }
      files.set_contents(path, good);
    }
  }
}

TEST(BlockStoreRecovery, RefusesDamageBeforeARecordThatVouchesForIt) {
  FaultFileSystem files;
  auto store = open(files);
  for (std::uint64_t height = 1; height <= 3; ++height) {
    ASSERT_TRUE(append_block(*store, height));
    ASSERT_TRUE(store->sync());
  }
  abandon(files, std::move(store));
  const std::uint64_t second = segment::kSegmentHeaderBytes + segment::kRecordHeaderBytes + 100;
  files.flip_bit(kFirst, (second + 90) * 8);

  const auto refused = BlockStore::open(files, options());

  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::kCorrupt);
  EXPECT_THAT(refused.error().message, HasSubstr(kFirst));
  EXPECT_THAT(refused.error().message, HasSubstr("offset " + std::to_string(second)));
}

TEST(BlockStoreRecovery, RefusesMissingSwappedAndShortenedSegments) {
  const auto filled = [](FaultFileSystem& files) {
    auto store = open(files, options(500));
    for (std::uint64_t height = 1; height <= 10; ++height)
      ASSERT_TRUE(append_block(*store, height));
    ASSERT_TRUE(store->close());
  };
  const std::string second = "data/chain/00000002.seg";
  const std::string third = "data/chain/00000003.seg";
  const std::map<std::string, std::function<void(FaultFileSystem&)>> injuries = {
      {"missing", [&](FaultFileSystem& files) { files.erase(second); }},
      {"swapped",
       [&](FaultFileSystem& files) {
         const Bytes two = files.contents(second);
         files.set_contents(second, files.contents(third));
         files.set_contents(third, two);
       }},
      {"shortened",
       [&](FaultFileSystem& files) {
         Bytes bytes = files.contents(second);
         bytes.resize(bytes.size() - 176);
         files.set_contents(second, bytes);
       }},
      {"emptied", [&](FaultFileSystem& files) { files.set_contents(second, {}); }},
      {"zeroed",
       [&](FaultFileSystem& files) {
         Bytes bytes = files.contents(second);
         std::fill(bytes.begin() + 80, bytes.begin() + 200, std::uint8_t{0});
         files.set_contents(second, bytes);
       }},
      {"grown",
       [&](FaultFileSystem& files) {
         Bytes bytes = files.contents(second);
         append(bytes, as_bytes("garbage"));
         files.set_contents(second, bytes);
       }},
  };
  for (const auto& [name, injure] : injuries) {
    SCOPED_TRACE(name);
    FaultFileSystem files;
    filled(files);
    injure(files);
    const auto refused = BlockStore::open(files, options(500));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Errc::kCorrupt);
    EXPECT_THAT(refused.error().message, HasSubstr(second));
  }
}

TEST(BlockStoreRecovery, FindsDamagedPayloadsAtReadingWhenOpeningSkippedThem) {
  FaultFileSystem files;
  BlockStoreOptions quick = options(500);
  quick.verify_sealed_payloads = false;
  {
    auto store = open(files, quick);
    for (std::uint64_t height = 1; height <= 10; ++height)
      ASSERT_TRUE(append_block(*store, height));
    ASSERT_TRUE(store->close());
  }
  files.flip_bit(kFirst, (segment::kSegmentHeaderBytes + segment::kRecordHeaderBytes + 5) * 8);

  const auto store = open(files, quick);

  const auto record = store->get_block(Height(1));
  ASSERT_FALSE(record.has_value());
  EXPECT_EQ(record.error().code, Errc::kCorrupt);
  EXPECT_THAT(record.error().message, HasSubstr("00000001.seg: damaged at offset 72"));
  EXPECT_EQ(store->scrub().error().code, Errc::kCorrupt);
  EXPECT_TRUE(store->get_block(Height(10)).has_value());
}

TEST(BlockStoreRecovery, DoesNotTakeBytesOfAPayloadForARecord) {
  // A client who knows the format plants a record that claims a durable end behind a torn place.
  FaultFileSystem files;
  auto store = open(files);
  segment::RecordHeader fake;
  RecordKey key;
  key.kind = RecordKind::kBlock;
  key.height = Height(77);
  key.digest = digest_of("fake");
  fake.key = key;
  fake.durable = 300;
  const auto planted = segment::encode(fake, 0, 400);
  Bytes payload(5000, 1);
  for (std::size_t at = 0; at + planted.size() < payload.size(); at += planted.size()) {
    std::copy(planted.begin(), planted.end(), payload.begin() + static_cast<std::ptrdiff_t>(at));
  }
  ASSERT_TRUE(store->append_block(Height(1), digest_of("1"), payload));
  abandon(files, std::move(store));
  files.flip_bit(kFirst, (segment::kSegmentHeaderBytes + 40) * 8);

  store = open(files);

  EXPECT_EQ(store->last_block(), std::nullopt);
  EXPECT_EQ(store->recovery().cut_offset, segment::kSegmentHeaderBytes);
}

TEST(BlockStoreRecovery, SurvivesACrashWhileASegmentIsMade) {
  for (std::size_t size = 0; size <= segment::kSegmentHeaderBytes; ++size) {
    FaultFileSystem files;
    {
      auto store = open(files, options(500));
      for (std::uint64_t height = 1; height <= 3; ++height)
        ASSERT_TRUE(append_block(*store, height));
      abandon(files, std::move(store));
    }
    files.set_contents("data/chain/00000002.seg", Bytes(size, 0));

    const auto store = open(files, options(500));

    ASSERT_NE(store, nullptr);
    EXPECT_EQ(store->recovery().cut_file, "data/chain/00000002.seg");
    EXPECT_EQ(store->last_block(), Height(2))
        << "the third block stood in the segment that was replaced";
    ASSERT_TRUE(append_block(*store, 3));
    EXPECT_TRUE(store->scrub());
  }
}

TEST(BlockStoreRecovery, StopsForGoodAfterAFailedSync) {
  FaultFileSystem files;
  auto store = open(files);
  ASSERT_TRUE(append_block(*store, 1));
  ASSERT_TRUE(store->sync());
  ASSERT_TRUE(append_block(*store, 2));
  files.fail_next(Operation::kSync, Errc::kIo);

  EXPECT_EQ(store->sync().error().code, Errc::kIo);
  EXPECT_EQ(store->sync().error().code, Errc::kIo);
  EXPECT_EQ(append_block(*store, 3).error().code, Errc::kIo);
  EXPECT_EQ(store->health().error().code, Errc::kIo);
  EXPECT_EQ(store->get_block(Height(1))->payload.size(), 100U);
}

// Linux forgets that pages are dirty when a sync fails. What the next process reads from the page
// cache must therefore be written again before it counts as durable.
TEST(BlockStoreRecovery, MakesDurableWhatAFailedSyncLeftInThePageCache) {
  FaultFileSystem files;
  auto store = open(files);
  ASSERT_TRUE(append_block(*store, 1));
  ASSERT_TRUE(store->sync());
  ASSERT_TRUE(append_block(*store, 2));
  files.fail_next(Operation::kSync, Errc::kIo);
  ASSERT_FALSE(store->sync());
  abandon(files, std::move(store));

  store = open(files);
  ASSERT_EQ(store->last_block(), Height(2));
  files.crash(Crash::kLoseUnsynced, 1);
  store.reset();
  store = open(files);

  EXPECT_EQ(store->last_block(), Height(2));
}

// Its header too: the segment is seen, empty, and used; then the power goes.
TEST(BlockStoreRecovery, MakesAHeaderDurableWhoseSyncFailed) {
  for (const Operation failing : {Operation::kSync, Operation::kSyncDirectory}) {
    FaultFileSystem files;
    auto store = open(files, options(300));
    ASSERT_NE(store, nullptr);
    ASSERT_TRUE(append_block(*store, 1));
    ASSERT_TRUE(append_block(*store, 2).has_value());
    ASSERT_TRUE(store->sync());
    // The full segment is synced, then the new one.
    files.fail_next(failing, Errc::kIo, failing == Operation::kSync ? 1 : 0);
    std::uint64_t height = 3;
    while (append_block(*store, height)) ++height;
    abandon(files, std::move(store));
    store = open(files, options(300));
    ASSERT_NE(store, nullptr);
    const std::uint64_t next = store->last_block()->value() + 1;
    ASSERT_TRUE(append_block(*store, next));
    ASSERT_TRUE(store->sync());
    files.crash(Crash::kLoseUnsynced, 1);
    store.reset();
    store = open(files, options(300));
    ASSERT_NE(store, nullptr);
    EXPECT_EQ(store->last_block(), Height(next));
  }
}

TEST(BlockStoreRecovery, ResumesAfterAFullDiskOnceThereIsSpace) {
  FaultFileSystem files;
  auto store = open(files);
  files.set_capacity_bytes(700);
  std::uint64_t height = 0;
  Status status;
  while (status) status = append_block(*store, ++height);
  EXPECT_EQ(status.error().code, Errc::kDiskFull);
  EXPECT_EQ(store->sync().error().code, Errc::kDiskFull);
  EXPECT_EQ(store->get_block(Height(1))->payload.size(), 100U);
  store.reset();

  files.set_capacity_bytes(1 << 20);
  store = open(files);

  EXPECT_EQ(store->last_block(), Height(height - 1));
  ASSERT_TRUE(append_block(*store, height));
  EXPECT_TRUE(store->sync());
  EXPECT_TRUE(store->scrub());
}

// Goal: no failing operation is swallowed. Method: fail the n-th operation of each kind during one
// life.
TEST(BlockStoreRecovery, ReportsEveryFailedOperation) {
  for (const Operation operation : {Operation::kOpen, Operation::kWrite, Operation::kSync,
                                    Operation::kSyncDirectory, Operation::kRead}) {
    std::size_t reported = 0;
    for (std::uint64_t skip = 0; skip < 12; ++skip) {
      FaultFileSystem files;
      {
        auto store = open(files, options(500));
        for (std::uint64_t height = 1; height <= 3; ++height) {
          ASSERT_TRUE(append_block(*store, height));
        }
        abandon(files, std::move(store));
      }
      files.fail_next(operation, Errc::kIo, skip);
      const auto life = [&]() -> Status {
        HP_TRY_ASSIGN(const auto store, BlockStore::open(files, options(500)));
        const Height last = store->last_block().value_or(Height(0));
        for (std::uint64_t height = last.value() + 1; height <= 9; ++height) {
          HP_TRY(append_block(*store, height));
          HP_TRY(store->sync());
        }
        for (std::uint64_t height = 1; height <= 9; ++height) {
          HP_TRY_ASSIGN(const Record record, store->get_block(Height(height)));
          EXPECT_EQ(record.payload[0], height);
        }
        return store->close();
      };
      const Status status = life();
      if (!status) {
        ++reported;
        EXPECT_EQ(status.error().code, Errc::kIo) << status.error().message;
      }
      files.crash(Crash::kKillProcess, 0);
      EXPECT_NE(open(files, options(500)), nullptr);
    }
    EXPECT_GT(reported, 0U);
  }
}

TEST(BlockStoreRecovery, SurvivesGarbageInPlaceOfASegment) {
  Rng rng(5);
  for (int round = 0; round < 300; ++round) {
    FaultFileSystem files;
    ASSERT_TRUE(files.create_directories("data/chain"));
    ASSERT_TRUE(files.create_directories("data/epochs"));
    files.set_contents(kFirst, test::random_bytes(rng, 73 + rng() % 400));
    const auto store = BlockStore::open(files, options());
    ASSERT_FALSE(store.has_value());
    EXPECT_EQ(store.error().code, Errc::kCorrupt);
  }
}

}  // namespace
}  // namespace huangpu::ledger
