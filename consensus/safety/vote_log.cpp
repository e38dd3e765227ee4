#include "consensus/safety/vote_log.hpp"

#include <algorithm>

#include "consensus/codec/block_codec.hpp"
#include "consensus/codec/certificate_codec.hpp"
#include "crypto/base/codec.hpp"
#include "crypto/base/crc32c.hpp"

namespace huangpu::consensus {
namespace {

constexpr std::uint32_t kSegmentMagic = 0x4850574c;  // "HPWL"
constexpr std::uint32_t kFrameMagic = 0x48505746;    // "HPWF"
constexpr std::uint16_t kLogVersion = 1;
// magic u32, version u16, zero u16, records size u32, records crc u32, seq u64, epoch u64, header
// crc u32
constexpr std::size_t kFrameHeaderBytes = 36;
constexpr std::size_t kRecordPayloadBytesMax = 4u << 20;

enum class RecordType : std::uint8_t {
  kPropose = 1,
  kNotarize = 2,
  kNullify = 3,
  kFinalize = 4,
  kCertificate = 5,
  kFloor = 6,
  kEpochEnd = 7,
};

std::size_t whole_blocks(std::size_t bytes) {
  return (bytes + kLogBlockBytes - 1) / kLogBlockBytes * kLogBlockBytes;
}

// Both checksums start from the nonce, which only this node knows.
std::uint32_t checksum(std::uint64_t nonce, ByteView bytes) {
  Writer seed;
  seed.u64(nonce);
  return crc32c(bytes, crc32c(seed.view()));
}

bool all_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

struct RawRecord {
  RecordType type;
  View view;
  Digest digest;
  Bytes payload;
};

RawRecord raw(const ProposeRecord& record) {
  Writer payload;
  write(payload, record.block);
  write(payload, record.justification);
  return {RecordType::kPropose, record.view, record.digest, payload.take()};
}
RawRecord raw(const NotarizeRecord& record) {
  return {RecordType::kNotarize, record.view, record.digest,
          record.block ? encode(*record.block) : Bytes{}};
}
RawRecord raw(const NullifyRecord& record) {
  return {RecordType::kNullify, record.view, Digest{}, {}};
}
RawRecord raw(const FinalizeRecord& record) {
  return {RecordType::kFinalize, record.view, record.digest, {}};
}
RawRecord raw(const CertificateRecord& record) {
  return {RecordType::kCertificate, record.certificate.view, record.certificate.digest,
          encode(record.certificate)};
}
RawRecord raw(const FloorRecord& record) {
  Writer payload;
  payload.u64(record.height.value()).u8(record.rejoin ? 1 : 0).u8(record.lane_closed ? 1 : 0);
  return {RecordType::kFloor, record.view, record.digest, payload.take()};
}
RawRecord raw(const EpochEndRecord& record) {
  return {RecordType::kEpochEnd, View{0}, record.certificate.message.block_hash,
          encode(record.certificate)};
}

ProposeRecord read_propose(View view, const Digest& digest, Reader& in) {
  ProposeRecord record;
  record.view = view;
  record.digest = digest;
  record.block = read_block(in);
  record.justification = read_justification(in);
  return record;
}

FloorRecord read_floor(View view, const Digest& digest, Reader& in) {
  FloorRecord record;
  record.view = view;
  record.digest = digest;
  record.height = Height{in.u64()};
  record.rejoin = in.boolean();
  record.lane_closed = in.boolean();
  return record;
}

// Reads a record's payload; `in` covers exactly that.
LogRecord read_content(RecordType type, View view, const Digest& digest, Reader& in) {
  switch (type) {
    case RecordType::kPropose:
      return read_propose(view, digest, in);
    case RecordType::kNotarize: {
      NotarizeRecord record{view, digest, std::nullopt};
      if (in.remaining() > 0) record.block = read_stored_block(in);
      return record;
    }
    case RecordType::kNullify:
      if (!digest.is_zero()) in.mark_failed("nullifies a block");
      return NullifyRecord{view};
    case RecordType::kFinalize:
      return FinalizeRecord{view, digest};
    case RecordType::kCertificate: {
      CertificateRecord record{read_certificate(in)};
      if (record.certificate.view != view || record.certificate.digest != digest) {
        in.mark_failed("describes another certificate than it holds");
      }
      return record;
    }
    case RecordType::kFloor:
      return read_floor(view, digest, in);
    case RecordType::kEpochEnd: {
      EpochEndRecord record{read_commit_certificate(in)};
      if (view.value() != 0 || record.certificate.message.block_hash != digest) {
        in.mark_failed("describes another certificate than it holds");
      }
      return record;
    }
  }
  in.mark_failed("has an unknown type");
  return NullifyRecord{view};
}

Result<std::vector<LogRecord>> read_records(ByteView bytes) {
  std::vector<LogRecord> records;
  Reader in(bytes);
  while (in.ok() && in.remaining() > 0) {
    const auto type = static_cast<RecordType>(in.u8());
    const View view{in.u64()};
    const Digest digest = in.digest();
    Reader content(in.blob(kRecordPayloadBytesMax));
    if (!in.ok()) break;
    records.push_back(read_content(type, view, digest, content));
    HP_TRY(content.finish("vote log record"));
  }
  HP_TRY(in.finish("vote log records"));
  return records;
}

}  // namespace

std::size_t FrameBody::sealed_bytes() const {
  return 2 * whole_blocks(kFrameHeaderBytes + records.size());
}

Bytes encode_segment_header(const SegmentHeader& header) {
  Writer out(kLogBlockBytes);
  out.u32(kSegmentMagic).u16(kLogVersion).u16(0);
  out.digest(header.genesis).digest(header.key.value()).u64(header.epoch.value());
  out.u64(header.number).u64(header.first_seq).u64(header.nonce);
  out.u32(crc32c(out.view()));
  Bytes bytes = out.take();
  bytes.resize(kLogBlockBytes);
  return bytes;
}

Result<SegmentHeader> decode_segment_header(ByteView block) {
  if (block.size() < kLogBlockBytes) {
    return fail(Errc::kCorrupt, "vote log segment: shorter than its header");
  }
  Reader in(block.first(kLogBlockBytes));
  if (in.u32() != kSegmentMagic) {
    return fail(Errc::kCorrupt, "vote log segment: does not start with its mark");
  }
  const std::uint16_t version = in.u16();
  const std::uint16_t zero = in.u16();
  SegmentHeader header;
  header.genesis = in.digest();
  header.key = crypto::KeyId{in.digest()};
  header.epoch = Epoch{in.u64()};
  header.number = in.u64();
  header.first_seq = in.u64();
  header.nonce = in.u64();
  const std::size_t covered = kLogBlockBytes - in.remaining();
  const bool intact = in.u32() == crc32c(block.first(covered)) && zero == 0;
  if (!intact || !all_zero(in.raw(in.remaining()))) {
    return fail(Errc::kCorrupt, "vote log segment: its header is damaged");
  }
  if (version != kLogVersion) {
    return fail(Errc::kUnsupportedVersion,
                "vote log segment: format version " + std::to_string(version) + " is unknown");
  }
  return header;
}

Bytes encode_record(const LogRecord& record) {
  const RawRecord parts = std::visit([](const auto& content) { return raw(content); }, record);
  Writer out(1 + 8 + 32 + 4 + parts.payload.size());
  out.u8(static_cast<std::uint8_t>(parts.type)).u64(parts.view.value()).digest(parts.digest);
  out.blob(parts.payload);
  return out.take();
}

Bytes seal_frame(const FrameBody& body, std::uint64_t nonce) {
  HP_ASSERT(body.sealed_bytes() <= kFrameBytesMax, "a vote log frame exceeds its bound");
  Writer out(body.sealed_bytes());
  out.u32(kFrameMagic).u16(kLogVersion).u16(0);
  out.u32(static_cast<std::uint32_t>(body.records.size())).u32(checksum(nonce, body.records));
  out.u64(body.seq).u64(body.epoch.value());
  out.u32(checksum(nonce, out.view()));
  out.raw(body.records);
  Bytes bytes = out.take();
  bytes.resize(body.sealed_bytes());
  const auto middle = bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 2);
  std::copy(bytes.begin(), middle, middle);
  return bytes;
}

Result<FrameCopy> read_frame_copy(ByteView bytes, std::uint64_t nonce) {
  const auto damaged = [] { return fail(Errc::kCorrupt, "vote log: no intact frame here"); };
  Reader in(bytes);
  const std::uint32_t magic = in.u32();
  const std::uint16_t version = in.u16();
  const std::uint16_t zero = in.u16();
  const std::uint32_t size = in.u32();
  const std::uint32_t records_crc = in.u32();
  FrameCopy result;
  result.frame.seq = in.u64();
  result.frame.epoch = Epoch{in.u64()};
  const std::uint32_t header_crc = in.u32();
  if (!in.ok() || magic != kFrameMagic || version != kLogVersion || zero != 0) return damaged();
  if (header_crc != checksum(nonce, bytes.first(kFrameHeaderBytes - sizeof(std::uint32_t)))) {
    return damaged();
  }
  result.size_bytes = whole_blocks(kFrameHeaderBytes + size);
  if (result.size_bytes > std::min(bytes.size(), kFrameBytesMax / 2)) return damaged();
  const ByteView records = in.raw(size);
  if (records_crc != checksum(nonce, records)) return damaged();
  if (!all_zero(in.raw(result.size_bytes - kFrameHeaderBytes - size))) return damaged();
  HP_TRY_ASSIGN(result.frame.records, read_records(records));
  return result;
}

}  // namespace huangpu::consensus
