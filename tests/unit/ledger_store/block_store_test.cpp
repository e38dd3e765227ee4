#include "ledger/store/block_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/support/fault_file_system.hpp"
#include "tests/unit/ledger_store/helpers.hpp"

namespace huangpu::ledger {
namespace {

using test::batch_key;
using test::digest_of;
using test::FaultFileSystem;
using test::text;
using testing::HasSubstr;

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

TEST(BlockStore, GivesBackEveryKindOfRecord) {
  FaultFileSystem files;
  auto store = open(files);
  ASSERT_TRUE(store->append_batch(batch_key(2, 1), digest_of("b1"), text("batch")));
  ASSERT_TRUE(store->append_batch_signature(batch_key(2, 1), digest_of("b1"), text("signature")));
  ASSERT_TRUE(store->append_block(Height(1), digest_of("h1"), text("block")));
  ASSERT_TRUE(store->append_commit(Height(1), text("commit")));
  ASSERT_TRUE(store->append_certificate(Height(1), text("certificate")));
  ASSERT_TRUE(store->append_epoch(Epoch(0), text("epoch")));
  ASSERT_TRUE(store->append_evidence(digest_of("e"), text("evidence")));

  const auto check = [](const BlockStore& held) {
    EXPECT_EQ(held.get_batch(batch_key(2, 1))->payload, text("batch"));
    EXPECT_EQ(held.get_batch(batch_key(2, 1), digest_of("b1"))->payload, text("batch"));
    EXPECT_EQ(held.get_batch_signature(batch_key(2, 1), digest_of("b1"))->payload,
              text("signature"));
    EXPECT_EQ(held.get_block(Height(1))->payload, text("block"));
    EXPECT_EQ(held.get_block(digest_of("h1"))->key.height, Height(1));
    EXPECT_EQ(held.get_commit(Height(1))->payload, text("commit"));
    EXPECT_EQ(held.get_certificate(Height(1))->payload, text("certificate"));
    EXPECT_EQ(held.get_epoch(Epoch(0))->payload, text("epoch"));
    EXPECT_EQ(held.get_evidence(digest_of("e"))->payload, text("evidence"));
    EXPECT_EQ(held.get_block(Height(2)).error().code, Errc::kNotFound);
    EXPECT_EQ(held.get_batch(batch_key(2, 1), digest_of("other")).error().code, Errc::kNotFound);
    EXPECT_TRUE(held.has_batch(batch_key(2, 1), digest_of("b1")));
    EXPECT_FALSE(held.has_batch(batch_key(2, 2), digest_of("b1")));
    EXPECT_TRUE(held.has_block(digest_of("h1")));
    EXPECT_EQ(held.block_height(digest_of("h1")), Height(1));
    EXPECT_EQ(held.first_block(), Height(1));
    EXPECT_EQ(held.last_block(), Height(1));
    EXPECT_EQ(held.last_commit(), Height(1));
    EXPECT_EQ(held.last_certificate(), Height(1));
    EXPECT_EQ(held.last_epoch(), Epoch(0));
    EXPECT_EQ(held.last_position(Epoch(0), ValidatorIndex(2)), LanePosition(1));
    EXPECT_EQ(held.last_position(Epoch(0), ValidatorIndex(1)), std::nullopt);
    EXPECT_TRUE(held.scrub());
  };
  check(*store);
  ASSERT_TRUE(store->close());
  store.reset();
  store = open(files);
  check(*store);
  EXPECT_TRUE(store->recovery().clean_close);
  EXPECT_EQ(store->recovery().cut_file, "");
  EXPECT_EQ(store->recovery().records, 7U);
}

TEST(BlockStore, HoldsNothingAtFirst) {
  FaultFileSystem files;
  const auto store = open(files);

  EXPECT_EQ(store->last_block(), std::nullopt);
  EXPECT_EQ(store->last_commit(), std::nullopt);
  EXPECT_EQ(store->get_certificate_at_or_above(Height(0)).error().code, Errc::kNotFound);
}

TEST(BlockStore, FindsTheLowestCertificateAtOrAboveAHeight) {
  FaultFileSystem files;
  const auto store = open(files);
  ASSERT_TRUE(store->append_certificate(Height(3), text("three")));
  ASSERT_TRUE(store->append_certificate(Height(9), text("nine")));

  EXPECT_EQ(store->get_certificate_at_or_above(Height(1))->key.height, Height(3));
  EXPECT_EQ(store->get_certificate_at_or_above(Height(4))->payload, text("nine"));
  EXPECT_EQ(store->get_certificate_at_or_above(Height(10)).error().code, Errc::kNotFound);
}

TEST(BlockStore, WritesWhatItHoldsOnlyOnce) {
  FaultFileSystem files;
  const auto store = open(files);
  ASSERT_TRUE(store->append_batch(batch_key(0, 1), digest_of("b"), text("batch")));
  ASSERT_TRUE(store->append_commit(Height(1), text("commit")));
  ASSERT_TRUE(store->append_certificate(Height(1), text("certificate")));
  const std::uint64_t bytes = store->size_bytes();

  EXPECT_TRUE(store->append_batch(batch_key(0, 1), digest_of("b"), text("batch")));
  EXPECT_TRUE(store->append_commit(Height(1), text("commit")));
  EXPECT_TRUE(store->append_certificate(Height(1), text("another quorum")));
  EXPECT_EQ(store->append_commit(Height(1), text("another result")).error().code, Errc::kConflict);
  EXPECT_EQ(store->size_bytes(), bytes);
  EXPECT_TRUE(store->health());
}

TEST(BlockStore, KeepsBothBatchesOfAnEquivocatingLane) {
  FaultFileSystem files;
  auto store = open(files);
  ASSERT_TRUE(store->append_batch(batch_key(0, 1), digest_of("x"), text("x")));
  ASSERT_TRUE(store->append_batch(batch_key(0, 1), digest_of("y"), text("y")));
  store.reset();
  store = open(files);

  EXPECT_EQ(store->get_batch(batch_key(0, 1))->payload, text("x"));
  EXPECT_EQ(store->get_batch(batch_key(0, 1), digest_of("x"))->payload, text("x"));
  EXPECT_EQ(store->get_batch(batch_key(0, 1), digest_of("y"))->payload, text("y"));
}

TEST(BlockStore, RefusesRecordsThatHaveNoName) {
  FaultFileSystem files;
  const auto store = open(files);

  EXPECT_EQ(store->append_batch(batch_key(0, 1), {}, text("x")).error().code,
            Errc::kInvalidArgument);
  EXPECT_EQ(store->append_block(Height(1), {}, text("x")).error().code, Errc::kInvalidArgument);
  EXPECT_EQ(store->append_evidence({}, text("x")).error().code, Errc::kInvalidArgument);
  EXPECT_TRUE(store->health());
}

TEST(BlockStore, ContinuesInNewSegments) {
  FaultFileSystem files;
  auto store = open(files, options(600));
  for (std::uint64_t height = 1; height <= 50; ++height) {
    ASSERT_TRUE(store->append_block(Height(height), digest_of(std::to_string(height)),
                                    Bytes(100, static_cast<std::uint8_t>(height))));
  }
  store.reset();
  store = open(files, options(600));

  EXPECT_GT(store->recovery().segments, 10U);
  for (std::uint64_t height = 1; height <= 50; ++height) {
    EXPECT_EQ(store->get_block(Height(height))->payload,
              Bytes(100, static_cast<std::uint8_t>(height)));
  }
}

TEST(BlockStore, AdmitsRecordsLargerThanASegment) {
  FaultFileSystem files;
  const auto store = open(files, options(600));

  ASSERT_TRUE(store->append_block(Height(1), digest_of("1"), Bytes(5000, 1)));
  ASSERT_TRUE(store->append_block(Height(2), digest_of("2"), Bytes(5000, 2)));

  EXPECT_EQ(store->get_block(Height(1))->payload.size(), 5000U);
  EXPECT_EQ(store->get_block(Height(2))->payload, Bytes(5000, 2));
}

TEST(BlockStore, RefusesTheFilesOfAnotherChain) {
  FaultFileSystem files;
  ASSERT_TRUE(open(files)->append_block(Height(1), digest_of("1"), text("x")));
  BlockStoreOptions other = options();
  other.chain_id = digest_of("another chain");

  const auto store = BlockStore::open(files, other);

  ASSERT_FALSE(store.has_value());
  EXPECT_EQ(store.error().code, Errc::kWrongChain);
  EXPECT_THAT(store.error().message, HasSubstr("data/chain/00000001.seg"));
}

TEST(BlockStore, RefusesAnUnknownFormatByName) {
  FaultFileSystem files;
  ASSERT_TRUE(open(files)->append_block(Height(1), digest_of("1"), text("x")));
  Bytes bytes = files.contents("data/chain/00000001.seg");
  bytes[9] = 7;
  files.set_contents("data/chain/00000001.seg", bytes);

  const auto store = BlockStore::open(files, options());

  ASSERT_FALSE(store.has_value());
  EXPECT_EQ(store.error().code, Errc::kUnsupportedVersion);
  EXPECT_THAT(store.error().message, HasSubstr("format version 7"));
}

TEST(BlockStore, IsHeldByOneProcessAtATime) {
  FaultFileSystem files;
  const auto store = open(files);

  EXPECT_EQ(BlockStore::open(files, options()).error().code, Errc::kAlreadyRunning);
}

TEST(BlockStore, ReadOnlyNeitherCreatesNorLocks) {
  FaultFileSystem files;
  BlockStoreOptions read_only = options();
  read_only.read_only = true;
  EXPECT_EQ(BlockStore::open(files, read_only).error().code, Errc::kNotFound);

  const auto writer = open(files);
  ASSERT_TRUE(writer->append_block(Height(1), digest_of("1"), text("x")));
  const auto reader = open(files, read_only);

  EXPECT_EQ(reader->get_block(Height(1))->payload, text("x"));
}

TEST(BlockStore, ReadOnlyFollowsARunningWriter) {
  FaultFileSystem files;
  const auto writer = open(files, options(600));
  BlockStoreOptions read_only = options();
  read_only.read_only = true;
  const auto reader = open(files, read_only);
  for (std::uint64_t height = 1; height <= 30; ++height) {
    ASSERT_TRUE(writer->append_block(Height(height), digest_of(std::to_string(height)),
                                     Bytes(100, static_cast<std::uint8_t>(height))));
    if (height % 7 != 0) continue;
    const auto refreshed = reader->refresh();
    ASSERT_TRUE(refreshed) << refreshed.error().message;
    EXPECT_EQ(reader->last_block(), Height(height));
    EXPECT_EQ(reader->get_block(Height(height))->payload[0], height);
  }
}

TEST(BlockStore, ReadOnlyIgnoresARecordThatIsBeingWritten) {
  FaultFileSystem files;
  ASSERT_TRUE(open(files)->append_block(Height(1), digest_of("1"), text("x")));
  Bytes bytes = files.contents("data/chain/00000001.seg");
  const Bytes whole = bytes;
  append(bytes, as_bytes("HPRC and then nothing much"));
  files.set_contents("data/chain/00000001.seg", bytes);
  BlockStoreOptions read_only = options();
  read_only.read_only = true;

  const auto reader = open(files, read_only);

  EXPECT_EQ(reader->last_block(), Height(1));
  EXPECT_EQ(files.contents("data/chain/00000001.seg"), bytes);
}

TEST(BlockStore, ServesReadersWhileItIsWritten) {
  FaultFileSystem files;
  const auto store = open(files, options(4000));
  constexpr std::uint64_t kBlocks = 400;
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&store] {
      Height last{0};
      while (last < Height(kBlocks)) {
        last = store->last_block().value_or(Height(0));
        if (last == Height(0)) continue;
        const auto record = store->get_block(last);
        ASSERT_TRUE(record.has_value()) << record.error().message;
        ASSERT_EQ(record->key.height, last);
      }
    });
  }
  for (std::uint64_t height = 1; height <= kBlocks; ++height) {
    ASSERT_TRUE(store->append_block(Height(height), digest_of(std::to_string(height)), Bytes(100)));
    if (height % 10 == 0) {
      ASSERT_TRUE(store->sync());
    }
  }
  for (std::thread& reader : readers) reader.join();
}

TEST(BlockStore, SyncsAGroupOnce) {
  FaultFileSystem files;
  const auto store = open(files);
  for (std::uint64_t position = 1; position <= 20; ++position) {
    ASSERT_TRUE(store->append_batch(batch_key(0, position), digest_of(std::to_string(position)),
                                    text("x")));
  }
  const std::uint64_t before = files.sync_count();

  ASSERT_TRUE(store->sync());
  ASSERT_TRUE(store->sync());

  EXPECT_EQ(files.sync_count(), before + 1);
}

TEST(BlockStore, WorksOnTheRealFileSystem) {
  const test::TemporaryFolder folder;
  BlockStoreOptions with = options(2000);
  with.directory = folder / "store";
  auto store = open(posix_file_system(), with);
  test::Rng rng(1);
  std::map<std::uint64_t, Bytes> payloads;
  for (std::uint64_t height = 1; height <= 40; ++height) {
    payloads[height] = test::random_bytes(rng, rng() % 700);
    ASSERT_TRUE(
        store->append_block(Height(height), digest_of(std::to_string(height)), payloads[height]));
    if (height % 5 == 0) {
      ASSERT_TRUE(store->sync());
    }
  }
  EXPECT_EQ(BlockStore::open(posix_file_system(), with).error().code, Errc::kAlreadyRunning);
  ASSERT_TRUE(store->close());
  store.reset();
  store = open(posix_file_system(), with);

  EXPECT_TRUE(store->recovery().clean_close);
  for (const auto& [height, payload] : payloads) {
    EXPECT_EQ(store->get_block(Height(height))->payload, payload);
  }
  EXPECT_TRUE(store->scrub());
}

}  // namespace
}  // namespace huangpu::ledger
