#include "ledger/store/entry_cache.hpp"

#include <gtest/gtest.h>

#include <map>

#include "tests/unit/ledger_store/helpers.hpp"

namespace huangpu::ledger {
namespace {

using test::text;

TEST(EntryCache, TellsAbsentFromUnknown) {
  EntryCache cache(1 << 20);
  cache.put(text("gone"), std::nullopt);
  cache.put(text("here"), text("value"));

  ASSERT_NE(cache.find(text("gone")), nullptr);
  EXPECT_EQ(*cache.find(text("gone")), std::nullopt);
  EXPECT_EQ(*cache.find(text("here")), text("value"));
  EXPECT_EQ(cache.find(text("unknown")), nullptr);
}

// Method: random puts and finds; what the cache knows must be the newest value put.
TEST(EntryCache, StaysWithinItsBoundAndNeverKnowsAnOldValue) {
  constexpr std::uint64_t kBytesMax = 10'000;
  EntryCache cache(kBytesMax);
  test::Rng rng(2);
  std::map<Bytes, std::optional<Bytes>> model;
  std::size_t known = 0;
  for (int step = 0; step < 20'000; ++step) {
    const Bytes key = text("key " + std::to_string(rng() % 200));
    if (rng() % 2 == 0) {
      model[key] =
          rng() % 5 == 0 ? std::nullopt : std::optional(test::random_bytes(rng, rng() % 100));
      cache.put(key, model[key]);
    } else if (const auto* found = cache.find(key)) {
      ++known;
      ASSERT_EQ(*found, model.at(key));
    }
    ASSERT_LE(cache.bytes(), kBytesMax);
  }
  EXPECT_GT(known, 1000U);
}

TEST(EntryCache, KeepsWhatIsUsedOverWhatIsNot) {
  EntryCache cache(20'000);
  cache.put(text("hot"), text("value"));
  for (int i = 0; i < 10'000; ++i) {
    cache.put(text("cold " + std::to_string(i)), Bytes(100));
    ASSERT_NE(cache.find(text("hot")), nullptr) << i;
  }
}

}  // namespace
}  // namespace huangpu::ledger
