// The second witness of what a key signed: two small files, A and B, overwritten in turn (SPEC
// C-70..C-72).
//
// It trails the vote log: written after a frame's sync has returned and never ahead of the log, so
// a power cut between the two is ordinary. Created together with the key and never recreated for an
// existing key; in no backup or snapshot. Pure: the driver owns the files, which best lie on
// another volume than the data.
#pragma once

#include <cstdint>

#include "consensus/types/certificate.hpp"
#include "crypto/base/result.hpp"
#include "crypto/sign/public_key.hpp"

namespace huangpu::consensus {

inline constexpr std::size_t kSignStateBytes = 512;  // one sector

enum class SignStateSlot : std::uint8_t { kA = 0, kB = 1 };

struct SignState {
  Digest genesis;
  crypto::KeyId key;
  Epoch epoch{kFirstEpoch};
  View proposed{0};  // highest view per kind, 0 = none
  View notarized{0};
  View nullified{0};
  View finalized{0};
  LanePosition lane_position{0};  // newest own batch signed in this epoch
  std::uint64_t synced_seq{0};    // newest frame whose sync had returned
  std::uint64_t counter{0};       // of writes; decides the slot and which of the two is newer

  [[nodiscard]] SignStateSlot slot() const {
    return counter % 2 == 0 ? SignStateSlot::kA : SignStateSlot::kB;
  }

  friend bool operator==(const SignState&, const SignState&) = default;
};

// Exactly kSignStateBytes.
[[nodiscard]] Bytes encode(const SignState& state);
// kCorrupt if damaged, kUnsupportedVersion for a later format.
[[nodiscard]] Result<SignState> decode_sign_state(ByteView bytes);

// The pair to write when a key is made: counter 0 into A, counter 1 into B.
struct SignStatePair {
  Bytes a;
  Bytes b;
};
[[nodiscard]] SignStatePair initial_sign_state(const Digest& genesis, const crypto::KeyId& key);

// "overwrite this slot with these bytes and sync"
struct SignStateWrite {
  SignStateSlot slot{SignStateSlot::kA};
  Bytes bytes;

  friend bool operator==(const SignStateWrite&, const SignStateWrite&) = default;
};

}  // namespace huangpu::consensus
