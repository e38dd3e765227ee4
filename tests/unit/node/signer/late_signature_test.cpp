// SafetyRules over a key that answers later, not at all, or no (SPEC C-160).
#include <optional>

#include "consensus/safety/safety_rules.hpp"
#include "tests/unit/node/signer/support.hpp"

namespace huangpu::consensus {
namespace {

class LateSigner final : public StatementSigner {
 public:
  const crypto::PublicKey& public_key() const override { return key_->public_key(); }
  Result<Signature> sign(const SigningRequest& request) override {
    asked.push_back(request);
    if (answer) return fail(*answer, "not now");
    return key_->sign(request.message());
  }
  std::optional<Errc> answer = Errc::kNotReady;
  std::vector<SigningRequest> asked;

 private:
  std::unique_ptr<crypto::Signer> key_ = node::key(1);
};

class LateSignature : public ::testing::Test {
 protected:
  LateSignature() {
    SafetyConfig config;
    config.chain.genesis = node::digest_of(0xc4);
    rules_.emplace(config, signer_, SafetyRestore{});
  }
  SafetyRules::Durable nullify(std::uint64_t view) {
    EXPECT_TRUE(rules_->nullify(View{view}).has_value());
    const auto frame = rules_->take_frame();
    return rules_->on_durable(frame->seq).value();
  }

  LateSigner signer_;
  std::optional<SafetyRules> rules_;
};

TEST_F(LateSignature, AVoteWhoseSignatureIsUnderWayIsNoErrorAndLeavesWhenItIsThere) {
  const auto durable = nullify(1);
  EXPECT_TRUE(durable.messages.empty());
  EXPECT_TRUE(durable.errors.empty());
  EXPECT_TRUE(rules_->sign_waiting().messages.empty());
  signer_.answer.reset();
  const auto messages = rules_->sign_waiting().messages;
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(std::get<Vote>(messages[0]).kind, VoteKind::kNullify);
  EXPECT_TRUE(rules_->sign_waiting().messages.empty());
}

TEST_F(LateSignature, TheHolderIsAskedForAStatementAndNotForBytes) {
  static_cast<void>(nullify(7));
  ASSERT_FALSE(signer_.asked.empty());
  EXPECT_EQ(signer_.asked.front(), node::statement(SignedKind::kNullify, 7, 0));
}

TEST_F(LateSignature, AHolderThatIsAwayIsAnErrorOnceAndTheVoteLeavesWhenItIsBack) {
  signer_.answer = Errc::kUnavailable;
  EXPECT_EQ(nullify(1).errors.size(), 1u);
  signer_.answer.reset();
  EXPECT_EQ(rules_->sign_waiting().messages.size(), 1u);
}

TEST_F(LateSignature, WhatTheHolderRefusesIsToldOnceAndNotAskedForAgain) {
  EXPECT_TRUE(nullify(1).errors.empty());
  signer_.answer = Errc::kGuard;
  const auto refused = rules_->sign_waiting();
  EXPECT_TRUE(refused.messages.empty());
  ASSERT_EQ(refused.errors.size(), 1u);
  EXPECT_EQ(refused.errors[0].code, Errc::kGuard);
  const auto again = rules_->sign_waiting();
  EXPECT_TRUE(again.messages.empty());
  EXPECT_TRUE(again.errors.empty());
}

TEST_F(LateSignature, WhatIsFinalMeanwhileIsNotSignedAnyMore) {
  static_cast<void>(nullify(1));
  rules_->set_final(View{3}, Height{1}, node::digest_of(9));
  signer_.answer.reset();
  EXPECT_TRUE(rules_->sign_waiting().messages.empty());
}

TEST_F(LateSignature, AfterARestartOwnVotesWaitForTheHolderToo) {
  static_cast<void>(nullify(1));
  const auto own = rules_->own_votes_above(View{0});
  ASSERT_TRUE(own.has_value());
  EXPECT_TRUE(own->empty());
  signer_.answer.reset();
  EXPECT_EQ(rules_->sign_waiting().messages.size(), 1u);
  EXPECT_EQ(rules_->own_votes_above(View{0})->size(), 1u);
}

}  // namespace
}  // namespace huangpu::consensus
