#include "ledger/executor/executor.hpp"

#include "crypto/hash/merkle.hpp"
#include "ledger/types/state_key.hpp"
#include "tests/support/ledger_matchers.hpp"
#include "tests/support/ledger_world.hpp"
#include "tests/support/test_suite.hpp"

namespace huangpu::ledger::test {
namespace {

// What happened to a world, in bytes that any difference would change.
Bytes history_of(World& world) {
  Bytes trace;
  const auto add = [&trace](const BlockOutput& output) {
    append(trace, output.state_root.bytes());
    append(trace, output.receipts_root.bytes());
    for (const auto& receipt : output.encoded_receipts) append(trace, receipt);
    for (const auto& change : output.delta.changes) append(trace, change.key);
  };
  BulkTransfer bulk;
  for (const char* credit : {"bob", "anna", "bob"}) {
    BulkRecord record;
    record.debit = world.account("alice");
    record.credit = world.account(credit);
    record.amount = 3_units;
    record.asset = world.asset("CNY");
    append_record(bulk.records, record);
  }
  add(world.block(
      {world.envelope("central", Issue{world.asset("CNY"), world.account("alice"), 50_units})}));
  add(world.block({world.envelope("alpha", bulk), world.envelope("beta", OpenAccounts{7, 40}),
                   world.envelope("alpha", world.transfer("alice", "bob", "CNY", 9_units))}));
  add(world.block({}));
  add(world.block({world.envelope("beta", world.transfer("bob", "anna", "CNY", 2_units))}));
  return trace;
}

TEST(Executor, GivesTheSameBytesForTheSameBlocks) {
  auto one = two_banks();
  auto two = two_banks();
  EXPECT_EQ(history_of(one), history_of(two));
}

TEST(Executor, GivesTheSameBytesWithoutItsCache) {
  auto cached = two_banks();
  auto uncached = two_banks(ExecutorOptions{.cached_entries_max = 0});
  EXPECT_EQ(history_of(cached), history_of(uncached));
}

TEST(Executor, GivesARootThatTheEntriesAloneReproduce) {
  auto world = two_banks();
  history_of(world);
  const auto output = world.block({});
  EXPECT_EQ(output.state_root, world.recomputed_root());
  EXPECT_EQ(output.state_root, world.tree().root());
}

TEST(Executor, TakesKeysOfParticipantsOfEitherSuite) {
  Genesis genesis = sample_genesis();
  const auto signer = crypto::LocalSigner::generate(huangpu::test::other_suite()).value();
  genesis.keys.push_back({genesis.keys.back().participant, signer->public_key()});
  StateTree tree(genesis.suite);
  EXPECT_TRUE(apply_genesis(genesis, tree).has_value());

  auto world = two_banks();
  const crypto::PublicKey& key = signer->public_key();
  EXPECT_THAT(
      world.apply("alpha", RegisterKey{key}, Submission{.signers = {world.key("alpha"), key.id()}}),
      Settled());
}

TEST(Executor, WritesAReceiptForEachEnvelopeInOrder) {
  auto world = two_banks();
  world.issue("CNY", "alice", 100_units);
  const auto first = world.envelope("alpha", world.transfer("alice", "bob", "CNY", 1_units));
  const auto second = world.envelope("alpha", world.transfer("alice", "bob", "CNY", 1000_units));

  const auto output = world.block({first, second, first});

  ASSERT_EQ(output.receipts.size(), 3U);
  EXPECT_EQ(output.receipts[0].txid, first.txid);
  EXPECT_EQ(output.receipts[1].txid, second.txid);
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(output.receipts[i].index, i);
    EXPECT_EQ(output.receipts[i].height, world.height());
    EXPECT_EQ(decode_receipt(output.encoded_receipts[i]).value(), output.receipts[i]);
  }
  EXPECT_EQ(
      output.receipts_root,
      crypto::merkle_root(world.chain().suite, std::span<const Bytes>(output.encoded_receipts)));
  EXPECT_EQ(output.settled_transfers, 1U);
}

TEST(Executor, ReportsTheSupplyThatABlockChanged) {
  auto world = two_banks();
  const auto output = world.block(
      {world.envelope("central", Issue{world.asset("USD"), world.account("vault"), 9_units}),
       world.envelope("central", Issue{world.asset("CNY"), world.account("vault"), 5_units}),
       world.envelope("central", Redeem{world.asset("CNY"), world.account("vault"), 2_units})});
  EXPECT_EQ(output.supply, (std::vector<SupplyChange>{{world.asset("CNY"), 5_units, 2_units},
                                                      {world.asset("USD"), 9_units, 0_units}}));
}

TEST(Executor, RefusesABlockThatIsNotTheNext) {
  auto world = two_banks();
  auto executor = Executor::open(world.genesis(), world.state(), world.tree()).value();
  const TimestampMs later(world.time().value() + 1);
  for (const std::uint64_t height : {0U, 2U, 3U}) {
    EXPECT_THAT(executor->execute(BlockInput{{Height(height), later, Epoch(1)}, {}}),
                FailedWith(Errc::kInvalidArgument));
  }
  EXPECT_THAT(executor->execute(BlockInput{{Height(1), world.time(), Epoch(1)}, {}}),
              FailedWith(Errc::kInvalidArgument));
  EXPECT_TRUE(executor->execute(BlockInput{{Height(1), later, Epoch(1)}, {}}).has_value());
}

TEST(Executor, ChangesNothingWhenAStoredValueIsDamaged) {
  auto world = two_banks();
  world.issue("CNY", "alice", 100_units);
  const auto payment = world.envelope("alpha", world.transfer("alice", "bob", "CNY", 1_units));
  const auto opening = world.envelope("beta", OpenAccounts{77, 1});
  const auto root = world.tree().root();
  const Height height = world.height();
  auto& damaged = world.state().mutable_entries().at(participant_key(world.participant("alpha")));
  const Bytes good = damaged;
  damaged.pop_back();
  world.reopen();

  EXPECT_THAT(world.try_block({opening, payment}), FailedWith(Errc::kCorrupt));
  EXPECT_EQ(world.tree().root(), root);
  EXPECT_EQ(world.height(), height);

  // Repaired, the same envelopes act: the failed attempt recorded nothing.
  damaged = good;
  const auto output = world.block({opening, payment});
  EXPECT_THAT(output.receipts[0], Settled());
  EXPECT_THAT(output.receipts[1], Settled());
}

TEST(Executor, DiscardsTheBlockWhenTheStoreCouldNotBeRead) {
  auto world = two_banks();
  world.issue("CNY", "alice", 100_units);
  const auto payment = world.envelope("alpha", world.transfer("alice", "bob", "CNY", 1_units));
  const auto root = world.tree().root();

  world.state().set_health(fail(Errc::kIo, "the disk is gone"));
  EXPECT_THAT(world.try_block({payment}), FailedWith(Errc::kIo));
  EXPECT_EQ(world.tree().root(), root);

  world.state().set_health({});
  EXPECT_THAT(world.block({payment}).receipts[0], Settled());
}

TEST(Executor, NeedsAStateThatGenesisWasAppliedTo) {
  MemoryState empty;
  StateTree tree(crypto::SuiteId::kEd25519Sha256);
  EXPECT_THAT(Executor::open(sample_genesis(), empty, tree), FailedWith(Errc::kCorrupt));
}

TEST(Identity, IsCheckedInTheOrderOfTheSpec) {
  auto world = two_banks();
  world.issue("CNY", "alice", 100_units);
  const auto transfer = world.transfer("alice", "bob", "CNY", 1_units);

  auto stranger = world.envelope("alpha", transfer);
  stranger.body.submitter = ParticipantId(99);
  EXPECT_THAT(world.block({stranger}).receipts[0], RefusedWith(ResultCode::kSubmitterUnknown));

  auto unknown = world.envelope("alpha", transfer);
  unknown.body.signers.push_back(World::fresh_key(1).id());
  EXPECT_THAT(world.block({unknown}).receipts[0], RefusedWith(ResultCode::kSignerUnknown));

  EXPECT_THAT(world.apply("alpha", transfer, Submission{.signers = {world.key("beta")}}),
              RefusedWith(ResultCode::kSubmitterDidNotSign));
}

TEST(Identity, LetsASubmitterPresentWhatAnotherAuthorised) {
  auto world = two_banks();
  world.issue("CNY", "alice", 100_units);
  EXPECT_THAT(world.apply("beta", world.transfer("alice", "bob", "CNY", 1_units),
                          Submission{.signers = {world.key("alpha"), world.key("beta")}}),
              Settled());
}

}  // namespace
}  // namespace huangpu::ledger::test
