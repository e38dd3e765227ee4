#include "node/driver/key_copy.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temporary_folder.hpp"

namespace huangpu::node::test {
namespace {

using huangpu::test::TemporaryFolder;

TEST(KeyCopy, EvidenceStopsEveryLaterStart) {
  const TemporaryFolder folder;
  EXPECT_TRUE(check_no_key_copy(folder.path()));
  consensus::QuarantineEntered found;
  found.reason = "for this test";
  ASSERT_TRUE(keep_key_copy(folder.path(), found));
  EXPECT_EQ(check_no_key_copy(folder.path()).error().code, Errc::kGuard);
}

TEST(KeyCopy, AFolderThatCannotBeReadIsNotTakenForOneWithoutEvidence) {
  const TemporaryFolder folder;
  const std::filesystem::path loop = folder / "sign-state";
  std::filesystem::create_symlink(loop, loop);
  EXPECT_EQ(check_no_key_copy(loop).error().code, Errc::kIo);
}

}  // namespace
}  // namespace huangpu::node::test
