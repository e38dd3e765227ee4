#include "tools/audit/store_source.hpp"

#include "ledger/store/block_store.hpp"
#include "tests/support/fault_file_system.hpp"
#include "tests/unit/tools/audit/support.hpp"

namespace huangpu::tools {
namespace {

using namespace test;
using huangpu::test::FaultFileSystem;

constexpr const char* kFolder = "home/data/blocks";

void store(FaultFileSystem& files, const ChainBuilder& chain,
           const std::vector<ArchiveEntry>& entries) {
  ledger::BlockStoreOptions options;
  options.directory = kFolder;
  options.chain_id = chain.chain().genesis;
  auto opened = ledger::BlockStore::open(files, options);
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  for (const ArchiveEntry& entry : entries) {
    ASSERT_TRUE((*opened)->append(entry.key, entry.payload));
  }
  ASSERT_TRUE((*opened)->close());
}

ReplayReport replay_store(FaultFileSystem& files, const ChainBuilder& chain) {
  ReplayReport report;
  auto source = StoreSource::open(files, kFolder, chain.chain().genesis);
  if (!source) {
    report.finding = std::move(source).error();
    return report;
  }
  return replay(**source, chain.genesis(), {});
}

TEST(StoreSource, ReplaysANodesBlockStore) {
  ChainBuilder chain;
  build(chain);
  FaultFileSystem files;
  store(files, chain, chain.entries());

  const ReplayReport report = replay_store(files, chain);

  ASSERT_THAT(report, IsClean());
  EXPECT_EQ(report.figures.transactions, 8U);
  EXPECT_EQ(report.figures.certified, Height(6));
}

TEST(StoreSource, TakesTheBatchThatWasOrderedWhenAnotherStandsAtItsPlace) {
  ChainBuilder chain;
  build(chain);
  FaultFileSystem files;
  std::vector<ArchiveEntry> entries = chain.entries();
  ArchiveEntry twin = entries[index_of(entries, Height(3), ledger::RecordKind::kBatch)];
  twin.key.digest = crypto::Digest::from(Bytes(32, 1));
  entries.insert(entries.begin(), twin);
  store(files, chain, entries);

  EXPECT_THAT(replay_store(files, chain), IsClean());
}

TEST(StoreSource, NamesWhatTheStoreDoesNotHold) {
  for (const auto& [kind, height] :
       {std::pair(ledger::RecordKind::kBatch, 3), std::pair(ledger::RecordKind::kBlock, 4),
        std::pair(ledger::RecordKind::kCommit, 2)}) {
    ChainBuilder chain;
    build(chain);
    FaultFileSystem files;
    std::vector<ArchiveEntry> entries = chain.entries();
    const auto index = static_cast<std::ptrdiff_t>(
        index_of(entries, Height(static_cast<std::uint64_t>(height)), kind));
    entries.erase(entries.begin() + index);
    store(files, chain, entries);

    EXPECT_THAT(replay_store(files, chain),
                FindsAt(static_cast<std::uint64_t>(height), Check::kMissing, Errc::kCorrupt));
  }
}

TEST(StoreSource, RefusesTheStoreOfAnotherChain) {
  ChainBuilder chain;
  FaultFileSystem files;
  store(files, chain, {});
  auto source = StoreSource::open(files, kFolder, crypto::Digest::from(Bytes(32, 1)));
  ASSERT_FALSE(source.has_value());
  EXPECT_EQ(source.error().exit_code(), kExitWrongChain);
}

TEST(StoreSource, FindsABitThatFlippedInASegment) {
  ChainBuilder chain;
  build(chain);
  FaultFileSystem files;
  store(files, chain, chain.entries());
  const std::vector<std::string> paths = files.paths();
  for (const std::string& path : paths) {
    if (files.contents(path).size() > 4'000) files.flip_bit(path, 3'000 * 8);
  }
  const ReplayReport report = replay_store(files, chain);
  ASSERT_TRUE(report.finding.has_value());
  EXPECT_EQ(report.exit_code(), kExitDamaged) << describe(*report.finding);
}

}  // namespace
}  // namespace huangpu::tools
