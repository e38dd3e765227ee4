#include "tools/wallet/governance/parameter_names.hpp"

#include <limits>

#include "ledger/types/parameters.hpp"
#include "tools/cli/arguments.hpp"

namespace huangpu::tools {

Status set_parameter(ledger::EpochSettings& settings, const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  const std::string wanted = assignment.substr(0, equals);
  const auto number =
      parse_number(equals == std::string::npos ? "" : assignment.substr(equals + 1));
  if (!number || *number > std::numeric_limits<std::uint32_t>::max()) {
    return fail(Errc::kInvalidArgument,
                "--set \"" + assignment + "\": expected NAME=NUMBER, as consensus.view_window=2");
  }
  bool found = false;
  std::string names;
  ledger::visit_parameters(settings, [&](const char* name, std::uint32_t& value) {
    names += (names.empty() ? "" : ", ") + std::string(name);
    if (wanted != name) return;
    value = static_cast<std::uint32_t>(*number);
    found = true;
  });
  if (found) return {};
  return fail(Errc::kInvalidArgument,
              "--set: there is no parameter \"" + wanted + "\"; there are " + names);
}

}  // namespace huangpu::tools
