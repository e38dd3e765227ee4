#include "ledger/store/text_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "ledger/store/file_system.hpp"

namespace huangpu::ledger {

Result<std::string> read_text_file(const std::filesystem::path& path, std::size_t bytes_max) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    const int reason = errno;
    return fail(reason == ENOENT ? Errc::kNotFound : Errc::kIo,
                path.string() + ": " + std::strerror(reason));
  }
  std::string text;
  char buffer[1 << 16];
  while (in.read(buffer, sizeof(buffer)) || in.gcount() > 0) {
    text.append(buffer, static_cast<std::size_t>(in.gcount()));
    if (text.size() > bytes_max) {
      return fail(Errc::kOutOfRange,
                  path.string() + ": larger than " + std::to_string(bytes_max) + " bytes");
    }
  }
  if (in.bad()) return fail(Errc::kIo, path.string() + ": reading failed");
  return text;
}

Status write_new_text_file(const std::filesystem::path& path, std::string_view text) {
  ledger::FileSystem& files = ledger::posix_file_system();
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  HP_TRY(files.create_directories(folder.string()));
  HP_TRY_ASSIGN(const auto file, files.open(path.string(), ledger::OpenMode::kCreateNew));
  const ByteView bytes = as_bytes(text);
  HP_TRY(file->write_at(0, std::span(&bytes, 1)));
  HP_TRY(file->sync());
  return files.sync_directory(folder.string());
}

}  // namespace huangpu::ledger
