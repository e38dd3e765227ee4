#include "ledger/types/bulk_record.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "crypto/base/codec.hpp"

namespace huangpu::ledger {
namespace {

constexpr std::size_t kAmountAt = 64;
constexpr std::size_t kAssetAt = 80;
constexpr std::size_t kFlagsAt = 84;
constexpr std::size_t kEndToEndAt = 88;
constexpr std::size_t kPurposeAt = 104;
constexpr std::size_t kZeroAt = 108;
constexpr std::uint32_t kLinkedFlag = 1;

std::uint32_t read_u32(const std::uint8_t* bytes) {
  return (std::uint32_t{bytes[0]} << 24) | (std::uint32_t{bytes[1]} << 16) |
         (std::uint32_t{bytes[2]} << 8) | std::uint32_t{bytes[3]};
}

std::uint64_t read_u64(const std::uint8_t* bytes) {
  return (std::uint64_t{read_u32(bytes)} << 32) | read_u32(bytes + 4);
}

AccountId read_account(const std::uint8_t* bytes) {
  return AccountId(crypto::Digest::from(ByteView(bytes, crypto::Digest::kSizeBytes)));
}

Status refuse(std::size_t index, std::string_view why) {
  return fail(Errc::kMalformed, "bulk record " + std::to_string(index) + " " + std::string(why));
}

Status check_record(const std::uint8_t* record, std::size_t index) {
  if (read_u32(record + kFlagsAt) > kLinkedFlag) return refuse(index, "has unknown flags");
  Purpose purpose;
  std::memcpy(purpose.data(), record + kPurposeAt, purpose.size());
  if (!is_valid_purpose(purpose)) return refuse(index, "has an invalid purpose code");
  if (read_u32(record + kZeroAt) != 0) return refuse(index, "does not end in four zero bytes");
  return {};
}

}  // namespace

bool is_valid_purpose(const Purpose& purpose) {
  if (purpose == Purpose{}) return true;
  return std::all_of(purpose.begin(), purpose.end(), [](std::uint8_t c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

void append_record(Bytes& target, const BulkRecord& record) {
  Writer writer(kBulkRecordBytes);
  writer.raw(record.debit.bytes())
      .raw(record.credit.bytes())
      .u128(record.amount)
      .u32(record.asset.value())
      .u32(record.linked ? kLinkedFlag : 0)
      .raw(record.end_to_end)
      .raw(record.purpose)
      .u32(0);
  append(target, writer.view());
}

Result<BulkRecords> BulkRecords::parse(ByteView bytes, bool links_allowed) {
  if (bytes.empty() || bytes.size() % kBulkRecordBytes != 0) {
    return fail(Errc::kMalformed, "bulk transfer is not made of whole records");
  }
  const std::size_t count = bytes.size() / kBulkRecordBytes;
  if (count > kBulkRecordsMax) {
    return fail(Errc::kOutOfRange,
                "bulk transfer has more than " + std::to_string(kBulkRecordsMax) + " records");
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* const record = bytes.data() + i * kBulkRecordBytes;
    HP_TRY(check_record(record, i));
    const bool linked = read_u32(record + kFlagsAt) == kLinkedFlag;
    if (linked && !links_allowed) HP_TRY(refuse(i, "is linked, which its mode does not allow"));
    if (linked && i + 1 == count) HP_TRY(refuse(i, "is linked to a record that does not exist"));
  }
  return BulkRecords(bytes);
}

BulkRecord BulkRecords::at(std::size_t index) const {
  const std::uint8_t* const bytes = bytes_at(index).data();
  BulkRecord record;
  record.debit = read_account(bytes);
  record.credit = read_account(bytes + crypto::Digest::kSizeBytes);
  record.amount = Amount::from_parts(read_u64(bytes + kAmountAt), read_u64(bytes + kAmountAt + 8));
  record.asset = AssetId(read_u32(bytes + kAssetAt));
  record.linked = read_u32(bytes + kFlagsAt) == kLinkedFlag;
  std::memcpy(record.end_to_end.data(), bytes + kEndToEndAt, record.end_to_end.size());
  std::memcpy(record.purpose.data(), bytes + kPurposeAt, record.purpose.size());
  return record;
}

}  // namespace huangpu::ledger
