#include "tools/cli/output.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace huangpu::tools {
namespace {

TEST(Output, FiguresStandToTheRightAndTextsToTheLeft) {
  std::ostringstream out;
  print(out, Table{{"name", "sum"}, {{"é", "12.50"}, {"long", "3"}}}, OutputFormat::kText);
  EXPECT_EQ(out.str(), "name    sum\né     12.50\nlong      3\n");
}

TEST(Output, JsonKeepsTextsTextsAndNumbersNumbers) {
  std::ostringstream out;
  print(out, Fields{}.add("amount", "12.50").add("height", std::uint64_t{7}).add("proven", true),
        OutputFormat::kJson);
  EXPECT_EQ(out.str(), "{\n  \"amount\": \"12.50\",\n  \"height\": 7,\n  \"proven\": true\n}\n");
}

TEST(Output, NoTextMovesTheCursorOrTurnsTheLine) {
  EXPECT_EQ(printable("a\x1b[2Jb"), "a?[2Jb");
  EXPECT_EQ(printable("a\xe2\x80\xae"
                      "b"),
            "a?b");
  EXPECT_EQ(printable("\xff\xc0\x80"), "???");
  EXPECT_EQ(printable("上海 é"), "上海 é");
  EXPECT_EQ(printable(std::string(10'000, 'x'), 10), "xxxxxxxxxx…");
}

TEST(Output, AProgressBarIsSilentWhereNobodyWatches) {
  std::ostringstream out;
  {
    ProgressBar bar(out, "paying", 10, false);
    bar.show(5);
  }
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace huangpu::tools
