// Parameters by the names they have in the genesis document: "consensus.view_window" and so on.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "crypto/base/result.hpp"
#include "ledger/types/settings.hpp"

namespace huangpu::tools {

// All of them, in the order of the document.
[[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> list_parameters(
    const ledger::EpochSettings& settings);

// "consensus.view_window=2". kInvalidArgument for an unknown name or what is no number; whether the
// value is in its range is judged with the whole change.
[[nodiscard]] Status set_parameter(ledger::EpochSettings& settings, const std::string& assignment);

}  // namespace huangpu::tools
