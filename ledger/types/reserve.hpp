// Operations of two-phase transfers: funds are reserved now and posted, given back or left to
// expire later (SPEC Q-100..Q-109).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "crypto/base/amount.hpp"
#include "crypto/base/ids.hpp"
#include "ledger/types/bulk_record.hpp"
#include "ledger/types/ids.hpp"

namespace huangpu::ledger {

// Who may turn reserved funds into a transfer. Numbers are part of the format and of the state.
enum class Poster : std::uint8_t {
  kDebtor = 1,       // under the authority of the debit account
  kBeneficiary = 2,  // under the authority of the credit account
  kThird = 3,        // a participant named by the reserve
};
// "debtor", "beneficiary", "third".
[[nodiscard]] std::string_view poster_name(Poster poster) noexcept;
[[nodiscard]] std::optional<Poster> poster_from_number(std::uint64_t number) noexcept;

// Sets funds aside for one beneficiary. They stay the debtor's and count in its balance, but no
// other debit can use them.
struct ReserveFunds {
  AccountId debit;
  AccountId credit;
  AssetId asset;
  Amount amount;
  TimestampMs expires;  // the last block time at which they can be posted
  Poster poster = Poster::kDebtor;
  ParticipantId third;  // with Poster::kThird only
  EndToEndId end_to_end{};
  Purpose purpose{};
  friend bool operator==(const ReserveFunds&, const ReserveFunds&) = default;
};

// Transfers reserved funds, all or part of what is left of them.
struct PostReserved {
  TxId reserve;  // the transaction that reserved
  Amount amount;
  bool keep_rest = false;  // what is left stays reserved; otherwise it is the debtor's to use again
  friend bool operator==(const PostReserved&, const PostReserved&) = default;
};

// Gives back what is left.
struct VoidReserved {
  TxId reserve;
  friend bool operator==(const VoidReserved&, const VoidReserved&) = default;
};

}  // namespace huangpu::ledger
