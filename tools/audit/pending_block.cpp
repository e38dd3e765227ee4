#include "tools/audit/pending_block.hpp"

#include <string>
#include <utility>

#include "consensus/codec/hashing.hpp"

namespace huangpu::tools {
namespace {

Finding found_in(Check check, const PendingBlock& block, const Error& error) {
  Finding finding;
  finding.check = check;
  finding.height = block.height;
  finding.offset = check == Check::kCommitCertificate ? block.certificate_offset : block.offset;
  finding.subject = check == Check::kCommitCertificate
                        ? "certificate " + std::to_string(block.height.value())
                        : "block " + std::to_string(block.height.value());
  finding.message = error.message;
  return finding;
}

Status check_justification(const BlockChecks& checks, bool with_signatures, bool parent_known,
                           PendingBlock& block) {
  const auto& header = block.record.stored.block.header;
  const auto& justification = block.record.stored.justification;
  HP_TRY(consensus::check_justification_shape(checks.validators(*block.epoch), header.view,
                                              header.parent_hash, justification));
  if (!with_signatures) return {};
  if (justification.parent && !parent_known) {
    HP_TRY(consensus::verify_certificate(checks.validators(*block.epoch), *justification.parent));
    block.signatures += justification.parent->signatures.size();
  }
  for (const consensus::Certificate& nullification : justification.nullifications) {
    HP_TRY(consensus::verify_certificate(checks.validators(*block.epoch), nullification));
    block.signatures += nullification.signatures.size();
  }
  return {};
}

Status check_finalization(const BlockChecks& checks, bool with_signatures, PendingBlock& block) {
  const auto& finalization = block.record.stored.finalization;
  if (!finalization) return {};
  if (finalization->kind != consensus::VoteKind::kFinalize || finalization->digest != block.hash ||
      finalization->view < block.record.stored.block.header.view) {
    return fail(Errc::kConflict, "the finalization stored with the block is not of this block");
  }
  HP_TRY(consensus::check_certificate_shape(checks.validators(*block.epoch), *finalization));
  if (!with_signatures) return {};
  block.signatures += finalization->signatures.size();
  return consensus::verify_certificate(checks.validators(*block.epoch), *finalization);
}

}  // namespace

void check_envelopes(const BlockChecks& checks, Height height, bool with_signatures,
                     PendingBatch& batch) {
  const auto stop = [&](Check check, std::string message, std::string expected = {},
                        std::string found = {}) {
    Finding finding;
    finding.check = check;
    finding.height = height;
    finding.offset = batch.offset;
    finding.subject = batch.subject;
    finding.message = std::move(message);
    finding.expected = std::move(expected);
    finding.found = std::move(found);
    batch.finding = std::move(finding);
  };
  const consensus::BatchHeader& header = batch.batch.header;
  const auto root = consensus::envelope_root(checks.chain.suite, batch.batch.envelopes);
  if (root != header.envelope_root) {
    return stop(Check::kBatch, "the envelopes are not those that the batch header names",
                header.envelope_root.hex(), root.hex());
  }
  const std::vector<ByteView> envelopes = batch.batch.envelopes.views();
  auto decoded = ledger::decode_batch(checks.chain, header.lane.value(), header.pos, envelopes);
  if (!decoded) return stop(Check::kEnvelope, decoded.error().message);

  std::uint64_t transfers = 0;
  for (const auto& envelope : decoded->envelopes) transfers += envelope.transfer_count;
  if (transfers != header.transfer_count) {
    return stop(Check::kBatch, "the batch header miscounts the transfers",
                std::to_string(transfers), std::to_string(header.transfer_count));
  }
  if (with_signatures) {
    for (std::size_t i = 0; i < decoded->envelopes.size(); ++i) {
      const ledger::DecodedEnvelope& envelope = decoded->envelopes[i];
      if (auto verified = ledger::verify_envelope_signatures(envelope, checks.verifier);
          !verified) {
        batch.subject += ", envelope " + std::to_string(i);
        return stop(Check::kClientSignature, verified.error().message);
      }
      batch.signatures += envelope.signatures.size();
    }
  }
  batch.decoded = std::make_shared<const ledger::DecodedBatch>(std::move(*decoded));
}

void check_certificates(const BlockChecks& checks, bool with_signatures, bool parent_known,
                        PendingBlock& block) {
  if (auto status = check_justification(checks, with_signatures, parent_known, block); !status) {
    block.justification = found_in(Check::kJustification, block, status.error());
    return;
  }
  if (auto status = check_finalization(checks, with_signatures, block); !status) {
    block.justification = found_in(Check::kFinalization, block, status.error());
    return;
  }
  if (!block.certificate) return;
  // What makes a height certified is always checked: it costs one quorum per height.
  if (auto status =
          consensus::verify_commit_certificate(checks.validators(*block.epoch), *block.certificate);
      !status) {
    block.uncertified = found_in(Check::kCommitCertificate, block, status.error());
    return;
  }
  block.signatures += block.certificate->signatures.size();
}

}  // namespace huangpu::tools
