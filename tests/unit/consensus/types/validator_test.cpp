#include "consensus/types/validator.hpp"

#include <gtest/gtest.h>

#include "tests/unit/consensus/support/network.hpp"

namespace huangpu::consensus::test {
namespace {

SignerSet members(std::size_t size, std::initializer_list<std::uint16_t> indices) {
  SignerSet set(size);
  for (const std::uint16_t i : indices) set.insert(ValidatorIndex{i});
  return set;
}

TEST(SignerSet, CountsEverySignerOnce) {
  SignerSet set(4);
  EXPECT_TRUE(set.insert(ValidatorIndex{3}));
  EXPECT_FALSE(set.insert(ValidatorIndex{3}));
  EXPECT_EQ(set.count(), 1U);
}

TEST(SignerSet, HasNoMembersBeyondItsSize) {
  SignerSet set(4);
  EXPECT_FALSE(set.insert(ValidatorIndex{4}));
  EXPECT_FALSE(set.contains(ValidatorIndex{200}));
  EXPECT_EQ(set.count(), 0U);
}

TEST(SignerSet, ListsItsMembersInAscendingOrder) {
  const SignerSet set = members(128, {127, 0, 64, 63});
  const std::vector<ValidatorIndex> expected{ValidatorIndex{0}, ValidatorIndex{63},
                                             ValidatorIndex{64}, ValidatorIndex{127}};
  EXPECT_EQ(set.members(), expected);
}

// n, f, q for equal weights: two quorums always share more than f.
TEST(Quorum, LeavesLessThanAThirdFaultyAndTwoQuorumsShareAnHonestMember) {
  for (std::size_t n = 1; n <= kValidatorsMax; ++n) {
    const Quorum quorum(std::vector<std::uint32_t>(n, 1));
    EXPECT_LT(3 * quorum.faulty(), n);
    EXPECT_GT(2 * quorum.threshold(), n + quorum.faulty()) << n;
  }
  EXPECT_EQ(Quorum({1, 1, 1, 1}).threshold(), 3U);
  EXPECT_EQ(Quorum({1, 1, 1, 1, 1, 1, 1}).threshold(), 5U);
  EXPECT_EQ(Quorum({1}).threshold(), 1U);
}

TEST(Quorum, CountsWeightNotHeads) {
  const Quorum quorum({10, 1, 1, 1});
  EXPECT_EQ(quorum.threshold(), 9U);
  EXPECT_TRUE(quorum.reached_by(members(4, {0})));
  EXPECT_FALSE(quorum.reached_by(members(4, {1, 2, 3})));
}

TEST(Quorum, SeesAnHonestSignerOnlyAboveTheFaultyWeight) {
  const Quorum quorum({1, 1, 1, 1});
  EXPECT_FALSE(quorum.includes_honest(members(4, {2})));
  EXPECT_TRUE(quorum.includes_honest(members(4, {2, 3})));
}

TEST(Quorum, OfNobodyIsNeverReached) { EXPECT_FALSE(Quorum{}.reached_by(SignerSet{})); }

class ValidatorSetRules : public ::testing::Test {
 protected:
  std::vector<Validator> validators() const {
    const auto all = network_.record().set.validators();
    return {all.begin(), all.end()};
  }
  static bool refused(std::vector<Validator> v) { return !ValidatorSet::make(std::move(v)); }
  Network network_;
};

TEST_F(ValidatorSetRules, RefuseEmptyAndOversizedSets) {
  EXPECT_TRUE(refused({}));
  EXPECT_TRUE(refused(std::vector<Validator>(kValidatorsMax + 1)));
}

TEST_F(ValidatorSetRules, RefuseAnythingUsedTwice) {
  auto same_key = validators();
  same_key[1].key = same_key[0].key;
  EXPECT_TRUE(refused(same_key));
  auto same_name = validators();
  same_name[1].name = same_name[0].name;
  EXPECT_TRUE(refused(same_name));
  auto same_pin = validators();
  same_pin[1].tls_pin = same_pin[0].tls_pin;
  EXPECT_TRUE(refused(same_pin));
}

TEST_F(ValidatorSetRules, RefuseWrongIndexWeightNameAndKey) {
  auto index = validators();
  index[2].index = ValidatorIndex{1};
  EXPECT_TRUE(refused(index));
  auto weightless = validators();
  weightless[0].weight = 0;
  EXPECT_TRUE(refused(weightless));
  auto nameless = validators();
  nameless[0].name = "";
  EXPECT_TRUE(refused(nameless));
  auto control = validators();
  control[0].name = "a\nb";
  EXPECT_TRUE(refused(control));
  auto keyless = validators();
  keyless[0].key = PublicKey{};
  EXPECT_TRUE(refused(keyless));
  EXPECT_FALSE(refused(validators()));
}

TEST(ValidatorSet, IsSearchedByKeyAndByTransportPin) {
  Network network;
  const ValidatorSet& set = network.record().set;
  EXPECT_EQ(set.index_of(set.at(ValidatorIndex{2}).key), ValidatorIndex{2});
  EXPECT_EQ(set.index_of_pin(set.at(ValidatorIndex{3}).tls_pin), ValidatorIndex{3});
  EXPECT_EQ(set.index_of_pin(digest_of(0xee)), std::nullopt);
  EXPECT_EQ(set.find(ValidatorIndex{4}), nullptr);
}

TEST(ConsensusParameters, DefaultsAgreeWithEachOther) { EXPECT_TRUE(check(ConsensusParameters{})); }

TEST(ConsensusParameters, AreRefusedWhenTimersOrLimitsContradict) {
  const std::vector<void (*)(ConsensusParameters&)> breaks = {
      [](ConsensusParameters& p) { p.lag_blocks = 0; },
      [](ConsensusParameters& p) { p.leader_window = 0; },
      [](ConsensusParameters& p) { p.proposal_ms = 0; },
      [](ConsensusParameters& p) { p.certificate_ms = p.proposal_ms; },
      [](ConsensusParameters& p) { p.silence_ms = p.certificate_ms; },
      [](ConsensusParameters& p) { p.backoff_max = 0; },
      [](ConsensusParameters& p) { p.block_bytes_max = p.batch_bytes_max - 1; },
      [](ConsensusParameters& p) { p.lane_bytes_max = 1; },
      [](ConsensusParameters& p) { p.batch_bytes_max = (4U << 20) + 1; },
      [](ConsensusParameters& p) { p.lane_batches_max = 0; },
      [](ConsensusParameters& p) { p.lane_batches_max = 4'097; },
      [](ConsensusParameters& p) { p.block_batches_per_lane_max = 0; },
      [](ConsensusParameters& p) { p.block_batches_per_lane_max = p.lane_batches_max + 1; },
  };
  for (std::size_t i = 0; i < breaks.size(); ++i) {
    ConsensusParameters p;
    breaks[i](p);
    EXPECT_FALSE(check(p)) << "case " << i;
  }
}

TEST(Evidence, IsFoundInStatementsThatExcludeEachOtherAndNowhereElse) {
  const auto statement = [](SignedKind kind, std::uint64_t position, std::uint8_t fill) {
    return Statement{kind, position, fill == 0 ? Digest{} : digest_of(fill), {}};
  };
  using K = SignedKind;
  using E = EvidenceKind;
  EXPECT_EQ(classify(statement(K::kPropose, 5, 1), statement(K::kPropose, 5, 2)),
            E::kDoublePropose);
  EXPECT_EQ(classify(statement(K::kNotarize, 5, 1), statement(K::kNotarize, 5, 2)),
            E::kDoubleNotarize);
  EXPECT_EQ(classify(statement(K::kFinalize, 5, 1), statement(K::kFinalize, 5, 2)),
            E::kDoubleFinalize);
  EXPECT_EQ(classify(statement(K::kFinalize, 5, 1), statement(K::kNullify, 5, 0)),
            E::kFinalizeAndNullify);
  EXPECT_EQ(classify(statement(K::kNullify, 5, 0), statement(K::kFinalize, 5, 1)),
            E::kFinalizeAndNullify);
  EXPECT_EQ(classify(statement(K::kBatch, 5, 1), statement(K::kBatch, 5, 2)), E::kLaneEquivocation);
  EXPECT_EQ(classify(statement(K::kCommit, 5, 1), statement(K::kCommit, 5, 2)), E::kDoubleCommit);

  EXPECT_EQ(classify(statement(K::kNotarize, 5, 1), statement(K::kNotarize, 6, 2)), std::nullopt);
  EXPECT_EQ(classify(statement(K::kNotarize, 5, 1), statement(K::kNotarize, 5, 1)), std::nullopt);
  EXPECT_EQ(classify(statement(K::kNotarize, 5, 1), statement(K::kNullify, 5, 0)), std::nullopt);
  EXPECT_EQ(classify(statement(K::kNotarize, 5, 1), statement(K::kFinalize, 5, 2)), std::nullopt);
  EXPECT_EQ(classify(statement(K::kReady, 0, 1), statement(K::kReady, 0, 2)), std::nullopt);
}

}  // namespace
}  // namespace huangpu::consensus::test
