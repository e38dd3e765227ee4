// What the machine could do at best, measured in the same run as the load
// (docs/operator/benchmarks.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "crypto/base/result.hpp"
#include "ledger/genesis/genesis.hpp"

namespace huangpu::tools {

// Signature checks per second of one core: the best of five slices of a tenth of a second.
[[nodiscard]] double verify_rate(crypto::SuiteId suite);

// Bulk transfers per second of one core by the executor alone, state tree and encoding included,
// nothing stored.
[[nodiscard]] Result<double> executor_rate(std::uint32_t accounts, std::uint64_t seed);

// Microseconds of syncing 4 KiB writes to a file in `folder`, sorted ascending.
[[nodiscard]] Result<std::vector<double>> sync_micros(const std::filesystem::path& folder,
                                                      std::size_t count);

}  // namespace huangpu::tools
