// One replica stepped by hand. Alone in its network it is its own quorum, so that a payment goes
// all the way; among four it shows what it asks of its driver.
#include "node/replica/replica.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "consensus/codec/batch_codec.hpp"
#include "consensus/codec/hashing.hpp"
#include "consensus/codec/message_codec.hpp"
#include "node/replica/batch_check.hpp"
#include "node/replica/first_epoch.hpp"
#include "tests/support/ledger_world.hpp"
#include "tests/support/sim_crypto.hpp"

namespace huangpu::node {
namespace {

using ledger::test::operator""_units;

class ReplicaTest : public ::testing::Test {
 protected:
  // Replica 0 of `validators`.
  void make(std::size_t validators) {
    genesis_ = world_.genesis();
    genesis_.validators.clear();
    genesis_.consensus.lane_unordered_max = 3;
    genesis_.consensus.cut_batches_max = 3;
    for (std::size_t i = 0; i < validators; ++i) {
      signers_.push_back(ring_.make_signer(i));
      ledger::GenesisValidator validator;
      validator.name = "v" + std::to_string(i);
      validator.participant = ledger::ParticipantId{1};
      validator.key = signers_.back()->public_key();
      validator.tls_pin = crypto::Digest::from(Bytes(32, static_cast<std::uint8_t>(i + 1)));
      genesis_.validators.push_back(validator);
    }
    epoch_ = first_epoch(genesis_).value();
    chain_ = chain_context(genesis_);
    consensus::SafetyConfig safety;
    safety.chain = chain_;
    safety.self = ValidatorIndex{0};
    safety_ =
        std::make_unique<consensus::SafetyRules>(safety, *signers_[0], consensus::SafetyRestore{});
    ReplicaConfig config;
    config.engine.chain = chain_;
    config.engine.epoch = epoch_;
    config.engine.genesis_block = chain_.genesis;
    config.engine.genesis_time = genesis_.time;
    config.engine.self = ValidatorIndex{0};
    config.seal = seal_policy(genesis_.consensus, epoch_.parameters);
    replica_ = std::make_unique<Replica>(config, *safety_, ring_, ReplicaRestored{});
    step(TimePassed{});
  }

  ReplicaEffects step(ReplicaEvent event) {
    ReplicaEffects effects =
        replica_->step({now_ms_, TimestampMs{genesis_.time.value() + now_ms_}}, std::move(event));
    for (const ReplicaEffect& effect : effects) seen_.push_back(effect);
    return effects;
  }
  template <class Effect>
  std::vector<Effect> all(const ReplicaEffects& effects) const {
    std::vector<Effect> found;
    for (const ReplicaEffect& effect : effects) {
      if (const auto* match = std::get_if<Effect>(&effect)) found.push_back(*match);
    }
    return found;
  }
  AdmittedEnvelope payment() {
    AdmittedEnvelope made;
    made.decoded = world_.envelope("alpha", world_.transfer("alice", "bob", "CNY", 1_units));
    made.bytes = std::make_shared<const Bytes>(100 + counter_++, std::uint8_t{1});
    return made;
  }
  // A signed batch of another lane with envelopes that do not decode.
  consensus::Batch foreign_batch(std::uint16_t lane) {
    const std::vector<Bytes> envelopes = {Bytes(20, 1), Bytes(30, 2)};
    consensus::BatchPlan plan;
    plan.chain = chain_;
    plan.lane = ValidatorIndex{lane};
    plan.pos = LanePosition{1};
    consensus::Batch batch;
    batch.envelopes = consensus::EnvelopeList::copy_of(envelopes);
    batch.header = consensus::make_batch_header(plan, batch.envelopes);
    const crypto::Digest digest = consensus::batch_digest(chain_.suite, batch.header);
    batch.signature = signers_[lane]
                          ->sign(consensus::signing_message(consensus::SignedKind::kBatch,
                                                            chain_.genesis, plan.epoch, 1, digest))
                          .value();
    return batch;
  }
  ReplicaEffects receive(std::uint16_t from, const consensus::Message& message) {
    return step(FrameReceived{ValidatorIndex{from},
                              std::make_shared<const Bytes>(consensus::encode_message(message))});
  }

  ledger::test::World world_ = ledger::test::two_banks();
  test::SimKeyRing ring_{test::SimKeyRing::Kind::kStub};
  std::vector<std::unique_ptr<crypto::Signer>> signers_;
  ledger::Genesis genesis_;
  consensus::ChainContext chain_;
  consensus::EpochRecord epoch_;
  std::unique_ptr<consensus::SafetyRules> safety_;
  std::unique_ptr<Replica> replica_;
  std::uint64_t now_ms_ = 1'000;
  std::size_t counter_ = 0;
  ReplicaEffects seen_;
};

TEST_F(ReplicaTest, SealsAPaymentOfAnIdleLaneAtOnceAndSignsItOnlyWhenItIsDurable) {
  make(4);
  const ReplicaEffects effects = step(Submitted{{payment()}});
  const auto stores = all<StoreBatch>(effects);
  ASSERT_EQ(stores.size(), 1U);
  EXPECT_TRUE(stores[0].signature.empty());
  EXPECT_EQ(all<EnvelopesSealed>(effects).at(0).count, 1U);
  EXPECT_TRUE(all<Transmit>(effects).empty()) << "a batch left before it was durable";
  EXPECT_TRUE(all<StoreBatchSignature>(effects).empty());

  const ReplicaEffects after =
      step(BatchDurable{ValidatorIndex{0}, stores[0].header.pos, stores[0].digest});
  EXPECT_EQ(all<StoreBatchSignature>(after).size(), 1U);
  const auto sent = all<Transmit>(after);
  EXPECT_TRUE(std::ranges::any_of(sent, [&](const Transmit& each) {
    const auto message = consensus::decode_message(each.bytes);
    const auto* batch = message ? std::get_if<consensus::Batch>(&*message) : nullptr;
    return batch != nullptr && batch->header == stores[0].header;
  }));
}

TEST_F(ReplicaTest, AloneMakesAPaymentFinal) {
  make(1);
  ReplicaEffects effects = step(Submitted{{payment()}});
  std::vector<ExecuteBlock> blocks;
  bool certified = false;
  for (int turn = 0; turn < 50 && !certified; ++turn) {
    ReplicaEffects next;
    const auto take = [&](ReplicaEffects more) {
      for (auto& each : more) next.push_back(std::move(each));
    };
    for (const ReplicaEffect& effect : effects) {
      if (const auto* write = std::get_if<consensus::WriteFrame>(&effect)) {
        take(step(LogFrameDurable{write->body.seq}));
      } else if (const auto* store = std::get_if<StoreBatch>(&effect)) {
        take(step(BatchDurable{store->header.lane, store->header.pos, store->digest}));
      } else if (const auto* execute = std::get_if<ExecuteBlock>(&effect)) {
        blocks.push_back(*execute);
        consensus::CommitMessage message;
        message.genesis = chain_.genesis;
        message.epoch = epoch_.epoch;
        message.height = execute->stored.block.header.height;
        message.block_hash = execute->hash;
        message.timestamp = execute->stored.block.header.timestamp;
        take(step(BlocksDurable{message.height}));
        take(step(BlockExecuted{message, nullptr}));
      } else if (const auto* certify = std::get_if<CertifyHeight>(&effect)) {
        certified = certify->certificate.message.height == Height{1};
      }
    }
    ++now_ms_;
    take(step(TimePassed{}));
    effects = std::move(next);
  }
  EXPECT_TRUE(certified);
  ASSERT_EQ(blocks.size(), 1U);
  ASSERT_EQ(blocks[0].batches.size(), 1U);
  EXPECT_EQ(blocks[0].batches[0]->envelopes.size(), 1U);
}

// Its disk is slow: three batches are made, none is durable yet.
TEST_F(ReplicaTest, WithAFullLaneSetsNoDeadlineThatHasPassed) {
  make(4);
  for (int i = 0; i < 6; ++i) {
    now_ms_ += 20;
    step(Submitted{{payment()}});
  }
  EXPECT_EQ(all<StoreBatch>(seen_).size(), 3U);
  EXPECT_EQ(replica_->waiting_envelopes(), 1U) << "what has no room waits";
  now_ms_ += 20;
  step(TimePassed{});
  const auto deadline = replica_->next_deadline();
  ASSERT_TRUE(deadline.has_value());
  EXPECT_GT(*deadline, now_ms_) << "the driver would turn without end";
}

TEST_F(ReplicaTest, RefusesBytesThatAreNoMessage) {
  make(4);
  const auto refusals = all<consensus::DisconnectPeer>(
      step(FrameReceived{ValidatorIndex{2}, std::make_shared<const Bytes>(Bytes{1, 2, 3})}));
  ASSERT_EQ(refusals.size(), 1U);
  EXPECT_EQ(refusals[0].peer, ValidatorIndex{2});
}

TEST_F(ReplicaTest, VerifiesAForeignBatchOnceAndStoresNothingOfARefusedOne) {
  make(4);
  const consensus::Batch batch = foreign_batch(2);
  const auto verify = all<VerifyBatch>(receive(2, batch));
  ASSERT_EQ(verify.size(), 1U);
  EXPECT_TRUE(all<VerifyBatch>(receive(2, batch)).empty());

  const ledger::ChainInfo info = chain_info(genesis_);
  BatchVerified verified = check_batch({chain_, info, epoch_, ring_}, verify[0]);
  ASSERT_TRUE(verified.refusal.has_value()) << "its envelopes are no transactions";
  EXPECT_EQ(verified.record, nullptr);
  const ReplicaEffects effects = step(std::move(verified));
  EXPECT_TRUE(all<StoreBatch>(effects).empty());
  EXPECT_EQ(all<consensus::Alarm>(effects).size(), 1U);
  EXPECT_TRUE(all<VerifyBatch>(receive(2, batch)).empty());
}

TEST_F(ReplicaTest, RefusesABatchThatItsOwnerDidNotSign) {
  make(4);
  consensus::Batch batch = foreign_batch(2);
  batch.signature = foreign_batch(3).signature;
  const ledger::ChainInfo info = chain_info(genesis_);
  const BatchVerified verified = check_batch(
      {chain_, info, epoch_, ring_}, {batch, consensus::batch_digest(chain_.suite, batch.header)});
  EXPECT_TRUE(verified.refusal.has_value());
}

// One who lies about a batch must not keep the batch itself out.
TEST_F(ReplicaTest, TakesABatchAfterAForgeryOfIt) {
  make(4);
  const consensus::Batch batch = foreign_batch(2);
  consensus::Batch emptied = batch;
  emptied.envelopes = consensus::EnvelopeList::copy_of(
      std::vector<Bytes>{Bytes(25, 1), Bytes(25, 2)});  // as many, as long, and others
  const auto verify = all<VerifyBatch>(receive(2, emptied));
  ASSERT_EQ(verify.size(), 1U);
  const ledger::ChainInfo info = chain_info(genesis_);
  const ReplicaEffects effects = step(check_batch({chain_, info, epoch_, ring_}, verify[0]));
  const auto refusals = all<consensus::DisconnectPeer>(effects);
  ASSERT_EQ(refusals.size(), 1U);
  EXPECT_EQ(refusals[0].peer, ValidatorIndex{2});
  EXPECT_EQ(all<VerifyBatch>(receive(2, batch)).size(), 1U) << "the true batch was kept out";
}

TEST_F(ReplicaTest, LeavesWhatIsInTheStoresToItsDriver) {
  make(4);
  const auto serve = all<Serve>(receive(3, consensus::GetBlocks{Height{1}, 10}));
  ASSERT_EQ(serve.size(), 1U);
  EXPECT_EQ(serve[0].to, ValidatorIndex{3});
  EXPECT_TRUE(std::holds_alternative<consensus::GetBlocks>(serve[0].request));
}

}  // namespace
}  // namespace huangpu::node
