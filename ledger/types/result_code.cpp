#include "ledger/types/result_code.hpp"

#include <array>

namespace huangpu::ledger {
namespace {

struct Entry {
  ResultCode code;
  std::string_view name;
  std::string_view iso;
  std::string_view text;
};

// The table of SPEC L-21. Reasons are from the ISO 20022 external status reason set.
constexpr std::array kTable = {
    Entry{ResultCode::kSettled, "settled", "", "The transaction took effect."},
    Entry{ResultCode::kExpired, "expired", "TM01",
          "The validity window had closed when the transaction was executed."},
    Entry{ResultCode::kTooFarAhead, "too-far-ahead", "DT01",
          "The validity window ends too far in the future; nothing was recorded."},
    Entry{ResultCode::kDuplicate, "duplicate", "DU03",
          "This transaction was executed before; see its first receipt."},
    Entry{ResultCode::kNotYetValid, "not-yet-valid", "DT01",
          "The validity window had not opened when the transaction was executed."},
    Entry{ResultCode::kSubmitterUnknown, "submitter-unknown", "RC13",
          "The submitting participant is not registered."},
    Entry{ResultCode::kSignerUnknown, "signer-unknown", "DS0D", "A signing key is not registered."},
    Entry{ResultCode::kSignerInactive, "signer-inactive", "DS0E",
          "A signing key was rotated or revoked."},
    Entry{ResultCode::kSubmitterDidNotSign, "submitter-did-not-sign", "DS0H",
          "No active key of the submitting participant signed."},
    Entry{ResultCode::kReferenceTooOld, "reference-too-old", "DT01",
          "The client reference's date is older than references are kept."},
    Entry{ResultCode::kReferenceInFuture, "reference-in-future", "DT01",
          "The client reference's date is in the future."},
    Entry{ResultCode::kReferenceRepeated, "reference-repeated", "DU04",
          "The same instruction was given before under this reference; its first result stands."},
    Entry{ResultCode::kReferenceConflict, "reference-conflict", "AM05",
          "The reference was used before for a different instruction."},
    Entry{ResultCode::kNonceAccountUnknown, "nonce-account-unknown", "AC02",
          "The account of the nonce lane does not exist."},
    Entry{ResultCode::kNonceAccountForeign, "nonce-account-foreign", "AG08",
          "The account of the nonce lane belongs to another participant."},
    Entry{ResultCode::kNonceUsed, "nonce-used", "DU05", "The nonce was used before."},
    Entry{ResultCode::kNonceGap, "nonce-gap", "ED05", "An earlier nonce of the lane is missing."},
    Entry{ResultCode::kRoleMissing, "role-missing", "AG08",
          "The submitting participant lacks the role this operation needs."},
    Entry{ResultCode::kNotTheIssuer, "not-the-issuer", "AG08",
          "Only the asset's issuer may do this."},
    Entry{ResultCode::kAuthorityMissing, "authority-missing", "DS0H",
          "The signatures do not meet the account's authority."},
    Entry{ResultCode::kManagementThresholdNotMet, "management-threshold-not-met", "DS0H",
          "Too few keys of the participant signed for a change of keys or certificates."},
    Entry{ResultCode::kPossessionNotProven, "possession-not-proven", "DS0H",
          "A key that must sign for itself did not."},
    Entry{ResultCode::kNotTheOwner, "not-the-owner", "AG08",
          "The account belongs to another participant."},
    Entry{ResultCode::kAssetUnknown, "asset-unknown", "AM03", "The asset does not exist."},
    Entry{ResultCode::kDebitAccountUnknown, "debit-account-unknown", "AC02",
          "The account to debit does not exist."},
    Entry{ResultCode::kCreditAccountUnknown, "credit-account-unknown", "AC03",
          "The account to credit does not exist."},
    Entry{ResultCode::kSameAccount, "same-account", "AG01", "An account cannot pay itself."},
    Entry{ResultCode::kAmountZero, "amount-zero", "AM01", "The amount is zero."},
    Entry{ResultCode::kAmountOverflow, "amount-overflow", "AM12",
          "The amount would exceed what the ledger can count."},
    Entry{ResultCode::kInsufficientFunds, "insufficient-funds", "AM04",
          "The account does not hold enough of the asset."},
    Entry{ResultCode::kAccountExists, "account-exists", "AM05",
          "An account with one of these numbers exists; none was opened."},
    Entry{ResultCode::kAccountUnknown, "account-unknown", "AC02", "The account does not exist."},
    Entry{ResultCode::kPartlySettled, "partly-settled", "AM09",
          "Some records settled and some did not; see the code of each."},
    Entry{ResultCode::kNoneSettled, "none-settled", "AG01",
          "No record settled; see the code of each."},
    Entry{ResultCode::kUndone, "undone", "AG01",
          "The record did not settle because another one of its chain could not."},
    Entry{ResultCode::kKeyExists, "key-exists", "AM05", "The key was registered before."},
    Entry{ResultCode::kKeyUnknown, "key-unknown", "DS0D", "The key is not registered."},
    Entry{ResultCode::kKeyInactive, "key-inactive", "DS0E", "The key was rotated or revoked."},
    Entry{ResultCode::kKeyForeign, "key-foreign", "AG08",
          "The key belongs to another participant."},
    Entry{ResultCode::kLastKeys, "last-keys", "AG01",
          "The participant would be left with too few keys to act."},
    Entry{ResultCode::kSeatRepeated, "seat-repeated", "AG01",
          "Two of the keys stand for the same seat."},
    Entry{ResultCode::kCertificateExists, "certificate-exists", "AM05",
          "The certificate was registered before."},
    Entry{ResultCode::kCertificateUnknown, "certificate-unknown", "DS0D",
          "The certificate is not registered."},
    Entry{ResultCode::kCertificateForeign, "certificate-foreign", "AG08",
          "The certificate belongs to another participant."},
    Entry{ResultCode::kCertificateRoleNotHeld, "certificate-role-not-held", "AG08",
          "The participant does not hold the role it wants for the certificate."},
    Entry{ResultCode::kCertificateInactive, "certificate-inactive", "DS0E",
          "The certificate was revoked before."},
    Entry{ResultCode::kProposalUnknown, "proposal-unknown", "DS0D", "No proposal has this number."},
    Entry{ResultCode::kProposalClosed, "proposal-closed", "AG01",
          "The proposal is not open any more."},
    Entry{ResultCode::kVotedBefore, "voted-before", "AM05",
          "This participant has voted on the proposal."},
    Entry{ResultCode::kNotTheProposer, "not-the-proposer", "AG08",
          "Only its proposer withdraws a proposal."},
    Entry{ResultCode::kValidatorExists, "validator-exists", "AM05",
          "There is a validator of this name."},
    Entry{ResultCode::kValidatorUnknown, "validator-unknown", "DS0D",
          "There is no validator of this name."},
    Entry{ResultCode::kValidatorKeyUnusable, "validator-key-unusable", "DS0H",
          "The consensus key cannot be used, or is another validator's."},
    Entry{ResultCode::kTransportPinUnusable, "transport-pin-unusable", "DS0H",
          "The transport pin cannot be used, or is another validator's."},
    Entry{ResultCode::kChangeOutOfBounds, "change-out-of-bounds", "AG01",
          "The change would leave a value out of its bounds."},
    Entry{ResultCode::kProposalsFull, "proposals-full", "AG01", "Too many proposals are open."},
    Entry{ResultCode::kExpiryOutOfRange, "expiry-out-of-range", "DT01",
          "The proposal would expire before now, or too late."},
    Entry{ResultCode::kRevisionUnknown, "revision-unknown", "AG01",
          "The revision does not follow the current one, or no program knows it."},
    Entry{ResultCode::kChangeTooLarge, "change-too-large", "AG01",
          "Together with what is pending, too much would change in one epoch."},
    Entry{ResultCode::kParticipantUnknown, "participant-unknown", "RC13",
          "The participant that the transaction names is not registered."},
    Entry{ResultCode::kQueued, "queued", "", "The payment was accepted and waits in a queue."},
    Entry{ResultCode::kEarmarked, "earmarked", "",
          "The payment was accepted and waits for its earliest time."},
    Entry{ResultCode::kPaymentUnknown, "payment-unknown", "NOOR",
          "No waiting payment has this transaction id."},
    Entry{ResultCode::kPaymentForeign, "payment-foreign", "AG08",
          "The payment belongs to another participant."},
    Entry{ResultCode::kPaymentHeld, "payment-held", "AG01", "The payment is on hold already."},
    Entry{ResultCode::kPaymentNotHeld, "payment-not-held", "AG01", "The payment is not on hold."},
    Entry{ResultCode::kPriorityNotAllowed, "priority-not-allowed", "AG08",
          "The participant may not use this priority class here."},
    Entry{ResultCode::kLatestTimePassed, "latest-time-passed", "TM01",
          "The payment's latest time had passed when it was executed."},
    Entry{ResultCode::kQueueFull, "queue-full", "AB05",
          "The queues hold as many payments as they may; try again later."},
    Entry{ResultCode::kCancelledByOwner, "cancelled-by-owner", "CUST",
          "The payment was cancelled by the participant that gave it."},
    Entry{ResultCode::kTimedOut, "timed-out", "AB03",
          "The payment's latest time passed while it waited."},
    Entry{ResultCode::kReferenceExpired, "reference-expired", "ED05",
          "The payment waited longer than its reference is kept."},
    Entry{ResultCode::kReserveUnknown, "reserve-unknown", "NOOR",
          "No reserved funds are open under this transaction id."},
    Entry{ResultCode::kReserveForeign, "reserve-foreign", "AG08",
          "The participant may neither post nor void these reserved funds."},
    Entry{ResultCode::kReserveExceeded, "reserve-exceeded", "AM09",
          "More was to be posted than is left of the reserved funds."},
    Entry{ResultCode::kExpiryNotAhead, "expiry-not-ahead", "DT01",
          "The expiry is not after this block, or too far ahead."},
    Entry{ResultCode::kReservesFull, "reserves-full", "AB05",
          "As many reserves are open as there may be; try again later."},
    Entry{ResultCode::kReserveExpired, "reserve-expired", "AB03",
          "The reserved funds expired before they were posted."},
    Entry{ResultCode::kReserveVoided, "reserve-voided", "CUST",
          "The reserved funds were given back before they were posted."},
    Entry{ResultCode::kApprovalsMissing, "approvals-missing", "",
          "The settlement is open and waits for more approvals."},
    Entry{ResultCode::kFundsMissing, "funds-missing", "",
          "The settlement is approved by all and waits for funds."},
    Entry{ResultCode::kSettlementUnknown, "settlement-unknown", "NOOR",
          "No settlement is open under this transaction id."},
    Entry{ResultCode::kNotAParty, "not-a-party", "DS0H",
          "The signatures meet the authority of no account whose say is needed."},
    Entry{ResultCode::kApprovedBefore, "approved-before", "AM05",
          "All that these signatures can approve was approved before."},
    Entry{ResultCode::kNotApproved, "not-approved", "AG01",
          "There is no approval that these signatures could take back."},
    Entry{ResultCode::kSettlementComplete, "settlement-complete", "AG01",
          "The settlement is approved by all and binds them until it expires."},
    Entry{ResultCode::kSettlementsFull, "settlements-full", "AB05",
          "As many settlements are open as there may be; try again later."},
    Entry{ResultCode::kSettlementExpired, "settlement-expired", "AB03",
          "The settlement expired before it could settle."},
    Entry{ResultCode::kSettlementCancelled, "settlement-cancelled", "CUST",
          "The settlement was cancelled by one of its parties."},
    Entry{ResultCode::kMalformed, "malformed", "FF01",
          "The bytes are not a transaction in canonical form."},
    Entry{ResultCode::kTooLarge, "too-large", "FF01", "The transaction exceeds a size limit."},
    Entry{ResultCode::kUnsupportedVersion, "unsupported-version", "FF01",
          "The format version or signature suite is not supported."},
    Entry{ResultCode::kWrongChain, "wrong-chain", "RC01", "The transaction is for another chain."},
    Entry{ResultCode::kSignatureInvalid, "signature-invalid", "DS0A",
          "A signature does not verify."},
    Entry{ResultCode::kSenderNotAllowed, "sender-not-allowed", "DS0H",
          "The caller may not submit for this participant."},
    Entry{ResultCode::kBusy, "busy", "AB05", "The node's queue is full; try again later."},
    Entry{ResultCode::kRateLimited, "rate-limited", "AM21",
          "The caller's rate limit is reached; try again later."},
    Entry{ResultCode::kNotReady, "not-ready", "AB05", "The node cannot take transactions now."},
};

const Entry* find(ResultCode code) noexcept {
  for (const Entry& entry : kTable) {
    if (entry.code == code) return &entry;
  }
  return nullptr;
}

}  // namespace

std::string_view name(ResultCode code) noexcept {
  const Entry* const entry = find(code);
  return entry != nullptr ? entry->name : "unknown";
}

std::string_view text(ResultCode code) noexcept {
  const Entry* const entry = find(code);
  return entry != nullptr ? entry->text : "A result this build does not know.";
}

std::string_view iso20022(ResultCode code) noexcept {
  const Entry* const entry = find(code);
  return entry != nullptr ? entry->iso : "";
}

std::optional<ResultCode> result_code_from_number(std::uint64_t number) noexcept {
  for (const Entry& entry : kTable) {
    if (static_cast<std::uint64_t>(entry.code) == number) return entry.code;
  }
  return std::nullopt;
}

}  // namespace huangpu::ledger
