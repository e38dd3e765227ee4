#include "consensus/safety/sign_state.hpp"

#include <algorithm>
#include <string>

#include "crypto/base/codec.hpp"
#include "crypto/base/crc32c.hpp"

namespace huangpu::consensus {
namespace {

constexpr std::uint32_t kMagic = 0x48505353;  // "HPSS"
constexpr std::uint16_t kVersion = 1;

}  // namespace

Bytes encode(const SignState& state) {
  Writer out(kSignStateBytes);
  out.u32(kMagic).u16(kVersion).u16(0).digest(state.genesis).digest(state.key.value());
  out.u64(state.epoch.value()).u64(state.proposed.value()).u64(state.notarized.value());
  out.u64(state.nullified.value()).u64(state.finalized.value()).u64(state.lane_position.value());
  out.u64(state.synced_seq).u64(state.counter);
  out.u32(crc32c(out.view()));
  Bytes bytes = out.take();
  bytes.resize(kSignStateBytes);
  return bytes;
}

Result<SignState> decode_sign_state(ByteView bytes) {
  if (bytes.size() != kSignStateBytes) {
    return fail(Errc::kCorrupt, "sign-state: not of its fixed size");
  }
  Reader in(bytes);
  if (in.u32() != kMagic) return fail(Errc::kCorrupt, "sign-state: does not start with its mark");
  const std::uint16_t version = in.u16();
  const std::uint16_t zero = in.u16();
  SignState state;
  state.genesis = in.digest();
  state.key = crypto::KeyId{in.digest()};
  state.epoch = Epoch{in.u64()};
  state.proposed = View{in.u64()};
  state.notarized = View{in.u64()};
  state.nullified = View{in.u64()};
  state.finalized = View{in.u64()};
  state.lane_position = LanePosition{in.u64()};
  state.synced_seq = in.u64();
  state.counter = in.u64();
  const std::size_t covered = kSignStateBytes - in.remaining();
  const bool intact = in.u32() == crc32c(bytes.first(covered)) && zero == 0;
  const ByteView rest = in.raw(in.remaining());
  if (!intact || std::any_of(rest.begin(), rest.end(), [](std::uint8_t b) { return b != 0; })) {
    return fail(Errc::kCorrupt, "sign-state: its checksum does not hold");
  }
  if (version != kVersion) {
    return fail(Errc::kUnsupportedVersion,
                "sign-state: format version " + std::to_string(version) + " is unknown");
  }
  return state;
}

SignStatePair initial_sign_state(const Digest& genesis, const crypto::KeyId& key) {
  SignState state;
  state.genesis = genesis;
  state.key = key;
  SignStatePair pair;
  pair.a = encode(state);
  state.counter = 1;
  pair.b = encode(state);
  return pair;
}

}  // namespace huangpu::consensus
