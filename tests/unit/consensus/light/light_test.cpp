#include <gtest/gtest.h>

#include <random>

#include "consensus/light/finality_proof.hpp"
#include "consensus/light/light_client.hpp"
#include "tests/unit/consensus/support/network.hpp"

namespace huangpu::consensus::test {
namespace {

// Two epochs with different validators. Epoch 1 ends at height 5, epoch 2 reaches height 9. Every
// commit message carries the true history root.
class Light : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kBoundary = 5;
  static constexpr std::uint64_t kTip = 9;

  Light() {
    second_record_ = second_.record();
    second_record_.epoch = Epoch{2};
    crypto::Mmr history(suite());
    std::vector<crypto::MmrNode> created;
    for (std::uint64_t h = 1; h <= kTip; ++h) {
      CommitMessage message = network_.commit_message(h);
      message.epoch = Epoch{h <= kBoundary ? 1U : 2U};
      message.history_root = history.root();
      if (h == kBoundary) message.next_epoch_hash = epoch_hash(suite(), second_record_);
      history.append(commit_digest(suite(), message), &created);
      messages_.push_back(message);
    }
    for (const crypto::MmrNode& node : created) nodes_[node.position] = node.digest;
  }

  SuiteId suite() const { return network_.chain().suite; }
  const CommitMessage& message(std::uint64_t height) const { return messages_[height - 1]; }

  CommitCertificate certificate(const CommitMessage& message) {
    Network& signers = message.epoch == Epoch{1} ? network_ : second_;
    CommitCertificate result{message, SignerSet(4), {}};
    const auto bytes = signing_message(SignedKind::kCommit, network_.chain().genesis, message.epoch,
                                       message.height.value(), commit_digest(suite(), message));
    for (std::uint16_t i = 0; i < 3; ++i) {
      result.signers.insert(ValidatorIndex{i});
      result.signatures.push_back(signers.signer(i).sign(bytes).value());
    }
    return result;
  }
  CommitCertificate certificate(std::uint64_t height) { return certificate(message(height)); }
  EpochLink link() { return {certificate(kBoundary), second_record_}; }

  HistoryPath history(std::uint64_t from, std::uint64_t to) const {
    const auto source = [this](std::uint64_t position) -> std::optional<Digest> {
      const auto it = nodes_.find(position);
      return it == nodes_.end() ? std::nullopt : std::optional<Digest>(it->second);
    };
    return {message(to), crypto::mmr_path(suite(), to - 1, from - 1, source).value()};
  }

  Result<CommitMessage> verify(const FinalityProof& proof) {
    return verify_finality(network_.chain(), crypto::default_verifier(), network_.record(), proof);
  }
  FinalityProof full_proof() { return {{link()}, certificate(kTip), history(kTip, 3)}; }

  Network network_;
  Network second_{4, {}, 9};
  EpochRecord second_record_;
  std::vector<CommitMessage> messages_;
  std::map<std::uint64_t, Digest> nodes_;
};

TEST_F(Light, ProvesEveryHeightOfBothEpochsFromGenesisAlone) {
  for (std::uint64_t h = 1; h < kTip; ++h) {
    const FinalityProof proof{{link()}, certificate(kTip), history(kTip, h)};
    const Result<CommitMessage> proven = verify(proof);
    ASSERT_TRUE(proven) << proven.error().message;
    EXPECT_EQ(*proven, message(h));
  }
  EXPECT_EQ(verify({{}, certificate(4), std::nullopt}).value(), message(4));
}

TEST_F(Light, RefusesACertificateOfTheNextEpochWithoutItsLink) {
  EXPECT_FALSE(verify({{}, certificate(kTip), std::nullopt}));
}

TEST_F(Light, RefusesALinkToARecordTheBoundaryDoesNotName) {
  FinalityProof proof = full_proof();
  proof.epochs[0].next.parameters.lag_blocks = 9;
  EXPECT_FALSE(verify(proof));
  proof = full_proof();
  proof.epochs[0].next.epoch = Epoch{3};
  EXPECT_FALSE(verify(proof));
}

TEST_F(Light, RefusesALinkWhoseMessageEndsNoEpoch) {
  FinalityProof proof = full_proof();
  proof.epochs[0].boundary = certificate(4);
  EXPECT_FALSE(verify(proof));
}

TEST_F(Light, RefusesAHistoryPathOfAnotherHeightOrMessage) {
  FinalityProof proof = full_proof();
  proof.history->path.index = 3;
  EXPECT_FALSE(verify(proof));
  proof = full_proof();
  proof.history->message = message(4);
  EXPECT_FALSE(verify(proof));
  proof = full_proof();
  proof.history->message.state_root = digest_of(1);
  EXPECT_FALSE(verify(proof));
  proof = full_proof();
  proof.history = history(8, 3);
  EXPECT_FALSE(verify(proof));
}

TEST_F(Light, RefusesCertificatesBelowTheQuorum) {
  FinalityProof proof = full_proof();
  proof.certificate.signers.erase(ValidatorIndex{2});
  proof.certificate.signatures.pop_back();
  EXPECT_FALSE(verify(proof));
}

TEST_F(Light, ProofComesBackFromItsBytes) {
  const FinalityProof proof = full_proof();
  const Bytes bytes = encode(proof);
  EXPECT_EQ(decode_finality_proof(bytes).value(), proof);
  for (std::size_t length = 0; length < bytes.size(); length += 7) {
    EXPECT_FALSE(decode_finality_proof(ByteView(bytes).first(length)));
  }
  Bytes version = bytes;
  version[1] = 2;
  EXPECT_EQ(decode_finality_proof(version).error().code, Errc::kUnsupportedVersion);
}

// Whatever single byte is changed, the proof never proves another message.
TEST_F(Light, ProvesNothingElseAfterAMutation) {
  const Bytes bytes = encode(full_proof());
  std::mt19937_64 rng(11);
  for (int i = 0; i < 150; ++i) {
    Bytes changed = bytes;
    std::uint8_t& byte = changed[rng() % changed.size()];
    byte = static_cast<std::uint8_t>(byte ^ (1 + rng() % 255));
    const Result<FinalityProof> proof = decode_finality_proof(changed);
    if (!proof) continue;
    const Result<CommitMessage> proven = verify(*proof);
    if (!proven) continue;
    EXPECT_EQ(*proven, message(3));
  }
}

class Client : public Light {
 protected:
  LightClient client_{network_.chain(), network_.record(), crypto::default_verifier()};
};

TEST_F(Client, FollowsCertificatesUpwardsAndKeepsTheNewest) {
  EXPECT_TRUE(client_.accept(certificate(2)));
  EXPECT_TRUE(client_.accept(certificate(4)));
  EXPECT_TRUE(client_.accept(certificate(3)));
  EXPECT_TRUE(client_.accept(certificate(4)));
  EXPECT_EQ(*client_.newest(), message(4));
}

TEST_F(Client, ChangesEpochOnlyThroughACertifiedBoundary) {
  EXPECT_FALSE(client_.accept(certificate(7)));
  EpochLink bad = link();
  bad.next.revision = 2;
  EXPECT_FALSE(client_.advance(bad));
  EXPECT_TRUE(client_.accept(certificate(kBoundary)));
  EXPECT_TRUE(client_.advance(link()));
  EXPECT_EQ(client_.record().epoch, Epoch{2});
  EXPECT_TRUE(client_.accept(certificate(7)));
  EXPECT_FALSE(client_.accept(certificate(4))) << "a message of the epoch that is over";
}

TEST_F(Client, RefusesAMessageWhoseTimeContradictsItsHeight) {
  ASSERT_TRUE(client_.accept(certificate(3)));
  CommitMessage early = message(4);
  early.timestamp = message(2).timestamp;
  EXPECT_FALSE(client_.accept(certificate(early)));
  EXPECT_FALSE(client_.frozen());
  EXPECT_EQ(*client_.newest(), message(3));
}

TEST_F(Client, RefusesAMessageOfItsEpochBeyondTheBoundary) {
  ASSERT_TRUE(client_.accept(certificate(kBoundary)));
  CommitMessage beyond = network_.commit_message(6);
  EXPECT_FALSE(client_.accept(certificate(beyond)));
}

TEST_F(Client, FreezesOnTwoCertifiedMessagesForOneHeight) {
  ASSERT_TRUE(client_.accept(certificate(4)));
  CommitMessage other = message(4);
  other.state_root = digest_of(0xff);
  EXPECT_EQ(client_.accept(certificate(other)).error().code, Errc::kConflict);
  ASSERT_TRUE(client_.frozen());
  EXPECT_EQ(client_.freeze()->first.message, message(4));
  EXPECT_EQ(client_.freeze()->second.message, other);
  EXPECT_FALSE(client_.accept(certificate(5)));
  EXPECT_FALSE(client_.advance(link()));
}

TEST_F(Client, StartsFromATrustedAnchor) {
  LightClient late(network_.chain(), second_record_, crypto::default_verifier(),
                   message(kBoundary));
  EXPECT_TRUE(late.accept(certificate(kTip)));
  CommitMessage old = message(kTip);
  old.height = Height{kBoundary};
  EXPECT_FALSE(late.accept(certificate(old)));
}

}  // namespace
}  // namespace huangpu::consensus::test
