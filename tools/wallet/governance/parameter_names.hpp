// Assignments to parameters on a command line, by their names in the genesis document.
#pragma once

#include <string>

#include "crypto/base/result.hpp"
#include "ledger/types/settings.hpp"

namespace huangpu::tools {

// "consensus.view_window=2". kInvalidArgument for an unknown name or what is no number; whether the
// value is in its range is judged with the whole change.
[[nodiscard]] Status set_parameter(ledger::EpochSettings& settings, const std::string& assignment);

}  // namespace huangpu::tools
