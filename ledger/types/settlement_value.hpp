// State entries of queued settlement: waiting payments, what governs a position's liquidity, and
// the journal of status changes (SPEC Q-50..Q-58).
//
// As in state_value.hpp: a version byte, fixed-width big-endian fields, total decoding, kCorrupt
// for what does not decode.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crypto/hash/digest.hpp"
#include "ledger/settlement/resolution.hpp"
#include "ledger/types/payment.hpp"
#include "ledger/types/result_code.hpp"

namespace huangpu::ledger {

// Numbers are part of the state. The first three wait, the others are final.
enum class PaymentStatus : std::uint8_t {
  kEarmarked = 1,  // until its earliest time
  kQueued = 2,
  kHeld = 3,
  kSettled = 4,
  kCancelled = 5,
  kRejected = 6,
};
[[nodiscard]] constexpr bool is_waiting(PaymentStatus status) {
  return status <= PaymentStatus::kHeld;
}
// "earmarked", "queued", ...
[[nodiscard]] std::string_view status_name(PaymentStatus status) noexcept;
// Transaction status of pacs.002: "PDNG", "ACSC", "CANC" or "RJCT".
[[nodiscard]] std::string_view iso20022_status(PaymentStatus status) noexcept;

// Where a payment stands in the queue of its debit position.
struct QueuePlace {
  PriorityClass priority = PriorityClass::kNormal;
  Height height;            // of the acceptance
  std::uint32_t index = 0;  // of its envelope in that block
  friend auto operator<=>(const QueuePlace&, const QueuePlace&) = default;
};

// 'W': a payment that waits.
struct WaitingPayment {
  TxId id;  // of the transaction that brought it
  ParticipantId participant;
  PaymentStatus status = PaymentStatus::kQueued;
  Height height;
  std::uint32_t index = 0;
  Payment payment;  // its priority is the present one
  std::string reference;
  std::uint32_t reference_date = 0;  // YYYYMMDD

  [[nodiscard]] QueuePlace place() const { return {payment.priority, height, index}; }
  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<WaitingPayment> decode(ByteView bytes);
  friend bool operator==(const WaitingPayment&, const WaitingPayment&) = default;
};

// Net use of a limit on one day: what was paid and received in normal payments.
struct LimitUse {
  Amount paid;
  Amount received;
  friend bool operator==(const LimitUse&, const LimitUse&) = default;
};

// 'L': reserves, multilateral limit and credit line of a position. Use counts within one UTC day of
// block time; `day` says which.
struct LiquidityValue {
  std::uint32_t day = 0;
  Amount reserved_highly_urgent;
  Amount reserved_urgent;
  Amount used_highly_urgent;  // of the reserve, today
  Amount used_urgent;
  std::optional<Amount> limit;
  LimitUse use;  // toward counterparties without a bilateral limit; zero without a limit
  Amount credit_line;
  Amount drawn;

  // The entry as of `today`: what was used on another day is forgotten.
  [[nodiscard]] LiquidityValue on(std::uint32_t today) const;
  // Nothing is set, so that the entry need not exist.
  [[nodiscard]] bool is_default() const;
  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<LiquidityValue> decode(ByteView bytes);
  friend bool operator==(const LiquidityValue&, const LiquidityValue&) = default;
};

// 'M': a bilateral limit.
struct BilateralLimitValue {
  std::uint32_t day = 0;
  Amount limit;
  LimitUse use;

  [[nodiscard]] BilateralLimitValue on(std::uint32_t today) const;
  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<BilateralLimitValue> decode(ByteView bytes);
  friend bool operator==(const BilateralLimitValue&, const BilateralLimitValue&) = default;
};

// 'X': when queues were resolved last and what happened since.
struct ResolutionValue {
  Height last_run;
  std::uint32_t grown = 0;  // payments queued since
  bool dirty = false;       // anything that could let a payment settle
  std::uint64_t batches = 0;

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<ResolutionValue> decode(ByteView bytes);
  friend bool operator==(const ResolutionValue&, const ResolutionValue&) = default;
};

// One change of a payment's status, and what the payment moves, so that whoever reads events needs
// nothing else.
struct PaymentEvent {
  TxId payment;
  Height height;
  std::uint32_t number = 0;  // in the block
  PaymentStatus status = PaymentStatus::kQueued;
  PriorityClass priority = PriorityClass::kNormal;  // from now on
  ResultCode reason = ResultCode::kSettled;
  TxId cause;                 // the transaction that did it; zero: the block itself
  std::uint64_t batch = 0;    // it settled in; 0: alone
  ParticipantId participant;  // who submitted it
  AccountId debit;
  AccountId credit;
  AssetId asset;
  Amount amount;

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<PaymentEvent> decode(ByteView bytes);
  friend bool operator==(const PaymentEvent&, const PaymentEvent&) = default;
};

// Which payments the events of one block are about, by the number of the event.
struct JournalBlock {
  std::vector<TxId> payments;

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<JournalBlock> decode(ByteView bytes);
  friend bool operator==(const JournalBlock&, const JournalBlock&) = default;
};

// What one stage settled at one instant, for whoever re-runs it.
struct BatchEvent {
  std::uint64_t batch = 0;  // from 1, over the life of the chain
  Height height;
  settlement::Stage stage = settlement::Stage::kFifo;
  std::uint32_t payments = 0;
  std::uint64_t steps = 0;
  crypto::Digest set;  // H("hp/settled-set" ‖ ids in queue order)
  crypto::Digest nets;  // H("hp/settled-nets" ‖ position ‖ sign ‖ amount, ascending by position)

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<BatchEvent> decode(ByteView bytes);
  friend bool operator==(const BatchEvent&, const BatchEvent&) = default;
};

// Keys (SPEC Q-50).
[[nodiscard]] Bytes waiting_key(const AccountId& account, AssetId asset, const QueuePlace& place);
[[nodiscard]] Bytes waiting_prefix(const AccountId& account, AssetId asset);
[[nodiscard]] Bytes waiting_prefix(const AccountId& account);  // of all assets
[[nodiscard]] Bytes waiting_prefix();
[[nodiscard]] Bytes liquidity_key(const AccountId& account, AssetId asset);
[[nodiscard]] Bytes liquidity_prefix();
[[nodiscard]] Bytes bilateral_limit_key(const AccountId& account, AssetId asset,
                                        const AccountId& counterparty);
[[nodiscard]] Bytes bilateral_limit_prefix(const AccountId& account, AssetId asset);
[[nodiscard]] Bytes bilateral_limit_prefix();
[[nodiscard]] Bytes resolution_key();
// 'Y': a position that a later block looks at (SPEC Q-64). The entry says nothing but its key.
[[nodiscard]] Bytes carried_key(const AccountId& account, AssetId asset);
[[nodiscard]] Bytes carried_prefix();
[[nodiscard]] Bytes carried_value();
[[nodiscard]] Bytes journal_day_key(std::uint32_t day);
[[nodiscard]] Bytes journal_prefix(std::uint32_t day);
// What a key of the journal is about; the kinds of its entries.
[[nodiscard]] std::uint8_t journal_kind(ByteView key);
inline constexpr std::uint8_t kJournalPayment = 1;
inline constexpr std::uint8_t kJournalBatch = 2;
inline constexpr std::uint8_t kJournalBlock = 3;
[[nodiscard]] Bytes journal_payment_prefix(std::uint32_t day, const TxId& payment);
[[nodiscard]] Bytes journal_payment_key(std::uint32_t day, const TxId& payment, Height height,
                                        std::uint32_t number);
// Where the events of one block are listed (SPEC Q-58).
[[nodiscard]] Bytes journal_block_key(std::uint32_t day, Height height);
[[nodiscard]] Bytes journal_batch_key(std::uint32_t day, std::uint64_t batch);

}  // namespace huangpu::ledger
