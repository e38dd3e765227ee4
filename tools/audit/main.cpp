// huangpu-audit: checks a chain without trusting whoever runs it (docs/auditor/guide.md).
#include <CLI/CLI.hpp>
#include <iostream>
#include <string>

#include "crypto/base/exit_code.hpp"
#include "tools/audit/commands.hpp"
#include "tools/cli/completion.hpp"

namespace huangpu::tools {
namespace {

constexpr const char* kExitCodes =
    "Exit codes: 0 clean; 2 usage; 3 genesis document refused; 4 wrong chain; 5 data damaged or\n"
    "missing; 7 something contradicts the rules or a certificate; 8 cannot be read;\n"
    "11 no permission; 12 format of another version. For verify-receipt: 23 does not hold.";

void add_output(CLI::App& command, std::string& output) {
  command.add_option("--output", output, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
}

int run(int argc, char** argv) {
  CLI::App app{"Checks a Huangpu chain without trusting whoever runs it.", "huangpu-audit"};
  app.set_version_flag("--version", std::string("huangpu-audit ") + HP_VERSION);
  app.require_subcommand(1);
  app.footer(kExitCodes);
  std::string output = "text";

  CLI::App* replay = app.add_subcommand(
      "replay", "Execute a chain again from genesis and check every signature, root and supply");
  ReplayArguments replay_arguments;
  CLI::Option* archive = replay->add_option("--archive", replay_arguments.archive,
                                            "Archive made by `huangpu-node export`");
  replay
      ->add_option("--data", replay_arguments.data,
                   "A node's home or data folder; opened read-only, also while the node runs")
      ->excludes(archive);
  replay->add_option("--genesis", replay_arguments.genesis,
                     "Genesis document from a source you trust; the chain must start from it");
  replay
      ->add_option("--from-height", replay_arguments.from_height,
                   "Check signatures from this height on; everything is executed in any case")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  replay->add_option("--to-height", replay_arguments.to_height, "Stop after this height")
      ->check(CLI::PositiveNumber);
  replay
      ->add_option("--threads", replay_arguments.threads,
                   "Threads that check signatures; default: one per core")
      ->check(CLI::Range(1U, 256U));
  add_output(*replay, output);
  replay->footer(kExitCodes);

  CLI::App* receipt =
      app.add_subcommand("verify-receipt", "Check a saved receipt with nothing but the genesis");
  ReceiptArguments receipt_arguments;
  receipt->add_option("file", receipt_arguments.receipt, "Receipt saved by `huangpu receipt save`")
      ->required();
  receipt->add_option("--genesis", receipt_arguments.genesis, "Genesis document that you trust")
      ->required();
  add_output(*receipt, output);

  CLI::App* completion = app.add_subcommand("completion", "Print a shell completion script");
  std::string shell = "bash";
  completion->add_option("shell", shell, "bash, zsh or fish")->capture_default_str();

  try {
    app.parse(argc, argv);
    if (*replay && replay_arguments.archive.empty() && replay_arguments.data.empty()) {
      throw CLI::RequiredError("--archive or --data");
    }
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  const OutputFormat format = output == "json" ? OutputFormat::kJson : OutputFormat::kText;
  if (*completion) {
    const auto script = completion_script(app, shell);
    if (!script) {
      std::cerr << "huangpu-audit: " << script.error().message << "\n";
      return exit_code(script.error().code);
    }
    std::cout << *script;
    return kExitOk;
  }
  if (*receipt) {
    receipt_arguments.format = format;
    return run_verify_receipt(receipt_arguments);
  }
  replay_arguments.format = format;
  return run_replay(replay_arguments);
}

}  // namespace
}  // namespace huangpu::tools

int main(int argc, char** argv) { return huangpu::tools::run(argc, argv); }
