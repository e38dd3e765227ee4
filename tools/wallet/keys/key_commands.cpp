// keys: the command tree; list, new, show, register, revoke.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <set>
#include <system_error>

#include "crypto/keystore/key_file.hpp"
#include "crypto/pkcs11/open_signer.hpp"
#include "tools/wallet/act_options.hpp"
#include "tools/wallet/commands.hpp"
#include "tools/wallet/keys/chain_keys.hpp"
#include "tools/wallet/keys/key_exchange.hpp"
#include "tools/wallet/keys/rotation.hpp"

namespace huangpu::tools {

namespace fs = std::filesystem;

namespace {

Fields key_fields(const fs::path& path, const crypto::KeyAt& key) {
  Fields fields;
  fields.add("key", path.stem().string())
      .add("id", key.public_key.id().hex())
      .add("purpose", std::string(crypto::key_purpose_name(key.purpose)))
      .add("suite", std::string(crypto::suite_name(key.public_key.suite())))
      .add("public_key", to_hex(key.public_key.bytes()))
      .add("place", key.place == crypto::KeyPlace::kToken ? "token" : "file")
      .add("file", path.string());
  return fields;
}

// --- list

Result<std::vector<fs::path>> key_paths(const Session& session) {
  std::vector<fs::path> paths;
  std::error_code error;
  const fs::path folder = session.profile().resolve("keys");
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const auto extension = at->path().extension();
    if (extension == ".json" || extension == kPublicKeyExtension) paths.push_back(at->path());
  }
  if (error) return fail(Errc::kIo, folder.string() + ": " + error.message());
  std::sort(paths.begin(), paths.end());
  return paths;
}

struct ListOptions {
  bool local = false;
};

Result<int> list_keys(Session& session, const ListOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const auto paths, key_paths(session));
  std::optional<ChainKeys> chain;
  if (!options.local) {
    auto found = chain_keys(session);
    if (found) {
      chain = std::move(*found);
    } else if (found.error().code == Errc::kDiverged) {
      return tl::unexpected(found.error());
    } else {
      print_line(std::cerr,
                 "what the chain says about these keys is not known: " + found.error().message,
                 Fields{}.add("event", "chain-unknown").add("message", found.error().message),
                 session.format());
    }
  }
  const fs::path used = session.profile().resolve(session.profile().default_key);
  Table table{{"key", "id", "holds", "suite", "default", "on_chain", "seat", "registered_height"},
              {}};
  std::set<crypto::KeyId> listed;
  const auto add = [&](const std::string& name, const crypto::PublicKey& key,
                       const std::string& holds, bool is_default) {
    const crypto::KeyId id = key.id();
    listed.insert(id);
    const ledger::KeyValue* entry = nullptr;
    if (chain && chain->keys.contains(id)) entry = &chain->keys.at(id);
    table.rows.push_back({name, id.hex(), holds, std::string(crypto::suite_name(key.suite())),
                          is_default, chain ? status_on_chain(*chain, id) : "unknown",
                          entry == nullptr || entry->seat == id ? "" : entry->seat.hex(),
                          entry == nullptr ? std::uint64_t{0} : entry->registered.value()});
  };
  for (const fs::path& path : paths) {
    HP_TRY_ASSIGN(const auto key, session.public_key(path));
    std::string holds = "public key";
    if (path.extension() == ".json") {
      HP_TRY_ASSIGN(const auto at, crypto::look_at_key(path));
      holds = std::string(crypto::key_purpose_name(at.purpose)) +
              (at.place == crypto::KeyPlace::kToken ? " key in a token" : " key");
    }
    add(path.stem().string(), key, holds, path.lexically_normal() == used.lexically_normal());
  }
  if (chain) {
    for (const auto& [id, entry] : chain->keys) {
      if (!listed.contains(id)) add("", entry.key, "not here", false);
    }
  }
  print(std::cout, table, session.format());
  return 0;
}

// --- show, new

Result<int> show_key(Session& session, const std::string& name) {
  HP_TRY(session.open());
  const fs::path path = session.key_path(name);
  HP_TRY_ASSIGN(const auto key, crypto::look_at_key(path));
  print(std::cout, key_fields(path, key), session.format());
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
  HP_TRY_ASSIGN(const auto secret, session.passphrase("Passphrase of the new key", true));
  HP_TRY_ASSIGN(const auto key, crypto::generate_key(suite));
  HP_TRY_ASSIGN(const auto file,
                crypto::create_key_file(crypto::KeyPurpose::kParticipant, key, secret));
  HP_TRY(crypto::save_key_file(file, path));
  print(std::cout, key_fields(path, {crypto::KeyPlace::kFile, file.purpose, file.public_key}),
        session.format());
  return 0;
}

// --- on chain

struct ChangeOptions {
  std::string name;       // the key to register, replace or revoke
  std::string successor;  // build rotate: the key that takes its place
  ActOptions act;
};

Result<int> register_key(Session& session, const ChangeOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const auto key, session.public_key(options.name));
  return act(session, {ledger::RegisterKey{key}, options.act, options.name});
}

Result<int> build_rotation(Session& session, const ChangeOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const auto old_id, session.key_id(options.name));
  HP_TRY_ASSIGN(const auto key, session.public_key(options.successor));
  return act(session, {ledger::RotateKey{old_id, key}, options.act, options.successor});
}

Result<int> revoke_key(Session& session, const ChangeOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const auto id, session.key_id(options.name));
  return act(session, {ledger::RevokeKey{id}, options.act, {}});
}

// --- the tree

constexpr const char* kNameHelp = "Name in the wallet's keys folder, or a file";

template <class Options>
void set_action(CLI::App* command, Invocation& invocation, std::shared_ptr<Options> options,
                Result<int> (*run)(Session&, const Options&)) {
  command->callback([&invocation, options, run] {
    invocation.action = [options, run](Session& session) { return run(session, *options); };
  });
}

void add_local_commands(CLI::App* group, Invocation& invocation) {
  CLI::App* list = group->add_subcommand("list", "Keys of the wallet, and what the chain says");
  auto listing = std::make_shared<ListOptions>();
  list->add_flag("--local", listing->local, "Ask no node");
  set_action(list, invocation, listing, list_keys);

  CLI::App* made = group->add_subcommand("new", "Make a key and seal it under a passphrase");
  auto fresh = std::make_shared<NewKeyOptions>();
  made->add_option("name", fresh->name, kNameHelp)->required();
  made->add_option("--suite", fresh->suite,
                   "ed25519 or sm2; default: the chain's. Keys of either act on every chain");
  set_action(made, invocation, fresh, new_key);
  CLI::App* show = group->add_subcommand("show", "Public parts of a key");
  auto shown = std::make_shared<std::string>();
  show->add_option("name", *shown, kNameHelp)->required();
  set_action(show, invocation, shown, show_key);

  CLI::App* out = group->add_subcommand("export", "A sealed key file, or a public key, to pass on");
  auto exporting = std::make_shared<ExportOptions>();
  out->add_option("name", exporting->name, kNameHelp)->required();
  out->add_option("--out", exporting->out, "New file; public keys go to standard output without");
  auto* text = out->add_flag_callback(
      "--public", [exporting] { exporting->form = ExportForm::kPublicText; },
      "The public key, as one line");
  out->add_flag_callback(
         "--pem", [exporting] { exporting->form = ExportForm::kPublicPem; },
         "The public key, as PEM")
      ->excludes(text);
  set_action(out, invocation, exporting, export_key);

  CLI::App* in = group->add_subcommand("import", "Take a key into the wallet");
  auto importing = std::make_shared<ImportOptions>();
  in->add_option("name", importing->name, "Its name here")->required();
  CLI::Option_group* from = in->add_option_group("from");
  from->add_option("file", importing->file, "Sealed key file, or a public key as line or PEM");
  from->add_option("--secret-file", importing->secret_file,
                   "Private file with a plain secret, in hexadecimal digits");
  from->add_option("--secret-fd", importing->secret_descriptor,
                   "Open descriptor from which a plain secret is read")
      ->check(CLI::Range(0, 1'023));
  from->require_option(1);
  in->add_option("--suite", importing->suite,
                 "Suite of a plain secret, ed25519 or sm2; default: the chain's");
  set_action(in, invocation, importing, import_key);

  CLI::App* change = group->add_subcommand("passphrase", "Seal a key under another passphrase");
  auto changing = std::make_shared<PassphraseOptions>();
  change->add_option("name", changing->name, kNameHelp)->required();
  change->add_option("--new-passphrase-file", changing->new_file,
                     "Private file that holds the new passphrase");
  change
      ->add_option("--new-passphrase-fd", changing->new_descriptor,
                   "Open descriptor from which the new passphrase is read")
      ->check(CLI::Range(0, 1'023));
  set_action(change, invocation, changing, change_passphrase);

  CLI::App* rotate = group->add_subcommand(
      "rotate", "Replace a key on chain and in the folder; go on after an interruption");
  auto rotating = std::make_shared<RotateOptions>();
  rotate->add_option("name", rotating->name, "Key to replace; default: the wallet's default key");
  rotate->add_option("--suite", rotating->suite,
                     "Suite of the new key, ed25519 or sm2; default: that of the one it replaces");
  rotate->add_option("--reference", rotating->reference, "Your own reference");
  rotate->add_option("--date", rotating->date, "Date of the reference, YYYYMMDD");
  set_action(rotate, invocation, rotating, rotate_key);
}

}  // namespace

void add_key_commands(CLI::App& app, Invocation& invocation, Verbs verbs) {
  CLI::App* group =
      app.add_subcommand("keys", "Keys of this wallet, and which of them may act for you on chain");
  group->require_subcommand(1);
  if (verbs == Verbs::kAct) add_local_commands(group, invocation);

  const auto chain_command = [&](const char* name, const char* help, bool has_successor,
                                 Result<int> (*run)(Session&, const ChangeOptions&)) {
    CLI::App* command = group->add_subcommand(name, help);
    auto options = std::make_shared<ChangeOptions>();
    command->add_option("name", options->name, "Name in the wallet's keys folder, a file or an id")
        ->required();
    if (has_successor) {
      command->add_option("--new", options->successor, "Key that takes its place: name or file")
          ->required();
    }
    add_act_options(*command, options->act, verbs);
    set_action(command, invocation, options, run);
  };
  chain_command("register", "Let a key of this wallet act for you on chain", false, register_key);
  if (verbs == Verbs::kBuild) {
    chain_command("rotate", "Replace a key on chain by another one", true, build_rotation);
  }
  chain_command("revoke", "Take a key's rights away for ever", false, revoke_key);
}

}  // namespace huangpu::tools
