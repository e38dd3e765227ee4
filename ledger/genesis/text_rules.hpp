// Which characters names may consist of. Bytes beyond these never reach a terminal or a log by way
// of genesis.
#pragma once

#include <cstddef>
#include <string_view>

namespace huangpu::ledger {

// 1..chars_max of a-z 0-9 '-'.
[[nodiscard]] bool is_label(std::string_view text, std::size_t chars_max);
// 1..chars_max of A-Z 0-9.
[[nodiscard]] bool is_code(std::string_view text, std::size_t chars_max);
// Well-formed UTF-8 of 1..chars_max code points, no control characters, no space at either end.
[[nodiscard]] bool is_printable(std::string_view text, std::size_t chars_max);

}  // namespace huangpu::ledger
