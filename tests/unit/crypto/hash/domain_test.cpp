#include "crypto/hash/domain.hpp"

#include <gtest/gtest.h>

namespace huangpu::crypto {
namespace {

// SPEC K-22: otherwise a longer tag could be read as a shorter one followed by data.
TEST(DomainTags, NoneIsAPrefixOfAnotherOrLooksLikeATreeNode) {
  for (std::size_t i = 0; i < domain::kAll.size(); ++i) {
    EXPECT_GT(domain::kAll[i].front(), '\x02');
    for (std::size_t j = 0; j < domain::kAll.size(); ++j) {
      if (i == j) continue;
      EXPECT_FALSE(domain::kAll[i].starts_with(domain::kAll[j]))
          << domain::kAll[i] << " starts with " << domain::kAll[j];
    }
  }
}

}  // namespace
}  // namespace huangpu::crypto
