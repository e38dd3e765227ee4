// The implementation against tests/vectors/consensus, which is computed from SPEC.md by other code.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

#include "consensus/codec/batch_codec.hpp"
#include "consensus/codec/batch_record.hpp"
#include "consensus/codec/block_codec.hpp"
#include "consensus/codec/block_record.hpp"
#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/epoch_codec.hpp"
#include "consensus/codec/message_codec.hpp"
#include "consensus/safety/sign_record.hpp"
#include "consensus/safety/sign_state.hpp"
#include "consensus/safety/vote_log.hpp"
#include "tests/unit/consensus/support/network.hpp"

namespace huangpu::consensus::test {
namespace {

std::map<std::string, std::string> load() {
  std::map<std::string, std::string> vectors;
  std::ifstream stream("tests/vectors/consensus/vectors.txt");
  std::string name;
  std::string hex;
  while (stream >> name >> hex) vectors[name] = hex;
  return vectors;
}

class Vectors : public ::testing::Test {
 protected:
  std::string expected(const std::string& name) {
    const auto it = vectors_.find(name);
    return it == vectors_.end() ? "no vector " + name : it->second;
  }
  template <class T>
  static std::string hex(const T& bytes) {
    return to_hex(ByteView(bytes));
  }
  // The message has exactly these bytes, and they decode to it.
  void expect_message(const std::string& name, const Message& message) {
    const Bytes bytes = encode_message(message);
    EXPECT_EQ(hex(bytes), expected(name)) << name;
    EXPECT_EQ(decode_message(ByteView(bytes)).value(), message) << name;
  }

  std::map<std::string, std::string> vectors_ = load();
  Network network_;
  const SuiteId suite_ = network_.chain().suite;
};

TEST_F(Vectors, HoldForTheEpochRecordAndItsHash) {
  EXPECT_EQ(hex(encode(network_.record())), expected("epoch_record"));
  EXPECT_EQ(epoch_hash(suite_, network_.record()).hex(), expected("epoch_hash"));
}

TEST_F(Vectors, HoldForSignedMessages) {
  const Digest genesis = network_.chain().genesis;
  EXPECT_EQ(hex(signing_message(SignedKind::kPropose, genesis, Epoch{1}, 5, digest_of(0xaa))),
            expected("signed_propose"));
  EXPECT_EQ(hex(signing_message(SignedKind::kNullify, genesis, Epoch{1}, 5, Digest{})),
            expected("signed_nullify"));
  EXPECT_EQ(hex(signing_message(SignedKind::kReady, genesis, Epoch{2}, 0,
                                epoch_hash(suite_, network_.record()))),
            expected("signed_ready"));
}

TEST_F(Vectors, HoldForVotesAndCertificates) {
  EXPECT_EQ(hex(encode(network_.vote(2, VoteKind::kNotarize, 5, digest_of(0xaa)))),
            expected("vote"));
  EXPECT_EQ(hex(encode(network_.certificate(VoteKind::kNotarize, 2, digest_of(0xaa)))),
            expected("certificate"));
}

TEST_F(Vectors, HoldForBlocksAndProposals) {
  const Block block = network_.block(5, 3, digest_of(0xaa), 2);
  EXPECT_EQ(block.header.body_root.hex(), expected("body_root"));
  EXPECT_EQ(hex(encode(block.header)), expected("block_header"));
  EXPECT_EQ(network_.hash(block).hex(), expected("block_hash"));
  const std::vector<LaneTip> tips{{}, {LanePosition{7}, digest_of(0xba)}};
  EXPECT_EQ(cut_root(suite_, tips).hex(), expected("cut_root"));
  expect_message("message_proposal",
                 network_.proposal(0, 5, block, network_.justification(5, digest_of(0xaa), 2)));
}

TEST_F(Vectors, HoldForCommitMessagesAndCertificates) {
  const CommitMessage message = network_.commit_message(7);
  EXPECT_EQ(hex(encode(message)), expected("commit_message"));
  EXPECT_EQ(commit_digest(suite_, message).hex(), expected("commit_digest"));
  EXPECT_EQ(hex(encode(network_.commit_certificate(message))), expected("commit_certificate"));
}

TEST_F(Vectors, HoldForBatches) {
  const Batch batch = network_.batch(3, 1, Digest{}, {Bytes{1, 2, 3}, Bytes{4}});
  EXPECT_EQ(hex(encode(batch.header)), expected("batch_header"));
  EXPECT_EQ(batch_digest(suite_, batch.header).hex(), expected("batch_digest"));
  expect_message("message_batch", batch);
}

TEST_F(Vectors, HoldForAcksStatusAndRequests) {
  const std::vector<LaneAck> lanes{{ValidatorIndex{0}, LanePosition{9}, 0x0102030405060708},
                                   {ValidatorIndex{3}, LanePosition{1}, 5}};
  expect_message("message_acks", AckVector{Epoch{1}, lanes});
  expect_message("message_status",
                 PeerStatus{Epoch{1}, View{9}, View{6}, Height{4}, View{8}, View{7}, Height{4},
                            Height{3}, true, View{12}, lanes});
  expect_message("message_get_certificate", GetCertificate{CertificateKind::kCommit, Epoch{1}, 7});
  expect_message("message_get_blocks", GetBlocks{Height{7}, 256});
  expect_message("message_get_block_by_hash", GetBlockByHash{digest_of(0xaa)});
  expect_message("message_get_batches",
                 GetBatches{Epoch{1}, ValidatorIndex{3}, LanePosition{4}, LanePosition{9}});
}

TEST_F(Vectors, HoldForVotesAndCertificatesAsMessages) {
  expect_message("message_vote", network_.vote(2, VoteKind::kNotarize, 5, digest_of(0xaa)));
  expect_message("message_certificate",
                 network_.certificate(VoteKind::kNotarize, 2, digest_of(0xaa)));
  const CommitMessage message = network_.commit_message(7);
  const Digest digest = commit_digest(suite_, message);
  expect_message(
      "message_commit_vote",
      CommitVote{message, ValidatorIndex{2}, network_.sign(2, SignedKind::kCommit, 7, digest)});
  expect_message("message_commit_certificate", network_.commit_certificate(message));
}

TEST_F(Vectors, HoldForStoredBlocksAndRecordsOfBlocksAndBatches) {
  const Block block = network_.block(5, 3, digest_of(0xaa), 2);
  const StoredBlock stored{block, network_.justification(5, digest_of(0xaa), 2),
                           network_.certificate(VoteKind::kFinalize, 5, network_.hash(block))};
  expect_message("message_blocks",
                 BlocksReply{{stored}, network_.commit_certificate(network_.commit_message(7))});
  const BlockRecord record{stored, {{}, {LanePosition{7}, digest_of(0xba)}}};
  EXPECT_EQ(hex(encode(record)), expected("block_record"));
  const Batch batch = network_.batch(3, 1, Digest{}, {Bytes{1, 2, 3}, Bytes{4}});
  EXPECT_EQ(hex(encode_batch_record(batch.header, batch.envelopes)), expected("batch_record"));
}

TEST_F(Vectors, HoldForReportsOfViewsAndReadiness) {
  expect_message("message_get_view_report", GetViewReport{0x0102030405060708});
  expect_message("message_view_report",
                 ViewReport{0x0102030405060708, Epoch{1}, View{3}, true,
                            network_.certificate(VoteKind::kNotarize, 2, digest_of(0xaa))});
  const Digest hash = epoch_hash(suite_, network_.record());
  const Ready ready{Epoch{2}, hash, ValidatorIndex{2},
                    network_.sign(2, SignedKind::kReady, 0, hash)};
  expect_message("message_ready", ready);
  EXPECT_EQ(hex(encode_system_item(ready)), expected("system_item"));
}

// A remote signer's memory: the header without the zeros behind it, and a block with its copy.
TEST_F(Vectors, HoldForTheSigningRecord) {
  const Bytes header = encode(SignRecordHeader{digest_of(1), crypto::KeyId{digest_of(2)}, 3, 4});
  EXPECT_EQ(hex(ByteView(header).first(88)), expected("signing_record_header"));
  const SignEntry entry{SignEntry::Type::kStatement,
                        SignedKind::kNotarize,
                        SignedClass::kVotes,
                        Epoch{1},
                        9,
                        digest_of(5)};
  EXPECT_EQ(hex(encode_sign_blocks(std::span(&entry, 1), 7)), expected("signing_record_block"));
}

TEST_F(Vectors, HoldForEvidence) {
  const auto statement = [this](std::uint8_t fill) {
    return Statement{SignedKind::kNotarize, 5, digest_of(fill),
                     network_.sign(2, SignedKind::kNotarize, 5, digest_of(fill))};
  };
  expect_message("message_evidence",
                 Evidence{Epoch{1}, ValidatorIndex{2}, Conflict{statement(1), statement(2)}});
}

// Files on the disks of running validators.
TEST_F(Vectors, HoldForTheVoteLogAndTheSignState) {
  const crypto::KeyId key{digest_of(2)};
  const auto used = [](const Bytes& bytes, std::size_t length) {
    return hex(ByteView(bytes).first(length));
  };
  EXPECT_EQ(used(encode_segment_header({digest_of(1), key, Epoch{3}, 4, 5, 6}), 108),
            expected("segment_header"));
  EXPECT_EQ(used(encode(SignState{digest_of(1), key, Epoch{3}, View{4}, View{5}, View{6}, View{7},
                                  LanePosition{8}, 9, 10}),
                 140),
            expected("sign_state"));
  FrameBody body;
  body.seq = 7;
  for (const LogRecord& record : std::initializer_list<LogRecord>{
           NullifyRecord{View{4}}, FinalizeRecord{View{5}, digest_of(5)},
           FloorRecord{View{6}, Height{3}, digest_of(6), true, true}}) {
    append(body.records, encode_record(record));
  }
  const Bytes frame = seal_frame(body, 99);
  const std::size_t frame_bytes = 36 + body.records.size();
  EXPECT_EQ(used(frame, frame_bytes), expected("frame"));
  EXPECT_EQ(hex(ByteView(frame).subspan(kLogBlockBytes, frame_bytes)), expected("frame"));
  EXPECT_EQ(frame.size(), 2 * kLogBlockBytes);
}

}  // namespace
}  // namespace huangpu::consensus::test
