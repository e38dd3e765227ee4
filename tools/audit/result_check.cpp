#include "tools/audit/result_check.hpp"

#include <utility>

#include "consensus/codec/hashing.hpp"

namespace huangpu::tools {
namespace {

constexpr std::size_t kReceiptsShownMax = 20;

struct Field {
  const char* name;
  std::string computed;
  std::string stated;
};

std::vector<Field> fields(const consensus::CommitMessage& computed,
                          const consensus::CommitMessage& stated) {
  const auto number = [](std::uint64_t value) { return std::to_string(value); };
  // The order in which a cause shows first: what was executed, then the results.
  return {
      {"version", number(computed.version), number(stated.version)},
      {"chain id", computed.genesis.hex(), stated.genesis.hex()},
      {"epoch", number(computed.epoch.value()), number(stated.epoch.value())},
      {"height", number(computed.height.value()), number(stated.height.value())},
      {"block hash", computed.block_hash.hex(), stated.block_hash.hex()},
      {"timestamp", number(computed.timestamp.value()), number(stated.timestamp.value())},
      {"history root", computed.history_root.hex(), stated.history_root.hex()},
      {"receipts root", computed.receipts_root.hex(), stated.receipts_root.hex()},
      {"state root", computed.state_root.hex(), stated.state_root.hex()},
      {"bridge root", computed.bridge_root.hex(), stated.bridge_root.hex()},
      {"next epoch hash", computed.next_epoch_hash.hex(), stated.next_epoch_hash.hex()},
  };
}

}  // namespace

consensus::CommitMessage ResultCheck::message_of(const PendingBlock& block,
                                                 const ledger::BlockOutput& output,
                                                 const crypto::Digest& next_epoch) const {
  const consensus::BlockHeader& header = block.record.stored.block.header;
  consensus::CommitMessage message;
  message.genesis = chain_.genesis;
  message.epoch = header.epoch;
  message.height = header.height;
  message.block_hash = block.hash;
  message.timestamp = header.timestamp;
  message.state_root = output.state_root;
  message.receipts_root = output.receipts_root;
  message.history_root = history_.root();
  message.next_epoch_hash = next_epoch;
  return message;
}

Finding ResultCheck::difference(const consensus::CommitMessage& computed,
                                const consensus::CommitMessage& stated,
                                const ledger::BlockOutput& output) const {
  Finding finding;
  finding.height = computed.height;
  for (const Field& field : fields(computed, stated)) {
    if (field.computed == field.stated) continue;
    if (finding.message.empty()) {
      finding.message = std::string("the ") + field.name + " is not what execution gives";
      finding.expected = field.computed + " (execution)";
      finding.found = field.stated + " (stated)";
    } else {
      finding.details.push_back(std::string("differs too: ") + field.name + ", execution " +
                                field.computed + ", stated " + field.stated);
    }
  }
  const bool same_receipts = computed.receipts_root == stated.receipts_root;
  const bool same_state = computed.state_root == stated.state_root;
  if (same_receipts && !same_state) {
    finding.details.push_back(
        "the receipts agree: every transaction had the result that was stated, the state differs");
  }
  if (!same_receipts || !same_state) {
    for (const ledger::SupplyChange& supply : output.supply) {
      finding.details.push_back("execution gives asset " + std::to_string(supply.asset.value()) +
                                ": issued " + supply.issued.to_string(0) + ", redeemed " +
                                supply.redeemed.to_string(0));
    }
    finding.details.push_back("execution gives " + std::to_string(output.receipts.size()) +
                              " receipts:");
    for (std::size_t i = 0; i < output.receipts.size() && i < kReceiptsShownMax; ++i) {
      const ledger::Receipt& receipt = output.receipts[i];
      finding.details.push_back("  " + std::to_string(receipt.index) + " " + receipt.txid.hex() +
                                " " + std::string(ledger::name(receipt.code)));
    }
    if (output.receipts.size() > kReceiptsShownMax) {
      finding.details.push_back(
          "  and " + std::to_string(output.receipts.size() - kReceiptsShownMax) + " more");
    }
  }
  return finding;
}

Checked<void> ResultCheck::compare(PendingBlock& block, const ledger::BlockOutput& output,
                                   const crypto::Digest& next_epoch) {
  if (block.uncertified) return report(std::move(*block.uncertified));
  const consensus::CommitMessage computed = message_of(block, output, next_epoch);
  if (block.certificate && block.certificate->message != computed) {
    Finding finding = difference(computed, block.certificate->message, output);
    finding.check = Check::kCertifiedResult;
    finding.offset = block.certificate_offset;
    finding.subject = "certificate " + std::to_string(block.height.value());
    std::string signers = "signed by";
    for (const ValidatorIndex index : block.certificate->signers.members()) {
      signers += (signers.ends_with("by") ? " " : ", ") + block.epoch->set.at(index).name;
    }
    finding.details.insert(finding.details.begin(), std::move(signers));
    return report(std::move(finding));
  }
  if (block.commit && *block.commit != computed) {
    Finding finding = difference(computed, *block.commit, output);
    finding.check = Check::kCommitMessage;
    finding.offset = block.commit_offset;
    finding.subject = "commit message " + std::to_string(block.height.value());
    if (block.certificate) {
      finding.details.insert(finding.details.begin(),
                             "the commit certificate of this height agrees with execution");
    }
    return report(std::move(finding));
  }
  // Only blocks above everything that was recorded and certified may lack their result: a node
  // stores a block before it executes it.
  if (!block.commit && !unrecorded_) unrecorded_ = block.height;
  if (unrecorded_ && (block.commit || block.certificate)) {
    Finding finding;
    finding.check = Check::kMissing;
    finding.code = Errc::kCorrupt;
    finding.height = *unrecorded_;
    finding.subject = "commit message " + std::to_string(unrecorded_->value());
    finding.message = "the commit message is missing, although a later result is recorded";
    return report(std::move(finding));
  }
  history_.append(consensus::commit_digest(chain_.suite, computed));
  return {};
}

}  // namespace huangpu::tools
