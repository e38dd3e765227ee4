// The rules that bind a block to the chain before it, without signatures (SPEC A-10..A-17).
//
// ChainRules holds the position in the chain: parent, lane tips, time, view. It moves on with each
// block that passes. Pure; one thread.
#pragma once

#include <memory>
#include <vector>

#include "consensus/codec/block_record.hpp"
#include "consensus/light/batch_order.hpp"
#include "consensus/types/chain.hpp"
#include "consensus/types/epoch.hpp"
#include "tools/audit/finding.hpp"
#include "tools/audit/leader_order.hpp"

namespace huangpu::tools {

// A block that stands where it must.
struct CheckedBlock {
  crypto::Digest hash;
  std::vector<consensus::LaneTip> before;    // lane tips before it
  std::vector<consensus::BatchPlace> order;  // of its batches in execution
};

class ChainRules {
 public:
  ChainRules(consensus::ChainContext chain, std::shared_ptr<const consensus::EpochRecord> epoch,
             TimestampMs genesis_time);

  // After a boundary that was accepted: the record it names. False if it names another.
  [[nodiscard]] bool enter(std::shared_ptr<const consensus::EpochRecord> next);
  // The last accepted block is a boundary and nothing was entered yet.
  [[nodiscard]] bool at_boundary() const { return !next_epoch_hash_.is_zero(); }

  // The next block of the chain, or the first rule it breaks. On success the position moves past
  // it.
  [[nodiscard]] Checked<CheckedBlock> accept(const consensus::BlockRecord& record);

  // Batch number `index` of an accepted block's order: that it is the one the links name.
  // `previous` is the digest of the batch before it in its lane.
  [[nodiscard]] Checked<crypto::Digest> check_batch(Height height,
                                                    const consensus::BatchHeader& header,
                                                    const consensus::BatchPlace& place,
                                                    const crypto::Digest& previous) const;

  [[nodiscard]] const std::shared_ptr<const consensus::EpochRecord>& epoch() const {
    return epoch_;
  }
  [[nodiscard]] const consensus::ChainContext& chain() const { return chain_; }

 private:
  [[nodiscard]] Checked<void> check_place(const consensus::BlockHeader& header) const;
  [[nodiscard]] Checked<void> check_epoch(const consensus::Block& block) const;
  [[nodiscard]] Checked<void> check_view(const consensus::BlockRecord& record) const;
  [[nodiscard]] Checked<void> check_cut(const consensus::BlockRecord& record) const;

  consensus::ChainContext chain_;
  std::shared_ptr<const consensus::EpochRecord> epoch_;
  crypto::Digest epoch_hash_;
  crypto::Digest next_epoch_hash_;  // of the boundary just accepted
  Height start_{0};                 // of the epoch
  LeaderOrder leaders_;

  Height height_{0};
  crypto::Digest hash_;
  View view_{0};
  TimestampMs time_{0};
  std::vector<consensus::LaneTip> tips_;
};

}  // namespace huangpu::tools
