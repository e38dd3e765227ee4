// Round trips, mutations and bounds of every message. The seeds are fixed, so a failure repeats.
#include "consensus/codec/message_codec.hpp"

#include <gtest/gtest.h>

#include "consensus/codec/batch_codec.hpp"
#include "consensus/codec/block_codec.hpp"
#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/epoch_codec.hpp"
#include "consensus/codec/evidence_codec.hpp"
#include "tests/unit/consensus/support/network.hpp"
#include "tests/unit/consensus/support/random_message.hpp"

namespace huangpu::consensus::test {
namespace {

class EveryMessage : public ::testing::TestWithParam<int> {
 protected:
  MessageKind kind() const { return static_cast<MessageKind>(GetParam()); }
};

INSTANTIATE_TEST_SUITE_P(Kinds, EveryMessage, ::testing::Range(1, 17));

TEST_P(EveryMessage, ComesBackFromItsBytes) {
  RandomMessages random(1000 + static_cast<std::uint64_t>(GetParam()));
  for (int i = 0; i < 100; ++i) {
    const Message message = random.of_kind(kind());
    ASSERT_EQ(kind_of(message), kind());
    const Bytes bytes = encode_message(message);
    const Result<Message> back = decode_message(ByteView(bytes));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, message);
    EXPECT_EQ(encode_message(*back), bytes);
  }
}

TEST_P(EveryMessage, NeverComesBackEqualFromChangedBytes) {
  RandomMessages random(2000 + static_cast<std::uint64_t>(GetParam()));
  const Message message = random.of_kind(kind());
  const Bytes bytes = encode_message(message);
  for (int i = 0; i < 400; ++i) {
    Bytes changed = bytes;
    std::uint8_t& byte = changed[random.below(changed.size())];
    byte = static_cast<std::uint8_t>(byte ^ (1 + random.below(255)));
    const Result<Message> back = decode_message(ByteView(changed));
    if (!back) continue;
    EXPECT_NE(*back, message);
    EXPECT_EQ(encode_message(*back), changed) << "a second encoding of one message";
  }
}

TEST_P(EveryMessage, IsRefusedWhenCutShortOrTooLong) {
  RandomMessages random(3000 + static_cast<std::uint64_t>(GetParam()));
  const Bytes bytes = encode_message(random.of_kind(kind()));
  const std::size_t step = 1 + bytes.size() / 300;
  for (std::size_t length = 0; length < bytes.size(); length += step) {
    EXPECT_FALSE(decode_message(ByteView(bytes).first(length))) << length;
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(decode_message(ByteView(longer)));
}

TEST(MessageCodec, RefusesUnknownKindsByNumber) {
  for (const std::uint8_t kind : Bytes{0, 18, 200, 255}) {
    const Bytes bytes{kind, 0, 0};
    const Result<Message> message = decode_message(ByteView(bytes));
    ASSERT_FALSE(message);
    EXPECT_EQ(message.error().code, Errc::kUnsupportedVersion);
  }
}

TEST(MessageCodec, RefusesMoreThanAChannelAllows) {
  Bytes control(kControlMessageBytesMax + 1);
  control[0] = static_cast<std::uint8_t>(MessageKind::kProposal);
  EXPECT_FALSE(decode_message(ByteView(control)));
}

// The largest set, every signature present, and no room left in the justification.
TEST(MessageCodec, LetsTheLargestProposalAndStoredBlockThrough) {
  Certificate certificate;
  certificate.kind = VoteKind::kNullify;
  certificate.view = View{1};
  certificate.signers = SignerSet(kValidatorsMax);
  const Signature any = Signature::from_raw(crypto::SuiteId::kEd25519Sha256, Bytes(64, 7)).value();
  for (std::uint16_t i = 0; i < kValidatorsMax; ++i) {
    certificate.signers.insert(ValidatorIndex{i});
    certificate.signatures.push_back(any);
  }
  Proposal proposal;
  proposal.signature = any;
  proposal.justification.parent = certificate;
  proposal.justification.parent->kind = VoteKind::kFinalize;
  for (std::size_t i = 0; i < nullifications_max(kValidatorsMax); ++i) {
    certificate.view = certificate.view.next();
    proposal.justification.nullifications.push_back(certificate);
  }
  for (std::uint16_t i = 0; i < kValidatorsMax; ++i)
    proposal.block.cut.push_back({ValidatorIndex{i}, LanePosition{1}, digest_of(1)});
  proposal.block.system.assign(kSystemItemsMax, Bytes(kSystemBytesMax / kSystemItemsMax, 9));

  const Bytes bytes = encode_message(proposal);
  EXPECT_LE(bytes.size(), kControlMessageBytesMax);
  const Result<Message> back = decode_message(ByteView(bytes));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(std::get<Proposal>(*back), proposal);

  BlocksReply reply;
  reply.blocks.push_back({proposal.block, proposal.justification, std::nullopt});
  EXPECT_TRUE(decode_message(ByteView(encode_message(reply))));
  EXPECT_LE(encode(reply.blocks[0]).size(), kStoredBlockBytesMax);
}

TEST(MessageCodec, KeepsTheEnvelopesOfABatchInTheReceivedBuffer) {
  Network network;
  const Batch batch = network.batch(1, 1, Digest{}, {Bytes(1000, 7), Bytes(2000, 8)});
  const auto bytes = std::make_shared<const Bytes>(encode_message(batch));
  const Message message = decode_message(bytes).value();
  const Batch& back = std::get<Batch>(message);
  EXPECT_GE(back.envelopes[1].data(), bytes->data());
  EXPECT_LT(back.envelopes[1].data(), bytes->data() + bytes->size());
  EXPECT_EQ(back, batch);
}

// The smallest block there is: the first of a chain, whose parent is genesis, with one lane in its
// cut. A node that asks for it alone must be able to read the answer.
TEST(MessageCodec, ReadsTheFirstBlockOfAChainAlone) {
  BlocksReply reply;
  reply.blocks.emplace_back();
  reply.blocks[0].block.header.height = Height{1};
  reply.blocks[0].block.cut.push_back({ValidatorIndex{0}, LanePosition{1}, Digest{}});
  const Result<Message> back = decode_message(ByteView(encode_message(reply)));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, Message(reply));

  reply.blocks[0].block.cut.clear();
  EXPECT_TRUE(decode_message(ByteView(encode_message(reply))));
}

TEST(CertificateCodec, RefusesBitsBeyondTheLastValidator) {
  Network network;
  Bytes bytes = encode(network.certificate(VoteKind::kNullify, 3, Digest{}));
  const std::size_t bitmap = 1 + 8 + 8 + 32 + 2;
  ASSERT_EQ(bytes[bitmap], 0x07);
  bytes[bitmap] = 0x17;
  EXPECT_FALSE(decode_certificate(bytes));
}

TEST(CertificateCodec, RefusesMoreThan128Validators) {
  Network network;
  Bytes bytes = encode(network.certificate(VoteKind::kNullify, 3, Digest{}));
  bytes[1 + 8 + 8 + 32 + 1] = 129;
  EXPECT_FALSE(decode_certificate(bytes));
}

TEST(CertificateCodec, RefusesMoreOrFewerSignaturesThanBits) {
  Network network;
  Certificate certificate = network.certificate(VoteKind::kNullify, 3, Digest{});
  certificate.signatures.pop_back();
  EXPECT_FALSE(decode_certificate(encode(certificate)));
  certificate = network.certificate(VoteKind::kNullify, 3, Digest{});
  certificate.signatures.push_back(certificate.signatures.front());
  EXPECT_FALSE(decode_certificate(encode(certificate)));
}

TEST(BlockCodec, RefusesALaneTwiceAndLanesOutOfOrder) {
  Network network;
  Block block = network.block(1, 1, digest_of(9), 0);
  block.cut = {{ValidatorIndex{1}, LanePosition{4}, digest_of(1)},
               {ValidatorIndex{1}, LanePosition{5}, digest_of(2)}};
  EXPECT_FALSE(decode_block(encode(block)));
  block.cut[1].lane = ValidatorIndex{0};
  EXPECT_FALSE(decode_block(encode(block)));
  block.cut[1].lane = ValidatorIndex{2};
  EXPECT_TRUE(decode_block(encode(block)));
}

TEST(BlockCodec, RefusesMoreSystemBytesThanItsBound) {
  Network network;
  Block block = network.block(1, 1, digest_of(9), 0);
  block.system = {Bytes(kSystemBytesMax - 10), Bytes(11)};
  EXPECT_FALSE(decode_block(encode(block)));
}

TEST(BlockCodec, RefusesAnUnknownVersion) {
  Network network;
  Block block = network.block(1, 1, digest_of(9), 0);
  block.header.version = 2;
  EXPECT_FALSE(decode_block(encode(block)));
}

TEST(JustificationCodec, RefusesNullificationsOutOfOrderAndOtherKindsInTheGap) {
  Network network;
  Justification justification = network.justification(5, digest_of(1), 2);
  ASSERT_TRUE(decode_justification(encode(justification)));
  std::swap(justification.nullifications[0], justification.nullifications[1]);
  EXPECT_FALSE(decode_justification(encode(justification)));
  justification = network.justification(5, digest_of(1), 2);
  justification.nullifications[0] = network.certificate(VoteKind::kNotarize, 3, digest_of(1));
  EXPECT_FALSE(decode_justification(encode(justification)));
}

TEST(BatchCodec, RefusesMiscountedEnvelopes) {
  Network network;
  Batch batch = network.batch(1, 1, Digest{}, {Bytes(10, 7)});
  batch.header.byte_count = 11;
  EXPECT_FALSE(decode_batch(ByteView(encode(batch))));
  batch.header.byte_count = 10;
  batch.header.envelope_count = 2;
  EXPECT_FALSE(decode_batch(ByteView(encode(batch))));
  batch.header.envelope_count = 0xffffffff;
  EXPECT_FALSE(decode_batch(ByteView(encode(batch))));
}

TEST(EpochCodec, ComesBackFromItsBytesAndRefusesSetsThatBreakARule) {
  Network network(7, {1, 2, 3, 4, 5, 6, 7});
  EpochRecord record = network.record();
  record.epoch = Epoch{9};
  record.revision = 3;
  const Bytes bytes = encode(record);
  EXPECT_EQ(decode_epoch_record(bytes).value(), record);

  record.parameters.lag_blocks = 0;
  EXPECT_FALSE(decode_epoch_record(encode(record)));
}

TEST(EvidenceCodec, RefusesUnknownKinds) {
  RandomMessages random(5);
  Evidence evidence = random.evidence();
  Bytes bytes = encode(evidence);
  bytes[8 + 2] = 3;
  EXPECT_FALSE(decode_evidence(bytes));
}

TEST(Decoders, SurviveRandomBytes) {
  RandomMessages random(77);
  for (int i = 0; i < 3'000; ++i) {
    Bytes bytes = random.bytes(random.below(600));
    if (!bytes.empty()) bytes[0] = static_cast<std::uint8_t>(1 + random.below(16));
    const Result<Message> message = decode_message(ByteView(bytes));
    if (!message) continue;
    EXPECT_EQ(encode_message(*message), bytes);
  }
}

}  // namespace
}  // namespace huangpu::consensus::test
