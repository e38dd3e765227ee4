#include "ledger/types/role.hpp"

#include <array>
#include <utility>

namespace huangpu::ledger {
namespace {

constexpr std::array<std::pair<Role, std::string_view>, 6> kRoles = {{
    {Role::kParticipant, "participant"},
    {Role::kIssuer, "issuer"},
    {Role::kOperator, "operator"},
    {Role::kAuditor, "auditor"},
    {Role::kSupervisor, "supervisor"},
    {Role::kGovernor, "governor"},
}};

}  // namespace

std::string_view role_name(Role role) noexcept {
  for (const auto& [known, name] : kRoles) {
    if (known == role) return name;
  }
  return "unknown";
}

std::optional<Role> parse_role(std::string_view name) noexcept {
  for (const auto& [role, known] : kRoles) {
    if (known == name) return role;
  }
  return std::nullopt;
}

std::optional<Role> role_from_number(std::uint64_t number) noexcept {
  for (const auto& [role, name] : kRoles) {
    if (static_cast<std::uint64_t>(role) == number) return role;
  }
  return std::nullopt;
}

}  // namespace huangpu::ledger
