// The fixed-size record of a bulk transfer, and the view that reads many of them in place (SPEC
// L-14).
//
//   debit account 32 ‖ credit account 32 ‖ amount u128 ‖ asset u32 ‖ flags u32 ‖ end-to-end id 16 ‖
//   purpose 4 ‖ zero 4
//
// Flags: bit 0 = linked to the next record; all others zero. Big-endian throughout.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "crypto/base/amount.hpp"
#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"
#include "ledger/types/ids.hpp"
#include "ledger/types/limits.hpp"

namespace huangpu::ledger {

// The debtor's own identification that travels to the creditor, such as the bytes of a UETR. All
// zero: none.
using EndToEndId = std::array<std::uint8_t, 16>;
// ISO 20022 purpose code, four of A-Z 0-9. All zero: none.
using Purpose = std::array<std::uint8_t, 4>;

[[nodiscard]] bool is_valid_purpose(const Purpose& purpose);

struct BulkRecord {
  AccountId debit;
  AccountId credit;
  Amount amount;
  AssetId asset;
  bool linked = false;
  EndToEndId end_to_end{};
  Purpose purpose{};

  friend bool operator==(const BulkRecord&, const BulkRecord&) = default;
};

void append_record(Bytes& target, const BulkRecord& record);

// A view over checked records. Does not own; the bytes outlive it.
class BulkRecords {
 public:
  // Checks count, length, flags, purpose and zero tail of every record (SPEC L-14); accounts,
  // assets and amounts are judged at execution. `links_allowed` is true for linked mode, where the
  // last record must not be linked.
  [[nodiscard]] static Result<BulkRecords> parse(ByteView bytes, bool links_allowed);

  [[nodiscard]] std::size_t count() const noexcept { return bytes_.size() / kBulkRecordBytes; }
  // Requires index < count().
  [[nodiscard]] BulkRecord at(std::size_t index) const;
  [[nodiscard]] ByteView bytes_at(std::size_t index) const {
    return bytes_.subspan(index * kBulkRecordBytes, kBulkRecordBytes);
  }

  // For bytes that parse() has accepted before.
  [[nodiscard]] static BulkRecords trusted(ByteView bytes) { return BulkRecords(bytes); }

 private:
  explicit BulkRecords(ByteView bytes) : bytes_(bytes) {}
  ByteView bytes_;
};

}  // namespace huangpu::ledger
