#include "ledger/store/segment_format.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "crypto/base/assert.hpp"
#include "crypto/base/codec.hpp"
#include "crypto/base/crc32c.hpp"

namespace huangpu::ledger::segment {
namespace {

constexpr std::array<std::uint8_t, 8> kSegmentMagic = {'H', 'P', 'B', 'L', 'K', 'S', 'E', 'G'};
constexpr std::uint8_t kCloseMark = 0xff;
constexpr std::size_t kNameDigits = 8;
constexpr std::string_view kNameSuffix = ".seg";

// What a record header's checksum covers before the header itself.
std::uint32_t place_crc(std::uint32_t segment_crc, std::uint64_t offset) {
  Writer writer(12);
  writer.u32(segment_crc).u64(offset);
  return crc32c(writer.view());
}

}  // namespace

Bytes encode(const SegmentHeader& header) {
  Writer writer(kSegmentHeaderBytes);
  writer.raw(kSegmentMagic).u16(kVersion).u8(static_cast<std::uint8_t>(header.stream)).u8(0);
  writer.u32(header.number).digest(header.chain_id).u64(header.previous_bytes);
  writer.u32(header.previous_crc).u64(header.salt);
  const std::uint32_t crc = crc32c(writer.view());
  writer.u32(crc);
  HP_ASSERT(writer.size() == kSegmentHeaderBytes, "the segment header has another length");
  return writer.take();
}

Result<SegmentHeader> decode_segment_header(ByteView bytes) {
  Reader reader(bytes);
  const ByteView magic = reader.raw(kSegmentMagic.size());
  if (!std::ranges::equal(magic, kSegmentMagic)) {
    return fail(Errc::kMalformed, "is not a block store segment");
  }
  const std::uint16_t version = reader.u16();
  if (reader.ok() && version != kVersion) {
    return fail(Errc::kUnsupportedVersion, "has block store format version " +
                                               std::to_string(version) + ", this program knows " +
                                               std::to_string(kVersion));
  }
  SegmentHeader header;
  const std::uint8_t stream = reader.u8();
  const std::uint8_t zero = reader.u8();
  header.stream = static_cast<Stream>(stream);
  header.number = reader.u32();
  header.chain_id = reader.digest();
  header.previous_bytes = reader.u64();
  header.previous_crc = reader.u32();
  header.salt = reader.u64();
  const std::uint32_t crc = reader.u32();
  if (auto finished = reader.finish("segment header"); !finished) {
    return tl::unexpected(std::move(finished).error());
  }
  if (crc != crc32c(bytes.first(kSegmentHeaderBytes - 4)) || zero != 0 ||
      (header.stream != Stream::kChain && header.stream != Stream::kEpochs)) {
    return fail(Errc::kCorrupt, "has a damaged header");
  }
  return header;
}

std::uint32_t segment_crc(ByteView encoded_header) {
  HP_ASSERT(encoded_header.size() == kSegmentHeaderBytes, "not an encoded segment header");
  return Reader(encoded_header.last(4)).u32();
}

std::array<std::uint8_t, kRecordHeaderBytes> encode(const RecordHeader& header,
                                                    std::uint32_t segment_crc,
                                                    std::uint64_t offset) {
  Writer body(kRecordHeaderBytes);
  body.u32(header.payload_crc).u32(header.payload_bytes).u64(header.durable);
  if (header.key) {
    write_record_key(body, *header.key);
  } else {
    const std::array<std::uint8_t, kRecordKeyBytes - 1> zeros{};
    body.u8(kCloseMark).raw(zeros);
  }
  Writer whole(kRecordHeaderBytes);
  whole.raw(kRecordMagic).u32(crc32c(body.view(), place_crc(segment_crc, offset))).raw(body.view());

  std::array<std::uint8_t, kRecordHeaderBytes> bytes;
  HP_ASSERT(whole.size() == bytes.size(), "the record header has another length");
  std::ranges::copy(whole.view(), bytes.begin());
  return bytes;
}

std::optional<RecordHeader> decode_record_header(ByteView bytes, std::uint32_t segment_crc,
                                                 std::uint64_t offset) {
  if (bytes.size() < kRecordHeaderBytes) return std::nullopt;
  bytes = bytes.first(kRecordHeaderBytes);
  Reader reader(bytes);
  if (!std::ranges::equal(reader.raw(kRecordMagic.size()), kRecordMagic)) return std::nullopt;
  const std::uint32_t crc = reader.u32();
  if (crc != crc32c(bytes.subspan(8), place_crc(segment_crc, offset))) return std::nullopt;

  RecordHeader header;
  header.payload_crc = reader.u32();
  header.payload_bytes = reader.u32();
  header.durable = reader.u64();
  if (header.payload_bytes > kRecordPayloadBytesMax || header.durable > offset) return std::nullopt;
  const ByteView key_bytes = reader.raw(kRecordKeyBytes);
  if (key_bytes.front() == kCloseMark) {
    const bool bare =
        std::ranges::all_of(key_bytes.subspan(1), [](auto byte) { return byte == 0; });
    if (!bare || header.payload_bytes != 0) return std::nullopt;
    return header;
  }
  Reader key_reader(key_bytes);
  header.key = read_record_key(key_reader);
  if (!header.key) return std::nullopt;
  return header;
}

std::string file_name(std::uint32_t number) {
  std::string digits = std::to_string(number);
  if (digits.size() < kNameDigits) digits.insert(0, kNameDigits - digits.size(), '0');
  return digits.append(kNameSuffix);
}

std::optional<std::uint32_t> parse_file_name(std::string_view name) {
  if (!name.ends_with(kNameSuffix)) return std::nullopt;
  const std::string_view digits = name.substr(0, name.size() - kNameSuffix.size());
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (number == 0 || file_name(number) != name) return std::nullopt;
  return number;
}

}  // namespace huangpu::ledger::segment
