#include "ledger/store/archive.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fault_file_system.hpp"
#include "tests/unit/ledger_store/helpers.hpp"

namespace huangpu::ledger {
namespace {

using test::digest_of;
using test::FaultFileSystem;
using test::Operation;
using test::text;
using testing::HasSubstr;

constexpr const char* kPath = "out/chain.hpa";

ArchiveHeader header() { return {test::kSuite, digest_of("chain"), text("{\"genesis\":1}")}; }

struct Line {
  Height height;
  Record record;
};

// Three heights with all that belongs to them.
std::vector<Line> lines() {
  std::vector<Line> result;
  for (std::uint64_t height = 1; height <= 3; ++height) {
    const std::string number = std::to_string(height);
    RecordKey block;
    block.kind = RecordKind::kBlock;
    block.height = Height(height);
    block.digest = digest_of("block " + number);
    RecordKey batch;
    batch.kind = RecordKind::kBatch;
    batch.lane = ValidatorIndex(2);
    batch.position = LanePosition(height);
    batch.digest = digest_of("batch " + number);
    RecordKey commit;
    commit.kind = RecordKind::kCommit;
    commit.height = Height(height);
    RecordKey certificate = commit;
    certificate.kind = RecordKind::kCertificate;
    for (const RecordKey& key : {block, batch, commit, certificate}) {
      result.push_back({Height(height), {key, text(to_string(key))}});
    }
  }
  return result;
}

void write_archive(FileSystem& files, const std::vector<Line>& content) {
  ASSERT_TRUE(files.create_directories("out"));
  auto writer = ArchiveWriter::create(files, kPath, header());
  ASSERT_TRUE(writer.has_value()) << writer.error().message;
  for (const Line& line : content) {
    ASSERT_TRUE((*writer)->add(line.height, line.record.key, line.record.payload));
  }
  ASSERT_TRUE((*writer)->finish());
}

// Reads to the end or to the first damage.
struct Reading {
  Status status;
  std::vector<ArchiveRecord> records;
  std::optional<ArchiveDamage> damage;
};
Reading read_all(ByteView bytes) {
  Reading reading;
  auto reader = ArchiveReader::from_bytes(bytes);
  if (!reader) {
    reading.status = tl::unexpected(reader.error());
    return reading;
  }
  while (true) {
    auto next = (*reader)->next();
    if (!next) {
      reading.status = tl::unexpected(next.error());
      reading.damage = (*reader)->damage();
      return reading;
    }
    if (!*next) return reading;
    reading.records.push_back(std::move(**next));
  }
}

Bytes archive_bytes() {
  FaultFileSystem files;
  write_archive(files, lines());
  return files.contents(kPath);
}

TEST(Archive, GivesBackWhatWasWritten) {
  FaultFileSystem files;
  write_archive(files, lines());

  auto reader = ArchiveReader::open(files, kPath);

  ASSERT_TRUE(reader.has_value()) << reader.error().message;
  EXPECT_EQ((*reader)->header(), header());
  std::uint64_t last_offset = 0;
  for (const Line& line : lines()) {
    const auto next = (*reader)->next();
    ASSERT_TRUE(next.has_value()) << next.error().message;
    ASSERT_TRUE(next->has_value());
    EXPECT_EQ((*next)->height, line.height);
    EXPECT_EQ((*next)->record, line.record);
    EXPECT_GT((*next)->offset, last_offset);
    last_offset = (*next)->offset;
  }
  EXPECT_FALSE((*reader)->next().value().has_value());
  EXPECT_FALSE((*reader)->next().value().has_value());
  EXPECT_EQ((*reader)->offset(), (*reader)->size_bytes());
}

TEST(Archive, MayHoldNoRecords) {
  FaultFileSystem files;
  write_archive(files, {});

  const Reading reading = read_all(files.contents(kPath));

  EXPECT_TRUE(reading.status);
  EXPECT_TRUE(reading.records.empty());
}

TEST(Archive, AdmitsRecordsLargerThanItsBuffers) {
  FaultFileSystem files;
  RecordKey block;
  block.kind = RecordKind::kBlock;
  block.height = Height(1);
  block.digest = digest_of("1");
  write_archive(files, {{Height(1), {block, Bytes(5 << 20, 7)}}, {Height(1), {block, Bytes(3)}}});

  const Reading reading = read_all(files.contents(kPath));

  ASSERT_EQ(reading.records.size(), 2U);
  EXPECT_EQ(reading.records[0].record.payload, Bytes(5 << 20, 7));
}

// Goal: one flipped byte anywhere is named with its place. Method: every byte of a small archive.
TEST(Archive, NamesThePlaceOfEveryFlippedByte) {
  const Bytes good = archive_bytes();
  const Reading whole = read_all(good);
  ASSERT_TRUE(whole.status);
  const std::uint64_t records_begin = whole.records.front().offset;

  for (std::size_t at = 0; at < good.size(); ++at) {
    Bytes bad = good;
    bad[at] ^= 0x20;
    const Reading reading = read_all(bad);
    ASSERT_FALSE(reading.status) << at;
    if (at < records_begin) {
      EXPECT_FALSE(reading.damage.has_value());
      continue;
    }
    ASSERT_EQ(reading.status.error().code, Errc::kCorrupt);
    ASSERT_TRUE(reading.damage.has_value());
    // The record that holds the byte is the one named, and all before it were given out.
    std::size_t damaged = 0;
    while (damaged < whole.records.size() && damaged + 1 <= whole.records.size() &&
           (damaged + 1 == whole.records.size() ? good.size() - 53
                                                : whole.records[damaged + 1].offset) <= at) {
      ++damaged;
    }
    EXPECT_EQ(reading.records.size(), damaged) << at;
    const std::uint64_t begins =
        damaged < whole.records.size() ? whole.records[damaged].offset : good.size() - 53;
    EXPECT_EQ(reading.damage->offset, begins) << at;
    EXPECT_THAT(reading.status.error().message, HasSubstr("offset " + std::to_string(begins)));
    EXPECT_THAT(reading.status.error().message,
                HasSubstr("height " + std::to_string(reading.damage->height.value())));
  }
}

TEST(Archive, NoticesEveryTruncation) {
  const Bytes good = archive_bytes();
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(read_all(ByteView(good).first(size)).status) << size;
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_THAT(read_all(longer).status.error().message, HasSubstr("bytes follow the trailer"));
}

TEST(Archive, NoticesRecordsRemovedExchangedAndRepeated) {
  const Bytes good = archive_bytes();
  const Reading whole = read_all(good);
  const auto begin = [&](std::size_t i) {
    return good.begin() + static_cast<std::ptrdiff_t>(whole.records[i].offset);
  };
  const Bytes before(good.begin(), begin(4));
  const Bytes fifth(begin(4), begin(5));
  const Bytes sixth(begin(5), begin(6));
  const Bytes rest(begin(6), good.end());
  const auto join = [](std::initializer_list<Bytes> parts) {
    Bytes result;
    for (const Bytes& part : parts) append(result, part);
    return result;
  };
  ASSERT_TRUE(read_all(join({before, fifth, sixth, rest})).status);

  for (const Bytes& bad : {join({before, sixth, rest}), join({before, sixth, fifth, rest}),
                           join({before, fifth, fifth, sixth, rest})}) {
    const Reading reading = read_all(bad);
    ASSERT_FALSE(reading.status);
    EXPECT_THAT(reading.status.error().message, HasSubstr("the running hash breaks"));
    EXPECT_LE(reading.damage->offset, before.size() + fifth.size());
    EXPECT_GE(reading.damage->offset, before.size());
  }
}

TEST(Archive, RefusesAnUnknownFormatByName) {
  Bytes bytes = archive_bytes();
  bytes[9] = 3;

  const auto reader = ArchiveReader::from_bytes(bytes);

  ASSERT_FALSE(reader.has_value());
  EXPECT_EQ(reader.error().code, Errc::kUnsupportedVersion);
  EXPECT_THAT(reader.error().message, HasSubstr("archive format version 3"));
}

TEST(Archive, RefusesWhatIsNoArchive) {
  EXPECT_EQ(ArchiveReader::from_bytes(text("something else entirely, long enough for a header"))
                .error()
                .code,
            Errc::kMalformed);
  EXPECT_EQ(ArchiveReader::from_bytes({}).error().code, Errc::kMalformed);
}

TEST(Archive, IsNotThereUntilItIsFinished) {
  FaultFileSystem files;
  ASSERT_TRUE(files.create_directories("out"));
  auto writer = ArchiveWriter::create(files, kPath, header());
  ASSERT_TRUE(writer.has_value());
  const Line first = lines().front();
  ASSERT_TRUE((*writer)->add(first.height, first.record.key, first.record.payload));

  EXPECT_FALSE(files.exists(kPath).value());
  writer->reset();
  write_archive(files, lines());

  EXPECT_TRUE(read_all(files.contents(kPath)).status);
  EXPECT_EQ(ArchiveWriter::create(files, kPath, header()).error().code, Errc::kAlreadyExists);
}

TEST(Archive, ReportsAFullDisk) {
  FaultFileSystem files;
  ASSERT_TRUE(files.create_directories("out"));
  auto writer = ArchiveWriter::create(files, kPath, header());
  ASSERT_TRUE(writer.has_value());
  const Line first = lines().front();
  ASSERT_TRUE((*writer)->add(first.height, first.record.key, first.record.payload));
  files.set_capacity_bytes(60);

  EXPECT_EQ((*writer)->finish().error().code, Errc::kDiskFull);
  EXPECT_FALSE(files.exists(kPath).value());
}

TEST(Archive, RefusesHeightsThatGoBack) {
  FaultFileSystem files;
  ASSERT_TRUE(files.create_directories("out"));
  auto writer = ArchiveWriter::create(files, kPath, header());
  ASSERT_TRUE(writer.has_value());
  RecordKey commit;
  commit.kind = RecordKind::kCommit;
  ASSERT_TRUE((*writer)->add(Height(2), commit, {}));

  EXPECT_EQ((*writer)->add(Height(1), commit, {}).error().code, Errc::kInvalidArgument);
}

TEST(Archive, SurvivesRandomDamage) {
  const Bytes good = archive_bytes();
  test::Rng rng(17);
  for (int round = 0; round < 2000; ++round) {
    Bytes bad = good;
    for (std::uint64_t n = 1 + rng() % 8; n > 0; --n) {
      bad[rng() % bad.size()] = static_cast<std::uint8_t>(rng());
    }
    bad.resize(rng() % 3 == 0 ? rng() % bad.size() : bad.size());
    if (bad == good) continue;
    EXPECT_FALSE(read_all(bad).status);
  }
}

}  // namespace
}  // namespace huangpu::ledger
