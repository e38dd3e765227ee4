// Replay of damaged vote logs.
//
// Goal: no damage makes a validator forget a synced vote and still call itself normal. The input is
// a script: its first byte says how many frames are written, and how many of them the sign-state
// knows; then come changes of the file, each of four bytes: place (u16, in units of 8 bytes), new
// value, operation.
#include <algorithm>

#include "consensus/safety/replay.hpp"
#include "crypto/base/assert.hpp"

using namespace huangpu;
using namespace huangpu::consensus;

namespace {

constexpr std::uint64_t kNonce = 0x5eed;

struct Log {
  Bytes bytes;
  std::uint64_t synced{0};
};

Log write_log(const crypto::KeyId& key, std::size_t frames) {
  Log log;
  SegmentHeader header;
  header.key = key;
  header.nonce = kNonce;
  log.bytes = encode_segment_header(header);
  for (std::uint64_t seq = 1; seq <= frames; ++seq) {
    FrameBody body;
    body.seq = seq;
    const Digest digest(Digest::Array{static_cast<std::uint8_t>(seq)});
    append(body.records, encode_record(NotarizeRecord{View{seq}, digest, std::nullopt}));
    append(body.records, encode_record(NullifyRecord{View{seq}}));
    append(log.bytes, seal_frame(body, kNonce));
  }
  log.bytes.resize(log.bytes.size() + kLogBlockBytes);
  return log;
}

void damage(Bytes& log, std::uint16_t place, std::uint8_t value, std::uint8_t operation) {
  const std::size_t at = std::size_t{place} * 8 % log.size();
  switch (operation % 4) {
    case 0:
      log[at] = value;
      break;
    case 1:
      log.resize(at);
      break;
    case 2: {
      const std::size_t end = std::min(log.size(), at + 512);
      std::fill(log.begin() + static_cast<std::ptrdiff_t>(at),
                log.begin() + static_cast<std::ptrdiff_t>(end), std::uint8_t{0});
      break;
    }
    default: {  // a misdirected block
      const std::size_t from = std::size_t{value} * kLogBlockBytes;
      const std::size_t to = at / kLogBlockBytes * kLogBlockBytes;
      if (from + kLogBlockBytes > log.size() || to + kLogBlockBytes > log.size()) break;
      std::copy_n(log.begin() + static_cast<std::ptrdiff_t>(from), kLogBlockBytes,
                  log.begin() + static_cast<std::ptrdiff_t>(to));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  if (size_bytes == 0) return 0;
  const crypto::KeyId key{Digest(Digest::Array{7})};
  const std::size_t frames = data[0] % 8;
  const std::uint64_t synced = data[0] / 8 % (frames + 1);
  Log log = write_log(key, frames);
  for (std::size_t i = 1; i + 4 <= size_bytes && !log.bytes.empty(); i += 4) {
    damage(log.bytes, static_cast<std::uint16_t>(data[i] << 8 | data[i + 1]), data[i + 2],
           data[i + 3]);
  }
  SignState state;
  state.key = key;
  state.synced_seq = synced;
  state.notarized = View{synced};
  state.nullified = View{synced};
  const Bytes sign_state = encode(state);
  ReplayInput input;
  input.key = key;
  input.segments.push_back(log.bytes);
  input.sign_state_a = sign_state;
  const ReplayResult result = replay(input);
  if (result.verdict.kind != Verdict::Kind::kNormal) return 0;
  for (std::uint64_t view = 1; view <= synced; ++view) {
    const auto votes = result.restored.votes.find(View{view});
    HP_ASSERT(votes != result.restored.votes.end() && votes->second.nullified,
              "a synced vote is forgotten and the verdict is normal");
  }
  HP_ASSERT(result.restored.next_seq > synced, "a sequence number is used twice");
  return 0;
}
