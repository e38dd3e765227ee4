#include "node/config/units.hpp"

#include <array>
#include <charconv>
#include <span>

namespace huangpu::node {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 4> kDurationUnits{
    {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}}};
constexpr std::array<Unit, 5> kSizeUnits{
    {{"B", 1}, {"KiB", 1ull << 10}, {"MiB", 1ull << 20}, {"GiB", 1ull << 30}, {"TiB", 1ull << 40}}};

constexpr std::uint64_t kYearMs = 366ull * 24 * 3'600'000;
constexpr std::uint64_t kSizeMax = 1ull << 60;

Result<std::uint64_t> parse(std::string_view text, std::span<const Unit> units, std::uint64_t max,
                            std::string_view example) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit_name(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (error == std::errc::result_out_of_range) return fail(Errc::kOutOfRange, "is too large");
  for (const auto& unit : units) {
    if (error != std::errc{} || unit_name != unit.name) continue;
    if (number > max / unit.factor) return fail(Errc::kOutOfRange, "is too large");
    return number * unit.factor;
  }
  return fail(Errc::kMalformed,
              "must be a whole number with a unit, such as \"" + std::string(example) + "\"");
}

std::string print(std::uint64_t value, std::span<const Unit> units) {
  const Unit* best = &units.front();
  for (const auto& unit : units) {
    if (value != 0 && value % unit.factor == 0) best = &unit;
  }
  return std::to_string(value / best->factor) + std::string(best->name);
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  HP_TRY_ASSIGN(const auto ms, parse(text, kDurationUnits, kYearMs, "250ms"));
  return std::chrono::milliseconds(static_cast<std::int64_t>(ms));
}

Result<std::uint64_t> parse_size(std::string_view text) {
  return parse(text, kSizeUnits, kSizeMax, "64MiB");
}

std::string duration_text(std::chrono::milliseconds duration) {
  return print(static_cast<std::uint64_t>(duration.count()), kDurationUnits);
}

std::string size_text(std::uint64_t bytes) { return print(bytes, kSizeUnits); }

}  // namespace huangpu::node
