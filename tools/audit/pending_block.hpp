// A block between reading and execution, and the checks that workers make on it meanwhile (SPEC
// A-18..A-24).
//
// Filled by the reading thread; then each job writes its own fields only, and the executing thread
// reads them after wait().
#pragma once

#include <latch>
#include <memory>
#include <optional>
#include <vector>

#include "consensus/codec/block_record.hpp"
#include "consensus/codec/verify.hpp"
#include "consensus/types/batch.hpp"
#include "consensus/types/commit.hpp"
#include "ledger/codec/batch.hpp"
#include "tools/audit/finding.hpp"

namespace huangpu::tools {

struct PendingBatch {
  consensus::Batch batch;
  std::string subject;
  std::optional<std::uint64_t> offset;

  // By the job:
  std::shared_ptr<const ledger::DecodedBatch> decoded;
  std::uint64_t signatures = 0;
  std::optional<Finding> finding;
};

struct PendingBlock {
  Height height{0};
  std::optional<std::uint64_t> offset;
  std::shared_ptr<const consensus::EpochRecord> epoch;  // that it belongs to
  consensus::BlockRecord record;
  crypto::Digest hash;
  std::vector<PendingBatch> batches;  // in execution order
  std::optional<consensus::CommitMessage> commit;
  std::optional<consensus::CommitCertificate> certificate;
  std::optional<std::uint64_t> commit_offset;
  std::optional<std::uint64_t> certificate_offset;
  std::uint64_t evidence = 0;
  std::uint64_t bytes = 0;
  // Of the reading thread, which stops at it. What jobs find on this block comes first.
  std::optional<Finding> reading;

  // By the job that checks the signatures of validators:
  std::optional<Finding> justification;
  std::optional<Finding> uncertified;
  std::uint64_t signatures = 0;

  // Jobs that are not done yet.
  std::optional<std::latch> jobs;
  void wait() {
    if (jobs) jobs->wait();
  }
};

// What the jobs work with; outlives them.
struct BlockChecks {
  consensus::ChainContext context;
  ledger::ChainInfo chain;
  const crypto::Verifier& verifier;

  [[nodiscard]] consensus::VerifyContext validators(const consensus::EpochRecord& epoch) const {
    return {context, epoch.epoch, epoch.set, verifier};
  }
};

// Content and counts of the batch, every envelope, and the clients' signatures if
// `with_signatures`.
void check_envelopes(const BlockChecks& checks, Height height, bool with_signatures,
                     PendingBatch& batch);

// Justification, finalization and commit certificate; shapes always, signatures if
// `with_signatures`. A parent certificate that was checked with the block before is not checked
// again.
void check_certificates(const BlockChecks& checks, bool with_signatures, bool parent_known,
                        PendingBlock& block);

}  // namespace huangpu::tools
