// State entries of reserved funds and of settlements that several parties agree on, and the journal
// of their steps (SPEC Q-120..Q-124).
//
// As in state_value.hpp: a version byte, fixed-width big-endian fields, total decoding, kCorrupt
// for what does not decode.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"
#include "ledger/types/agreement.hpp"
#include "ledger/types/reserve.hpp"
#include "ledger/types/result_code.hpp"

namespace huangpu::ledger {

// 'H': funds that are set aside. The entry goes when nothing is left of them.
struct FundsReserve {
  TxId id;                    // of the transaction that reserved
  ParticipantId participant;  // that submitted it
  Height height;
  std::uint32_t index = 0;
  ReserveFunds terms;
  Amount left;  // of terms.amount; not zero

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<FundsReserve> decode(ByteView bytes);
  friend bool operator==(const FundsReserve&, const FundsReserve&) = default;
};

// 'O': a settlement that is neither settled nor ended.
struct OpenSettlement {
  TxId id;                    // of the transaction that proposed it
  ParticipantId participant;  // the proposer
  Height height;
  std::uint32_t index = 0;
  ProposeSettlement terms;
  std::vector<AccountId> approved;  // some or all of parties(), strictly ascending

  // Approved by all: it binds them and waits for funds.
  [[nodiscard]] bool complete() const;
  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<OpenSettlement> decode(ByteView bytes);
  friend bool operator==(const OpenSettlement&, const OpenSettlement&) = default;
};

// The accounts whose approval the settlement needs, strictly ascending.
[[nodiscard]] std::vector<AccountId> parties_of(const ProposeSettlement& terms);

// What happened to reserved funds or to a settlement. Numbers are part of the state.
enum class Step : std::uint8_t {
  kReserved = 1,
  kPartlyPosted = 2,  // the rest stays reserved
  kPosted = 3,
  kVoided = 4,
  kReserveExpired = 5,
  kProposed = 11,
  kApproved = 12,  // by one party more; others are missing
  kApprovalWithdrawn = 13,
  kComplete = 14,  // by all; it waits for funds
  kSettled = 15,
  kCancelled = 16,
  kSettlementExpired = 17,
};
// "reserved", "partly-posted", ...
[[nodiscard]] std::string_view step_name(Step step) noexcept;
// Transaction status of pacs.002 from this step on: "PDNG", "ACSC", "CANC" or "RJCT".
[[nodiscard]] std::string_view iso20022_status(Step step) noexcept;
// Nothing leads out of these.
[[nodiscard]] bool is_final(Step step) noexcept;

struct StepEvent {
  TxId subject;  // the reserve or the settlement
  Height height;
  std::uint32_t number = 0;  // among the steps of the block
  Step step = Step::kReserved;
  ResultCode reason = ResultCode::kSettled;
  TxId cause;                 // the transaction that did it; zero: the block itself
  ParticipantId participant;  // whose transaction it was; 0: the block itself
  // Reserves: what this step reserved, posted or gave back. Settlements: zero.
  Amount amount;
  std::uint64_t batch = 0;  // in which a settlement settled; otherwise 0
  // While a settlement waits for funds: the first leg that lacks them, from 1. Otherwise 0.
  std::uint32_t lacking_leg = 0;

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<StepEvent> decode(ByteView bytes);
  friend bool operator==(const StepEvent&, const StepEvent&) = default;
};

// 'H' ‖ debit account 32 ‖ asset u32 ‖ id 32
[[nodiscard]] Bytes reserve_key(const AccountId& account, AssetId asset, const TxId& id);
[[nodiscard]] Bytes reserve_prefix(const AccountId& account);
[[nodiscard]] Bytes reserve_prefix();
[[nodiscard]] Bytes open_settlement_key(const TxId& id);  // 'O' ‖ id 32
[[nodiscard]] Bytes open_settlement_prefix();
// Of the journal: 0x84 ‖ day u32 ‖ 4 ‖ id 32 ‖ height u64 ‖ number u32 (SPEC Q-122).
inline constexpr std::uint8_t kJournalStep = 4;
[[nodiscard]] Bytes journal_step_prefix(std::uint32_t day, const TxId& subject);
[[nodiscard]] Bytes journal_step_key(std::uint32_t day, const TxId& subject, Height height,
                                     std::uint32_t number);

}  // namespace huangpu::ledger
