#include "ledger/store/record.hpp"

#include "crypto/base/assert.hpp"

namespace huangpu::ledger {

std::string_view name(RecordKind kind) {
  switch (kind) {
    case RecordKind::kBatch:
      return "batch";
    case RecordKind::kBlock:
      return "block";
    case RecordKind::kCommit:
      return "commit message";
    case RecordKind::kCertificate:
      return "certificate";
    case RecordKind::kEpoch:
      return "epoch record";
    case RecordKind::kEvidence:
      return "evidence";
    case RecordKind::kBatchSignature:
      return "batch signature";
  }
  HP_UNREACHABLE("a record kind that decoding does not admit");
}

std::optional<RecordKind> parse_record_kind(std::uint8_t byte) {
  if (byte < static_cast<std::uint8_t>(RecordKind::kBatch) ||
      byte > static_cast<std::uint8_t>(RecordKind::kBatchSignature)) {
    return std::nullopt;
  }
  return static_cast<RecordKind>(byte);
}

RecordKey canonical(const RecordKey& key) {
  RecordKey result;
  result.kind = key.kind;
  switch (key.kind) {
    case RecordKind::kBatch:
    case RecordKind::kBatchSignature:
      result.epoch = key.epoch;
      result.lane = key.lane;
      result.position = key.position;
      result.digest = key.digest;
      break;
    case RecordKind::kBlock:
      result.height = key.height;
      result.digest = key.digest;
      break;
    case RecordKind::kCommit:
    case RecordKind::kCertificate:
      result.height = key.height;
      break;
    case RecordKind::kEpoch:
      result.epoch = key.epoch;
      break;
    case RecordKind::kEvidence:
      result.digest = key.digest;
      break;
  }
  return result;
}

namespace {

bool has_position(RecordKind kind) {
  return kind == RecordKind::kBatch || kind == RecordKind::kBatchSignature;
}

}  // namespace

void write_record_key(Writer& writer, const RecordKey& key) {
  writer.u8(static_cast<std::uint8_t>(key.kind)).u8(0).u16(key.lane.value()).u64(key.epoch.value());
  writer.u64(has_position(key.kind) ? key.position.value() : key.height.value()).digest(key.digest);
}

std::optional<RecordKey> read_record_key(Reader& reader) {
  const auto kind = parse_record_kind(reader.u8());
  const std::uint8_t zero = reader.u8();
  RecordKey key;
  key.lane = ValidatorIndex(reader.u16());
  key.epoch = Epoch(reader.u64());
  const std::uint64_t number = reader.u64();
  key.digest = reader.digest();
  if (!reader.ok() || !kind || zero != 0) return std::nullopt;
  key.kind = *kind;
  if (has_position(key.kind)) {
    key.position = LanePosition(number);
  } else {
    key.height = Height(number);
  }
  if (key != canonical(key)) return std::nullopt;  // a field the kind does not use is not zero
  return key;
}

std::string to_string(const RecordKey& key) {
  std::string text(name(key.kind));
  switch (key.kind) {
    case RecordKind::kBatch:
    case RecordKind::kBatchSignature:
      return text + " " + std::to_string(key.epoch.value()) + "/" +
             std::to_string(key.lane.value()) + "/" + std::to_string(key.position.value());
    case RecordKind::kBlock:
    case RecordKind::kCommit:
    case RecordKind::kCertificate:
      return text + " " + std::to_string(key.height.value());
    case RecordKind::kEpoch:
      return text + " " + std::to_string(key.epoch.value());
    case RecordKind::kEvidence:
      return text + " " + key.digest.hex();
  }
  HP_UNREACHABLE("a record kind that decoding does not admit");
}

}  // namespace huangpu::ledger
