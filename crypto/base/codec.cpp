#include "crypto/base/codec.hpp"

namespace huangpu {

std::uint32_t Reader::count(std::uint32_t count_max, std::size_t item_bytes_min) {
  const std::uint32_t value = u32();
  if (value > count_max) {
    mark_failed("has more items than its bound");
    return 0;
  }
  if (item_bytes_min != 0 && value > remaining() / item_bytes_min) {
    mark_failed("ends too early");
    return 0;
  }
  return value;
}

Status Reader::finish(std::string_view what) const {
  if (ok() && remaining() == 0) return {};

  std::string message(what);
  message += ' ';
  message += ok() ? std::string_view("has bytes after its end") : why_;
  return fail(Errc::kMalformed, std::move(message));
}

}  // namespace huangpu
