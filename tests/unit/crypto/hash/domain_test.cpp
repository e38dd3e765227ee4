#include "crypto/hash/domain.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

namespace huangpu::crypto {
namespace {

namespace fs = std::filesystem;

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

// A tag written elsewhere as a literal escapes the test above unless it is in the list.
TEST(DomainTags, EveryTagInTheSourcesIsInTheList) {
  const std::regex tag("\"(hp/[a-z/-]+|HP[0-9]+)\"");
  for (const char* const folder : {"crypto", "ledger", "consensus", "node", "tools"}) {
    if (!fs::exists(folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const auto extension = entry.path().extension();
      if (extension != ".cpp" && extension != ".hpp") continue;
      std::ifstream file(entry.path());
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      for (std::sregex_iterator match(text.begin(), text.end(), tag), end; match != end; ++match) {
        const std::string found = (*match)[1];
        EXPECT_NE(std::ranges::find(domain::kAll, found), domain::kAll.end())
            << entry.path() << " uses \"" << found << "\"; add it to crypto/hash/domain.hpp";
      }
    }
  }
}

}  // namespace
}  // namespace huangpu::crypto
