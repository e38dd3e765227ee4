// Checks, link by link and without any node, what a receipt or a state proof claims (SPEC
// W-41..W-44).
//
// Trusted is the genesis document alone. Every other byte is a stranger's: decoding is total, and
// the report names the first step that does not hold. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "consensus/types/commit.hpp"
#include "consensus/types/epoch.hpp"
#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"
#include "crypto/sign/verifier.hpp"
#include "ledger/codec/envelope.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/types/receipt.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::tools {

// Records in the fixed codecs of consensus, as nodes hand them out.
struct EpochLinkRecords {
  Bytes boundary_message;
  Bytes boundary_certificate;
  Bytes next_epoch_record;
  friend bool operator==(const EpochLinkRecords&, const EpochLinkRecords&) = default;
};
struct FinalityProofRecords {
  Bytes commit_message;  // of the height in question
  Bytes
      certified_message;  // of a later height; empty when the certificate is for the height itself
  Bytes certificate;
  Bytes history_path;  // from the certified message down; empty with certified_message
  std::vector<EpochLinkRecords> epochs;
  friend bool operator==(const FinalityProofRecords&, const FinalityProofRecords&) = default;
};
struct ReceiptRecords {
  Bytes body;
  Bytes receipt;
  Bytes path;
  FinalityProofRecords finality;
  friend bool operator==(const ReceiptRecords&, const ReceiptRecords&) = default;
};

// One link of the chain of reasoning: what was checked, and what was found or why it fails.
struct ProofStep {
  std::string name;  // "transaction", "receipt", "path", "commit message", "certificate", ...
  bool holds = false;
  std::string detail;
};

// Keeps what every check needs, so that a thousand receipts cost a thousand checks and one set-up.
class ProofChecker {
 public:
  // `verifier` outlives the checker. kConfig when the document has no first epoch.
  [[nodiscard]] static Result<ProofChecker> make(const ledger::Genesis& genesis,
                                                 const crypto::Verifier& verifier);

  // The final commit message of these records. Steps are appended; after a failed one, nothing.
  [[nodiscard]] std::optional<consensus::CommitMessage> check_finality(
      const FinalityProofRecords& records, std::vector<ProofStep>& steps) const;

  struct ReceiptReport {
    std::vector<ProofStep> steps;  // up to and including the first that fails
    // Set as far as the steps got; to be relied on only if holds().
    ledger::TxId txid;
    std::optional<ledger::TransactionBody> body;
    std::optional<ledger::Receipt> receipt;
    std::optional<consensus::CommitMessage> commit;
    std::vector<std::string> signers;  // validators whose signatures make the certificate

    [[nodiscard]] bool holds() const { return !steps.empty() && steps.back().holds && complete; }
    bool complete = false;
    // Why a receipt file was not examined at all, if it is for another program or another chain:
    // kUnsupportedVersion or kWrongChain. Says nothing of the proof in it.
    std::optional<Errc> not_examined;
  };
  [[nodiscard]] ReceiptReport check_receipt(const ReceiptRecords& records) const;

  // That the state after `height` maps `key` to `value` (or to nothing). kUnauthenticated names the
  // step that fails. `height` is that of the proven commit message.
  [[nodiscard]] Result<Height> check_state(ByteView key, std::optional<ByteView> value,
                                           ByteView proof,
                                           const FinalityProofRecords& finality) const;

  [[nodiscard]] const ledger::ChainInfo& chain() const { return ledger_chain_; }

 private:
  ProofChecker(const ledger::Genesis& genesis, consensus::EpochRecord record,
               const crypto::Verifier& verifier);

  struct Finality {
    consensus::CommitMessage commit;
    std::vector<std::string> signers;
  };
  [[nodiscard]] std::optional<Finality> finality(const FinalityProofRecords& records,
                                                 std::vector<ProofStep>& steps) const;
  [[nodiscard]] std::optional<consensus::EpochRecord> follow_epochs(
      const FinalityProofRecords& records, std::vector<ProofStep>& steps) const;

  ledger::ChainInfo ledger_chain_;
  consensus::ChainContext consensus_chain_;
  consensus::EpochRecord first_;
  const crypto::Verifier* verifier_;
};

}  // namespace huangpu::tools
