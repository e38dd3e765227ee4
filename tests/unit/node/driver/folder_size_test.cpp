#include "node/driver/folder_size.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/unit/node/driver/node_folder.hpp"

namespace huangpu::node::test {
namespace {

TEST(FolderSize, CountsEveryFileBelowAndNothingElse) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() / "a/b");
  std::ofstream(folder.path() / "one") << std::string(1'000, 'x');
  std::ofstream(folder.path() / "a/b/two") << std::string(23, 'y');
  EXPECT_EQ(folder_bytes(folder.path()), 1'023U);
  EXPECT_EQ(folder_bytes(folder.path() / "a"), 23U);
  EXPECT_EQ(folder_bytes(folder.path() / "missing"), 0U);
}

}  // namespace
}  // namespace huangpu::node::test
