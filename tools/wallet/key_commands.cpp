// keys list, new, show, register, rotate, revoke.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <system_error>

#include "crypto/keystore/key_file.hpp"
#include "tools/wallet/act_options.hpp"
#include "tools/wallet/commands.hpp"

namespace huangpu::tools {

namespace fs = std::filesystem;

namespace {

Fields key_fields(const fs::path& path, const crypto::KeyFile& file) {
  Fields fields;
  fields.add("key", path.stem().string())
      .add("id", file.public_key.id().hex())
      .add("purpose", std::string(crypto::key_purpose_name(file.purpose)))
      .add("suite", std::string(crypto::suite_name(file.public_key.suite())))
      .add("public_key", to_hex(file.public_key.bytes()))
      .add("file", path.string());
  return fields;
}

Result<int> list_keys(Session& session) {
  HP_TRY(session.open());
  std::vector<fs::path> paths;
  std::error_code error;
  const fs::path folder = session.profile().resolve("keys");
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() == ".json") paths.push_back(at->path());
  }
  if (error) return fail(Errc::kIo, folder.string() + ": " + error.message());
  std::sort(paths.begin(), paths.end());
  const fs::path used = session.profile().resolve(session.profile().default_key);
  Table table{{"key", "id", "purpose", "default"}, {}};
  for (const fs::path& path : paths) {
    HP_TRY_ASSIGN(const auto file, crypto::load_key_file(path));
    table.rows.push_back({path.stem().string(), file.public_key.id().hex(),
                          std::string(crypto::key_purpose_name(file.purpose)),
                          path.lexically_normal() == used.lexically_normal()});
  }
  print(std::cout, table, session.format());
  return 0;
}

Result<int> show_key(Session& session, const std::string& name) {
  HP_TRY(session.open());
  const fs::path path = session.key_path(name);
  HP_TRY_ASSIGN(const auto file, crypto::load_key_file(path));
  print(std::cout, key_fields(path, file), session.format());
  return 0;
}

struct NewKeyOptions {
  std::string name;
  std::string suite;  // empty: the chain's
};

Result<int> new_key(Session& session, const NewKeyOptions& options) {
  HP_TRY(session.open());
  crypto::SuiteId suite = session.genesis().suite;
  if (!options.suite.empty()) {
    HP_TRY_ASSIGN(suite, crypto::parse_suite_option(options.suite));
  }
  const std::string& name = options.name;
  const fs::path path = session.key_path(name);
  std::error_code error;
  if (fs::exists(path, error)) {
    return fail(Errc::kAlreadyExists, path.string() + " exists; keys are never overwritten");
  }
  HP_TRY_ASSIGN(const auto secret, session.passphrase("Passphrase of the new key: ", true));
  HP_TRY_ASSIGN(const auto key, crypto::generate_key(suite));
  HP_TRY_ASSIGN(const auto file,
                crypto::create_key_file(crypto::KeyPurpose::kParticipant, key, secret));
  HP_TRY(crypto::save_key_file(file, path));
  print(std::cout, key_fields(path, file), session.format());
  return 0;
}

struct ChangeOptions {
  std::string name;  // the new key, or the one to revoke
  std::string old;   // rotate: the key that hands on its seat
  ActOptions act;
};

// A name of the wallet, a file, or the 64 digits of an id.
Result<crypto::KeyId> key_id(const Session& session, const std::string& text) {
  if (const auto digest = crypto::Digest::parse_hex(text)) return crypto::KeyId{*digest};
  HP_TRY_ASSIGN(const auto file, crypto::load_key_file(session.key_path(text)));
  return file.public_key.id();
}

Result<int> register_key(Session& session, const ChangeOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const auto key, session.open_key(options.name));
  return act(session, {ledger::RegisterKey{key->public_key()}, options.act, key.get()});
}

Result<int> rotate_key(Session& session, const ChangeOptions& options) {
  HP_TRY(session.open());
  const std::string old = options.old.empty()
                              ? session.profile().resolve(session.profile().default_key).string()
                              : options.old;
  HP_TRY_ASSIGN(const auto old_id, key_id(session, old));
  HP_TRY_ASSIGN(const auto key, session.open_key(options.name));
  return act(session, {ledger::RotateKey{old_id, key->public_key()}, options.act, key.get()});
}

Result<int> revoke_key(Session& session, const ChangeOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const auto id, key_id(session, options.name));
  return act(session, {ledger::RevokeKey{id}, options.act});
}

}  // namespace

void add_key_commands(CLI::App& app, Invocation& invocation) {
  CLI::App* group =
      app.add_subcommand("keys", "Keys of this wallet, and which of them may act for you on chain");
  group->require_subcommand(1);
  CLI::App* list = group->add_subcommand("list", "Key files of the wallet");
  list->callback([&invocation] { invocation.action = list_keys; });

  const auto file_command = [&](const char* name, const char* help,
                                Result<int> (*run)(Session&, const std::string&)) {
    CLI::App* command = group->add_subcommand(name, help);
    auto key = std::make_shared<std::string>();
    command->add_option("name", *key, "Name in the wallet's keys folder, or a file")->required();
    command->callback([&invocation, key, run] {
      invocation.action = [key, run](Session& session) { return run(session, *key); };
    });
  };
  CLI::App* made = group->add_subcommand("new", "Make a key and seal it under a passphrase");
  auto fresh = std::make_shared<NewKeyOptions>();
  made->add_option("name", fresh->name, "Name in the wallet's keys folder, or a file")->required();
  made->add_option("--suite", fresh->suite,
                   "ed25519 or sm2; default: the chain's. Keys of either act on every chain");
  made->callback([&invocation, fresh] {
    invocation.action = [fresh](Session& session) { return new_key(session, *fresh); };
  });
  file_command("show", "Public parts of a key file", show_key);

  const auto chain_command = [&](const char* name, const char* help, bool has_old,
                                 Result<int> (*run)(Session&, const ChangeOptions&)) {
    CLI::App* command = group->add_subcommand(name, help);
    auto options = std::make_shared<ChangeOptions>();
    command->add_option("name", options->name, "Name in the wallet's keys folder, or a file")
        ->required();
    if (has_old) {
      command->add_option("--old", options->old,
                          "Key to replace: name, file or id; default: the wallet's default key");
    }
    add_act_options(*command, options->act);
    command->callback([&invocation, options, run] {
      invocation.action = [options, run](Session& session) { return run(session, *options); };
    });
  };
  chain_command("register", "Let a key of this wallet act for you on chain", false, register_key);
  chain_command("rotate", "Replace a key on chain by one of this wallet", true, rotate_key);
  chain_command("revoke", "Take a key's rights away for ever", false, revoke_key);
}

}  // namespace huangpu::tools
