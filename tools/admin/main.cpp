// huangpu-admin: what the people who govern a network do (docs/operator/guide.md).
#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "crypto/base/exit_code.hpp"
#include "tools/admin/genesis_commands.hpp"
#include "tools/admin/keys.hpp"
#include "tools/admin/network.hpp"

namespace huangpu::tools {
namespace {

void print(const CreatedNetwork& created, const NewNetwork& plan, bool json) {
  const std::string chain = ledger::chain_id(created.genesis).value().hex();
  if (json) {
    nlohmann::ordered_json out = {{"chain_name", created.genesis.chain_name}, {"chain_id", chain}};
    for (const auto& node : created.nodes) out["nodes"].push_back(node.string());
    for (const auto& wallet : created.wallets) out["wallets"].push_back(wallet.string());
    std::cout << out.dump(2) << "\n";
    return;
  }
  std::cout << "chain    " << created.genesis.chain_name << "\nid       " << chain << "\ngenesis  "
            << (std::filesystem::absolute(plan.folder) / "genesis.json").string()
            << "\n\nnodes (start each with `huangpu-node start --home HOME`)\n";
  for (const auto& node : created.nodes) std::cout << "  " << node.string() << "\n";
  std::cout << "\nwallets (use with `huangpu --wallet FOLDER ...`)\n";
  for (const auto& wallet : created.wallets) std::cout << "  " << wallet.string() << "\n";
}

int report(const Error& error) {
  std::cerr << "huangpu-admin: " << error.message << "\n";
  return exit_code(error.code);
}

// The PIN or passphrase comes from a file, a descriptor or the terminal, never from an argument.
template <class Plan>
void add_secret(CLI::App& command, Plan& plan) {
  command.add_option("--pin-file", plan.pin_file, "File with the PIN or passphrase, mode 0600");
  command.add_option("--pin-fd", plan.pin_descriptor, "Open descriptor to read it from");
  command.add_option("--module", plan.module, "PKCS#11 module (shared object)");
  command.add_option("--token", plan.token, "Label of the token");
}

void add_suite(CLI::App& command, const std::string& name, const std::string& help,
               std::function<void(crypto::SuiteId)> take) {
  command.add_option_function<std::string>(
      name,
      [name, take = std::move(take)](const std::string& text) {
        const auto suite = crypto::parse_suite_option(text);
        if (!suite) throw CLI::ValidationError(name, suite.error().message);
        take(*suite);
      },
      help);
}

int run(int argc, char** argv) {
  CLI::App app{"Makes Huangpu networks and their keys.", "huangpu-admin"};
  app.set_version_flag("--version", std::string("huangpu-admin ") + HP_VERSION);
  app.require_subcommand(1);
  CLI::App* network = app.add_subcommand("network", "Networks as a whole")->require_subcommand(1);
  CLI::App* create = network->add_subcommand(
      "create", "Keys, genesis, configurations and TLS material of a new network");
  NewNetwork plan;
  std::string output = "text";
  create->add_option("--out", plan.folder, "The folder to make")->required();
  create->add_option("--validators", plan.validators, "How many validators")->capture_default_str();
  create->add_option("--banks", plan.banks,
                     "How many participating banks; default: one per validator");
  create
      ->add_option("--hosts", plan.hosts,
                   "Addresses of the validators of a spread network, comma-separated")
      ->delimiter(',');
  create->add_option("--base-port", plan.base_port, "First port of the first validator")
      ->capture_default_str();
  create->add_option("--assets", plan.assets, "CODE:DECIMALS, comma-separated; default CNY:2,HKD:2")
      ->delimiter(',');
  add_suite(*create, "--suite", "Algorithms of the chain: ed25519 (with SHA-256) or sm2 (with SM3)",
            [&plan](crypto::SuiteId suite) { plan.suite = suite; });
  add_suite(*create, "--wallet-suite", "Keys of the wallets: ed25519 or sm2; default: the chain's",
            [&plan](crypto::SuiteId suite) { plan.wallet_suite = suite; });
  create->add_option("--chain-name", plan.chain_name, "Name of the chain")->capture_default_str();
  create->add_flag("--evaluation-limits", plan.evaluation_limits,
                   "Let every participant send as fast as the machine takes it (evaluation and "
                   "benchmarks only)");
  create->add_option("--output", output, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  CLI::App* keys = app.add_subcommand("keys", "Keys and tokens")->require_subcommand(1);
  CLI::App* probe =
      keys->add_subcommand("probe", "What a PKCS#11 token can do, and how fast a key signs");
  ProbePlan probing;
  add_secret(*probe, probing);
  probe->add_option("--key", probing.key, "Key file or token key file whose key is timed");
  probe->add_option("--seconds", probing.seconds, "How long to time it")
      ->check(CLI::Range(1, 600))
      ->capture_default_str();
  CLI::App* new_in_token = keys->add_subcommand(
      "new-in-token", "Make a key pair inside a token, and the token key file that names it");
  TokenKeyPlan making;
  add_secret(*new_in_token, making);
  new_in_token->get_option("--module")->required();
  new_in_token->get_option("--token")->required();
  new_in_token->add_option("--serial", making.serial, "Serial number of the token");
  new_in_token->add_option("--label", making.key, "Label of the new key")->required();
  new_in_token->add_option("--purpose", making.purpose, "consensus or participant")
      ->check(CLI::IsMember({"consensus", "participant"}))
      ->capture_default_str();
  new_in_token->add_option("--out", making.out, "The token key file to write")->required();
  CLI::App* new_certificate_verb =
      keys->add_subcommand("new-certificate", "Make a transport key and its certificate");
  CertificatePlan certifying;
  new_certificate_verb->add_option("--name", certifying.name, "Name in the certificate")
      ->required();
  new_certificate_verb->add_option("--out", certifying.out, "Writes OUT.crt and OUT.key")
      ->required();
  new_certificate_verb->add_option("--host", certifying.hosts, "Name or address; repeat");
  new_certificate_verb->add_option("--days", certifying.days, "How long it is valid")
      ->check(CLI::Range(1, 3'660))
      ->capture_default_str();
  for (CLI::App* command : {probe, new_in_token, new_certificate_verb}) {
    command->add_option("--output", output, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
  }
  app.footer(kExitCodesHelp);
  const GenesisCommands genesis(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  probing.json = making.json = certifying.json = output == "json";
  if (keys->parsed()) {
    const Status done = probe->parsed()          ? probe_keys(probing)
                        : new_in_token->parsed() ? new_token_key(making)
                                                 : new_certificate(certifying);
    return done ? kExitOk : report(done.error());
  }
  if (genesis.parsed()) {
    const Status done = genesis.run();
    return done ? kExitOk : report(done.error());
  }
  const auto created = create_network(plan);
  if (!created) return report(created.error());
  print(*created, plan, output == "json");
  return kExitOk;
}

}  // namespace
}  // namespace huangpu::tools

int main(int argc, char** argv) { return huangpu::tools::run(argc, argv); }
