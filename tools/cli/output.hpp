// What programs print: tables and fields for people, JSON for scripts (SPEC W-5..W-7).
//
// Data go to standard output, messages and progress to standard error. Texts that came from
// elsewhere are shown without control characters, so that no name can move the cursor. Amounts are
// strings in JSON too: a JSON number does not hold 128 bits.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace huangpu::tools {

enum class OutputFormat : std::uint8_t { kText, kJson };

// A list is a JSON array; as text its items stand in a line each.
using Cell = std::variant<std::string, std::uint64_t, bool, std::vector<std::string>>;

// One record: "name  value" per line, or one JSON object.
struct Fields {
  std::vector<std::pair<std::string, Cell>> entries;

  Fields& add(std::string name, Cell value);
};

// Many records: aligned columns with a header, or a JSON array of objects.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> rows;  // as long as columns, each
};

void print(std::ostream& out, const Fields& fields, OutputFormat format);
void print(std::ostream& out, const Table& table, OutputFormat format);

// One event of a longer run: a line, or one JSON object on one line.
void print_line(std::ostream& out, std::string_view sentence, const Fields& fields,
                OutputFormat format);

// Control characters and ill-formed UTF-8 replaced by '?'; at most `chars_max` bytes.
[[nodiscard]] std::string printable(std::string_view text, std::size_t chars_max = 4096);

// Whether this descriptor is a terminal.
[[nodiscard]] bool is_terminal(int descriptor);

// A bar on a terminal, redrawn in place; silent elsewhere.
class ProgressBar {
 public:
  ProgressBar(std::ostream& out, std::string what, std::uint64_t total, bool visible);
  ~ProgressBar();  // ends the line
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void show(std::uint64_t done, std::string_view note = {});

 private:
  std::ostream& out_;
  const std::string what_;
  const std::uint64_t total_;
  const bool visible_;
  bool drawn_ = false;
  std::string last_;
};

}  // namespace huangpu::tools
