// The options that every acting command has.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/wallet/acting.hpp"
#include "tools/wallet/commands.hpp"

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

inline void add_build_options(CLI::App& command, BuildOptions& options) {
  command.add_option("--out", options.out, "New transaction file")->required();
  command
      .add_option("--signer", options.signers,
                  "Keys that are to sign, comma-separated: names in the wallet, files or ids; "
                  "default: the key that would sign here")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--any", options.any, "How many of them are enough; default: all")
      ->check(CLI::Range(std::size_t{1}, ledger::kEnvelopeSignaturesMax));
  command.add_option("--open", options.open,
                     "When it may be sent first: 2026-11-24T09:00:00Z, or +8h, +30m, +2d from "
                     "now; default: now");
  command.add_option("--close", options.close,
                     "When it may be sent last, likewise; default: a day after the first");
  command
      .add_option("--every", options.every_seconds,
                  "Seconds between the beginnings of the windows in which it may be sent; "
                  "default: one after the other")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{366 * 86'400}));
  command.add_flag("--without-genesis", options.without_genesis,
                   "Do not put the genesis document into the file; signers then need their own");
}

inline void add_act_options(CLI::App& command, ActOptions& options, Verbs verbs) {
  command.add_option(
      "--reference", options.reference,
      "Your own reference, at most 35 characters; the same one on the same date acts "
      "once. Made up when not given");
  command.add_option("--date", options.date,
                     "Date of the reference, YYYYMMDD; default: today, UTC");
  if (verbs == Verbs::kBuild) {
    add_build_options(command, options.build.emplace());
    return;
  }
  command.add_flag("--dry-run", options.dry_run, "Show what would be signed and send nothing");
  command.add_flag("--no-wait", options.no_wait, "Return once a node has admitted it");
}

}  // namespace huangpu::tools
