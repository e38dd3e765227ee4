#include "consensus/types/epoch.hpp"

#include <algorithm>

#include "consensus/types/batch.hpp"

namespace huangpu::consensus {

Status check(const ConsensusParameters& p) {
  const auto refuse = [](const char* why) {
    return fail(Errc::kInvalidArgument, std::string("consensus parameters: ") + why);
  };
  if (p.lag_blocks == 0 || p.lag_blocks > 1'024) return refuse("lag_blocks must be 1 to 1024");
  if (p.leader_window == 0 || p.leader_window > 64) return refuse("leader_window must be 1 to 64");
  if (p.proposal_ms == 0) return refuse("proposal_ms must be positive");
  if (p.certificate_ms <= p.proposal_ms) return refuse("certificate_ms must exceed proposal_ms");
  if (p.retry_ms == 0) return refuse("retry_ms must be positive");
  if (p.silence_ms <= std::max(p.certificate_ms, p.retry_ms)) {
    return refuse("silence_ms must exceed certificate_ms and retry_ms");
  }
  if (p.backoff_max == 0 || p.backoff_max > 1'000) return refuse("backoff_max must be 1 to 1000");
  if (p.batch_bytes_max > kBatchBytesMax) return refuse("batch_bytes_max must be at most 4 MiB");
  if (p.batch_bytes_max == 0 || p.batch_envelopes_max == 0 || p.batch_transfers_max == 0) {
    return refuse("the limits of a batch must be positive");
  }
  if (p.block_bytes_max < p.batch_bytes_max || p.block_transfers_max < p.batch_transfers_max) {
    return refuse("a block must have room for a batch of full size");
  }
  if (p.lane_batches_max == 0 || p.lane_batches_max > kLaneBatchesMax) {
    return refuse("lane_batches_max must be 1 to 4096");
  }
  if (p.lane_bytes_max < p.batch_bytes_max) {
    return refuse("a lane must have room for a batch of full size");
  }
  // Validators hold what a lane may have waiting, and little more: a block that orders more of a
  // lane than that could be valid and never be complete.
  if (p.block_batches_per_lane_max == 0 || p.block_batches_per_lane_max > p.lane_batches_max) {
    return refuse("block_batches_per_lane_max must be 1 to lane_batches_max");
  }
  return {};
}

}  // namespace huangpu::consensus
