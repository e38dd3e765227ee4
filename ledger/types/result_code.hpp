// Result codes: one number, one sentence and one ISO 20022 reason per outcome (SPEC L-20..L-24).
//
// Codes below 256 come out of execution: they are in receipts and under the receipts root, and fit
// the one byte a bulk record has. Codes from 1000 on come from the node a client talks to and are
// never on chain. Numbers are never reused. The order in which checks are made is fixed by SPEC
// L-22.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace huangpu::ledger {

enum class ResultCode : std::uint16_t {
  kSettled = 0,

  // Replay window. kTooFarAhead and kDuplicate are no answers: see is_answer().
  kExpired = 1,
  kTooFarAhead = 2,
  kDuplicate = 3,
  kNotYetValid = 4,

  // Who submits and who signed.
  kSubmitterUnknown = 10,
  kSignerUnknown = 11,
  kSignerInactive = 12,
  kSubmitterDidNotSign = 13,

  // Client reference and nonce lane.
  kReferenceTooOld = 20,
  kReferenceInFuture = 21,
  kReferenceRepeated = 22,
  kReferenceConflict = 23,
  kNonceAccountUnknown = 24,
  kNonceAccountForeign = 25,
  kNonceUsed = 26,
  kNonceGap = 27,

  // Rights.
  kRoleMissing = 40,
  kNotTheIssuer = 41,
  kAuthorityMissing = 42,
  kManagementThresholdNotMet = 43,
  kPossessionNotProven = 44,
  kNotTheOwner = 45,

  // Accounts, assets, amounts, funds.
  kAssetUnknown = 60,
  kDebitAccountUnknown = 61,
  kCreditAccountUnknown = 62,
  kSameAccount = 63,
  kAmountZero = 64,
  kAmountOverflow = 65,
  kInsufficientFunds = 66,
  kAccountExists = 67,
  kAccountUnknown = 68,

  // Bulk: of the envelope (70, 71) and of a record (72).
  kPartlySettled = 70,
  kNoneSettled = 71,
  kUndone = 72,  // this record could have settled, another one of its chain could not

  // Keys and certificates.
  kKeyExists = 80,
  kKeyUnknown = 81,
  kKeyInactive = 82,
  kKeyForeign = 83,
  kLastKeys = 84,
  kSeatRepeated = 86,
  kCertificateExists = 87,
  kCertificateUnknown = 88,
  kCertificateForeign = 89,
  kCertificateRoleNotHeld = 90,
  kCertificateInactive = 91,

  // Governance.
  kProposalUnknown = 100,
  kProposalClosed = 101,  // accepted, rejected, withdrawn or expired before
  kVotedBefore = 102,
  kNotTheProposer = 103,
  kValidatorExists = 104,
  kValidatorUnknown = 105,
  kValidatorKeyUnusable = 106,
  kTransportPinUnusable = 107,
  kChangeOutOfBounds = 108,
  kProposalsFull = 109,
  kExpiryOutOfRange = 110,
  kRevisionUnknown = 111,
  kChangeTooLarge = 112,
  kParticipantUnknown = 113,

  // Queued settlement. The first two are no refusals: the payment waits.
  kQueued = 120,
  kEarmarked = 121,
  kPaymentUnknown = 122,
  kPaymentForeign = 123,
  kPaymentHeld = 124,
  kPaymentNotHeld = 125,
  kPriorityNotAllowed = 126,
  kLatestTimePassed = 127,
  kQueueFull = 128,
  // Reasons of status changes that no envelope answers with.
  kCancelledByOwner = 140,
  kTimedOut = 141,
  kReferenceExpired = 142,

  // Reserved funds.
  kReserveUnknown = 150,
  kReserveForeign = 151,
  kReserveExceeded = 152,
  kExpiryNotAhead = 153,
  kReservesFull = 154,
  kReserveExpired = 155,
  kReserveVoided = 156,  // the reason of a status change; no envelope answers with it

  // Settlements that several parties agree on. The first two are no refusals: it waits.
  kApprovalsMissing = 160,
  kFundsMissing = 161,
  kSettlementUnknown = 162,
  kNotAParty = 163,
  kApprovedBefore = 164,
  kNotApproved = 165,
  kSettlementComplete = 166,
  kSettlementsFull = 167,
  kSettlementExpired = 168,
  kSettlementCancelled = 169,  // the reason of a status change; no envelope answers with it

  // Admission: the envelope never reached the order.
  kMalformed = 1000,
  kTooLarge = 1001,
  kUnsupportedVersion = 1002,
  kWrongChain = 1003,
  kSignatureInvalid = 1004,
  kSenderNotAllowed = 1005,  // the API caller may not submit for this participant
  kBusy = 1006,              // a queue is full; retry later
  kRateLimited = 1007,
  kNotReady = 1008,  // the node is catching up or stopping
};

// kSettled, kPartlySettled and what waits, a payment or a settlement: something moved or changed.
[[nodiscard]] constexpr bool has_effect(ResultCode code) {
  return code == ResultCode::kSettled || code == ResultCode::kPartlySettled ||
         code == ResultCode::kQueued || code == ResultCode::kEarmarked ||
         code == ResultCode::kApprovalsMissing || code == ResultCode::kFundsMissing;
}

// Whether a receipt with this code answers for its transaction id. A duplicate was answered before,
// and what came too early may be ordered again: indexes by transaction id leave both out (SPEC
// L-33).
[[nodiscard]] constexpr bool is_answer(ResultCode code) {
  return code != ResultCode::kDuplicate && code != ResultCode::kTooFarAhead;
}

[[nodiscard]] constexpr bool is_execution_code(ResultCode code) {
  return static_cast<std::uint16_t>(code) < 256;
}

// "insufficient-funds": for JSON and scripts. Stable like the number.
[[nodiscard]] std::string_view name(ResultCode code) noexcept;
// One sentence for a person.
[[nodiscard]] std::string_view text(ResultCode code) noexcept;
// External status reason of pacs.002 ("AM04"); empty when the transaction settled.
[[nodiscard]] std::string_view iso20022(ResultCode code) noexcept;
// Nothing for a number that names no code.
[[nodiscard]] std::optional<ResultCode> result_code_from_number(std::uint64_t number) noexcept;

}  // namespace huangpu::ledger
