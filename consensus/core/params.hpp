// What an engine is told once, when it is made.
//
// Everything votes depend on comes from the epoch record, which all validators share; EngineTuning
// only moves latency, traffic and memory of this one node and may differ between nodes (SPEC
// C-101).
#pragma once

#include <cstddef>
#include <cstdint>

#include "consensus/types/chain.hpp"
#include "consensus/types/epoch.hpp"

namespace huangpu::consensus {

// A reading of both clocks. `mono_ms` never goes back within one run; only `wall` is ever compared
// with other nodes.
struct Now {
  std::uint64_t mono_ms{0};
  TimestampMs wall{0};
};

// A point on the monotonic clock, milliseconds.
using MonoMs = std::uint64_t;

// Durations in milliseconds.
struct EngineTuning {
  std::uint32_t ack_interval_ms{
      2};  // acks of a busy node are bundled for this long; an idle node acks at once
  std::uint32_t spread_delay_ms{10};  // a certificate goes to peers that have not shown it by then
  std::uint32_t status_interval_ms{1'000};
  std::uint32_t fetch_delay_ms{5};    // named data usually arrives by itself within this time
  std::uint32_t fetch_retry_ms{500};  // then grows by half per attempt
  std::uint32_t fetch_retry_max_ms{4'000};
  std::uint32_t answer_bytes_max{64u << 10};  // answers to one peer's status per retry_ms
  std::uint32_t ahead_views_max{64};     // votes are kept up to this far above the current view
  std::uint32_t sync_blocks_max{256};    // fetched and not yet delivered blocks
  std::uint32_t tree_blocks_max{4'096};  // known blocks, delivered ones of late included
  std::uint32_t watch_ms{0};  // after a start, listens for so long before it votes; 0: not at all
  std::uint32_t resend_batches_max{8};  // batches of the own lane sent again to one peer at a time
};

struct EngineConfig {
  ChainContext chain;
  EpochRecord epoch;
  // The block the epoch starts from: genesis, or the boundary of the epoch before.
  Digest genesis_block;  // what the epoch's first block names as its parent
  TimestampMs genesis_time{0};
  Height genesis_height{0};
  // Place in epoch.set; any index beyond it makes an observer, which follows and signs nothing.
  ValidatorIndex self{0};
  EngineTuning tuning;
};

}  // namespace huangpu::consensus
