#include "node/driver/intake.hpp"

#include <gtest/gtest.h>

#include <future>
#include <mutex>
#include <vector>

#include "consensus/types/batch.hpp"
#include "ledger/codec/transaction_builder.hpp"
#include "node/driver/wall_clock.hpp"
#include "node/replica/first_epoch.hpp"
#include "tests/support/test_suite.hpp"
#include "tests/unit/node/driver/node_folder.hpp"

namespace huangpu::node::test {
namespace {

using ledger::ResultCode;

constexpr std::uint64_t kSecond = 1'000;

class Admission : public ::testing::Test {
 protected:
  Admission()
      : stores_(folder_.open().value()),
        chain_info_(chain_info(chain_.genesis())),
        // The same seed as the builder's second participant, "alpha".
        alpha_(signer(0x11, 2)) {
    limits_.pending_transactions = 3;
    limits_.pending_bytes = 1u << 20;
    make_intake();
  }
  ~Admission() override { pool_.stop(); }

  static std::unique_ptr<crypto::LocalSigner> signer(std::uint8_t family, std::uint8_t number) {
    Bytes seed(32, family);
    seed[0] = number;
    return crypto::LocalSigner::from_seed(huangpu::test::test_suite(),
                                          crypto::SecretBytes::copy_of(seed))
        .value();
  }

  void make_intake() {
    intake_ = std::make_unique<Intake>(
        Intake::Parts{chain_info_, chain_.genesis().ledger, *stores_.state, view_,
                      crypto::default_verifier(), tracker_, metrics_, pool_,
                      [this](const ledger::TxId& txid) -> Result<TransactionUpdate> {
                        if (executed_ && executed_->txid == txid) return *executed_;
                        return fail(Errc::kNotFound, "no such transaction");
                      },
                      [this](AdmittedEnvelope envelope) {
                        const std::lock_guard lock(mutex_);
                        admitted_.push_back(std::move(envelope));
                      }},
        limits_);
    intake_->set_open(true);
  }

  // Valid for a minute around now, shifted by `shift` seconds. Every one is another transaction.
  Bytes envelope(std::int64_t shift = 0) { return envelope_on(chain_info_, shift); }
  Bytes envelope_on(const ledger::ChainInfo& chain, std::int64_t shift) {
    const std::uint64_t base = wall_now().value() + static_cast<std::uint64_t>(shift * 1'000);
    ledger::TransactionBuilder builder(chain, ledger::ParticipantId(2));
    builder.valid(TimestampMs(base - 30 * kSecond - ++counter_), TimestampMs(base + 30 * kSecond));
    builder.operation(ledger::Transfer{chain_.account("alice"),
                                       chain_.account("bob"),
                                       chain_.asset(),
                                       Amount::from_u64(1),
                                       {},
                                       {}});
    crypto::Signer* const signers[] = {alpha_.get()};
    return ledger::sign_transaction(std::move(builder), signers).value().envelope;
  }

  TransactionUpdate submit(Bytes bytes, std::uint32_t participant = 2) {
    std::promise<TransactionUpdate> answer;
    Principal caller;
    caller.participant = ledger::ParticipantId(participant);
    intake_->submit({std::move(bytes)}, caller, [&](std::vector<TransactionUpdate> updates) {
      answer.set_value(std::move(updates.at(0)));
    });
    return answer.get_future().get();
  }

  static void expect_refused(const TransactionUpdate& update, ResultCode code) {
    EXPECT_EQ(update.stage, TransactionStage::kRejected);
    EXPECT_EQ(update.code, static_cast<std::uint16_t>(code)) << update.message;
    EXPECT_FALSE(update.message.empty());
  }

  ChainBuilder chain_;
  NodeFolder folder_{chain_};
  NodeStores stores_;
  const ledger::ChainInfo chain_info_;
  std::unique_ptr<crypto::LocalSigner> alpha_;
  ChainView view_;
  TransactionTracker tracker_;
  Metrics metrics_;
  LimitsSection limits_;
  std::uint64_t counter_ = 0;
  std::mutex mutex_;
  std::vector<AdmittedEnvelope> admitted_;     // guarded by mutex_
  std::optional<TransactionUpdate> executed_;  // what the stores know
  Worker pool_{"verify", 1, 4};
  std::unique_ptr<Intake> intake_;
};

TEST_F(Admission, HandsAGoodEnvelopeOnAndTellsTheTracker) {
  const TransactionUpdate update = submit(envelope());
  EXPECT_EQ(update.stage, TransactionStage::kAdmitted) << update.message;
  ASSERT_EQ(admitted_.size(), 1U);
  EXPECT_EQ(admitted_.front().decoded.txid, update.txid);
  EXPECT_EQ(tracker_.find(update.txid)->stage, TransactionStage::kAdmitted);
  EXPECT_EQ(intake_->pending_count(), 1U);
  EXPECT_EQ(intake_->pending_bytes(), admitted_.front().bytes->size());
}

TEST_F(Admission, RefusesGarbage) {
  expect_refused(submit(Bytes(200, 0xff)), ResultCode::kMalformed);
  expect_refused(submit({}), ResultCode::kMalformed);
  expect_refused(submit(Bytes(ledger::kEnvelopeBytesMax + 1, 1)), ResultCode::kTooLarge);
  EXPECT_TRUE(admitted_.empty());
}

TEST_F(Admission, RefusesAnotherChainsEnvelope) {
  ledger::ChainInfo other = chain_info_;
  other.chain = ledger::ChainId(crypto::Digest::from(Bytes(32, 5)));
  expect_refused(submit(envelope_on(other, 0)), ResultCode::kWrongChain);
}

TEST_F(Admission, RefusesACallerWhoSubmitsForSomebodyElse) {
  expect_refused(submit(envelope(), 3), ResultCode::kSenderNotAllowed);
}

TEST_F(Admission, RefusesAnEnvelopeWhoseWindowHasClosed) {
  expect_refused(submit(envelope(-300)), ResultCode::kExpired);
}

// A node whose clock is behind must not admit what block time refuses.
TEST_F(Admission, GoesByTheLaterOfItsClockAndTheChains) {
  view_.set_executed(Height{1}, TimestampMs(wall_now().value() + 3'600 * kSecond));
  expect_refused(submit(envelope()), ResultCode::kExpired);
}

TEST_F(Admission, RefusesASignatureThatDoesNotVerify) {
  Bytes bytes = envelope();
  bytes.back() ^= 1;  // the last byte of the signature
  const TransactionUpdate update = submit(std::move(bytes));
  expect_refused(update, ResultCode::kSignatureInvalid);
  EXPECT_EQ(intake_->pending_count(), 0U);
  EXPECT_FALSE(tracker_.find(update.txid)) << "nobody may spend another's transaction id";
}

TEST_F(Admission, AnswersARepetitionWithTheStageReached) {
  const Bytes bytes = envelope();
  const TransactionUpdate first = submit(bytes);
  ASSERT_EQ(first.stage, TransactionStage::kAdmitted);
  EXPECT_EQ(submit(bytes).stage, TransactionStage::kAdmitted);
  const OrderedEntry entry{first.txid, first.submitter};
  tracker_.ordered(Height{7}, std::span(&entry, 1));
  const TransactionUpdate again = submit(bytes);
  EXPECT_EQ(again.stage, TransactionStage::kOrdered);
  EXPECT_EQ(again.height, Height{7});
  EXPECT_EQ(admitted_.size(), 1U) << "it was put into the lane twice";
  EXPECT_EQ(intake_->pending_count(), 1U);
}

TEST_F(Admission, AnswersWhatWasExecutedBeforeTheProcessBeganFromTheStores) {
  const Bytes bytes = envelope();
  executed_.emplace();
  executed_->txid = ledger::transaction_id(chain_info_, ledger::envelope_body(bytes).value());
  executed_->stage = TransactionStage::kFinal;
  executed_->height = Height{5};
  const TransactionUpdate update = submit(bytes);
  EXPECT_EQ(update.stage, TransactionStage::kFinal);
  EXPECT_EQ(update.height, Height{5});
  EXPECT_TRUE(admitted_.empty());
}

TEST_F(Admission, IsBusyWhenTooManyWaitForABatch) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(submit(envelope()).stage, TransactionStage::kAdmitted);
  const Bytes fourth = envelope();
  expect_refused(submit(fourth), ResultCode::kBusy);
  EXPECT_EQ(intake_->pending_count(), 3U);
  intake_->sealed(2, admitted_[0].bytes->size() + admitted_[1].bytes->size());
  EXPECT_EQ(submit(fourth).stage, TransactionStage::kAdmitted) << "a busy answer is not final";
}

TEST_F(Admission, IsBusyWhenTooManyBytesWaitForABatch) {
  limits_.pending_bytes = 100;
  make_intake();
  expect_refused(submit(envelope()), ResultCode::kBusy);
  EXPECT_EQ(intake_->pending_count(), 0U);
  EXPECT_EQ(intake_->pending_bytes(), 0U);
}

TEST_F(Admission, IsBusyWhenTheVerificationQueueIsFull) {
  std::promise<void> entered;
  std::promise<void> leave;
  ASSERT_TRUE(pool_.try_post([&] {
    entered.set_value();
    leave.get_future().wait();
  }));
  entered.get_future().wait();
  std::mutex mutex;
  std::vector<TransactionUpdate> answers;
  Principal caller;
  caller.participant = ledger::ParticipantId(2);
  for (int i = 0; i < 5; ++i) {
    intake_->submit({envelope()}, caller, [&](std::vector<TransactionUpdate> updates) {
      const std::lock_guard lock(mutex);
      answers.push_back(std::move(updates.at(0)));
    });
  }
  {
    const std::lock_guard lock(mutex);
    ASSERT_EQ(answers.size(), 1U) << "four wait, the fifth is answered at once";
    expect_refused(answers.front(), ResultCode::kBusy);
  }
  leave.set_value();
  pool_.stop();
  EXPECT_EQ(answers.size(), 5U) << "every submission is answered once";
}

TEST_F(Admission, IsNotReadyWhileClosed) {
  intake_->set_open(false);
  expect_refused(submit(envelope()), ResultCode::kNotReady);
  EXPECT_TRUE(admitted_.empty());
}

}  // namespace
}  // namespace huangpu::node::test
