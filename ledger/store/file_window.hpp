// A forward-moving window over a file: sequential reading in large pieces that grows for a large
// record.
//
// Memory is bounded by the larger of the window and the largest piece asked for, and never exceeds
// the file. One thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>

#include "ledger/store/file_system.hpp"

namespace huangpu::ledger {

class FileWindow {
 public:
  // Sees the first `file_bytes` bytes of the file, which outlives the window.
  FileWindow(const File& file, std::uint64_t file_bytes, std::size_t window_bytes)
      : file_(file), file_bytes_(file_bytes), window_bytes_(window_bytes) {}

  // The bytes [offset, offset + size), fewer at the end of the file. Valid until the next call.
  [[nodiscard]] Result<ByteView> view(std::uint64_t offset, std::size_t size) {
    if (offset >= file_bytes_) return ByteView();
    size = static_cast<std::size_t>(std::min<std::uint64_t>(size, file_bytes_ - offset));
    if (offset < start_ || offset + size > start_ + held_) {
      const auto want = static_cast<std::size_t>(
          std::min<std::uint64_t>(std::max(size, window_bytes_), file_bytes_ - offset));
      if (buffer_.size() < want) buffer_.resize(want);
      held_ = 0;
      HP_TRY_ASSIGN(held_, file_.read_at(offset, std::span(buffer_).first(want)));
      start_ = offset;
      size = std::min(size, held_);
    }
    return ByteView(buffer_).subspan(static_cast<std::size_t>(offset - start_), size);
  }

 private:
  const File& file_;
  std::uint64_t file_bytes_;
  std::size_t window_bytes_;
  Bytes buffer_;
  std::uint64_t start_ = 0;
  std::size_t held_ = 0;
};

}  // namespace huangpu::ledger
