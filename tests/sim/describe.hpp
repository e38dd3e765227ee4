// Messages in words, for traces.
#pragma once

#include <optional>
#include <string>

#include "consensus/types/message.hpp"

namespace huangpu::sim {

[[nodiscard]] std::string describe(const consensus::Message& message,
                                   std::optional<ValidatorIndex> to);

}  // namespace huangpu::sim
