// Reading and writing whole small text files.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "crypto/base/result.hpp"

namespace huangpu::ledger {

// kNotFound, kIo, or kOutOfRange beyond `bytes_max`.
[[nodiscard]] Result<std::string> read_text_file(const std::filesystem::path& path,
                                                 std::size_t bytes_max);

// A new file, complete or not at all; folders are made. kAlreadyExists if there is one.
[[nodiscard]] Status write_new_text_file(const std::filesystem::path& path, std::string_view text);

}  // namespace huangpu::ledger
