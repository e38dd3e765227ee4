// Reserved funds and settlements that several parties agree on, as a desk reads them (SPEC W-93).
//
// These answers carry no proof: a node tells them. What settled is proven by `tx status` and
// `balance`.
#pragma once

#include <string>

#include "tools/wallet/session.hpp"

namespace huangpu::tools {

// What is reserved of an account.
[[nodiscard]] Result<int> show_reserves(Session& session, const std::string& account);
[[nodiscard]] Result<int> show_reserve(Session& session, const std::string& id);
// The open settlements of an account.
[[nodiscard]] Result<int> show_settlements(Session& session, const std::string& account);
[[nodiscard]] Result<int> show_settlement(Session& session, const std::string& id);

}  // namespace huangpu::tools
