// The epoch record: validator set, consensus parameters and protocol revision, constant within one
// epoch.
//
// Everything that votes depend on is in here and nothing of it is read from a local configuration.
// epoch_hash covers set, parameters and revision (SPEC C-12), so records of equal content hash
// alike in any epoch.
#pragma once

#include <cstdint>

#include "consensus/types/validator.hpp"

namespace huangpu::consensus {

// Durations are milliseconds. Defaults suit one data centre.
struct ConsensusParameters {
  std::uint32_t lag_blocks{8};     // D: how far ordering may run ahead of certified execution, >= 1
  std::uint32_t leader_window{1};  // W: consecutive views of one leader, >= 1
  std::uint32_t clock_drift_ms{1'000};
  std::uint32_t proposal_ms{100};      // pause of a leader before its view is given up
  std::uint32_t certificate_ms{250};   // > proposal_ms
  std::uint32_t retry_ms{250};         // pause before own votes are sent again
  std::uint32_t silence_ms{2'000};     // > certificate_ms and retry_ms
  std::uint32_t backoff_max{32};       // cap of the factor of C-107, >= 1
  std::uint32_t block_interval_ms{2};  // least time between proposals under load
  std::uint64_t heartbeat_ms{0};       // 0: an idle chain makes no blocks at all
  std::uint32_t batch_bytes_max{4u << 20};
  std::uint32_t batch_envelopes_max{8'192};
  std::uint32_t batch_transfers_max{65'536};
  std::uint32_t block_bytes_max{16u << 20};
  std::uint32_t block_transfers_max{262'144};
  std::uint32_t block_batches_per_lane_max{16};
  std::uint32_t lane_batches_max{64};       // unordered batches a lane may hold
  std::uint32_t lane_bytes_max{64u << 20};  // unordered bytes a lane may hold
  std::uint64_t retention_blocks{0};        // 0: validators keep every block

  friend bool operator==(const ConsensusParameters&, const ConsensusParameters&) = default;
};

inline constexpr std::uint32_t kLaneBatchesMax = 4'096;

// Refuses parameters that contradict each other, naming the first.
[[nodiscard]] Status check(const ConsensusParameters& parameters);

struct EpochRecord {
  Epoch epoch{kFirstEpoch};
  ValidatorSet set;
  ConsensusParameters parameters;
  std::uint32_t revision{1};  // protocol revision that executes this epoch
  Digest settings;            // of everything else the ledger runs under: opaque here

  friend bool operator==(const EpochRecord&, const EpochRecord&) = default;
};

}  // namespace huangpu::consensus
