// Keeps docs/operator/config.md in step with the list of keys.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "node/config/reference.hpp"

namespace huangpu::node {
namespace {

TEST(ConfigManual, DescribesEveryKeyAsTheProgramReadsIt) {
  // Tests run in the root of the repository.
  std::ifstream file("docs/operator/config.md");
  ASSERT_TRUE(file);
  std::ostringstream manual;
  manual << file.rdbuf();

  const auto expected = config_reference();
  EXPECT_NE(manual.str().find(expected), std::string::npos)
      << "replace the tables of docs/operator/config.md by:\n"
      << expected;
}

}  // namespace
}  // namespace huangpu::node
