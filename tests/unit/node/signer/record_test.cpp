// The bytes of a signing record.
#include "consensus/safety/sign_record.hpp"

#include "tests/unit/node/signer/support.hpp"

namespace huangpu::consensus {
namespace {

using node::digest_of;
using node::statement;

const crypto::KeyId kKey{digest_of(0x11)};

SignEntry entry(std::uint64_t view) {
  return {SignEntry::Type::kStatement,
          SignedKind::kNotarize,
          SignedClass::kVotes,
          Epoch{1},
          view,
          digest_of(1)};
}

Bytes file_of(std::size_t statements) {
  Bytes file = encode(SignRecordHeader{digest_of(0xc4), kKey, 1, 0});
  for (std::uint64_t i = 1; i <= statements; ++i) {
    const Bytes block = encode_sign_blocks(std::vector{entry(i)}, i);
    file.insert(file.end(), block.begin(), block.end());
  }
  file.resize(file.size() + 4 * kSignBlockBytes, 0);
  return file;
}

// SPEC C-166: fixed bytes.
TEST(SignRecord, ItsLayoutIsTheOneOfTheSpecification) {
  const Bytes header = encode(SignRecordHeader{digest_of(0xc4), kKey, 0x0102, 3});
  ASSERT_EQ(header.size(), kSignBlockBytes);
  EXPECT_EQ(to_hex(ByteView(header).first(8)), "4850535200010000");
  EXPECT_EQ(header[8], 0xc4);
  EXPECT_EQ(header[40], 0x11);
  EXPECT_EQ(to_hex(ByteView(header).subspan(72, 12)), "000000000000010200000003");
  const Bytes block = encode_sign_blocks(std::vector{entry(9)}, 7);
  ASSERT_EQ(block.size(), kSignPairBytes);
  EXPECT_TRUE(std::ranges::equal(ByteView(block).first(kSignBlockBytes),
                                 ByteView(block).last(kSignBlockBytes)));
  EXPECT_EQ(to_hex(ByteView(block).first(16)), "48505347000100010000000000000007");
  EXPECT_EQ(to_hex(ByteView(block).subspan(16, 19)), "01020000000000000001000000000000000901");
  EXPECT_EQ(to_hex(ByteView(block).last(4)), "aa346017");
}

TEST(SignRecord, WhatWasWrittenIsKnownAgain) {
  const auto record = replay_sign_record(file_of(5), digest_of(0xc4), kKey);
  ASSERT_TRUE(record.has_value()) << record.error().message;
  EXPECT_EQ(record->next_seq, 6u);
  EXPECT_EQ(record->next_offset, kSignBlockBytes + 5 * kSignPairBytes);
  EXPECT_FALSE(record->copy_damaged);
  EXPECT_EQ(record->torn_bytes, 0u);
  EXPECT_EQ(record->guard.highest_view(), View{5});
  EXPECT_FALSE(record->guard.judge(statement(SignedKind::kNotarize, 3, 2)).has_value());
}

// SPEC C-168.
TEST(SignRecord, ATornEndIsCutOffAndDamageBeforeAWholeBlockIsNamed) {
  const auto damage_block = [](Bytes& file, std::size_t number) {
    for (const std::size_t copy : {std::size_t{0}, kSignBlockBytes})
      file[kSignBlockBytes + (number - 1) * kSignPairBytes + copy + 40] ^= 1;
  };
  Bytes file = file_of(5);
  damage_block(file, 5);
  const auto torn = replay_sign_record(file, digest_of(0xc4), kKey);
  ASSERT_TRUE(torn.has_value());
  EXPECT_EQ(torn->next_seq, 5u);
  EXPECT_GT(torn->torn_bytes, 0u);
  file = file_of(5);
  damage_block(file, 3);
  const auto damaged = replay_sign_record(file, digest_of(0xc4), kKey);
  ASSERT_FALSE(damaged.has_value());
  EXPECT_EQ(damaged.error().code, Errc::kCorrupt);
}

// SPEC C-168: the last one too, of which no later one tells that it was synced.
TEST(SignRecord, OneDamagedCopyOfABlockForgetsNothing) {
  for (std::size_t at = kSignBlockBytes; at < kSignBlockBytes + 5 * kSignPairBytes; at += 97) {
    Bytes file = file_of(5);
    file[at] ^= 4;
    const auto record = replay_sign_record(file, digest_of(0xc4), kKey);
    ASSERT_TRUE(record.has_value()) << at << ": " << record.error().message;
    EXPECT_EQ(record->next_seq, 6u) << at;
    EXPECT_TRUE(record->copy_damaged) << at;
    EXPECT_FALSE(record->guard.judge(statement(SignedKind::kNotarize, 5, 2)).has_value()) << at;
  }
}

// SPEC C-167.
TEST(SignRecord, ARecordOfAnotherKeyOrChainOrFormatIsRefused) {
  EXPECT_EQ(replay_sign_record(file_of(1), digest_of(0xc5), kKey).error().code, Errc::kGuard);
  EXPECT_EQ(
      replay_sign_record(file_of(1), digest_of(0xc4), crypto::KeyId{digest_of(1)}).error().code,
      Errc::kGuard);
  EXPECT_EQ(replay_sign_record({}, digest_of(0xc4), kKey).error().code, Errc::kCorrupt);
  Bytes incomplete = encode(SignRecordHeader{digest_of(0xc4), kKey, 2, 2});
  const Bytes block = encode_sign_blocks(std::vector{entry(1)}, 1);
  incomplete.insert(incomplete.end(), block.begin(), block.end());
  EXPECT_EQ(replay_sign_record(incomplete, digest_of(0xc4), kKey).error().code, Errc::kCorrupt);
}

TEST(SignRecord, ManyEntriesFillSeveralBlocks) {
  std::vector<SignEntry> entries;
  for (std::uint64_t i = 1; i <= 2 * kSignEntriesPerBlock + 1; ++i) entries.push_back(entry(i));
  const Bytes blocks = encode_sign_blocks(entries, 10);
  ASSERT_EQ(blocks.size(), 3 * kSignPairBytes);
  const auto last = decode_sign_block(ByteView(blocks).last(kSignBlockBytes));
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->seq, 12u);
  EXPECT_EQ(last->entries.size(), 1u);
}

}  // namespace
}  // namespace huangpu::consensus
