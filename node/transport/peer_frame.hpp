// PeerFrame between our types and gRPC's byte buffers (proto/huangpu/v1/peer.proto, SPEC N-124).
//
// Large payloads are not copied on the way out: the buffer holds a reference to the shared bytes
// until TLS has encrypted them. On the way in each payload is copied once, out of gRPC's receive
// slices. What the schema calls a frame is written by hand for payloads and by protobuf for the
// rest; both give the same bytes as protobuf would.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "crypto/base/bytes.hpp"
#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"

namespace huangpu::node {

// Payloads in one frame; a sender stays below, a receiver closes the stream above.
inline constexpr std::size_t kPayloadsPerFrameMax = 512;
// Room for tags and lengths on top of the largest payload.
inline constexpr std::size_t kFrameOverheadBytesMax = 16 * 1024;
inline constexpr std::size_t kPeerNameBytesMax = 64;

struct PeerHello {
  crypto::Digest genesis_hash;
  std::string name;  // of the validator that speaks
  std::string software;
  std::uint32_t protocol_version = 0;
  std::uint64_t nonce = 0;
};

struct PeerProbe {
  std::uint64_t id = 0;
  bool echo = false;
};

using PeerPayloads = std::vector<Bytes>;
using PeerFrameContent = std::variant<PeerHello, PeerProbe, PeerPayloads>;

[[nodiscard]] grpc::ByteBuffer encode_hello(const PeerHello& hello);
[[nodiscard]] grpc::ByteBuffer encode_probe(const PeerProbe& probe);
[[nodiscard]] grpc::ByteBuffer encode_payloads(
    std::span<const std::shared_ptr<const Bytes>> payloads);

// Total on any bytes. kMalformed unless the frame holds exactly one kind of content in the form
// above; kOutOfRange for a payload longer than payload_bytes_max or too many of them.
[[nodiscard]] Result<PeerFrameContent> decode_frame(const grpc::ByteBuffer& buffer,
                                                    std::size_t payload_bytes_max);

}  // namespace huangpu::node
