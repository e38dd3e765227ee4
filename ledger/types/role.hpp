// Roles of participants and of their registered API certificates, as genesis lists them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace huangpu::ledger {

// Numbers are those of the schema (huangpu.v1.ParticipantRole) and of the state.
enum class Role : std::uint8_t {
  kParticipant = 1,  // holds accounts and moves its own funds
  kIssuer = 2,       // may issue and redeem the assets that name it; holds accounts too
  kOperator = 3,     // runs the system; holds nothing
  kAuditor = 4,      // reads everything
  kSupervisor = 5,   // reads everything
  kGovernor = 6,     // proposes and decides changes of validators, settings and revision
};

// "participant", "issuer", "operator", "auditor", "supervisor", "governor".
[[nodiscard]] std::string_view role_name(Role role) noexcept;
[[nodiscard]] std::optional<Role> parse_role(std::string_view name) noexcept;
[[nodiscard]] std::optional<Role> role_from_number(std::uint64_t number) noexcept;

// A set of roles; bit n stands for role number n.
class RoleSet {
 public:
  constexpr RoleSet() = default;
  [[nodiscard]] static constexpr RoleSet from_bits(std::uint32_t bits) {
    RoleSet set;
    set.bits_ = bits;
    return set;
  }
  // Every role this build knows.
  static constexpr std::uint32_t kKnownBits = 0b1111110;

  constexpr RoleSet& add(Role role) {
    bits_ |= 1U << static_cast<std::uint8_t>(role);
    return *this;
  }
  [[nodiscard]] constexpr bool has(Role role) const {
    return ((bits_ >> static_cast<std::uint8_t>(role)) & 1U) != 0;
  }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] constexpr std::uint32_t bits() const { return bits_; }

  friend constexpr bool operator==(RoleSet, RoleSet) = default;

 private:
  std::uint32_t bits_ = 0;
};

}  // namespace huangpu::ledger
