// Plans of epochs, and declarations of readiness for them (SPEC N-340 to N-345).
#include "node/replica/readiness.hpp"

#include <gtest/gtest.h>

#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/hashing.hpp"
#include "node/replica/epoch_plan.hpp"
#include "node/replica/first_epoch.hpp"
#include "tests/support/ledger_world.hpp"
#include "tests/support/sim_crypto.hpp"

namespace huangpu::node {
namespace {

class Ready : public ::testing::Test {
 protected:
  Ready() {
    genesis_ = world_.genesis();
    genesis_.validators.clear();
    for (std::size_t i = 0; i < 4; ++i) {
      keys_.push_back(ring_.make_signer(i));
      ledger::GenesisValidator validator;
      validator.name = "v" + std::to_string(i);
      validator.participant = ledger::ParticipantId{1};
      validator.key = keys_.back()->public_key();
      validator.tls_pin = crypto::Digest::from(Bytes(32, static_cast<std::uint8_t>(i + 1)));
      genesis_.validators.push_back(validator);
    }
    chain_ = chain_context(genesis_);
    current_ = ledger::first_settings(genesis_);
    next_key_ = ring_.make_signer(77);
    next_.emplace(*next_key_);
    epochs_.pending = current_;
    epochs_.pending->members[0].key = next_key_->public_key();
    consensus::SafetyConfig safety;
    safety.chain = chain_;
    safety.epoch = consensus::kFirstEpoch;
    safety.self = ValidatorIndex{1};
    safety_ =
        std::make_unique<consensus::SafetyRules>(safety, *keys_[1], consensus::SafetyRestore{});
  }

  [[nodiscard]] SharedPlan plan() const {
    return make_plan(chain_.suite, epochs_, current_).value();
  }
  [[nodiscard]] Readiness readiness(std::vector<consensus::StatementSigner*> keys = {}) {
    return Readiness(chain_, *safety_, std::move(keys), ring_);
  }
  // Of member 0 under its new key.
  [[nodiscard]] consensus::Ready declaration(const SharedPlan& plan) {
    auto holder = readiness({&*next_});
    holder.set_plan(plan);
    for (const consensus::Ready& each : holder.due(1, true)) {
      if (each.signer == ValidatorIndex{0}) return each;
    }
    ADD_FAILURE() << "no declaration";
    return {};
  }
  [[nodiscard]] std::vector<std::string> proven(const SharedPlan& plan,
                                                const consensus::Ready& ready) {
    return ready_members(chain_, ring_, *plan, {Bytes{9, 9}, consensus::encode_system_item(ready)});
  }

  ledger::test::World world_ = ledger::test::two_banks();
  test::SimKeyRing ring_{test::SimKeyRing::Kind::kStub};
  ledger::Genesis genesis_;
  consensus::ChainContext chain_;
  std::vector<std::unique_ptr<crypto::Signer>> keys_;
  std::unique_ptr<crypto::Signer> next_key_;
  std::optional<consensus::KeyStatementSigner> next_;
  ledger::EpochSettings current_;
  ledger::EpochsValue epochs_;
  std::unique_ptr<consensus::SafetyRules> safety_;
};

TEST_F(Ready, IsProvenByItsOwnKeyForExactlyThatRecord) {
  const SharedPlan before = plan();
  const consensus::Ready ready = declaration(before);
  EXPECT_EQ(proven(before, ready), std::vector<std::string>{"v0"});

  consensus::Ready forged = ready;
  forged.signer = ValidatorIndex{2};
  EXPECT_TRUE(proven(before, forged).empty());
  // Anything else in the settings makes it another record.
  epochs_.pending->ledger.replay_window_seconds -= 1;
  EXPECT_TRUE(proven(plan(), ready).empty());
}

TEST_F(Ready, IsRepeatedUntilABlockHasIt) {
  auto own = readiness();
  own.set_plan(nullptr);
  EXPECT_FALSE(own.take_changed());
  EXPECT_TRUE(own.due(1, true).empty());
  own.set_plan(plan());
  EXPECT_TRUE(own.due(1, false).empty()) << "who is behind its peers is not ready";
  ASSERT_EQ(own.due(1'100, true).size(), 1U);
  EXPECT_TRUE(own.due(1'200, true).empty());
  ASSERT_EQ(own.due(2'200, true).size(), 1U);
  ASSERT_EQ(own.items().size(), 1U);
  EXPECT_TRUE(own.take_changed());

  epochs_.ready = {"v1"};
  own.set_plan(plan());
  EXPECT_TRUE(own.take_changed());
  EXPECT_TRUE(own.items().empty());
  EXPECT_TRUE(own.due(9'000, true).empty());
}

TEST_F(Ready, OfOthersIsCheckedBeforeItIsKept) {
  const SharedPlan now = plan();
  const consensus::Ready ready = declaration(now);
  auto other = readiness();
  EXPECT_TRUE(other.hear(ready));
  EXPECT_FALSE(other.take_changed()) << "nothing is pending";
  other.set_plan(now);
  consensus::Ready forged = ready;
  forged.signer = ValidatorIndex{3};
  EXPECT_FALSE(other.hear(forged));
  EXPECT_FALSE(other.take_changed());
  EXPECT_TRUE(other.hear(ready));
  EXPECT_TRUE(other.take_changed());
  EXPECT_TRUE(other.hear(ready));
  EXPECT_FALSE(other.take_changed()) << "it is known";
  EXPECT_EQ(other.items().size(), 1U);
}

TEST_F(Ready, IsNotDeclaredForARevisionThisProgramDoesNotKnow) {
  epochs_.pending->revision = ledger::kRevisionMax + 1;
  auto own = readiness();
  own.set_plan(plan());
  EXPECT_TRUE(own.due(5'000, true).empty());
}

TEST_F(Ready, IsNotDeclaredByAKeyInQuarantine) {
  safety_->enter_quarantine("for this test");
  auto own = readiness({&*next_});
  own.set_plan(plan());
  const auto due = own.due(1, true);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].signer, ValidatorIndex{0}) << "a new key has signed nothing yet";
}

TEST_F(Ready, APlanNamesTheBoundaryAndWhoComes) {
  epochs_.announced = ledger::Announcement{Height{40}, *epochs_.pending};
  epochs_.pending->members[2].weight = 3;
  const SharedPlan both = plan();
  ASSERT_TRUE(both->end && both->next && both->pending);
  EXPECT_EQ(both->end->height, Height{40});
  EXPECT_EQ(both->end->next_epoch_hash, consensus::epoch_hash(chain_.suite, *both->next));
  EXPECT_EQ(both->next->epoch, Epoch{2});
  EXPECT_EQ(both->pending->epoch, Epoch{3});
  EXPECT_EQ(both->to_come.size(), 8U);
}

}  // namespace
}  // namespace huangpu::node
