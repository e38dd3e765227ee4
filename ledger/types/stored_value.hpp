// What every value in the state has in common: it begins with a version, and one that does not
// decode is damage, because only this code writes them. Internal to the codecs of this folder.
#pragma once

#include <string_view>

#include "crypto/base/codec.hpp"
#include "crypto/base/result.hpp"

namespace huangpu::ledger {

inline constexpr std::uint8_t kStoredValueVersion = 1;

inline Writer versioned(std::size_t expected_bytes) {
  Writer writer(expected_bytes);
  writer.u8(kStoredValueVersion);
  return writer;
}

inline Reader versioned(ByteView bytes) {
  Reader reader(bytes);
  if (reader.u8() != kStoredValueVersion) reader.mark_failed("has an unknown version");
  return reader;
}

// kCorrupt unless every byte was read and nothing failed.
inline Status finish(const Reader& reader, std::string_view what) {
  if (auto status = reader.finish(what); !status)
    return fail(Errc::kCorrupt, status.error().message);
  return {};
}

}  // namespace huangpu::ledger
