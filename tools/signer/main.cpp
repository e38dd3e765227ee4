// huangpu-signer: holds a validator's consensus key apart from the validator
// (docs/operator/keys.md).
#include <absl/synchronization/mutex.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "crypto/base/exit_code.hpp"
#include "node/telemetry/log.hpp"
#include "tools/signer/signer_home.hpp"
#include "tools/signer/signer_run.hpp"

namespace huangpu::tools {
namespace {

using nlohmann::ordered_json;

int report(const Error& error) {
  std::cerr << "huangpu-signer: " << error.message << "\n";
  return exit_code(error.code);
}

void print_card(const SignerCard& card, bool json) {
  if (json) {
    const ordered_json out = {{"public_key", card.key.to_string()}, {"signer_pin", card.pin.hex()}};
    std::cout << out.dump(2) << "\n";
  } else {
    std::cout << "public key  " << card.key.to_string() << "\nsigner pin  " << card.pin.hex()
              << "\n";
  }
}

Status print(const Result<SignerCard>& card, bool json) {
  if (!card) return tl::unexpected<Error>(card.error());
  print_card(*card, json);
  return {};
}

void print_status(const SignerStatus& status, bool json) {
  const std::string listen = to_text(status.config.listen);
  if (json) {
    ordered_json out = {{"listen", listen},
                        {"answers", status.answers},
                        {"signer_pin", status.pin.hex()},
                        {"certificate_end_ms", status.certificate_end.value()},
                        {"certificate_days_left", status.days_left},
                        {"keys", ordered_json::array()},
                        {"clients", ordered_json::array()}};
    for (const SignerKeyStatus& key : status.keys) {
      out["keys"].push_back({{"public_key", key.key.to_string()},
                             {"place", key.in_token ? "token" : "file"},
                             {"file", key.entry.file.string()},
                             {"record", key.has_record}});
    }
    for (const SignerClientEntry& client : status.config.clients)
      out["clients"].push_back({{"name", client.name}, {"pin", client.pin.hex()}});
    std::cout << out.dump(2) << "\n";
    return;
  }
  std::cout << "listens      " << listen << (status.answers ? "" : ": nobody answers there")
            << "\nsigner pin   " << status.pin.hex() << "\ncertificate  "
            << (status.days_left < 0 ? std::string("has ended; it is used all the same")
                                     : std::to_string(status.days_left) + " days left")
            << "\n";
  for (const SignerKeyStatus& key : status.keys) {
    std::cout << "key          " << key.key.to_string() << "  "
              << (key.in_token ? "in the token of " : "in ") << key.entry.file.string()
              << (key.has_record ? "" : "  WITHOUT A RECORD") << "\n";
  }
  for (const SignerClientEntry& client : status.config.clients)
    std::cout << "node         " << client.name << "  " << client.pin.hex() << "\n";
}

// Exit code 0: it answers and every key has its record; 10 otherwise.
int show_status(const std::filesystem::path& home, bool json) {
  const auto status = signer_status(home);
  if (!status) return report(status.error());
  print_status(*status, json);
  bool ready = status->answers;
  for (const SignerKeyStatus& key : status->keys) ready = ready && key.has_record;
  return ready ? kExitOk : kExitNotReady;
}

int run(int argc, char** argv) {
  CLI::App app{
      "Holds a validator's consensus key and never signs two statements that exclude each "
      "other.",
      "huangpu-signer"};
  app.set_version_flag("--version", std::string("huangpu-signer ") + HP_VERSION);
  app.require_subcommand(1);
  NewSigner plan;
  std::filesystem::path home = "huangpu-signer-home";
  std::string output = "text";
  CLI::App* make = app.add_subcommand("init", "Make a signer's home for one key of one chain");
  make->add_option("--home", plan.home, "The folder to make")->required();
  auto* genesis = make->add_option("--genesis", plan.genesis, "Genesis document of the chain");
  make->add_option("--chain", plan.chain, "Id of the chain, instead of its document")
      ->excludes(genesis);
  make->add_option("--key", plan.key,
                   "Key file or token key file of the consensus key; default: a new one is made");
  make->add_option("--passphrase-file", plan.passphrase_file,
                   "File with its passphrase or PIN; default: asked for at each start");
  make->add_option("--client-pin", plan.client_pins,
                   "Pin of a node that may ask; repeat for several");
  make->add_option("--listen", plan.listen, "host:port")->capture_default_str();
  make->add_option("--host", plan.hosts, "Name or address for the certificate; repeat");
  CLI::App* add = app.add_subcommand(
      "add-key", "Take in one more key, such as the next one of a validator; restart afterwards");
  std::filesystem::path key_file;
  std::filesystem::path passphrase_file;
  add->add_option("--home", home, "The signer's home")->required();
  add->add_option("--key", key_file, "Key file or token key file; default: a new one is made");
  add->add_option("--passphrase-file", passphrase_file,
                  "File with its passphrase or PIN; default: asked for at each start");
  CLI::App* status = app.add_subcommand(
      "status", "What this home holds, how long its certificate lasts, and whether it answers");
  status->add_option("--home", home, "The signer's home")->required();
  for (CLI::App* command : {make, add, status}) {
    command->add_option("--output", output, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
  }
  CLI::App* start = app.add_subcommand("start", "Serve until SIGTERM");
  start->add_option("--home", home, "The signer's home")->required();
  app.footer(kExitCodesHelp);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  if (status->parsed()) return show_status(home, output == "json");
  Status done;
  if (make->parsed()) {
    if (plan.genesis.empty() && plan.chain.empty())
      return report({Errc::kInvalidArgument, "name the chain with --genesis or --chain"});
    done = print(create_signer(plan), output == "json");
  } else if (add->parsed()) {
    done = print(add_key(home, key_file, passphrase_file), output == "json");
  } else {
    // As in the node: Debian's Abseil looks for lock cycles under gRPC's locks.
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    done = run_signer(home);
    node::close_log();
  }
  return done ? kExitOk : report(done.error());
}

}  // namespace
}  // namespace huangpu::tools

int main(int argc, char** argv) { return huangpu::tools::run(argc, argv); }
