#include "consensus/safety/vote_log.hpp"

#include <gtest/gtest.h>

#include "consensus/safety/sign_state.hpp"
#include "tests/unit/consensus/support/network.hpp"
#include "tests/unit/consensus/support/random_message.hpp"

namespace huangpu::consensus::test {
namespace {

std::vector<LogRecord> one_of_each(RandomMessages& random) {
  const StoredBlock stored = random.stored_block();
  return {ProposeRecord{View{1}, random.digest(), stored.block, stored.justification},
          NotarizeRecord{View{2}, random.digest(), stored},
          NotarizeRecord{View{3}, random.digest(), std::nullopt},
          NullifyRecord{View{4}},
          FinalizeRecord{View{5}, random.digest()},
          CertificateRecord{random.certificate(VoteKind::kNullify)},
          FloorRecord{View{6}, Height{3}, random.digest(), true, false},
          EpochEndRecord{random.commit_certificate()}};
}

FrameBody body_of(const std::vector<LogRecord>& records, std::uint64_t seq) {
  FrameBody body;
  body.seq = seq;
  for (const LogRecord& record : records) append(body.records, encode_record(record));
  return body;
}

TEST(VoteLog, FrameComesBackFromItsBytes) {
  RandomMessages random(1);
  const std::vector<LogRecord> records = one_of_each(random);
  const FrameBody body = body_of(records, 7);
  const Bytes bytes = seal_frame(body, 99);
  EXPECT_EQ(bytes.size() % kLogBlockBytes, 0U);
  EXPECT_EQ(bytes.size(), body.sealed_bytes());
  for (const std::size_t at : {std::size_t{0}, bytes.size() / 2}) {
    const FrameCopy read = read_frame_copy(ByteView(bytes).subspan(at), 99).value();
    EXPECT_EQ(read.size_bytes, bytes.size() / 2) << "it stands there twice";
    EXPECT_EQ(read.frame, (Frame{7, kFirstEpoch, records}));
  }
}

TEST(VoteLog, FrameOfAnotherSegmentIsNotRead) {
  RandomMessages random(2);
  const Bytes bytes = seal_frame(body_of(one_of_each(random), 1), 99);
  EXPECT_FALSE(read_frame_copy(bytes, 98));
}

TEST(VoteLog, FrameIsNotReadWithAnyByteChangedOrMissing) {
  Bytes bytes = seal_frame(body_of({NullifyRecord{View{4}}}, 1), 5);
  bytes.resize(bytes.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes changed = bytes;
    changed[i] ^= 0x80;
    ASSERT_FALSE(read_frame_copy(changed, 5)) << i;
  }
  EXPECT_FALSE(read_frame_copy(ByteView(bytes).first(bytes.size() - 1), 5));
}

TEST(VoteLog, SegmentHeaderComesBackFromItsBytes) {
  const SegmentHeader header{digest_of(1), crypto::KeyId{digest_of(2)}, Epoch{3}, 4, 5, 6};
  EXPECT_EQ(decode_segment_header(encode_segment_header(header)).value(), header);
}

TEST(SignState, ComesBackFromItsBytes) {
  const SignState state{digest_of(1),
                        crypto::KeyId{digest_of(2)},
                        Epoch{3},
                        View{4},
                        View{5},
                        View{6},
                        View{7},
                        LanePosition{8},
                        9,
                        10};
  EXPECT_EQ(encode(state).size(), kSignStateBytes);
  EXPECT_EQ(decode_sign_state(encode(state)).value(), state);
  EXPECT_EQ(state.slot(), SignStateSlot::kA);
}

TEST(SignState, OfANewKeyIsReadableInBothSlots) {
  const SignStatePair pair = initial_sign_state(digest_of(1), crypto::KeyId{digest_of(2)});
  EXPECT_EQ(decode_sign_state(pair.a)->slot(), SignStateSlot::kA);
  EXPECT_EQ(decode_sign_state(pair.b)->slot(), SignStateSlot::kB);
}

}  // namespace
}  // namespace huangpu::consensus::test
