#include "crypto/base/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

namespace huangpu {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) return fail(Errc::kInvalidArgument, "odd");
  return value / 2;
}
Status check_even(int value) {
  HP_TRY(half(value));
  return {};
}
Result<int> quarter(int value) {
  HP_TRY(check_even(value));
  HP_TRY_ASSIGN(const int once, half(value));
  int twice = 0;
  HP_TRY_ASSIGN(twice, half(once));
  return twice;
}
Result<std::unique_ptr<int>> boxed(int value) {
  HP_TRY_ASSIGN(auto box, (Result<std::unique_ptr<int>>(std::make_unique<int>(value))));
  return box;
}

TEST(Result, MacrosPassTheFirstErrorOnAndTheValueThrough) {
  EXPECT_EQ(quarter(8), 2);
  EXPECT_EQ(quarter(7).error(), (Error{Errc::kInvalidArgument, "odd"}));
  EXPECT_EQ(quarter(6).error().message, "odd");
  EXPECT_EQ(**boxed(3), 3);
}

TEST(Result, ContextGoesBeforeTheMessageAndKeepsTheCode) {
  const Status status = fail(Error{Errc::kCorrupt, "bad checksum"}, "blocks/7");
  EXPECT_EQ(status.error(), (Error{Errc::kCorrupt, "blocks/7: bad checksum"}));
}

TEST(Errc, EveryCodeHasATextOfItsOwn) {
  std::set<std::string_view> texts;
  for (std::uint16_t code = 1; code <= 23; ++code) {
    texts.insert(errc_text(static_cast<Errc>(code)));
  }
  EXPECT_EQ(texts.size(), 23U);
  EXPECT_FALSE(texts.contains("unknown error"));
  EXPECT_EQ(errc_text(static_cast<Errc>(999)), "unknown error");
}

}  // namespace
}  // namespace huangpu
