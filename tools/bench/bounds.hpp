// What the machine could do at best, measured in the same run as the load
// (docs/operator/benchmarks.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "crypto/base/result.hpp"
#include "ledger/genesis/genesis.hpp"

namespace huangpu::tools {

// What one core does per second while all cores do the same, as they will under load.
struct Rate {
  double mean = 0;
  double best = 0;  // of slices of about a tenth of a second: the machine when left alone
};

// Of a measurement before the load and one after it: a machine shared with others drifts.
[[nodiscard]] Rate together(const Rate& before, const Rate& after);

// Signature checks, one second long. Starts `cores` threads.
[[nodiscard]] Result<Rate> verify_rate(crypto::SuiteId suite, unsigned cores);

// Bulk transfers by the executor alone, state tree and encoding included, nothing stored. Starts
// `cores` threads, each with a ledger of its own.
[[nodiscard]] Result<Rate> executor_rate(std::uint32_t accounts, std::uint64_t seed,
                                         unsigned cores);

// Microseconds of syncing 4 KiB writes to a file in `folder`, sorted ascending.
[[nodiscard]] Result<std::vector<double>> sync_micros(const std::filesystem::path& folder,
                                                      std::size_t count);

}  // namespace huangpu::tools
