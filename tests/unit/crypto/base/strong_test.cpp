#include "crypto/base/strong.hpp"

#include <absl/container/flat_hash_map.h>
#include <gtest/gtest.h>

#include <type_traits>
#include <unordered_set>

#include "crypto/base/ids.hpp"
#include "crypto/hash/digest.hpp"

namespace huangpu {
namespace {

static_assert(!std::is_convertible_v<std::uint64_t, Height>);
static_assert(!std::is_convertible_v<Height, std::uint64_t>);
static_assert(!std::is_constructible_v<Height, View>);

TEST(Strong, CountsAndCompares) {
  Height height(7);
  EXPECT_EQ((++height).value(), 8U);
  EXPECT_EQ(height.next(), Height(9));
  EXPECT_EQ(height.previous(), Height(7));
  EXPECT_LT(Height(1), Height(2));
  EXPECT_EQ(Height(), Height(0));
}

TEST(StrongDeathTest, NeverRunsPastItsEnds) {
  EXPECT_DEATH(static_cast<void>(Height(~std::uint64_t{0}).next()), "overflowed");
  EXPECT_DEATH(static_cast<void>(Height(0).previous()), "below zero");
}

TEST(Strong, IsAKeyOfBothKindsOfHashTable) {
  using Id = Strong<struct IdTag, crypto::Digest>;
  const Id one(crypto::Digest::from(Bytes(32, 1)));
  const Id two(crypto::Digest::from(Bytes(32, 2)));
  absl::flat_hash_map<Id, int> by_absl = {{one, 1}, {two, 2}};
  std::unordered_set<Id> by_std = {one, two, one};
  EXPECT_EQ(by_absl.at(two), 2);
  EXPECT_EQ(by_std.size(), 2U);
  EXPECT_EQ(one.hex(), one.value().hex());
}

}  // namespace
}  // namespace huangpu
