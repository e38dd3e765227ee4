#include "ledger/executor/transaction_runner.hpp"

#include "crypto/base/civil.hpp"
#include "ledger/rules/accounts.hpp"
#include "ledger/rules/agreements.hpp"
#include "ledger/rules/certificates.hpp"
#include "ledger/rules/governance.hpp"
#include "ledger/rules/keys.hpp"
#include "ledger/rules/payments.hpp"
#include "ledger/rules/reserves.hpp"
#include "ledger/rules/supply.hpp"
#include "ledger/rules/transfer.hpp"

namespace huangpu::ledger {
namespace {

constexpr ResultCode kProceed = ResultCode::kSettled;

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

// Names the entries each operation reads first; what it finds out later is loaded when asked for.
struct Toucher {
  Overlay& overlay;

  void operator()(const OpenAccounts&) const {}
  void operator()(const Issue& op) const { overlay.touch(BalanceId{op.credit, op.asset}); }
  void operator()(const Redeem& op) const { overlay.touch(BalanceId{op.debit, op.asset}); }
  void operator()(const Transfer& op) const {
    overlay.touch(BalanceId{op.debit, op.asset});
    overlay.touch(BalanceId{op.credit, op.asset});
  }
  void operator()(const BulkTransfer&) const {}
  void operator()(const RegisterKey&) const {}
  void operator()(const RotateKey& op) const { overlay.touch(op.old_key); }
  void operator()(const RevokeKey& op) const { overlay.touch(op.key); }
  void operator()(const SetAccountAuthority& op) const {
    overlay.touch(op.account);
    for (const auto& key : op.keys) overlay.touch(key);
  }
  void operator()(const RegisterCertificate& op) const { overlay.touch(op.pin); }
  void operator()(const RevokeCertificate& op) const { overlay.touch(op.pin); }
  void operator()(const ProposeChange&) const {}
  void operator()(const VoteOnProposal&) const {}
  void operator()(const WithdrawProposal&) const {}
  // Operations of queued settlement.
  template <class Op>
  void operator()(const Op& op) const {
    touch_payment_operation(overlay, op);
  }
};

}  // namespace

void TransactionRunner::touch_bulk(const BulkTransfer& bulk) {
  const BulkRecords records = BulkRecords::trusted(bulk.records);
  for (std::size_t i = 0; i < records.count(); ++i) {
    const BulkRecord record = records.at(i);
    bulk_slots_.push_back(&parts_.overlay.touch(BalanceId{record.debit, record.asset}));
    bulk_slots_.push_back(&parts_.overlay.touch(BalanceId{record.credit, record.asset}));
  }
}

void TransactionRunner::touch(const DecodedEnvelope& envelope, std::vector<Bytes>& more) {
  const TransactionBody& body = envelope.body;
  parts_.overlay.touch(body.submitter);
  for (const auto& signer : body.signers) parts_.overlay.touch(signer);
  if (body.reference) more.push_back(reference_key_of(body));
  if (body.nonce) {
    parts_.overlay.touch(body.nonce->account);
    parts_.overlay.touch(NonceId{body.nonce->account, body.nonce->lane});
  }
  if (const auto* bulk = std::get_if<BulkTransfer>(&body.operation)) touch_bulk(*bulk);
  std::visit(Toucher{parts_.overlay}, body.operation);
}

void TransactionRunner::prepare(const std::vector<std::shared_ptr<const DecodedBatch>>& batches) {
  std::vector<Bytes> more;
  for (const auto& batch : batches) {
    for (const auto& envelope : batch->envelopes) touch(envelope, more);
  }
  parts_.overlay.load_touched(std::move(more));
}

Result<Receipt> TransactionRunner::run(const DecodedBatch& batch, const DecodedEnvelope& envelope) {
  Receipt receipt;
  receipt.txid = envelope.txid;
  receipt.height = block_.height;
  receipt.index = index_;
  receipt.lane = batch.lane;
  receipt.position = batch.position;
  ++serial_;
  HP_TRY_ASSIGN(receipt.code, execute(envelope, receipt));
  if (const auto* bulk = std::get_if<BulkTransfer>(&envelope.body.operation)) {
    // Used up whether the transfer got as far as its records or not.
    bulk_slots_used_ += 2 * (bulk->records.size() / kBulkRecordBytes);
  }
  ++index_;
  return receipt;
}

ResultCode TransactionRunner::check_window(const DecodedEnvelope& envelope) const {
  const std::uint64_t now = block_.time.value();
  const std::uint64_t until = envelope.body.valid_until.value();
  if (now > until) return ResultCode::kExpired;
  if (until - now > std::uint64_t{parts_.settings.replay_window_seconds} * 1000) {
    return ResultCode::kTooFarAhead;
  }
  return parts_.ring.contains(envelope.txid, envelope.body.valid_until) ? ResultCode::kDuplicate
                                                                        : kProceed;
}

ResultCode TransactionRunner::identify(const TransactionBody& body) {
  const ParticipantSlot& submitter = parts_.overlay.get(body.submitter);
  if (!submitter.exists) return ResultCode::kSubmitterUnknown;
  actor_.participant = body.submitter;
  actor_.roles = submitter.value.roles;
  actor_.management_threshold = submitter.value.management_threshold;
  actor_.signers.clear();
  actor_.introduced.reset();
  const crypto::PublicKey* const introduced = introduced_key(body.operation);
  bool submitter_signed = false;
  for (const auto& signer : body.signers) {
    const KeySlot& key = parts_.overlay.get(signer);
    if (!key.exists) {
      if (introduced == nullptr || introduced->id() != signer) return ResultCode::kSignerUnknown;
      actor_.introduced = signer;
      continue;
    }
    if (key.value.status != KeyStatus::kActive) return ResultCode::kSignerInactive;
    actor_.signers.push_back(SigningKey{signer, key.value.seat, key.value.participant});
    submitter_signed |= key.value.participant == body.submitter;
  }
  return submitter_signed ? kProceed : ResultCode::kSubmitterDidNotSign;
}

ResultCode TransactionRunner::check_nonce(const std::optional<NonceLane>& nonce) {
  if (!nonce) return kProceed;
  const AccountSlot& account = parts_.overlay.get(nonce->account);
  if (!account.exists) return ResultCode::kNonceAccountUnknown;
  if (account.value.owner != actor_.participant) return ResultCode::kNonceAccountForeign;
  NonceSlot& lane = parts_.overlay.get(NonceId{nonce->account, nonce->lane});
  const std::uint64_t next = lane.exists ? lane.value.next : 0;
  if (nonce->sequence < next) return ResultCode::kNonceUsed;
  if (nonce->sequence > next) return ResultCode::kNonceGap;
  return kProceed;
}

Result<ResultCode> TransactionRunner::execute(const DecodedEnvelope& envelope, Receipt& receipt) {
  const TransactionBody& body = envelope.body;
  if (const auto code = check_window(envelope); code != kProceed) return code;
  // From here on the transaction has had its one chance (SPEC L-33).
  parts_.ring.add(envelope.txid, body.valid_until);
  if (block_.time < body.valid_from) return ResultCode::kNotYetValid;
  if (const auto code = identify(body); code != kProceed) return code;

  Bytes reference;
  std::uint32_t reference_day = 0;
  if (body.reference) {
    reference_day = day_from_yyyymmdd(body.reference->date).value_or(0);
    const auto in_time = check_reference_day(reference_day, day_from_timestamp(block_.time),
                                             parts_.settings.reference_days);
    if (in_time != kProceed) return in_time;
    reference = reference_key_of(body);
    HP_TRY_ASSIGN(const auto use, parts_.references.find(reference));
    if (use) {
      receipt.first = use->first;
      return use->business_digest == envelope.business_digest ? ResultCode::kReferenceRepeated
                                                              : ResultCode::kReferenceConflict;
    }
  }
  if (const auto code = check_nonce(body.nonce); code != kProceed) return code;

  // The operation is reached: reference and nonce are used up by whatever it answers (SPEC L-37,
  // L-42).
  const ResultCode code = apply(envelope, receipt);
  if (body.nonce) {
    NonceSlot& lane = parts_.overlay.get(NonceId{body.nonce->account, body.nonce->lane});
    parts_.overlay.change(lane).next = body.nonce->sequence + 1;
  }
  if (body.reference) {
    const FirstUse first{envelope.txid, block_.height, index_, code};
    parts_.references.add(reference, reference_day,
                          ReferenceValue{envelope.business_digest, first});
  }
  return code;
}

ResultCode TransactionRunner::apply(const DecodedEnvelope& envelope, Receipt& receipt) {
  TxContext context{parts_.overlay, actor_,      block_.height,    index_,
                    serial_,        block_.time, parts_.governance};
  struct Dispatch {
    TransactionRunner& runner;
    TxContext& context;
    Receipt& receipt;

    ResultCode operator()(const OpenAccounts& op) { return apply_open_accounts(context, op); }
    ResultCode operator()(const Issue& op) { return apply_issue(context, op); }
    ResultCode operator()(const Redeem& op) { return apply_redeem(context, op); }
    ResultCode operator()(const Transfer& op) { return apply_transfer(context, op); }
    ResultCode operator()(const BulkTransfer& op) {
      const std::size_t count = 2 * (op.records.size() / kBulkRecordBytes);
      const auto slots = BulkSlots(runner.bulk_slots_).subspan(runner.bulk_slots_used_, count);
      return apply_bulk_transfer(context, op, slots, receipt.record_codes);
    }
    ResultCode operator()(const RegisterKey& op) { return apply_register_key(context, op); }
    ResultCode operator()(const RotateKey& op) { return apply_rotate_key(context, op); }
    ResultCode operator()(const RevokeKey& op) { return apply_revoke_key(context, op); }
    ResultCode operator()(const SetAccountAuthority& op) {
      return apply_set_account_authority(context, op);
    }
    ResultCode operator()(const RegisterCertificate& op) {
      return apply_register_certificate(context, op);
    }
    ResultCode operator()(const RevokeCertificate& op) {
      return apply_revoke_certificate(context, op);
    }
    ResultCode operator()(const ProposeChange& op) { return apply_propose_change(context, op); }
    ResultCode operator()(const VoteOnProposal& op) { return apply_vote(context, op); }
    ResultCode operator()(const WithdrawProposal& op) { return apply_withdraw(context, op); }
  };
  // Operations of queued settlement.
  const auto settle = [&](const auto& op) -> ResultCode {
    PaymentContext payment{context, parts_.settlement, envelope.body, envelope.txid};
    return apply_payment_operation(payment, op);
  };
  return std::visit(Overloaded{Dispatch{*this, context, receipt}, settle}, envelope.body.operation);
}

}  // namespace huangpu::ledger
