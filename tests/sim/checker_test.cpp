// The checkers themselves: a rule that cannot be violated in a test checks nothing.
#include <gtest/gtest.h>

#include "consensus/codec/hashing.hpp"
#include "tests/sim/checkers/certificate_checker.hpp"
#include "tests/sim/checkers/chain_checker.hpp"
#include "tests/sim/checkers/vote_checker.hpp"
#include "tests/sim/checkers/wire_checker.hpp"
#include "tests/support/sim_crypto.hpp"

namespace huangpu::sim {
namespace {

constexpr auto kSuite = crypto::SuiteId::kEd25519Sha256;

crypto::Digest digest(std::uint8_t number) { return crypto::Digest::from(Bytes(32, number)); }

consensus::Message vote(consensus::VoteKind kind, std::uint64_t view, std::uint8_t block,
                        std::uint16_t signer) {
  consensus::Vote vote;
  vote.kind = kind;
  vote.view = View{view};
  if (kind != consensus::VoteKind::kNullify) vote.digest = digest(block);
  vote.signer = ValidatorIndex{signer};
  return vote;
}

std::string rules(const Violations& violations) {
  std::string text;
  for (const Violation& each : violations) text += each.rule + " ";
  return text;
}

class Votes : public ::testing::Test {
 protected:
  void durable(consensus::LogRecord record) {
    checker_.on_durable(0, {1, Epoch{1}, {std::move(record)}});
  }
  Violations violations_;
  VoteChecker checker_{4, kSuite, violations_};
};

TEST_F(Votes, ThatAreOnThePlatterAndSaidTwiceViolateNothing) {
  durable(consensus::NotarizeRecord{View{5}, digest(1), {}});
  checker_.on_sent(0, vote(consensus::VoteKind::kNotarize, 5, 1, 0));
  checker_.on_sent(0, vote(consensus::VoteKind::kNotarize, 5, 1, 0));
  EXPECT_EQ(rules(violations_), "");
  EXPECT_EQ(checker_.votes_made(), 1U);
}

TEST_F(Votes, ThatAreNotOnThePlatterViolateS5) {
  durable(consensus::NotarizeRecord{View{5}, digest(1), {}});
  checker_.on_sent(0, vote(consensus::VoteKind::kFinalize, 5, 1, 0));
  EXPECT_EQ(rules(violations_), "S5 ");
}

TEST_F(Votes, ForTwoBlocksOfOneViewViolateS1) {
  durable(consensus::NotarizeRecord{View{5}, digest(1), {}});
  durable(consensus::NotarizeRecord{View{5}, digest(2), {}});
  checker_.on_sent(0, vote(consensus::VoteKind::kNotarize, 5, 1, 0));
  checker_.on_sent(0, vote(consensus::VoteKind::kNotarize, 5, 2, 0));
  EXPECT_EQ(rules(violations_), "S1 ");
}

TEST_F(Votes, ToFinalizeAndToNullifyViolateS2) {
  durable(consensus::FinalizeRecord{View{5}, digest(1)});
  durable(consensus::NullifyRecord{View{5}});
  checker_.on_sent(0, vote(consensus::VoteKind::kNullify, 5, 0, 0));
  checker_.on_sent(0, vote(consensus::VoteKind::kFinalize, 5, 1, 0));
  EXPECT_EQ(rules(violations_), "S2 ");
}

TEST_F(Votes, BelowAFinalViewViolateS4) {
  node::ExecuteBlock block;
  block.stored.finalization.emplace();
  block.stored.finalization->view = View{7};
  checker_.on_ordered(0, block);
  durable(consensus::NullifyRecord{View{7}});
  checker_.on_sent(0, vote(consensus::VoteKind::kNullify, 7, 0, 0));
  EXPECT_EQ(rules(violations_), "S4 ");
}

TEST_F(Votes, ThatARestartForgotViolateD2) {
  durable(consensus::NullifyRecord{View{7}});
  checker_.on_sent(0, vote(consensus::VoteKind::kNullify, 7, 0, 0));
  checker_.on_started(0, {Height{0}, consensus::Verdict{}, consensus::RestoredVotes{}});
  EXPECT_EQ(rules(violations_), "D2 ");
}

TEST_F(Votes, OfAValidatorThatMayHaveForgottenSomeViolateQ1) {
  durable(consensus::NullifyRecord{View{7}});
  consensus::Verdict verdict;
  verdict.kind = consensus::Verdict::Kind::kQuarantine;
  checker_.on_started(0, {Height{0}, verdict, consensus::RestoredVotes{}});
  checker_.on_sent(0, vote(consensus::VoteKind::kNullify, 7, 0, 0));
  EXPECT_EQ(rules(violations_), "Q1 ");
}

const Weights kFour({1, 1, 1, 1});
const std::vector<bool> kAllHonest(4, true);

TEST(Certificates, OfTwoBlocksInOneViewViolateS6) {
  Violations violations;
  CertificateChecker checker(kFour, kAllHonest, violations);
  for (std::uint16_t signer = 0; signer < 3; ++signer) {
    checker.on_sent(signer, vote(consensus::VoteKind::kNotarize, 5, 1, signer));
    checker.on_sent(signer, vote(consensus::VoteKind::kNotarize, 5, 2, signer));
  }
  EXPECT_EQ(rules(violations), "S6 ");
}

TEST(Certificates, AreNotMadeOfVotesThatAreForgedInTheNamesOfOthers) {
  Violations violations;
  CertificateChecker checker(kFour, {true, true, true, false}, violations);
  for (std::uint16_t signer = 0; signer < 30; ++signer) {
    checker.on_sent(3, vote(consensus::VoteKind::kNotarize, 5, 1, signer));
    checker.on_sent(3, vote(consensus::VoteKind::kNotarize, 5, 2, signer));
  }
  EXPECT_EQ(rules(violations), "");
}

TEST(Certificates, OfFinalityAndNullityInOneViewViolateS7AndWithoutNotarityS8) {
  Violations violations;
  CertificateChecker checker(kFour, kAllHonest, violations);
  for (std::uint16_t signer = 0; signer < 3; ++signer) {
    checker.on_sent(signer, vote(consensus::VoteKind::kNullify, 5, 0, signer));
    checker.on_sent(signer, vote(consensus::VoteKind::kFinalize, 5, 2, signer));
  }
  EXPECT_EQ(rules(violations), "S8 S7 ");
}

TEST(Certificates, WithoutAQuorumOfVotesThatWereCastViolateC1) {
  Violations violations;
  CertificateChecker checker(kFour, kAllHonest, violations);
  consensus::Certificate certificate;
  certificate.kind = consensus::VoteKind::kNullify;
  certificate.view = View{5};
  certificate.signers = consensus::SignerSet(4);
  for (std::uint16_t signer = 0; signer < 3; ++signer) {
    certificate.signers.insert(ValidatorIndex{signer});
    if (signer > 0) checker.on_sent(signer, vote(consensus::VoteKind::kNullify, 5, 0, signer));
  }
  checker.on_sent(1, certificate);
  EXPECT_EQ(rules(violations), "C1 ");
  violations.clear();
  checker.on_sent(0, vote(consensus::VoteKind::kNullify, 5, 0, 0));
  checker.on_sent(1, certificate);
  EXPECT_EQ(rules(violations), "");
}

class Wire : public ::testing::Test {
 protected:
  Wire() {
    for (std::uint64_t i = 0; i < 4; ++i) {
      signers_.push_back(ring_.make_signer(i + 1));
      keys_.push_back(signers_.back()->public_key());
    }
    checker_.emplace(kFour, digest(9), keys_, ring_, violations_);
  }
  static consensus::Certificate by_three(consensus::VoteKind kind, std::uint64_t view) {
    consensus::Certificate certificate;
    certificate.kind = kind;
    certificate.view = View{view};
    certificate.signers = consensus::SignerSet(4);
    for (std::uint16_t i = 0; i < 3; ++i) {
      certificate.signers.insert(ValidatorIndex{i});
      certificate.signatures.emplace_back();
    }
    if (kind == consensus::VoteKind::kNotarize) certificate.digest = digest(1);
    return certificate;
  }
  // A notarize vote of view 5 on a parent of view 2.
  void notarize(std::vector<consensus::Certificate> gap) {
    consensus::StoredBlock stored;
    stored.block.header.view = View{5};
    stored.block.header.height = Height{2};
    stored.block.header.parent_hash = digest(1);
    stored.justification.parent = by_three(consensus::VoteKind::kNotarize, 2);
    stored.justification.nullifications = std::move(gap);
    checker_->on_durable(0, {1, Epoch{1}, {consensus::NotarizeRecord{View{5}, digest(2), stored}}});
  }
  test::SimKeyRing ring_{test::SimKeyRing::Kind::kStub};
  std::vector<std::unique_ptr<crypto::Signer>> signers_;
  std::vector<crypto::PublicKey> keys_;
  Violations violations_;
  std::optional<WireChecker> checker_;
};

TEST_F(Wire, ANotarizeVoteWithTheWholeGapJustifiedViolatesNothing) {
  notarize(
      {by_three(consensus::VoteKind::kNullify, 3), by_three(consensus::VoteKind::kNullify, 4)});
  EXPECT_EQ(rules(violations_), "");
}

TEST_F(Wire, ANotarizeVoteWithAHoleInTheGapViolatesS10) {
  notarize({by_three(consensus::VoteKind::kNullify, 4)});
  EXPECT_EQ(rules(violations_), "S10 ");
}

TEST_F(Wire, AVoteSignedForAnotherEpochOrChainViolatesV1) {
  consensus::Vote made;
  made.kind = consensus::VoteKind::kNullify;
  made.view = View{5};
  const auto sign = [&](const crypto::Digest& genesis, std::uint64_t epoch) {
    const auto bytes = consensus::signing_message(consensus::SignedKind::kNullify, genesis,
                                                  Epoch{epoch}, 5, crypto::Digest{});
    made.signature = signers_[0]->sign(bytes).value();
    checker_->on_sent(0, made);
  };
  sign(digest(9), 1);
  EXPECT_EQ(rules(violations_), "");
  sign(digest(9), 2);
  EXPECT_EQ(rules(violations_), "V1 ");
  sign(digest(8), 1);
  EXPECT_EQ(rules(violations_), "V1 V1 ");
}

class Chain : public ::testing::Test {
 protected:
  node::ExecuteBlock block(std::uint64_t height, std::uint8_t hash, std::uint8_t parent) {
    node::ExecuteBlock made;
    made.hash = digest(hash);
    made.stored.block.header.height = Height{height};
    made.stored.block.header.parent_hash = digest(parent);
    made.stored.block.header.timestamp = TimestampMs{height};
    return made;
  }
  Violations violations_;
  ChainChecker checker_{4, digest(0), 8, violations_};
};

TEST_F(Chain, OfOneBlockPerHeightViolatesNothing) {
  for (std::size_t node = 0; node < 2; ++node) {
    checker_.on_ordered(node, block(1, 1, 0));
    checker_.on_ordered(node, block(2, 2, 1));
  }
  EXPECT_EQ(rules(violations_), "");
  EXPECT_EQ(checker_.blocks(), 2U);
}

TEST_F(Chain, WithAForkAGapOrARepetitionViolatesS9) {
  checker_.on_ordered(0, block(1, 1, 0));
  checker_.on_ordered(1, block(1, 9, 0));
  EXPECT_EQ(rules(violations_), "S9 ");
  checker_.on_ordered(0, block(1, 1, 0));
  EXPECT_EQ(rules(violations_), "S9 S9 ");
  checker_.on_ordered(0, block(4, 4, 3));
  EXPECT_EQ(rules(violations_), "S9 S9 S9 S9 ") << "a gap, and a parent nobody has";
}

TEST_F(Chain, ThatSkipsABatchViolatesS11) {
  auto skipping = block(1, 1, 0);
  auto batch = std::make_shared<ledger::DecodedBatch>();
  batch->lane = 2;
  batch->position = LanePosition{2};
  skipping.batches.push_back(batch);
  checker_.on_ordered(0, skipping);
  EXPECT_EQ(rules(violations_), "S11 ");
}

TEST_F(Chain, AheadOfItsCertificatesViolatesL3) {
  for (std::uint8_t height = 1; height <= 9; ++height)
    checker_.on_ordered(0, block(height, height, static_cast<std::uint8_t>(height - 1)));
  EXPECT_EQ(rules(violations_), "L3 ");
}

TEST_F(Chain, WithTwoResultsForAHeightViolatesS16) {
  consensus::CommitCertificate certificate;
  certificate.message.height = Height{1};
  checker_.on_certified(0, certificate);
  certificate.message.state_root = digest(7);
  checker_.on_certified(1, certificate);
  EXPECT_EQ(rules(violations_), "S16 ");
}

}  // namespace
}  // namespace huangpu::sim
