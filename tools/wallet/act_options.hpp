// The options that every acting command has.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/wallet/acting.hpp"

namespace huangpu::tools {

// For options of 64 bits: the parser itself would take "-1" for a very large number.
inline CLI::Validator whole_number() {
  return CLI::Validator(
      [](const std::string& text) {
        const auto number = parse_number(text);
        return number ? std::string() : number.error().message;
      },
      "NUMBER");
}

inline void add_act_options(CLI::App& command, ActOptions& options) {
  command.add_option(
      "--reference", options.reference,
      "Your own reference, at most 35 characters; the same one on the same date acts "
      "once. Made up when not given");
  command.add_option("--date", options.date,
                     "Date of the reference, YYYYMMDD; default: today, UTC");
  command.add_flag("--dry-run", options.dry_run, "Show what would be signed and send nothing");
  command.add_flag("--no-wait", options.no_wait, "Return once a node has admitted it");
}

}  // namespace huangpu::tools
