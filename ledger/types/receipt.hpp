// Receipt: what became of one envelope, in a fixed encoding that is a leaf of the block's receipts
// tree (SPEC L-50).
//
//   version u8 ‖ txid 32 ‖ height u64 ‖ index u32 ‖ lane u16 ‖ lane position u64 ‖ code u16 ‖ first
//   u8 [first = 1: txid 32 ‖ height u64 ‖ index u32 ‖ code u16] ‖ records u32 ‖ one code byte per
//   bulk record
//
// Every envelope of the block has one, in execution order. Whoever holds a receipt, its Merkle path
// and a commit certificate can prove the outcome to anybody.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "crypto/base/bytes.hpp"
#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "ledger/types/ids.hpp"
#include "ledger/types/limits.hpp"
#include "ledger/types/result_code.hpp"

namespace huangpu::ledger {

// Where and how a client reference was used first.
struct FirstUse {
  TxId txid;
  Height height;
  std::uint32_t index = 0;
  ResultCode code = ResultCode::kSettled;
  friend bool operator==(const FirstUse&, const FirstUse&) = default;
};

struct Receipt {
  static constexpr std::uint8_t kVersion = 1;
  static constexpr std::size_t kEncodedBytesMax = 128 + kBulkRecordsMax;

  TxId txid;
  Height height;
  std::uint32_t index = 0;  // of the envelope in the block, from 0, in execution order
  std::uint16_t lane = 0;
  LanePosition position;  // of its batch in the lane
  ResultCode code = ResultCode::kSettled;
  std::optional<FirstUse> first;  // for kReferenceRepeated and kReferenceConflict only
  Bytes record_codes;  // bulk transfers that reached their operation: a ResultCode per record
  friend bool operator==(const Receipt&, const Receipt&) = default;
};

[[nodiscard]] Bytes encode_receipt(const Receipt& receipt);
// Total and canonical: what decodes re-encodes to the same bytes.
[[nodiscard]] Result<Receipt> decode_receipt(ByteView bytes);

// How many transfers this receipt settled. `transfer_count` is that of the envelope.
[[nodiscard]] std::uint32_t settled_transfers(const Receipt& receipt, std::uint32_t transfer_count);

}  // namespace huangpu::ledger
