#include "ledger/types/payment.hpp"

#include <array>

namespace huangpu::ledger {
namespace {

constexpr std::array<std::string_view, 4> kPriorities = {"system", "highly-urgent", "urgent",
                                                         "normal"};

}  // namespace

std::string_view priority_name(PriorityClass priority) noexcept {
  const auto number = static_cast<std::size_t>(priority);
  return number < kPriorities.size() ? kPriorities[number] : "unknown";
}

std::optional<PriorityClass> parse_priority(std::string_view name) noexcept {
  for (std::size_t number = 0; number < kPriorities.size(); ++number) {
    if (kPriorities[number] == name) return static_cast<PriorityClass>(number);
  }
  return std::nullopt;
}

std::optional<PriorityClass> priority_from_number(std::uint64_t number) noexcept {
  if (number >= kPriorities.size()) return std::nullopt;
  return static_cast<PriorityClass>(number);
}

}  // namespace huangpu::ledger
