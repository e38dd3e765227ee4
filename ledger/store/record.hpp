// What the block store and the archive keep: opaque payloads under small keys (SPEC S-2).
#pragma once

#include <cstdint>
#include <string_view>

#include "crypto/base/bytes.hpp"
#include "crypto/base/ids.hpp"
#include "crypto/hash/digest.hpp"

namespace huangpu::ledger {

// Numbers are on disk: never reused.
enum class RecordKind : std::uint8_t {
  kBatch = 1,
  kBlock = 2,
  kCommit = 3,
  kCertificate = 4,
  kEpoch = 5,
  kEvidence = 6,
};

[[nodiscard]] std::string_view name(RecordKind kind);

// The fields a kind does not use are zero.
struct RecordKey {
  RecordKind kind = RecordKind::kBatch;
  Epoch epoch{0};            // batch, epoch
  ValidatorIndex lane{0};    // batch
  LanePosition position{0};  // batch
  Height height{0};          // block, commit, certificate
  crypto::Digest digest{};   // batch digest, block hash, evidence id

  friend bool operator==(const RecordKey&, const RecordKey&) = default;
};

struct Record {
  RecordKey key;
  Bytes payload;

  friend bool operator==(const Record&, const Record&) = default;
};

// No payload is larger; a length beyond it is damage, never an allocation.
inline constexpr std::uint32_t kRecordPayloadBytesMax = 64u << 20;

}  // namespace huangpu::ledger
