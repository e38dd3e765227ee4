// huangpu-admin: what the people who govern a network do (docs/operator/guide.md).
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "crypto/base/exit_code.hpp"
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

int run(int argc, char** argv) {
  CLI::App app{"Makes and governs Huangpu networks.", "huangpu-admin"};
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
  create->add_option("--chain-name", plan.chain_name, "Name of the chain")->capture_default_str();
  create->add_flag("--evaluation-limits", plan.evaluation_limits,
                   "Let every participant send as fast as the machine takes it (evaluation and "
                   "benchmarks only)");
  create->add_option("--output", output, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  const auto created = create_network(plan);
  if (!created) {
    std::cerr << "huangpu-admin: " << created.error().message << "\n";
    return exit_code(created.error().code);
  }
  print(*created, plan, output == "json");
  return kExitOk;
}

}  // namespace
}  // namespace huangpu::tools

int main(int argc, char** argv) { return huangpu::tools::run(argc, argv); }
