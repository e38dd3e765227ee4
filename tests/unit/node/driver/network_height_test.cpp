#include "node/driver/network_height.hpp"

#include <gtest/gtest.h>

#include "node/replica/first_epoch.hpp"
#include "tests/support/chain_builder.hpp"

namespace huangpu::node {
namespace {

class NetworkHeight : public ::testing::Test {
 protected:
  Height of(std::uint64_t own, std::initializer_list<std::uint64_t> peers) {
    std::vector<std::pair<ValidatorIndex, Height>> claims;
    std::uint16_t index = 1;
    for (const std::uint64_t height : peers)
      claims.emplace_back(ValidatorIndex{index++}, Height{height});
    return network_height(epoch_.set.quorum(), epoch_.set.size(), Height{own}, claims);
  }

  huangpu::test::ChainBuilder chain_;  // of four validators
  const consensus::EpochRecord epoch_ = first_epoch(chain_.genesis()).value();
};

TEST_F(NetworkHeight, IsNotMovedByOneLiar) {
  EXPECT_EQ(of(100, {1'000'000, 101, 100}), Height{101});
  EXPECT_EQ(of(100, {1'000'000}), Height{100});
}

TEST_F(NetworkHeight, IsWhatOneHonestPeerMustHave) {
  EXPECT_EQ(of(100, {250, 300, 90}), Height{250});
}

TEST_F(NetworkHeight, IsNeverBelowTheOwn) {
  EXPECT_EQ(of(100, {7, 8, 9}), Height{100});
  EXPECT_EQ(of(100, {}), Height{100});
}

}  // namespace
}  // namespace huangpu::node
