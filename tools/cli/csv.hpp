// Comma-separated values after RFC 4180 (SPEC W-20..W-22).
//
// Fields with a comma, a quote or a line end stand in double quotes, quotes inside are doubled;
// lines end with LF or CRLF, also inside quotes; a byte order mark at the start is skipped. A quote
// anywhere else, text after a closing quote and a NUL byte are errors, never
// repaired. Pure and bounded: the caller bounds the text, this bounds fields and their size.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/result.hpp"

namespace huangpu::tools {

struct CsvRecord {
  std::size_t line = 0;  // where it starts, from 1
  std::vector<std::string> fields;
  friend bool operator==(const CsvRecord&, const CsvRecord&) = default;
};

class CsvReader {
 public:
  static constexpr std::size_t kFieldsMax = 64;
  static constexpr std::size_t kFieldBytesMax = 4'096;

  // The text outlives the reader.
  explicit CsvReader(std::string_view text);

  // The next record that is not an empty line; nothing at the end. After an error (kMalformed, with
  // the line) the reader goes on with the next line.
  [[nodiscard]] Result<std::optional<CsvRecord>> next();

 private:
  [[nodiscard]] Result<std::string> quoted_field();
  [[nodiscard]] Result<std::string> plain_field();
  [[nodiscard]] bool at_line_end() const;
  void skip_line_end();
  void skip_to_next_line();
  [[nodiscard]] tl::unexpected<Error> error(std::size_t line, std::string_view why);

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

// The field as it stands in a file: quoted when it must be.
[[nodiscard]] std::string csv_field(std::string_view text);

}  // namespace huangpu::tools
