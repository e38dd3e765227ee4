// huangpu-node: a validator (docs/operator/guide.md).
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "crypto/base/exit_code.hpp"
#include "crypto/keystore/passphrase.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/store/text_file.hpp"
#include "node/app/doctor.hpp"
#include "node/app/export_chain.hpp"
#include "node/app/import_chain.hpp"
#include "node/app/node_app.hpp"
#include "node/app/ops_client.hpp"
#include "node/config/config.hpp"
#include "node/home/next_key.hpp"
#include "node/home/node_home.hpp"

namespace huangpu::node {
namespace {

using nlohmann::ordered_json;

int report(const Error& error) {
  std::cerr << "huangpu-node: " << error.message << "\n";
  return exit_code(error.code);
}

struct Arguments {
  std::filesystem::path home = "huangpu-home";
  std::string suite = "ed25519";
  std::string name;
  std::vector<std::string> hosts;
  std::filesystem::path genesis;
  std::filesystem::path passphrase_file;
  std::filesystem::path token_key;
  std::filesystem::path pin_file;
  std::string signer_key;
  std::string signer_pin;
  std::string signer_endpoint;
  std::filesystem::path out;
  std::filesystem::path archive;
  bool newcomer = false;
  bool scrub = false;
  bool record = false;
  std::filesystem::path read;
  bool json = false;
};

Result<NodeConfig> home_config(const Arguments& arguments) {
  const std::filesystem::path home = std::filesystem::absolute(arguments.home);
  return load_config(home / "config.toml", home);
}

void print_card(const ValidatorCard& card, bool json) {
  const bool remote = !card.signer_client_pin.is_zero();
  if (json) {
    ordered_json out = {
        {"name", card.name}, {"public_key", card.key.to_string()}, {"tls_pin", card.tls_pin.hex()}};
    if (remote) out["signer_client_pin"] = card.signer_client_pin.hex();
    std::cout << out.dump(2) << "\n";
    return;
  }
  std::cout << "validator   " << card.name << "\npublic key  " << card.key.to_string()
            << "\npeer pin    " << card.tls_pin.hex() << "\n";
  if (remote)
    std::cout << "signer client pin  " << card.signer_client_pin.hex()
              << "  (for [[client]] of signer.toml)\n";
}

// Without a genesis: makes a home and prints the card that goes into one. With a genesis: completes
// the home.
Status init(const Arguments& arguments) {
  const std::filesystem::path home = std::filesystem::absolute(arguments.home);
  if (!std::filesystem::exists(home / "config.toml")) {
    NewNode fresh;
    fresh.config = default_config(home);
    fresh.config.node.name = arguments.name.empty() ? home.filename().string() : arguments.name;
    fresh.hosts = arguments.hosts.empty() ? std::vector<std::string>{"127.0.0.1", "localhost"}
                                          : arguments.hosts;
    if (!arguments.passphrase_file.empty()) {
      HP_TRY_ASSIGN(fresh.passphrase, crypto::passphrase_from_file(arguments.passphrase_file));
      fresh.config.signer.passphrase_file = std::filesystem::absolute(arguments.passphrase_file);
    } else if (fresh.config.signer.passphrase_file.empty() && arguments.token_key.empty() &&
               arguments.signer_key.empty()) {
      fresh.config.signer.passphrase_file = home / "keys" / "passphrase";
    }
    if (!arguments.token_key.empty()) {
      fresh.config.signer.kind = KeyKind::kPkcs11;
      fresh.config.signer.key = std::filesystem::absolute(arguments.token_key);
    }
    if (!arguments.signer_key.empty()) {
      auto& remote = fresh.config.signer.remote;
      fresh.config.signer.kind = KeyKind::kRemote;
      remote.public_key = arguments.signer_key;
      remote.server_pin = arguments.signer_pin;
      if (!arguments.signer_endpoint.empty()) {
        HP_TRY_ASSIGN(remote.endpoint, parse_endpoint(arguments.signer_endpoint));
      }
    }
    HP_TRY_ASSIGN(fresh.suite, crypto::parse_suite_option(arguments.suite));
    HP_TRY_ASSIGN(const ValidatorCard card, create_node(fresh));
    print_card(card, arguments.json);
  } else if (arguments.genesis.empty()) {
    return fail(Errc::kAlreadyExists,
                home.string() + " holds a node already; give --genesis to join it to a chain");
  }
  if (arguments.genesis.empty()) return {};
  HP_TRY_ASSIGN(const NodeConfig config, home_config(arguments));
  HP_TRY_ASSIGN(const std::string text,
                ledger::read_text_file(arguments.genesis, ledger::kGenesisTextBytesMax));
  return install_genesis(config, text, arguments.newcomer ? JoinAs::kNewcomer : JoinAs::kFounder);
}

// What the operator writes into the configuration, and what the governors are told.
Status next_key(const Arguments& arguments) {
  HP_TRY_ASSIGN(const NodeConfig config, home_config(arguments));
  NextKeyPlan plan;
  plan.token_key = arguments.token_key;
  plan.pin_file = arguments.pin_file;
  if (!arguments.signer_key.empty()) {
    plan.remote = {arguments.signer_key, arguments.signer_pin, {}};
    if (!arguments.signer_endpoint.empty()) {
      HP_TRY_ASSIGN(plan.remote->endpoint, parse_endpoint(arguments.signer_endpoint));
    }
  }
  HP_TRY_ASSIGN(const NextKey next, make_next_key(config, plan));
  NodeConfig with_next = config;
  with_next.signer.next = next.section;
  const std::string sections = next_key_text(with_next);
  const bool remote = next.section.kind == KeyKind::kRemote;
  if (arguments.json) {
    ordered_json out = {{"public_key", next.key.to_string()}, {"sections", sections}};
    if (remote) out["signer_client_pin"] = next.signer_client_pin.hex();
    std::cout << out.dump(2) << "\n";
    return {};
  }
  std::cout << "public key  " << next.key.to_string() << "\n";
  if (remote)
    std::cout << "signer client pin  " << next.signer_client_pin.hex()
              << "  (for [[client]] of signer.toml)\n";
  std::cout << "\nFor config.toml in place of these sections, before the next start:\n" << sections;
  return {};
}

std::string age(std::uint64_t ms) {
  if (ms < 1'000) return std::to_string(ms) + " ms";
  return std::to_string(ms / 1'000) + " s";
}

void print_status(const ordered_json& status) {
  const auto text = [&](const char* key) {
    const auto it = status.find(key);
    if (it == status.end()) return std::string("-");
    return it->is_string() ? it->get<std::string>() : it->dump();
  };
  std::cout << "node         " << text("node_name") << "  (validator " << text("validator")
            << " of chain " << text("chain_name") << ")\n"
            << "heights      final " << text("final_height") << ", executed "
            << text("executed_height") << ", certified " << text("certified_height") << ", network "
            << text("network_height") << "\n"
            << "view         " << text("view") << " of epoch " << text("epoch") << ", leader "
            << text("leader") << "\n";
  if (const auto said = status.find("remarks"); said != status.end() && said->is_array()) {
    for (const auto& remark : *said) {
      std::cout << (remark.value("level", std::string()) == "problem" ? "PROBLEM      "
                                                                      : "condition    ")
                << remark.value("text", std::string()) << "\n";
    }
  }
  if (const auto peers = status.find("peers"); peers != status.end() && peers->is_array()) {
    for (const auto& peer : *peers) {
      std::cout << "peer         " << peer.value("name", std::string("?")) << ": "
                << (peer.value("connected", false) ? "connected" : "not connected")
                << ", final height " << peer.value("final_height", std::uint64_t{0}) << ", heard "
                << age(peer.value("last_heard_ms", std::uint64_t{0})) << " ago\n";
    }
  }
  if (const auto checks = status.find("checks"); checks != status.end() && checks->is_array()) {
    for (const auto& check : *checks) {
      std::cout << "check        " << (check.value("ok", false) ? "ok    " : "FAILS ")
                << check.value("name", std::string()) << ": "
                << check.value("detail", std::string()) << "\n";
    }
  }
}

// Exit code 0: ready; 10: alive, but not ready.
int status(const Arguments& arguments) {
  const auto config = home_config(arguments);
  if (!config) return report(config.error());
  const auto answer = ops_get(config->ops.listen, "/statusz", Milliseconds(5'000));
  if (!answer) return report(answer.error());
  const auto parsed = ordered_json::parse(answer->body, nullptr, false);
  if (parsed.is_discarded())
    return report({Errc::kMalformed, "the operations port did not answer with JSON"});
  if (arguments.json) {
    std::cout << parsed.dump(2) << "\n";
  } else {
    print_status(parsed);
  }
  return parsed.value("ready", false) ? kExitOk : kExitNotReady;
}

int doctor(const Arguments& arguments) {
  if (!arguments.read.empty()) {
    const auto text = read_flight(arguments.read);
    if (!text) return report(text.error());
    std::cout << *text;
    return kExitOk;
  }
  const auto config = home_config(arguments);
  if (!config) return report(config.error());
  if (arguments.record) {
    const auto file = record_flight(*config);
    if (!file) return report(file.error());
    std::cout << (arguments.json ? ordered_json{{"file", file->string()}}.dump(2) : file->string())
              << "\n";
    return kExitOk;
  }
  DoctorOptions options;
  options.json = arguments.json;
  options.scrub = arguments.scrub;
  return run_doctor(*config, options);
}

Status export_archive(const Arguments& arguments) {
  HP_TRY_ASSIGN(const NodeConfig config, home_config(arguments));
  const bool progress = isatty(STDERR_FILENO) != 0;
  HP_TRY_ASSIGN(
      const ExportResult result,
      export_chain(config, std::filesystem::absolute(arguments.out), [&](Height done, Height last) {
        if (progress)
          std::fprintf(stderr, "\rblock %llu of %llu%s",
                       static_cast<unsigned long long>(done.value()),
                       static_cast<unsigned long long>(last.value()), done == last ? "\n" : "");
      }));
  if (arguments.json) {
    const ordered_json out = {{"file", std::filesystem::absolute(arguments.out).string()},
                              {"last_height", result.last.value()},
                              {"records", result.records},
                              {"bytes", result.bytes}};
    std::cout << out.dump(2) << "\n";
  } else {
    std::cout << "exported " << result.last.value() << " blocks (" << result.records << " records, "
              << result.bytes << " bytes) to " << arguments.out.string() << "\n";
  }
  return {};
}

Status import_archive(const Arguments& arguments) {
  HP_TRY_ASSIGN(const NodeConfig config, home_config(arguments));
  const bool progress = isatty(STDERR_FILENO) != 0;
  HP_TRY_ASSIGN(
      const ImportResult result,
      import_chain(config, std::filesystem::absolute(arguments.archive), [&](Height done) {
        if (progress)
          std::fprintf(stderr, "\rreplayed %llu blocks",
                       static_cast<unsigned long long>(done.value()));
      }));
  if (progress) std::fputc('\n', stderr);
  if (arguments.json) {
    const ordered_json out = {{"last_height", result.last.value()},
                              {"transactions", result.transactions},
                              {"bytes", result.bytes},
                              {"state_root", result.state_root.hex()}};
    std::cout << out.dump(2) << "\n";
  } else {
    std::cout << "imported " << result.last.value() << " blocks with " << result.transactions
              << " transactions; every signature and result was checked\nstate root "
              << result.state_root.hex() << "\n";
  }
  return {};
}

int run(int argc, char** argv) {
  CLI::App app{
      "A Huangpu validator: agrees with its peers on the order of instructions, executes them, and "
      "proves the result.",
      "huangpu-node"};
  app.set_version_flag("--version", std::string("huangpu-node ") + HP_VERSION);
  app.require_subcommand(1);
  Arguments arguments;
  std::string output = "text";
  const auto common = [&](CLI::App* command) {
    command->add_option("--home", arguments.home, "The node's home folder")->capture_default_str();
    return command;
  };
  const auto printed = [&](CLI::App* command) {
    command->add_option("--output", output, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    return command;
  };
  CLI::App* init_command = printed(
      common(app.add_subcommand("init", "Make a home folder, or join an existing one to a chain")));
  init_command->add_option("--name", arguments.name, "The validator's name; default: the folder's");
  init_command->add_option("--host", arguments.hosts,
                           "Name or address for the TLS certificates; repeat for several");
  init_command
      ->add_option("--suite", arguments.suite,
                   "Algorithms of the chain the key is for: ed25519 or sm2")
      ->capture_default_str();
  init_command->add_option("--genesis", arguments.genesis, "Genesis document of the chain to join")
      ->check(CLI::ExistingFile);
  init_command->add_option(
      "--passphrase-file", arguments.passphrase_file,
      "Passphrase of the consensus key; default: a random one in keys/passphrase");
  auto* token_key = init_command->add_option(
      "--token-key", arguments.token_key, "Token key file of a consensus key in a PKCS#11 token");
  init_command
      ->add_option("--signer-key", arguments.signer_key,
                   "Public key of a consensus key at a remote signer")
      ->excludes(token_key);
  init_command->add_option("--signer-pin", arguments.signer_pin, "Pin of the remote signer");
  init_command
      ->add_option("--signer-endpoint", arguments.signer_endpoint, "Where the signer listens")
      ->default_str("127.0.0.1:7710");
  init_command->add_flag("--newcomer", arguments.newcomer,
                         "The chain runs already and is to take this validator in");
  CLI::App* next_key_command = printed(common(app.add_subcommand(
      "next-key", "Make the consensus key that this validator is to be rotated to")));
  auto* next_token = next_key_command->add_option(
      "--token-key", arguments.token_key, "Token key file, for a next key in a PKCS#11 token");
  next_key_command
      ->add_option("--pin-file", arguments.pin_file,
                   "File with the token's PIN; default: that of the key in office, if in a token")
      ->needs(next_token);
  auto* next_remote =
      next_key_command
          ->add_option("--signer-key", arguments.signer_key,
                       "Public key, for a next key at a remote signer (huangpu-signer add-key)")
          ->excludes(next_token);
  next_key_command
      ->add_option("--signer-pin", arguments.signer_pin,
                   "Pin of that signer; default: the one of the key in office")
      ->needs(next_remote);
  next_key_command
      ->add_option("--signer-endpoint", arguments.signer_endpoint,
                   "Where it listens; default: as for the key in office")
      ->needs(next_remote);
  CLI::App* start_command = common(app.add_subcommand("start", "Run the node until SIGTERM"));
  CLI::App* status_command =
      printed(common(app.add_subcommand("status", "Ask a running node how it is")));
  CLI::App* doctor_command = printed(common(app.add_subcommand(
      "doctor", "Say in words what is wrong with a node, running or not, and with its home")));
  doctor_command->add_flag("--scrub", arguments.scrub, "Read every stored record, not only heads");
  auto* record_flag = doctor_command->add_flag(
      "--record", arguments.record, "Have the running node write its flight recorder to a file");
  doctor_command->add_option("--read", arguments.read, "Print a file of the flight recorder")
      ->excludes(record_flag);
  CLI::App* export_command = printed(
      common(app.add_subcommand("export", "Write the certified chain into one archive file")));
  export_command->add_option("--out", arguments.out, "The archive to write")->required();

  CLI::App* import_command = printed(common(app.add_subcommand(
      "import", "Make an archive the chain of a home that has no blocks, after a full replay")));
  import_command->add_option("--archive", arguments.archive, "The archive to read")
      ->required()
      ->check(CLI::ExistingFile);

  app.footer(kExitCodesHelp);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? kExitOk : kExitUsage;
  }
  arguments.json = output == "json";

  if (status_command->parsed()) return status(arguments);
  if (doctor_command->parsed()) return doctor(arguments);
  Status outcome;
  if (init_command->parsed()) outcome = init(arguments);
  if (next_key_command->parsed()) outcome = next_key(arguments);
  if (export_command->parsed()) outcome = export_archive(arguments);
  if (import_command->parsed()) outcome = import_archive(arguments);
  if (start_command->parsed()) {
    auto config = home_config(arguments);
    outcome = config ? run_node(*config) : Status(tl::unexpected(config.error()));
  }
  return outcome ? kExitOk : report(outcome.error());
}

}  // namespace
}  // namespace huangpu::node

int main(int argc, char** argv) { return huangpu::node::run(argc, argv); }
