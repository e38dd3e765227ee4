// The bytes of an archive file, shared by its writer and its reader (docs/protocol/archive.md).
//
//   header   magic "HPARCHIV" ‖ version u16 ‖ suite u8 ‖ zero u8 ‖ chain id ‖ genesis (u32 length)
//   ‖ crc u32 record   type u8 = 1 ‖ height u64 ‖ key 52 bytes ‖ payload length u32 ‖ crc u32
//            ‖ payload ‖ payload crc u32 ‖ running hash
//   trailer  type u8 = 2 ‖ records u64 ‖ last height u64 ‖ crc u32 ‖ running hash
//
//   running hash 0 = H("hp/archive" ‖ header);  then H("hp/archive" ‖ previous ‖ all bytes before
//   it here)
#pragma once

#include <array>
#include <cstdint>

#include "crypto/base/crc32c.hpp"
#include "crypto/hash/domain.hpp"
#include "crypto/hash/hasher.hpp"
#include "ledger/store/record.hpp"

namespace huangpu::ledger::archive_format {

inline constexpr std::array<std::uint8_t, 8> kMagic = {'H', 'P', 'A', 'R', 'C', 'H', 'I', 'V'};
inline constexpr std::uint16_t kVersion = 1;
inline constexpr std::size_t kFixedHeaderBytes = 8 + 2 + 1 + 1 + 32 + 4;  // up to the genesis bytes

inline constexpr std::uint8_t kRecordType = 1;
inline constexpr std::uint8_t kTrailerType = 2;
inline constexpr std::size_t kRecordHeadBytes = 1 + 8 + kRecordKeyBytes + 4 + 4;
inline constexpr std::size_t kRecordTailBytes = 4 + crypto::Digest::kSizeBytes;
inline constexpr std::size_t kTrailerHeadBytes = 1 + 8 + 8 + 4;
inline constexpr std::size_t kTrailerBytes = kTrailerHeadBytes + crypto::Digest::kSizeBytes;

[[nodiscard]] inline crypto::Digest first_link(crypto::SuiteId suite, ByteView header) {
  return crypto::hash(suite, {as_bytes(crypto::domain::kArchive), header});
}

[[nodiscard]] inline crypto::Digest next_link(crypto::SuiteId suite, const crypto::Digest& previous,
                                              ByteView head, ByteView payload,
                                              ByteView payload_crc) {
  return crypto::hash(
      suite, {as_bytes(crypto::domain::kArchive), previous.bytes(), head, payload, payload_crc});
}

}  // namespace huangpu::ledger::archive_format
