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

namespace huangpu::tools {
namespace {

int report(const Error& error) {
  std::cerr << "huangpu-signer: " << error.message << "\n";
  return exit_code(error.code);
}

Status init(const NewSigner& plan, bool json) {
  HP_TRY_ASSIGN(const SignerCard card, create_signer(plan));
  if (json) {
    const nlohmann::ordered_json out = {{"public_key", card.key.to_string()},
                                        {"signer_pin", card.pin.hex()}};
    std::cout << out.dump(2) << "\n";
  } else {
    std::cout << "public key  " << card.key.to_string() << "\nsigner pin  " << card.pin.hex()
              << "\n";
  }
  return {};
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
  make->add_option("--key", plan.key, "Key file or token key file of the consensus key")
      ->required();
  make->add_option("--passphrase-file", plan.passphrase_file,
                   "File with its passphrase or PIN; default: asked for at each start");
  make->add_option("--client-pin", plan.client_pins,
                   "Pin of a node that may ask; repeat for several");
  make->add_option("--listen", plan.listen, "host:port")->capture_default_str();
  make->add_option("--host", plan.hosts, "Name or address for the certificate; repeat");
  make->add_option("--output", output, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  CLI::App* add = app.add_subcommand(
      "add-record", "Make the empty signing record of one more [[key]] of the configuration");
  std::filesystem::path key_file;
  add->add_option("--home", home, "The signer's home")->required();
  add->add_option("--key", key_file, "The key's file, as configured")->required();
  CLI::App* start = app.add_subcommand("start", "Serve until SIGTERM");
  start->add_option("--home", home, "The signer's home")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  Status done;
  if (make->parsed()) {
    if (plan.genesis.empty() && plan.chain.empty())
      return report({Errc::kInvalidArgument, "name the chain with --genesis or --chain"});
    done = init(plan, output == "json");
  } else if (add->parsed()) {
    done = create_record(home, key_file);
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
