#include "crypto/base/codec.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/crypto/helpers.hpp"

namespace huangpu {
namespace {

TEST(Codec, ReadsBackWhatItWrites) {
  std::mt19937_64 rng(3);
  for (int round = 0; round < 500; ++round) {
    const auto a = static_cast<std::uint8_t>(rng());
    const auto b = static_cast<std::uint16_t>(rng());
    const auto c = static_cast<std::uint32_t>(rng());
    const std::uint64_t d = rng();
    const Amount e = Amount::from_parts(rng(), rng());
    const Bytes f = test::random_bytes(rng, rng() % 50);
    const Bytes g = test::random_bytes(rng, 7);
    const crypto::Digest h = crypto::Digest::from(test::random_bytes(rng, 32));

    Writer writer;
    writer.u8(a).u16(b).u32(c).u64(d).u128(e).blob(f).raw(g).digest(h);
    const Bytes bytes = writer.take();
    EXPECT_EQ(bytes.size(), 1 + 2 + 4 + 8 + 16 + 4 + f.size() + 7 + 32);

    Reader reader(bytes);
    EXPECT_EQ(reader.u8(), a);
    EXPECT_EQ(reader.u16(), b);
    EXPECT_EQ(reader.u32(), c);
    EXPECT_EQ(reader.u64(), d);
    EXPECT_EQ(reader.u128(), e);
    EXPECT_TRUE(equal(reader.blob(50), f));
    EXPECT_TRUE(equal(reader.raw(7), g));
    EXPECT_EQ(reader.digest(), h);
    EXPECT_TRUE(reader.finish("sample").has_value());
  }
}

TEST(Codec, EveryTruncationIsRefusedAndReadsZerosAfterwards) {
  Writer writer;
  writer.u8(1).u16(2).u32(3).u64(4).u128(Amount::max()).blob(Bytes{1, 2, 3});
  const Bytes bytes = writer.take();

  for (std::size_t size_bytes = 0; size_bytes < bytes.size(); ++size_bytes) {
    Reader reader(ByteView(bytes).first(size_bytes));
    reader.u8();
    reader.u16();
    reader.u32();
    reader.u64();
    reader.u128();
    reader.blob(3);
    EXPECT_FALSE(reader.ok());
    EXPECT_EQ(reader.u64(), 0U);
    EXPECT_EQ(reader.digest(), crypto::Digest::zero());
    EXPECT_EQ(reader.finish("sample").error().message, "sample ends too early");
  }
}

TEST(Codec, BytesAfterTheEndAreRefused) {
  const Bytes bytes = {1, 2};
  Reader reader(bytes);
  reader.u8();
  const auto status = reader.finish("sample");
  EXPECT_EQ(status.error().code, Errc::kMalformed);
  EXPECT_EQ(status.error().message, "sample has bytes after its end");
}

TEST(Codec, LengthsAndCountsBeyondTheirBoundAreRefusedBeforeAnythingIsAllocated) {
  const Bytes huge = {0xff, 0xff, 0xff, 0xff, 0};
  Reader blob(huge);
  EXPECT_TRUE(blob.blob(4).empty());
  EXPECT_EQ(blob.finish("x").error().message, "x has a field longer than its bound");

  Reader too_many(huge);
  EXPECT_EQ(too_many.count(1000, 1), 0U);
  EXPECT_EQ(too_many.finish("x").error().message, "x has more items than its bound");

  Reader too_few_bytes(huge);
  EXPECT_EQ(too_few_bytes.count(0xffffffffU, 1), 0U);
  EXPECT_EQ(too_few_bytes.finish("x").error().message, "x ends too early");

  const Bytes fits = {0, 0, 0, 2, 7, 7, 7, 7};
  Reader good(fits);
  EXPECT_EQ(good.count(2, 2), 2U);
  EXPECT_EQ(good.remaining(), 4U);
}

TEST(Codec, TheFirstReasonIsTheOneReported) {
  const Bytes bytes = {2, 0};
  Reader reader(bytes);
  EXPECT_FALSE(reader.boolean() && reader.ok());
  reader.mark_failed("has another problem");
  EXPECT_EQ(reader.finish("flag").error().message, "flag has a flag that is neither 0 nor 1");
}

}  // namespace
}  // namespace huangpu
