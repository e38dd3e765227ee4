// Operations of queued settlement: payments with a priority class, what their owner may do with
// them while they wait, and the tools that govern liquidity (SPEC Q-20..Q-43).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "crypto/base/amount.hpp"
#include "crypto/base/ids.hpp"
#include "ledger/settlement/problem.hpp"
#include "ledger/types/bulk_record.hpp"
#include "ledger/types/ids.hpp"

namespace huangpu::ledger {

using settlement::PriorityClass;

// "system", "highly-urgent", "urgent", "normal".
[[nodiscard]] std::string_view priority_name(PriorityClass priority) noexcept;
[[nodiscard]] std::optional<PriorityClass> parse_priority(std::string_view name) noexcept;
[[nodiscard]] std::optional<PriorityClass> priority_from_number(std::uint64_t number) noexcept;

// A credit transfer that settles, waits in a queue or is refused. Carries a client reference.
struct Payment {
  AccountId debit;
  AccountId credit;
  AssetId asset;
  Amount amount;
  PriorityClass priority = PriorityClass::kNormal;
  TimestampMs earliest;  // not before this block time; 0: at once
  TimestampMs latest;    // rejected when a later block comes; 0: no bound of its own
  EndToEndId end_to_end{};
  Purpose purpose{};
  friend bool operator==(const Payment&, const Payment&) = default;
};

struct CancelPayment {
  TxId payment;
  friend bool operator==(const CancelPayment&, const CancelPayment&) = default;
};

// Keeps its place in the queue but is passed over until released.
struct HoldPayment {
  TxId payment;
  friend bool operator==(const HoldPayment&, const HoldPayment&) = default;
};

struct ReleasePayment {
  TxId payment;
  friend bool operator==(const ReleasePayment&, const ReleasePayment&) = default;
};

// Moves to another class; within it the original sequence decides.
struct ChangePriority {
  TxId payment;
  PriorityClass priority = PriorityClass::kNormal;
  friend bool operator==(const ChangePriority&, const ChangePriority&) = default;
};

// Keeps liquidity of a position for a class. Zero removes it.
struct SetReservation {
  AccountId account;
  AssetId asset;
  PriorityClass priority = PriorityClass::kHighlyUrgent;  // or urgent
  Amount amount;
  friend bool operator==(const SetReservation&, const SetReservation&) = default;
};

// Bounds net normal payments of the account to the counterparty. Without an amount: no limit.
struct SetBilateralLimit {
  AccountId account;
  AssetId asset;
  AccountId counterparty;
  std::optional<Amount> amount;
  friend bool operator==(const SetBilateralLimit&, const SetBilateralLimit&) = default;
};

// The same toward all counterparties without a bilateral limit.
struct SetMultilateralLimit {
  AccountId account;
  AssetId asset;
  std::optional<Amount> amount;
  friend bool operator==(const SetMultilateralLimit&, const SetMultilateralLimit&) = default;
};

// The issuer lets queued settlement draw new units up to this amount; they are redeemed from what
// the account receives.
struct SetCreditLine {
  AccountId account;
  AssetId asset;
  Amount amount;
  friend bool operator==(const SetCreditLine&, const SetCreditLine&) = default;
};

// Resolves the queues at the end of this block.
struct RunResolution {
  friend bool operator==(const RunResolution&, const RunResolution&) = default;
};

}  // namespace huangpu::ledger
