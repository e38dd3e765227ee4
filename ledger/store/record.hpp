// What the block store and the archive keep: opaque payloads under small keys (SPEC S-2).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/base/bytes.hpp"
#include "crypto/base/codec.hpp"
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
  kBatchSignature = 7,  // the owner's, apart: an owner stores its batch before it signs
};

[[nodiscard]] std::string_view name(RecordKind kind);
[[nodiscard]] std::optional<RecordKind> parse_record_kind(std::uint8_t byte);

// The fields a kind does not use are zero.
struct RecordKey {
  RecordKind kind = RecordKind::kBatch;
  Epoch epoch{0};            // batch, batch signature, epoch
  ValidatorIndex lane{0};    // batch, batch signature
  LanePosition position{0};  // batch, batch signature
  Height height{0};          // block, commit, certificate
  crypto::Digest digest{};   // batch digest, block hash, evidence id

  friend bool operator==(const RecordKey&, const RecordKey&) = default;
};

// The key with every field its kind does not use set to zero.
[[nodiscard]] RecordKey canonical(const RecordKey& key);

// "batch 1/0/17" (epoch, lane, position), "block 42", ...
[[nodiscard]] std::string to_string(const RecordKey& key);

// 52 bytes: kind u8, zero u8, lane u16, epoch u64, position or height u64, digest. Reading admits
// canonical keys only.
inline constexpr std::size_t kRecordKeyBytes = 52;
void write_record_key(Writer& writer, const RecordKey& key);
[[nodiscard]] std::optional<RecordKey> read_record_key(Reader& reader);

struct Record {
  RecordKey key;
  Bytes payload;

  friend bool operator==(const Record&, const Record&) = default;
};

// No payload is larger; a length beyond it is damage, never an allocation.
inline constexpr std::uint32_t kRecordPayloadBytesMax = 64u << 20;

}  // namespace huangpu::ledger
