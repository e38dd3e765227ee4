#include "tools/verify/finality_proof.hpp"

#include <utility>

#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/epoch_codec.hpp"
#include "consensus/codec/verify.hpp"
#include "consensus/light/finality_proof.hpp"
#include "crypto/base/civil.hpp"
#include "crypto/hash/merkle.hpp"
#include "ledger/state/proof.hpp"
#include "tools/verify/first_epoch.hpp"

namespace huangpu::tools {
namespace {

std::string number(std::uint64_t value) { return std::to_string(value); }

void pass(std::vector<ProofStep>& steps, std::string name, std::string detail) {
  steps.push_back({std::move(name), true, std::move(detail)});
}

std::nullopt_t refuse(std::vector<ProofStep>& steps, std::string name, std::string detail) {
  steps.push_back({std::move(name), false, std::move(detail)});
  return std::nullopt;
}

}  // namespace

ProofChecker::ProofChecker(const ledger::Genesis& genesis, consensus::EpochRecord record,
                           const crypto::Verifier& verifier)
    : ledger_chain_(ledger_chain(genesis)),
      consensus_chain_(consensus_chain(genesis)),
      first_(std::move(record)),
      verifier_(&verifier) {}

Result<ProofChecker> ProofChecker::make(const ledger::Genesis& genesis,
                                        const crypto::Verifier& verifier) {
  HP_TRY_ASSIGN(auto record, first_epoch(genesis));
  return ProofChecker(genesis, std::move(record), verifier);
}

std::optional<consensus::EpochRecord> ProofChecker::follow_epochs(
    const FinalityProofRecords& records, std::vector<ProofStep>& steps) const {
  consensus::EpochRecord record = first_;
  if (records.epochs.size() > consensus::kEpochLinksMax) {
    return refuse(steps, "epochs", "more links than a proof may have");
  }
  for (const EpochLinkRecords& bytes : records.epochs) {
    const auto boundary = consensus::decode_commit_certificate(bytes.boundary_certificate);
    if (!boundary) return refuse(steps, "epochs", boundary.error().message);
    if (consensus::encode(boundary->message) != bytes.boundary_message) {
      return refuse(steps, "epochs", "a boundary message is not the one its certificate is for");
    }
    const auto next = consensus::decode_epoch_record(bytes.next_epoch_record);
    if (!next) return refuse(steps, "epochs", next.error().message);
    auto reached = consensus::verify_epoch_link(consensus_chain_, *verifier_, record,
                                                consensus::EpochLink{*boundary, *next});
    if (!reached) return refuse(steps, "epochs", reached.error().message);
    record = std::move(*reached);
  }
  if (!records.epochs.empty()) {
    pass(steps, "epochs", number(records.epochs.size()) + " changes of validators, each certified");
  }
  return record;
}

std::optional<ProofChecker::Finality> ProofChecker::finality(const FinalityProofRecords& records,
                                                             std::vector<ProofStep>& steps) const {
  const auto commit = consensus::decode_commit_message(records.commit_message);
  if (!commit) return refuse(steps, "commit message", commit.error().message);
  if (commit->genesis != consensus_chain_.genesis) {
    return refuse(steps, "commit message", "it is of another chain");
  }
  const auto record = follow_epochs(records, steps);
  if (!record) return std::nullopt;

  const bool is_later = !records.certified_message.empty();
  const auto certificate = consensus::decode_commit_certificate(records.certificate);
  if (!certificate) return refuse(steps, "certificate", certificate.error().message);
  const consensus::VerifyContext context{consensus_chain_, record->epoch, record->set, *verifier_};
  if (const Status valid = consensus::verify_commit_certificate(context, *certificate); !valid) {
    return refuse(steps, "certificate", valid.error().message);
  }
  const Bytes certified = consensus::encode(certificate->message);
  if (certified != (is_later ? records.certified_message : records.commit_message)) {
    return refuse(steps, "certificate", "it certifies another message");
  }

  Finality result{*commit, {}};
  for (const ValidatorIndex signer : certificate->signers.members()) {
    result.signers.push_back(record->set.at(signer).name);
  }
  pass(steps, "certificate",
       number(result.signers.size()) + " of " + number(record->set.size()) +
           " validators signed the commit message of height " +
           number(certificate->message.height.value()));

  if (!is_later) {
    if (!records.history_path.empty()) {
      return refuse(steps, "history", "there is a history path that nothing needs");
    }
    return result;
  }
  const auto path = crypto::decode_merkle_path(records.history_path);
  if (!path) return refuse(steps, "history", path.error().message);
  const consensus::HistoryPath history{*commit, *path};
  if (const Status earlier =
          consensus::verify_history(consensus_chain_.suite, certificate->message, history);
      !earlier) {
    return refuse(steps, "history", earlier.error().message);
  }
  pass(steps, "history",
       "height " + number(commit->height.value()) + " is part of the certified history");
  return result;
}

std::optional<consensus::CommitMessage> ProofChecker::check_finality(
    const FinalityProofRecords& records, std::vector<ProofStep>& steps) const {
  auto result = finality(records, steps);
  if (!result) return std::nullopt;
  return std::move(result->commit);
}

ProofChecker::ReceiptReport ProofChecker::check_receipt(const ReceiptRecords& records) const {
  ReceiptReport report;
  std::vector<ProofStep>& steps = report.steps;
  const auto stop = [&report](std::string name, std::string detail) {
    refuse(report.steps, std::move(name), std::move(detail));
    return report;
  };

  auto body = ledger::decode_body(records.body);
  if (!body) return stop("transaction", body.error().message);
  report.body = std::move(*body);
  if (report.body->chain != ledger_chain_.chain) {
    return stop("transaction", "it is for another chain");
  }
  report.txid = ledger::transaction_id(ledger_chain_, records.body);
  pass(steps, "transaction", "id " + report.txid.hex());

  auto receipt = ledger::decode_receipt(records.receipt);
  if (!receipt) return stop("receipt", receipt.error().message);
  report.receipt = std::move(*receipt);
  if (report.receipt->txid != report.txid) return stop("receipt", "it is of another transaction");
  pass(steps, "receipt",
       "height " + number(report.receipt->height.value()) + ", index " +
           number(report.receipt->index) + ", result " +
           std::string(ledger::name(report.receipt->code)));

  const auto commit = consensus::decode_commit_message(records.finality.commit_message);
  if (!commit) return stop("commit message", commit.error().message);
  if (commit->height != report.receipt->height) {
    return stop("commit message", "it is of height " + number(commit->height.value()) +
                                      ", the receipt of height " +
                                      number(report.receipt->height.value()));
  }
  const auto path = crypto::decode_merkle_path(records.path);
  if (!path) return stop("path", path.error().message);
  if (path->index != report.receipt->index) return stop("path", "it is of another index");
  if (!crypto::verify_merkle_path(ledger_chain_.suite, commit->receipts_root, records.receipt,
                                  *path)) {
    return stop("path", "it does not lead from the receipt to the receipts root");
  }
  pass(steps, "path",
       "receipt " + number(path->index + 1) + " of " + number(path->count) +
           " under the receipts root");

  auto proven = finality(records.finality, steps);
  if (!proven) return report;
  pass(steps, "commit message",
       "height " + number(proven->commit.height.value()) + " of " +
           format_rfc3339(proven->commit.timestamp));
  report.commit = std::move(proven->commit);
  report.signers = std::move(proven->signers);
  report.complete = true;
  return report;
}

Result<Height> ProofChecker::check_state(ByteView key, std::optional<ByteView> value,
                                         ByteView proof,
                                         const FinalityProofRecords& finality_records) const {
  std::vector<ProofStep> steps;
  const auto commit = check_finality(finality_records, steps);
  if (!commit) {
    return fail(Errc::kUnauthenticated, steps.back().name + ": " + steps.back().detail);
  }
  const auto decoded = ledger::decode_state_proof(proof);
  if (!decoded) return fail(Errc::kUnauthenticated, "state proof: " + decoded.error().message);
  if (!ledger::verify_state_proof(ledger_chain_.suite, commit->state_root, key, value, *decoded)) {
    return fail(Errc::kUnauthenticated, "state proof: it does not lead to the state root");
  }
  return commit->height;
}

}  // namespace huangpu::tools
