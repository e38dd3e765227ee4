// The bytes of a segment file: its header and the headers of its records (SPEC S-5..S-8,
// docs/protocol/block-store.md).
//
// Big-endian. Pure and total: decoders take any bytes and allocate nothing.
//
//   segment header, 72 bytes
//     0 magic "HPBLKSEG"   8 version u16   10 stream u8   11 zero u8   12 number u32   16 chain id
//    48 previous segment's length u64   56 previous segment's header crc u32   60 salt u64   68 crc
//    u32
//   record header, 76 bytes, payload behind it
//     0 magic "HPRC"   4 header crc u32   8 payload crc u32   12 payload length u32   16 durable
//     u64
//    24 kind u8   25 zero u8   26 lane u16   28 epoch u64   36 number u64   44 digest
//
// The header crc of a record also covers the segment header's crc and the record's own offset, so
// that a record is valid in one place only: neither a block written to the wrong place nor bytes
// that a client put into a payload can pass for a record. `durable` is the length of the file that
// was on stable storage when the record was written: it tells damage from a write that a crash cut
// short.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"
#include "ledger/store/record.hpp"

namespace huangpu::ledger::segment {

inline constexpr std::uint16_t kVersion = 1;
inline constexpr std::size_t kSegmentHeaderBytes = 72;
inline constexpr std::size_t kRecordHeaderBytes = 76;
inline constexpr std::array<std::uint8_t, 4> kRecordMagic = {'H', 'P', 'R', 'C'};

enum class Stream : std::uint8_t {
  kChain = 1,   // batches, blocks, commit messages, certificates
  kEpochs = 2,  // epoch records and evidence, which are never pruned
};

struct SegmentHeader {
  Stream stream = Stream::kChain;
  std::uint32_t number = 1;  // 1-based
  crypto::Digest chain_id;
  std::uint64_t previous_bytes = 0;  // 0 in segment 1
  std::uint32_t previous_crc = 0;
  std::uint64_t salt = 0;

  friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};

[[nodiscard]] Bytes encode(const SegmentHeader& header);
// kMalformed (not a segment), kUnsupportedVersion (named), kCorrupt (checksum).
[[nodiscard]] Result<SegmentHeader> decode_segment_header(ByteView bytes);
// The checksum in the last four bytes: the seed of the segment's record checksums.
[[nodiscard]] std::uint32_t segment_crc(ByteView encoded_header);

struct RecordHeader {
  // Nothing: the mark of an orderly close, without payload.
  std::optional<RecordKey> key;
  std::uint32_t payload_bytes = 0;
  std::uint32_t payload_crc = 0;
  std::uint64_t durable = 0;
};

[[nodiscard]] std::array<std::uint8_t, kRecordHeaderBytes> encode(const RecordHeader& header,
                                                                  std::uint32_t segment_crc,
                                                                  std::uint64_t offset);
// Nothing unless the bytes are a record header written for this segment and offset.
[[nodiscard]] std::optional<RecordHeader> decode_record_header(ByteView bytes,
                                                               std::uint32_t segment_crc,
                                                               std::uint64_t offset);

// "00000001.seg" and back.
[[nodiscard]] std::string file_name(std::uint32_t number);
[[nodiscard]] std::optional<std::uint32_t> parse_file_name(std::string_view name);

}  // namespace huangpu::ledger::segment
