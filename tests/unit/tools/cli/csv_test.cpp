#include "tools/cli/csv.hpp"

#include <gtest/gtest.h>

namespace huangpu::tools {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows read_all(std::string_view text, std::vector<std::string>* errors = nullptr) {
  CsvReader reader(text);
  Rows rows;
  while (true) {
    const auto record = reader.next();
    if (!record) {
      if (errors != nullptr) errors->push_back(record.error().message);
      continue;
    }
    if (!*record) return rows;
    rows.push_back((*record)->fields);
  }
}

TEST(Csv, QuotedFieldsMayHoldCommasQuotesAndLineEnds) {
  EXPECT_EQ(read_all("a,\"b,c\",\"d\"\"e\",\"f\r\ng\"\r\nh,,\"\",i\n"),
            (Rows{{"a", "b,c", "d\"e", "f\r\ng"}, {"h", "", "", "i"}}));
}

TEST(Csv, TheLastLineNeedsNoEndAndEmptyLinesAreNothing) {
  EXPECT_EQ(read_all("\n\na,b\r\n\r\nc,d"), (Rows{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(read_all(""), Rows{});
  EXPECT_EQ(read_all("a,"), (Rows{{"a", ""}}));
}

TEST(Csv, AByteOrderMarkIsNotPartOfTheFirstName) {
  EXPECT_EQ(read_all("\xef\xbb\xbf"
                     "a,b"),
            (Rows{{"a", "b"}}));
}

TEST(Csv, ErrorsNameTheirLineAndTheReaderGoesOn) {
  std::vector<std::string> errors;
  const auto rows = read_all("a\nb\"c\n\"d\"e\nf\n\"never closed\ng\n", &errors);

  EXPECT_EQ(rows, (Rows{{"a"}, {"f"}}));
  ASSERT_EQ(errors.size(), 3U);
  EXPECT_TRUE(errors[0].starts_with("line 2: ")) << errors[0];
  EXPECT_TRUE(errors[1].starts_with("line 3: ")) << errors[1];
  EXPECT_TRUE(errors[2].starts_with("line 5: ")) << errors[2];
}

TEST(Csv, NulBytesLoneCarriageReturnsAndEndlessFieldsAreRefused) {
  std::vector<std::string> errors;
  EXPECT_EQ(read_all(std::string_view("a\0b\n", 4), &errors), Rows{});
  EXPECT_EQ(read_all("a\rb\n", &errors), Rows{});
  EXPECT_EQ(read_all(std::string(CsvReader::kFieldBytesMax + 1, 'x') + "\n", &errors), Rows{});
  EXPECT_EQ(read_all(std::string(CsvReader::kFieldsMax, ',') + "\n", &errors), Rows{});
  EXPECT_EQ(errors.size(), 4U);
}

TEST(Csv, WhatIsWrittenIsReadBack) {
  for (const std::string text : {"plain", "a,b", "say \"so\"", "two\nlines", "\r\n", ""}) {
    const auto rows = read_all("x," + csv_field(text) + ",y\n");
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0][1], text);
  }
}

}  // namespace
}  // namespace huangpu::tools
