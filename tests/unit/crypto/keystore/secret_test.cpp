#include "crypto/keystore/secret.hpp"

#include <gtest/gtest.h>

#include <type_traits>

#include "crypto/random/random.hpp"
#include "tests/unit/crypto/helpers.hpp"

namespace huangpu::crypto {
namespace {

static_assert(!std::is_copy_constructible_v<SecretBytes>);

TEST(SecretBytes, MovesLeaveNothingBehind) {
  SecretBytes first = test::secret("swordfish");
  const SecretBytes copy = first.clone();
  SecretBytes second(std::move(first));
  EXPECT_TRUE(equal(second.view(), copy.view()));
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): the moved-from state is promised

  SecretBytes third(4);
  EXPECT_TRUE(equal(third.view(), Bytes(4)));
  third = std::move(second);
  EXPECT_TRUE(equal(third.view(), copy.view()));
  third = SecretBytes();
  EXPECT_TRUE(third.empty());
  EXPECT_TRUE(SecretBytes(0).empty());
}

TEST(SecretBytesDeathTest, ReadingPastItsEndStopsTheProcess) {
  // libsodium puts the last byte at the end of a page that is followed by a forbidden one.
  const SecretBytes secret(64);
  const volatile std::uint8_t* const bytes = secret.view().data();
  EXPECT_DEATH(static_cast<void>(bytes[64]), "");
}

TEST(Wipe, LeavesZeros) {
  Bytes bytes = to_bytes("swordfish");
  wipe(bytes);
  EXPECT_EQ(bytes, Bytes(9));
}

TEST(Random, DoesNotRepeat) {
  EXPECT_NE(random::bytes(32), random::bytes(32));
  EXPECT_NE(random::u64(), random::u64());
  EXPECT_FALSE(equal(SecretBytes::random(32).view(), Bytes(32)));
  EXPECT_TRUE(random::bytes(0).empty());
}

}  // namespace
}  // namespace huangpu::crypto
