// The transaction as the ledger sees it: operations, body, and the decoded envelope.
//
// Plain values, free of protobuf; amounts count smallest units (SPEC L-4). A DecodedEnvelope exists
// only after ledger/codec has checked every stateless rule (SPEC L-10..L-15) except the signatures
// themselves; those are checked by verify_envelope_signatures().
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "crypto/base/amount.hpp"
#include "crypto/base/bytes.hpp"
#include "crypto/base/ids.hpp"
#include "crypto/hash/digest.hpp"
#include "crypto/sign/public_key.hpp"
#include "crypto/sign/signature.hpp"
#include "ledger/types/agreement.hpp"
#include "ledger/types/bulk_record.hpp"
#include "ledger/types/governance.hpp"
#include "ledger/types/ids.hpp"
#include "ledger/types/payment.hpp"
#include "ledger/types/reserve.hpp"
#include "ledger/types/role.hpp"

namespace huangpu::ledger {

// Opens accounts first_number .. first_number + count - 1 of the submitter.
struct OpenAccounts {
  std::uint64_t first_number = 0;
  std::uint32_t count = 0;
  friend bool operator==(const OpenAccounts&, const OpenAccounts&) = default;
};

struct Issue {
  AssetId asset;
  AccountId credit;
  Amount amount;
  friend bool operator==(const Issue&, const Issue&) = default;
};

struct Redeem {
  AssetId asset;
  AccountId debit;
  Amount amount;
  friend bool operator==(const Redeem&, const Redeem&) = default;
};

struct Transfer {
  AccountId debit;
  AccountId credit;
  AssetId asset;
  Amount amount;
  EndToEndId end_to_end{};
  Purpose purpose{};
  friend bool operator==(const Transfer&, const Transfer&) = default;
};

enum class BulkMode : std::uint8_t { kIndependent = 1, kAllOrNothing = 2, kLinked = 3 };

struct BulkTransfer {
  BulkMode mode = BulkMode::kIndependent;
  Bytes records;  // whole records of kBulkRecordBytes; see bulk_record.hpp
  friend bool operator==(const BulkTransfer&, const BulkTransfer&) = default;
};

// Adds a key to the submitter. The new key signs too, to prove possession.
struct RegisterKey {
  crypto::PublicKey key;
  friend bool operator==(const RegisterKey&, const RegisterKey&) = default;
};

// Retires `old_key` and gives its seat to `new_key`. Both sign.
struct RotateKey {
  crypto::KeyId old_key;
  crypto::PublicKey new_key;
  friend bool operator==(const RotateKey&, const RotateKey&) = default;
};

struct RevokeKey {
  crypto::KeyId key;
  friend bool operator==(const RevokeKey&, const RevokeKey&) = default;
};

// m-of-n: `threshold` of `keys` must sign debits. Threshold 0 and no keys: any one active key of
// the owner.
struct SetAccountAuthority {
  AccountId account;
  std::uint16_t threshold = 0;
  std::vector<crypto::KeyId> keys;  // strictly ascending, at most kAuthorityKeysMax
  friend bool operator==(const SetAccountAuthority&, const SetAccountAuthority&) = default;
};

// Lets a TLS client certificate act for the submitter at the API in one role.
struct RegisterCertificate {
  CertificatePin pin;
  Role role = Role::kParticipant;
  friend bool operator==(const RegisterCertificate&, const RegisterCertificate&) = default;
};

struct RevokeCertificate {
  CertificatePin pin;
  friend bool operator==(const RevokeCertificate&, const RevokeCertificate&) = default;
};

// Opens a proposal; it gets the next number. Governors only.
struct ProposeChange {
  TimestampMs expires;  // the last block time at which votes count
  GovernanceChange change;
  friend bool operator==(const ProposeChange&, const ProposeChange&) = default;
};

struct VoteOnProposal {
  std::uint64_t number = 0;
  bool approve = false;
  friend bool operator==(const VoteOnProposal&, const VoteOnProposal&) = default;
};

struct WithdrawProposal {
  std::uint64_t number = 0;
  friend bool operator==(const WithdrawProposal&, const WithdrawProposal&) = default;
};

using Operation =
    std::variant<OpenAccounts, Issue, Redeem, Transfer, BulkTransfer, RegisterKey, RotateKey,
                 RevokeKey, SetAccountAuthority, RegisterCertificate, RevokeCertificate,
                 ProposeChange, VoteOnProposal, WithdrawProposal, Payment, CancelPayment,
                 HoldPayment, ReleasePayment, ChangePriority, SetReservation, SetBilateralLimit,
                 SetMultilateralLimit, SetCreditLine, RunResolution, ReserveFunds, PostReserved,
                 VoidReserved, ProposeSettlement, ApproveSettlement, WithdrawApproval,
                 CancelSettlement>;

// Strict order within a lane of an account (SPEC L-36).
struct NonceLane {
  AccountId account;
  std::uint32_t lane = 0;
  std::uint64_t sequence = 0;
  friend bool operator==(const NonceLane&, const NonceLane&) = default;
};

// Business idempotency (SPEC L-40): (participant, date, id) acts at most once.
struct ClientReference {
  std::string id;          // 1..kReferenceCharsMax of the ISO 20022 restricted character set
  std::uint32_t date = 0;  // YYYYMMDD, UTC
  friend bool operator==(const ClientReference&, const ClientReference&) = default;
};

struct TransactionBody {
  ChainId chain;
  ParticipantId submitter;
  TimestampMs valid_from;   // first block time at which it may execute
  TimestampMs valid_until;  // last one
  // Ids of the keys whose signatures make the envelope complete, strictly ascending. Because they
  // are part of what is signed, nobody can spend the transaction's one chance by ordering it with a
  // signature taken away (SPEC L-13).
  std::vector<crypto::KeyId> signers;
  std::optional<NonceLane> nonce;
  std::optional<ClientReference> reference;
  Operation operation;
  friend bool operator==(const TransactionBody&, const TransactionBody&) = default;
};

struct EnvelopeSignature {
  crypto::PublicKey key;
  crypto::Signature signature;
  friend bool operator==(const EnvelopeSignature&, const EnvelopeSignature&) = default;
};

// A well-formed envelope: canonical, bounded, for this chain, signed by exactly the announced keys.
struct DecodedEnvelope {
  TxId txid;
  // What the instruction means, without its window, nonce and signers: equal for a retry (SPEC
  // L-41). Zero when the body has no client reference.
  crypto::Digest business_digest;
  TransactionBody body;
  std::vector<EnvelopeSignature> signatures;  // one per body.signers, in its order
  std::uint32_t transfer_count = 0;  // transfers it asks for: 1, or the records of a bulk, else 0
  std::uint32_t size_bytes = 0;      // of the encoded envelope
};

// The envelopes of one lane batch, in order. Shared read-only between the stages of the pipeline.
struct DecodedBatch {
  std::uint16_t lane = 0;
  LanePosition position;
  std::vector<DecodedEnvelope> envelopes;
};

// The name of the operation's kind: "transfer", "bulk-transfer", ...
[[nodiscard]] std::string_view operation_name(const Operation& operation) noexcept;

}  // namespace huangpu::ledger
