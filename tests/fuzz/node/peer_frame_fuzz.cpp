// No bytes crash the peer frame decoder, however they are cut into slices; the payloads it accepts
// encode to a frame that reads back the same.
#include <grpcpp/support/slice.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "crypto/base/assert.hpp"
#include "node/transport/peer_frame.hpp"

namespace {

grpc::ByteBuffer in_slices(huangpu::ByteView bytes, std::size_t part) {
  std::vector<grpc::Slice> slices;
  for (std::size_t at = 0; at < bytes.size(); at += part) {
    slices.emplace_back(bytes.data() + at, std::min(part, bytes.size() - at));
  }
  return {slices.data(), slices.size()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace huangpu;
  using namespace huangpu::node;
  constexpr std::size_t kPayloadBytesMax = 4096;
  const ByteView input(data, size_bytes);
  const auto whole = decode_frame(in_slices(input, size_bytes + 1), kPayloadBytesMax);
  const auto parts = decode_frame(in_slices(input, 3), kPayloadBytesMax);
  HP_ASSERT(whole.has_value() == parts.has_value(), "the answer depends on the slices");
  if (!whole) return 0;
  const auto* const payloads = std::get_if<PeerPayloads>(&*whole);
  if (payloads == nullptr) return 0;

  std::vector<std::shared_ptr<const Bytes>> shared;
  for (const Bytes& payload : *payloads) shared.push_back(std::make_shared<Bytes>(payload));
  const auto again = decode_frame(encode_payloads(shared), kPayloadBytesMax);
  HP_ASSERT(again.has_value(), "an encoded frame is refused");
  HP_ASSERT(std::get<PeerPayloads>(*again) == *payloads, "payloads changed on the way");
  return 0;
}
