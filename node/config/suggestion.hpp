// "Did you mean ...": the nearest of a set of names (SPEC N-233).
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace huangpu::node {

// The name with the smallest edit distance, if that is at most a third of the length of what was
// written.
[[nodiscard]] std::optional<std::string> nearest_name(
    std::string_view written, const std::set<std::string, std::less<>>& names);

}  // namespace huangpu::node
