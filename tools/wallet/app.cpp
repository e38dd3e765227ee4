// The root of the command tree and the options all commands share.
#include <CLI/CLI.hpp>
#include <iostream>

#include "tools/cli/completion.hpp"
#include "tools/wallet/commands.hpp"

namespace huangpu::tools {
namespace {

constexpr const char* kFooter =
    "Amounts are written with the asset's decimals: \"1250.00 CNY\". Accounts are NUMBER (your "
    "own),\n"
    "CODE:NUMBER, an address, or an account id.\n\n"
    "Exit codes: 0 done, 1 unexpected, 2 usage, 3 configuration, 4 wrong chain, 5 damaged file,\n"
    "7 a node could not prove what it said, 8 files, 9 unreachable, 10 not ready, 11 denied,\n"
    "12 format of another version, 13 already running, 20 refused, 21 not final in time,\n"
    "22 batch partly settled, 23 proof does not hold, 24 not found, 130 interrupted.";

void add_completion_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("completion", "Print the shell's completion script");
  auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([&app, &invocation, shell] {
    invocation.action = [&app, shell](Session&) -> Result<int> {
      HP_TRY_ASSIGN(const std::string script, completion_script(app, *shell));
      std::cout << script;
      return 0;
    };
  });
}

}  // namespace

std::unique_ptr<CLI::App> make_app(Invocation& invocation) {
  auto app = std::make_unique<CLI::App>("Pays, holds and proves on a Huangpu network.", "huangpu");
  GlobalOptions& options = invocation.options;
  app->set_version_flag("--version", std::string("huangpu ") + HP_VERSION);
  app->require_subcommand(1);
  app->fallthrough();
  app->add_option("--wallet", options.wallet,
                  "The wallet's folder; default: $HUANGPU_WALLET, else ~/.huangpu");
  app->add_option_function<std::string>(
         "--output",
         [&options](const std::string& text) {
           options.output = text == "json" ? OutputFormat::kJson : OutputFormat::kText;
         },
         "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  app->add_option("--timeout", options.timeout_seconds,
                  "Seconds to wait for nodes and for finality")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{86'400}))
      ->capture_default_str();
  app->add_option(
         "--key", options.keys,
         "Key that signs, a name in the wallet's keys folder or a file; repeat it for more")
      ->allow_extra_args(false);
  app->add_option("--passphrase-file", options.passphrase_file,
                  "Private file that holds the passphrase");
  app->add_option("--passphrase-fd", options.passphrase_descriptor,
                  "Open descriptor from which the passphrase is read")
      ->check(CLI::Range(0, 1'023));
  app->add_option("--pin-file", options.pin_file,
                  "Private file that holds the PIN of a token, for keys that are in one");
  app->add_option("--pin-fd", options.pin_descriptor, "Open descriptor from which the PIN is read")
      ->check(CLI::Range(0, 1'023));

  add_key_commands(*app, invocation, Verbs::kAct);
  add_certificate_commands(*app, invocation, Verbs::kAct);
  add_account_commands(*app, invocation, Verbs::kAct);
  add_governance_commands(*app, invocation, Verbs::kAct);
  add_asset_commands(*app, invocation);
  add_money_commands(*app, invocation, Verbs::kAct);
  add_payment_commands(*app, invocation, Verbs::kAct);
  add_settle_commands(*app, invocation, Verbs::kAct);
  add_agreed_commands(*app, invocation, Verbs::kAct);
  add_batch_command(*app, invocation);
  add_transaction_commands(*app, invocation);
  add_receipt_commands(*app, invocation);
  add_events_command(*app, invocation);
  add_status_command(*app, invocation);
  add_completion_command(*app, invocation);
  // Last: commands would inherit it.
  app->footer(kFooter);
  return app;
}

}  // namespace huangpu::tools
