// Single faults of the file itself. The running hash of an archive covers every byte, so that no
// flipped byte may pass; and where the file is made whole again after a change, content must not
// pass either.
#include <algorithm>
#include <iterator>
#include <random>

#include "ledger/store/archive_format.hpp"
#include "tests/unit/tools/audit/support.hpp"

namespace huangpu::tools {
namespace {

using namespace test;

// Where each record starts, and the end of the last.
std::vector<std::size_t> record_offsets(const ChainBuilder& chain,
                                        const std::vector<ArchiveEntry>& entries) {
  namespace format = ledger::archive_format;
  std::size_t at = format::kFixedHeaderBytes + ledger::to_json(chain.genesis()).size() + 4;
  std::vector<std::size_t> offsets{at};
  for (const ArchiveEntry& entry : entries) {
    at += format::kRecordHeadBytes + entry.payload.size() + format::kRecordTailBytes;
    offsets.push_back(at);
  }
  return offsets;
}

TEST(ArchiveDamage, OfAnySingleByteIsFoundAndLocated) {
  ChainBuilder chain;
  build(chain);
  const Bytes archive = chain.archive();
  const std::vector<std::size_t> offsets = record_offsets(chain, chain.entries());
  ASSERT_EQ(offsets.back() + ledger::archive_format::kTrailerBytes, archive.size());
  constexpr std::uint64_t kSeed = 20261123;
  std::mt19937_64 random(kSeed);

  for (int round = 0; round < 300; ++round) {
    const std::size_t at = random() % archive.size();
    const auto flip = static_cast<std::uint8_t>(1U << (random() % 8));
    SCOPED_TRACE("byte " + std::to_string(at) + ", mask " + std::to_string(flip));
    Bytes damaged = archive;
    damaged[at] ^= flip;

    const ReplayReport report = replay_archive(damaged, chain.genesis());

    ASSERT_TRUE(report.finding.has_value());
    EXPECT_EQ(report.finding->check, Check::kStorage);
    ASSERT_TRUE(report.finding->offset.has_value());
    const auto next = std::upper_bound(offsets.begin(), offsets.end(), at);
    if (next == offsets.begin()) {
      EXPECT_EQ(*report.finding->offset, 0U);  // the header
      continue;
    }
    EXPECT_EQ(report.finding->code, Errc::kCorrupt);
    EXPECT_EQ(*report.finding->offset, *std::prev(next));
    const auto record = static_cast<std::size_t>(std::prev(next) - offsets.begin());
    // A damaged record head hides its height: then the last good one is named.
    const Height latest =
        record < chain.entries().size() ? chain.entries()[record].height : Height(kHeights);
    EXPECT_LE(report.finding->height, latest);
    EXPECT_GE(report.finding->height.value() + 1, latest.value());
  }
}

TEST(ArchiveDamage, OfAnyByteOfAnyRecordIsFoundEvenWhenTheFileIsMadeWholeAgain) {
  ChainBuilder chain;
  build(chain);
  constexpr std::uint64_t kSeed = 20261124;
  std::mt19937_64 random(kSeed);

  for (int round = 0; round < 300; ++round) {
    std::vector<ArchiveEntry> entries = chain.entries();
    ArchiveEntry& entry = entries[random() % entries.size()];
    const std::size_t at = random() % entry.payload.size();
    const auto flip = static_cast<std::uint8_t>(1U << (random() % 8));
    entry.payload[at] ^= flip;
    SCOPED_TRACE(to_string(entry.key) + ", byte " + std::to_string(at) + ", mask " +
                 std::to_string(flip));

    const ReplayReport report = replay_archive(chain.archive(entries), chain.genesis());

    ASSERT_TRUE(report.finding.has_value());
    EXPECT_EQ(report.finding->height, entry.height) << describe(*report.finding);
  }
}

TEST(ArchiveDamage, ByTruncationAnywhereIsFound) {
  ChainBuilder chain;
  build(chain);
  const Bytes archive = chain.archive();

  for (std::size_t size = 0; size < archive.size(); size += 1 + size / 16) {
    const ReplayReport report = replay_archive(ByteView(archive).first(size), chain.genesis());
    ASSERT_TRUE(report.finding.has_value()) << size;
    EXPECT_EQ(report.exit_code(), kExitDamaged) << describe(*report.finding);
  }
}

TEST(ArchiveDamage, BySomethingAppendedIsFound) {
  ChainBuilder chain;
  build(chain);
  Bytes archive = chain.archive();
  archive.push_back(0);
  EXPECT_THAT(replay_archive(archive, chain.genesis()),
              FindsAt(6, Check::kStorage, Errc::kCorrupt));
}

TEST(ArchiveDamage, AFileThatIsNoArchiveIsRefusedAsDamaged) {
  const ChainBuilder chain;
  EXPECT_EQ(replay_archive(to_bytes("not an archive at all, but long enough to have a header"),
                           chain.genesis())
                .exit_code(),
            kExitDamaged);
}

TEST(ArchiveDamage, ALaterFormatIsRefusedByName) {
  ChainBuilder chain;
  Bytes archive = chain.archive();
  archive[9] = 2;
  const ReplayReport report = replay_archive(archive, chain.genesis());
  ASSERT_TRUE(report.finding.has_value());
  EXPECT_EQ(report.exit_code(), kExitUnsupported);
  EXPECT_THAT(report.finding->message, testing::HasSubstr("version 2"));
}

}  // namespace
}  // namespace huangpu::tools
