// How far the network is, as told by peers of whom some may lie (SPEC N-48).
//
// Pure; any thread.
#pragma once

#include <utility>
#include <vector>

#include "consensus/types/validator.hpp"
#include "crypto/base/ids.hpp"

namespace huangpu::node {

// The greatest height that validators say of whom at least one is honest, but not less than the own
// one. What fewer claim moves nothing: otherwise one liar could make every node believe that it is
// far behind.
[[nodiscard]] Height network_height(const consensus::Quorum& quorum, std::size_t validators,
                                    Height own,
                                    std::vector<std::pair<ValidatorIndex, Height>> claims);

}  // namespace huangpu::node
