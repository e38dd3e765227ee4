#include "node/transport/peer_frame.hpp"

#include <grpcpp/support/slice.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "huangpu/v1/peer.pb.h"

namespace huangpu::node {
namespace {

// Field 2, length-delimited.
constexpr std::uint8_t kPayloadTag = 2 << 3 | 2;
// Hellos and probes are small; more is not one.
constexpr std::size_t kSmallFrameBytesMax = 1024;
constexpr std::size_t kSoftwareBytesMax = 128;
// Below this a copy is cheaper than one more slice.
constexpr std::size_t kShareBytesMin = 1024;

void append_varint(Bytes& target, std::size_t value) {
  for (; value >= 0x80; value >>= 7) target.push_back(static_cast<std::uint8_t>(value | 0x80));
  target.push_back(static_cast<std::uint8_t>(value));
}

// gRPC keeps the reference until the bytes are on their way.
grpc::Slice share(std::shared_ptr<const Bytes> bytes) {
  auto* const holder = new std::shared_ptr<const Bytes>(std::move(bytes));
  // gRPC's signature is not const; slices are read only.
  void* const start = const_cast<std::uint8_t*>((*holder)->data());
  return {start, (*holder)->size(),
          [](void* held) { delete static_cast<std::shared_ptr<const Bytes>*>(held); }, holder};
}

grpc::ByteBuffer encode_small(const v1::PeerFrame& frame) {
  const grpc::Slice slice(frame.SerializeAsString());
  return {&slice, 1};
}

// Reads a byte buffer forward across its slices without joining them.
class SliceCursor {
 public:
  explicit SliceCursor(const grpc::ByteBuffer& buffer) : rest_(buffer.Length()) {
    readable_ = buffer.Dump(&slices_).ok();
  }

  [[nodiscard]] bool readable() const { return readable_; }
  [[nodiscard]] std::size_t rest() const { return rest_; }

  // Copies `count` bytes; requires count <= rest().
  void read(std::uint8_t* target, std::size_t count) {
    rest_ -= count;
    while (count > 0) {
      const grpc::Slice& slice = slices_[index_];
      const std::size_t part = std::min(count, slice.size() - offset_);
      std::memcpy(target, slice.begin() + offset_, part);
      target += part;
      count -= part;
      offset_ += part;
      if (offset_ == slice.size()) {
        ++index_;
        offset_ = 0;
      }
    }
  }

  std::optional<std::uint8_t> byte() {
    if (rest_ == 0) return std::nullopt;
    std::uint8_t value = 0;
    read(&value, 1);
    return value;
  }

  // At most 28 bits, which exceeds every length we accept.
  std::optional<std::size_t> length() {
    std::size_t value = 0;
    for (int shift = 0; shift < 28; shift += 7) {
      const auto next = byte();
      if (!next) return std::nullopt;
      value |= static_cast<std::size_t>(*next & 0x7f) << shift;
      if ((*next & 0x80) == 0) return value;
    }
    return std::nullopt;
  }

 private:
  std::vector<grpc::Slice> slices_;
  std::size_t index_ = 0;
  std::size_t offset_ = 0;
  std::size_t rest_;
  bool readable_ = false;
};

Result<PeerFrameContent> decode_payloads(SliceCursor cursor, std::size_t payload_bytes_max) {
  PeerPayloads payloads;
  while (cursor.rest() > 0) {
    if (cursor.byte() != kPayloadTag) return fail(Errc::kMalformed, "frame of mixed content");
    const auto size = cursor.length();
    if (!size || *size == 0 || *size > cursor.rest()) {
      return fail(Errc::kMalformed, "payload length beyond the frame");
    }
    if (*size > payload_bytes_max) return fail(Errc::kOutOfRange, "payload too large");
    if (payloads.size() == kPayloadsPerFrameMax) {
      return fail(Errc::kOutOfRange, "too many payloads in a frame");
    }
    cursor.read(payloads.emplace_back(*size).data(), *size);
  }
  return payloads;
}

Result<PeerFrameContent> decode_small(SliceCursor cursor) {
  Bytes bytes(cursor.rest());
  cursor.read(bytes.data(), bytes.size());
  v1::PeerFrame frame;
  if (!frame.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return fail(Errc::kMalformed, "frame is not a PeerFrame");
  }
  if (frame.payloads_size() != 0 || frame.has_hello() == frame.has_probe()) {
    return fail(Errc::kMalformed, "frame of mixed or no content");
  }
  if (frame.has_probe()) return PeerProbe{.id = frame.probe().id(), .echo = frame.probe().echo()};

  const v1::Hello& hello = frame.hello();
  HP_TRY_ASSIGN(const auto genesis, crypto::Digest::parse(as_bytes(hello.genesis_hash())));
  if (hello.name().size() > kPeerNameBytesMax || hello.software().size() > kSoftwareBytesMax) {
    return fail(Errc::kOutOfRange, "hello");
  }
  return PeerHello{.genesis_hash = genesis,
                   .name = hello.name(),
                   .software = hello.software(),
                   .protocol_version = hello.protocol_version(),
                   .nonce = hello.nonce()};
}

}  // namespace

grpc::ByteBuffer encode_hello(const PeerHello& hello) {
  v1::PeerFrame frame;
  v1::Hello& out = *frame.mutable_hello();
  out.set_genesis_hash(std::string(as_text(hello.genesis_hash.bytes())));
  out.set_name(hello.name);
  out.set_software(hello.software.substr(0, kSoftwareBytesMax));
  out.set_protocol_version(hello.protocol_version);
  out.set_nonce(hello.nonce);
  return encode_small(frame);
}

grpc::ByteBuffer encode_probe(const PeerProbe& probe) {
  v1::PeerFrame frame;
  frame.mutable_probe()->set_id(probe.id);
  frame.mutable_probe()->set_echo(probe.echo);
  return encode_small(frame);
}

grpc::ByteBuffer encode_payloads(std::span<const std::shared_ptr<const Bytes>> payloads) {
  std::vector<grpc::Slice> slices;
  Bytes small;
  for (const auto& payload : payloads) {
    small.push_back(kPayloadTag);
    append_varint(small, payload->size());
    if (payload->size() < kShareBytesMin) {
      append(small, *payload);
      continue;
    }
    slices.emplace_back(small.data(), small.size());
    small.clear();
    slices.push_back(share(payload));
  }
  if (!small.empty()) slices.emplace_back(small.data(), small.size());
  return {slices.data(), slices.size()};
}

Result<PeerFrameContent> decode_frame(const grpc::ByteBuffer& buffer,
                                      std::size_t payload_bytes_max) {
  if (buffer.Length() > payload_bytes_max + kFrameOverheadBytesMax) {
    return fail(Errc::kOutOfRange, "frame too large");
  }
  SliceCursor cursor(buffer);
  if (!cursor.readable()) return fail(Errc::kMalformed, "frame not readable");
  if (cursor.rest() == 0) return fail(Errc::kMalformed, "empty frame");
  SliceCursor ahead = cursor;
  if (ahead.byte() == kPayloadTag) return decode_payloads(std::move(cursor), payload_bytes_max);
  if (cursor.rest() > kSmallFrameBytesMax)
    return fail(Errc::kOutOfRange, "hello or probe too large");
  return decode_small(std::move(cursor));
}

}  // namespace huangpu::node
