// What `huangpu-audit replay` prints: a page for people, or one JSON document (SPEC A-5).
#pragma once

#include <cstdint>
#include <string>

#include "ledger/genesis/genesis.hpp"
#include "tools/audit/replay.hpp"

namespace huangpu::tools {

struct ReplayFrame {
  std::string source;              // "archive chain.hpa"
  bool genesis_was_given = false;  // by the auditor, not only by the source
  Height from{1};
  std::uint64_t milliseconds = 0;
};

[[nodiscard]] std::string report_text(const ReplayReport& report, const ledger::Genesis& genesis,
                                      const ReplayFrame& frame);
[[nodiscard]] std::string report_json(const ReplayReport& report, const ledger::Genesis& genesis,
                                      const ReplayFrame& frame);

// For a source that could not be opened, or whose genesis is refused.
[[nodiscard]] std::string finding_text(const Finding& finding);
[[nodiscard]] std::string finding_json(const Finding& finding);

}  // namespace huangpu::tools
