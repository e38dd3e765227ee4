// Turns fuzz input into damage: a list of edits applied to well-formed bytes, so that inputs get
// past the checksums that plain mutation never passes.
#pragma once

#include <algorithm>

#include "crypto/base/codec.hpp"

namespace huangpu::fuzz {

// Each edit is 6 bytes: what u8, place u32 (modulo the length), argument u8.
inline void apply_edits(Bytes& bytes, ByteView script) {
  Reader reader(script);
  while (reader.remaining() >= 6 && !bytes.empty()) {
    const std::uint8_t what = reader.u8();
    const std::size_t place = reader.u32() % bytes.size();
    const std::uint8_t argument = reader.u8();
    const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(place);
    const std::size_t count = std::min<std::size_t>(argument + 1U, bytes.size() - place);
    const auto end = at + static_cast<std::ptrdiff_t>(count);
    switch (what % 5) {
      case 0:
        *at = static_cast<std::uint8_t>(*at ^ argument);
        break;
      case 1:
        bytes.erase(at, bytes.end());
        break;
      case 2:
        std::fill(at, end, std::uint8_t{0});
        break;
      case 3:
        bytes.erase(at, end);
        break;
      default: {
        const Bytes copy(at, end);
        bytes.insert(end, copy.begin(), copy.end());
        break;
      }
    }
  }
}

}  // namespace huangpu::fuzz
