#include "ledger/types/reserve.hpp"

#include <array>

namespace huangpu::ledger {
namespace {

constexpr std::array<std::string_view, 3> kPosters = {"debtor", "beneficiary", "third"};

}  // namespace

std::string_view poster_name(Poster poster) noexcept {
  const auto place = static_cast<std::size_t>(poster) - 1;
  return place < kPosters.size() ? kPosters[place] : "unknown";
}

std::optional<Poster> poster_from_number(std::uint64_t number) noexcept {
  if (number < 1 || number > kPosters.size()) return std::nullopt;
  return static_cast<Poster>(number);
}

}  // namespace huangpu::ledger
