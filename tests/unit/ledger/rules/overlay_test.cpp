#include "ledger/rules/overlay.hpp"

#include <gtest/gtest.h>

#include <map>

#include "crypto/hash/hasher.hpp"
#include "ledger/types/state_key.hpp"

namespace huangpu::ledger {
namespace {

// Every account and balance exists; reads are counted per key.
class CountingState final : public StateReader {
 public:
  [[nodiscard]] std::optional<Bytes> get(ByteView key) const override {
    ++reads[to_bytes(key)];
    ++total;
    return std::nullopt;
  }
  void scan(ByteView, const Visitor&) const override {}

  mutable std::map<Bytes, std::size_t> reads;
  mutable std::size_t total = 0;
};

BalanceId balance(std::uint32_t number) {
  crypto::Hasher hasher(crypto::SuiteId::kEd25519Sha256);
  Writer writer;
  writer.u32(number);
  hasher.update(writer.view());
  return {AccountId(hasher.finish()), AssetId(1)};
}

class OverlayCache : public ::testing::Test {
 protected:
  // One block that needs these balances.
  void block(std::uint32_t first, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) overlay_.touch(balance(first + i));
    overlay_.load_touched({});
    for (std::uint32_t i = 0; i < count; ++i) {
      BalanceSlot& slot = overlay_.get(balance(first + i));
      ASSERT_EQ(slot.id, balance(first + i));
      ASSERT_EQ(slot.account->id, slot.id.account) << "a link to a forgotten account";
      ASSERT_EQ(slot.asset->id, slot.id.asset);
    }
  }

  CountingState state_;
  Overlay overlay_{crypto::SuiteId::kEd25519Sha256, state_, false};
};

TEST_F(OverlayCache, NeverGrowsBeyondItsBoundByMoreThanABlock) {
  constexpr std::size_t kMax = 500;
  for (std::uint32_t round = 0; round < 100; ++round) {
    overlay_.trim(kMax);
    ASSERT_LE(overlay_.size(), kMax);
    block(round * 100, 100);
    ASSERT_LE(overlay_.size(), kMax + 2 * 100 + 1);
  }
}

// A cache that is emptied when full reads the busy accounts again each time.
TEST_F(OverlayCache, KeepsBusyAccountsWhileOthersPassThrough) {
  constexpr std::uint32_t kBusy = 100;
  for (std::uint32_t round = 0; round < 200; ++round) {
    overlay_.trim(1'000);
    block(0, kBusy);
    block(1'000 + round * 100, 100);
  }
  std::size_t busy_reads = 0;
  for (std::uint32_t i = 0; i < kBusy; ++i) {
    const BalanceId id = balance(i);
    busy_reads += state_.reads[balance_key(id.account, id.asset)];
  }
  // The hand may come round to a few before their next use; emptying would read all of them again
  // about every tenth round.
  EXPECT_LE(busy_reads, kBusy + kBusy / 4);
}

TEST_F(OverlayCache, ForgetsEverythingWhenNothingMayBeKept) {
  block(0, 50);
  overlay_.trim(0);
  EXPECT_EQ(overlay_.size(), 0U);
  const std::size_t before = state_.total;
  block(0, 50);
  EXPECT_EQ(state_.total, 2 * before) << "what was forgotten is read again";
}

TEST_F(OverlayCache, UsesThePlacesOfWhatItForgot) {
  block(0, 50);
  overlay_.trim(0);
  block(100, 50);
  EXPECT_EQ(overlay_.size(), 50U + 50U + 1U);
  overlay_.trim(20);
  EXPECT_LE(overlay_.size(), 20U);
  block(0, 50);
  block(100, 50);
}

}  // namespace
}  // namespace huangpu::ledger
