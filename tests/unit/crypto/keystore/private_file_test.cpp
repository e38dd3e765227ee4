#include "crypto/keystore/private_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/unit/crypto/helpers.hpp"

namespace huangpu::crypto {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const fs::path& path) {
  struct stat facts {};
  EXPECT_EQ(::stat(path.c_str(), &facts), 0);
  return facts.st_mode & 07777;
}

std::size_t entries_in(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(PrivateFile, IsReadBackAndClosedToOthers) {
  const test::TemporaryFolder folder;
  const fs::path path = folder / "key";
  ASSERT_TRUE(write_private_file(path, as_bytes("content"), IfExists::kRefuse).has_value());
  EXPECT_EQ(mode_of(path), 0600U);
  EXPECT_EQ(entries_in(folder.path()), 1U) << "no temporary file stays";
  const auto content = read_private_file(path, 100);
  ASSERT_TRUE(content.has_value());
  EXPECT_EQ(as_text(content->view()), "content");
}

TEST(PrivateFile, IsReplacedOnlyWhenAskedTo) {
  const test::TemporaryFolder folder;
  const fs::path path = folder / "key";
  ASSERT_TRUE(write_private_file(path, as_bytes("one"), IfExists::kRefuse).has_value());
  EXPECT_EQ(write_private_file(path, as_bytes("two"), IfExists::kRefuse).error().code,
            Errc::kAlreadyExists);
  EXPECT_EQ(as_text(read_private_file(path, 100)->view()), "one");
  ASSERT_TRUE(write_private_file(path, as_bytes("three"), IfExists::kReplace).has_value());
  EXPECT_EQ(as_text(read_private_file(path, 100)->view()), "three");
  EXPECT_EQ(entries_in(folder.path()), 1U);
}

TEST(PrivateFile, IsRefusedWhenAnybodyElseMayTouchIt) {
  const test::TemporaryFolder folder;
  const fs::path path = folder / "key";
  ASSERT_TRUE(write_private_file(path, as_bytes("x"), IfExists::kRefuse).has_value());
  for (const mode_t mode : {0640U, 0604U, 0660U, 0666U, 0610U, 0601U, 0620U}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    const auto read = read_private_file(path, 100);
    ASSERT_FALSE(read.has_value()) << std::oct << mode;
    EXPECT_EQ(read.error().code, Errc::kDenied);
  }
  ASSERT_EQ(::chmod(path.c_str(), 0400), 0);
  EXPECT_TRUE(read_private_file(path, 100).has_value());
}

TEST(PrivateFile, IsNeverALinkAFolderOrAPipe) {
  const test::TemporaryFolder folder;
  ASSERT_TRUE(write_private_file(folder / "key", as_bytes("x"), IfExists::kRefuse).has_value());
  fs::create_symlink(folder / "key", folder / "link");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_private_file(folder / "link", 100).error().code, Errc::kDenied);
  EXPECT_EQ(read_private_file(folder / "pipe", 100).error().code, Errc::kDenied);
  EXPECT_EQ(read_private_file(folder.path(), 100).error().code, Errc::kDenied);
}

TEST(PrivateFile, SaysWhatIsWrong) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(read_private_file(folder / "none", 100).error().code, Errc::kNotFound);
  EXPECT_EQ(
      write_private_file(folder / "no" / "folder", as_bytes("x"), IfExists::kRefuse).error().code,
      Errc::kNotFound);
  ASSERT_TRUE(write_private_file(folder / "big", Bytes(101), IfExists::kRefuse).has_value());
  EXPECT_EQ(read_private_file(folder / "big", 100).error().code, Errc::kOutOfRange);
  ASSERT_TRUE(write_private_file(folder / "empty", ByteView(), IfExists::kRefuse).has_value());
  EXPECT_TRUE(read_private_file(folder / "empty", 0)->empty());
}

}  // namespace
}  // namespace huangpu::crypto
