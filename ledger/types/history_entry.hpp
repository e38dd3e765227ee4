// One line of an account's statement, and the hash chain that the balance entry keeps over its
// lines (SPEC L-60).
//
//   head' = H("hp/entry" ‖ head ‖ entry)    entry: height u64 ‖ index u32 ‖ record u32 ‖ kind u8 ‖
//   amount u128 ‖ balance after u128 ‖ counterparty 32 ‖ end-to-end id 16 ‖ purpose 4      (101
//   bytes)
//
// One proof of the balance entry therefore authenticates the whole statement, and the entries
// around a height prove the balance at that height, without any old version of the state.
#pragma once

#include <cstdint>

#include "crypto/base/amount.hpp"
#include "crypto/base/bytes.hpp"
#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"
#include "crypto/suite.hpp"
#include "ledger/types/bulk_record.hpp"
#include "ledger/types/ids.hpp"

namespace huangpu::ledger {

enum class EntryKind : std::uint8_t { kDebit = 1, kCredit = 2, kIssued = 3, kRedeemed = 4 };

struct HistoryEntry {
  static constexpr std::size_t kEncodedBytes = 101;

  Height height;
  std::uint32_t index = 0;   // of the envelope in the block
  std::uint32_t record = 0;  // of the bulk record, 0 for a single transfer
  EntryKind kind = EntryKind::kDebit;
  Amount amount;
  Amount balance_after;
  AccountId counterparty;  // zero for issue and redeem
  EndToEndId end_to_end{};
  Purpose purpose{};
  friend bool operator==(const HistoryEntry&, const HistoryEntry&) = default;
};

[[nodiscard]] Bytes encode_history_entry(const HistoryEntry& entry);
[[nodiscard]] Result<HistoryEntry> decode_history_entry(ByteView bytes);

// The head after `entry` was appended to a chain with this head; the head of no entries is zero.
[[nodiscard]] crypto::Digest next_history_head(crypto::SuiteId suite, const crypto::Digest& head,
                                               const HistoryEntry& entry);

}  // namespace huangpu::ledger
