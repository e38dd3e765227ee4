#include "tools/audit/replay.hpp"

#include "tests/unit/tools/audit/support.hpp"
#include "tools/audit/archive_source.hpp"

namespace huangpu::tools {
namespace {

using namespace test;

TEST(Replay, OfAnUntouchedChainIsCleanAndCountsWhatItHolds) {
  ChainBuilder chain;
  build(chain);

  const ReplayReport report = replay_archive(chain.archive(), chain.genesis());

  ASSERT_THAT(report, IsClean());
  EXPECT_EQ(report.exit_code(), kExitOk);
  const AuditFigures& figures = report.figures;
  EXPECT_EQ(figures.last, Height(6));
  EXPECT_TRUE(figures.end_reached);
  EXPECT_EQ(figures.certified, Height(6));
  EXPECT_EQ(figures.commit_certificates, 4U);
  EXPECT_EQ(figures.finalizations, 5U);
  EXPECT_EQ(figures.nullifications, 1U);
  EXPECT_EQ(figures.batches, 7U);
  EXPECT_EQ(figures.transactions, 8U);
  EXPECT_EQ(figures.transfers, 6U);
  EXPECT_EQ(figures.client_signatures, 8U);
  // 5 parents, 1 nullification, 5 finalizations and 4 commit certificates of 3 signatures each.
  EXPECT_EQ(figures.validator_signatures, 45U);
  EXPECT_EQ(figures.results.at(ledger::ResultCode::kSettled), 7U);
  EXPECT_EQ(figures.results.at(ledger::ResultCode::kInsufficientFunds), 1U);
  ASSERT_EQ(figures.assets.size(), 1U);
  EXPECT_EQ(figures.assets[0].issued, Amount::from_u64(1'000));
  EXPECT_EQ(figures.assets[0].held, Amount::from_u64(1'000));
  EXPECT_EQ(figures.assets[0].holders, 3U);
}

TEST(Replay, OfAChainWithoutBlocksIsClean) {
  const ChainBuilder chain;
  const ReplayReport report = replay_archive(chain.archive(), chain.genesis());
  ASSERT_THAT(report, IsClean());
  EXPECT_EQ(report.figures.last, Height(0));
  EXPECT_GT(report.figures.state_entries, 0U);
}

TEST(Replay, GivesTheSameAnswerWithAnyWindowAndAnyNumberOfThreads) {
  ChainBuilder chain;
  build(chain, Height(4), [](PlannedBlock& plan, ChainBuilder&) {
    plan.edit_commit = [](consensus::CommitMessage& message) { message.state_root = {}; };
  });
  const Bytes archive = chain.archive();

  for (const unsigned threads : {1U, 2U, 7U}) {
    for (const std::size_t blocks : {std::size_t{1}, std::size_t{2}, std::size_t{512}}) {
      ReplayOptions options;
      options.threads = threads;
      options.window_blocks = blocks;
      const ReplayReport report = replay_archive(archive, chain.genesis(), options);
      EXPECT_THAT(report, FindsAt(4, Check::kCommitMessage, Errc::kDiverged));
      EXPECT_EQ(report.figures.last, Height(3));
    }
  }
}

TEST(Replay, ReportsTheFirstOfTwoFaults) {
  ChainBuilder chain;
  build(chain, Height(3), [](PlannedBlock& plan, ChainBuilder&) {
    plan.edit_commit = [](consensus::CommitMessage& message) { message.receipts_root = {}; };
  });
  Bytes archive = chain.archive();
  archive[archive.size() - 200] ^= 1;  // in the records of height 6

  EXPECT_THAT(replay_archive(archive, chain.genesis()),
              FindsAt(3, Check::kCertifiedResult, Errc::kDiverged));
}

TEST(Replay, StopsAfterTheHeightItWasAskedFor) {
  ChainBuilder chain;
  build(chain, Height(4), [](PlannedBlock& plan, ChainBuilder&) {
    plan.edit_commit = [](consensus::CommitMessage& message) { message.state_root = {}; };
  });
  ReplayOptions options;
  options.to = Height(3);

  const ReplayReport report = replay_archive(chain.archive(), chain.genesis(), options);

  ASSERT_THAT(report, IsClean());
  EXPECT_EQ(report.figures.last, Height(3));
  EXPECT_FALSE(report.figures.end_reached);
  EXPECT_EQ(report.figures.certified, Height(3));
}

TEST(Replay, ChecksSignaturesFromTheHeightItWasAskedForAndExecutesTheRestAllTheSame) {
  ChainBuilder chain;
  build(chain, Height(2),
        [](PlannedBlock& plan, ChainBuilder&) { plan.batches[0].envelopes[0].back() ^= 1; });
  const Bytes archive = chain.archive();
  ReplayOptions options;
  options.from = Height(3);

  const ReplayReport report = replay_archive(archive, chain.genesis(), options);

  ASSERT_THAT(report, IsClean());
  EXPECT_EQ(report.figures.transactions, 8U);
  EXPECT_EQ(report.figures.client_signatures, 4U);
  options.from = Height(2);
  EXPECT_THAT(replay_archive(archive, chain.genesis(), options),
              FindsAt(2, Check::kClientSignature, Errc::kDiverged));
}

TEST(Replay, SaysWhichHeightsAtTheEndAreNotCertified) {
  ChainBuilder chain;
  build(chain, Height(6), [](PlannedBlock& plan, ChainBuilder&) { plan.certificate = false; });

  const ReplayReport report = replay_archive(chain.archive(), chain.genesis());

  ASSERT_THAT(report, IsClean());
  EXPECT_EQ(report.figures.last, Height(6));
  EXPECT_EQ(report.figures.certified, Height(5));
  EXPECT_EQ(report.figures.finalized, Height(6));
}

TEST(Replay, ExecutesTheLastBlockOfANodeThatHasNotYetDoneSo) {
  ChainBuilder chain;
  build(chain, Height(6), [](PlannedBlock& plan, ChainBuilder&) { plan.certificate = false; });
  auto entries = chain.entries();
  entries.pop_back();  // the commit message of height 6

  const ReplayReport report = replay_archive(chain.archive(entries), chain.genesis());

  ASSERT_THAT(report, IsClean());
  EXPECT_EQ(report.figures.last, Height(6));
}

TEST(Replay, RefusesAnotherChainThanTheGenesisItWasGiven) {
  ChainBuilder chain;
  build(chain);
  ledger::Genesis other = chain.genesis();
  other.validators.pop_back();

  const ReplayReport report = replay_archive(chain.archive(), other);

  EXPECT_THAT(report, FindsAt(0, Check::kGenesis, Errc::kWrongChain));
  EXPECT_EQ(report.exit_code(), kExitWrongChain);
}

TEST(Replay, TellsTheProgressAfterEveryBlock) {
  ChainBuilder chain;
  build(chain);
  const Bytes archive = chain.archive();
  auto source = ArchiveSource::from_bytes(archive);
  ASSERT_TRUE(source.has_value());
  std::vector<std::uint64_t> heights;

  const ReplayReport report =
      replay(**source, chain.genesis(), {}, [&](const ReplayProgress& progress) {
        heights.push_back(progress.height.value());
        EXPECT_LE(progress.source.done, progress.source.total);
      });

  EXPECT_THAT(report, IsClean());
  EXPECT_THAT(heights, testing::ElementsAre(1, 2, 3, 4, 5, 6));
}

}  // namespace
}  // namespace huangpu::tools
