// tx explain, sign, combine: a transaction file on its way between machines, without any network.
#include <CLI/CLI.hpp>
#include <iostream>

#include "crypto/keystore/private_file.hpp"
#include "crypto/sign/verifier.hpp"
#include "tools/cli/tool_exit.hpp"
#include "tools/wallet/commands.hpp"
#include "tools/wallet/offline/opened_file.hpp"

namespace huangpu::tools {

namespace fs = std::filesystem;

namespace {

struct OfflineOptions {
  fs::path file;
  std::vector<fs::path> files;
  fs::path out;
  fs::path genesis;
  bool all = false;
  bool yes = false;
};

// Replaces: a signed copy takes the place of the unsigned one, whole or not at all. Renaming works
// on the file systems of memory sticks too.
Status save(const TransactionFile& file, const fs::path& path) {
  return crypto::write_private_file(path, as_bytes(format_transaction_file(file)),
                                    crypto::IfExists::kReplace);
}

Status refuse_existing(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return {};
  return fail(Errc::kAlreadyExists, path.string() + " exists; choose another --out");
}

Explanation explanation_of(Session& session, const OpenedFile& opened, bool all) {
  ExplainOptions options;
  options.now = wall_now();
  if (session.has_wallet()) options.self = session.self();
  if (all) options.transfers_max = ledger::kBulkRecordsMax;
  auto explanation = explain(opened.file, opened.forms, opened.genesis, opened.names, options);
  explanation.where.push_back("The genesis document is " + opened.genesis_source + ".");
  return explanation;
}

void print_section(std::ostream& out, const char* title, const std::vector<std::string>& lines) {
  out << title << "\n";
  for (const std::string& line : lines) out << "  " << printable(line) << "\n";
}

void print_explanation(std::ostream& out, const OpenedFile& opened, const Explanation& explanation,
                       OutputFormat format) {
  if (format == OutputFormat::kJson) {
    const Collected have = collected(opened.file);
    Fields fields;
    fields.add("what", explanation.what)
        .add("who", explanation.who)
        .add("when", explanation.when)
        .add("where", explanation.where)
        .add("warnings", explanation.warnings)
        .add("txid", opened.forms.id(0, 0).hex())
        .add("digest", opened.forms.digest().hex())
        .add("signatures", std::uint64_t{have.has.size()})
        .add("signatures_missing", std::uint64_t{have.missing})
        .add("complete", have.missing == 0);
    print(out, fields, format);
    return;
  }
  print_section(out, "What it does", explanation.what);
  print_section(out, "Who", explanation.who);
  print_section(out, "When", explanation.when);
  print_section(out, "Where", explanation.where);
  if (!explanation.warnings.empty()) print_section(out, "LOOK TWICE", explanation.warnings);
}

// A signature that does not verify is never carried on.
Status check_signatures(const OpenedFile& opened) {
  const auto status = verify_signatures(opened.file, opened.forms, crypto::default_verifier());
  if (!status) return fail(status.error(), opened.path.string());
  return {};
}

void print_state(const OpenedFile& opened, const TransactionFile& file, const fs::path& path,
                 OutputFormat format) {
  const Collected have = collected(file);
  Fields fields;
  fields.add("file", path.string())
      .add("digest", opened.forms.digest().hex())
      .add("signatures", std::uint64_t{have.has.size()})
      .add("signatures_missing", std::uint64_t{have.missing})
      .add("complete", have.missing == 0);
  print(std::cout, fields, format);
}

Result<int> explain_file(Session& session, const OfflineOptions& options) {
  HP_TRY_ASSIGN(const auto opened, OpenedFile::open(session, options.file, options.genesis));
  HP_TRY(check_signatures(*opened));
  print_explanation(std::cout, *opened, explanation_of(session, *opened, options.all),
                    session.format());
  return kExitOk;
}

// Asks the person in front of the machine.
Status confirm(std::size_t warnings) {
  if (!is_terminal(0)) {
    return fail(Errc::kInvalidArgument,
                "nobody can be asked whether to sign; read the explanation and repeat with --yes");
  }
  std::cerr << "Sign this" << (warnings == 0 ? "" : ", with what is under LOOK TWICE")
            << "? Type yes: " << std::flush;
  std::string answer;
  if (std::getline(std::cin, answer) && answer == "yes") return {};
  return fail(Errc::kCancelled, "not signed");
}

Result<int> sign(Session& session, const OfflineOptions& options) {
  HP_TRY_ASSIGN(const auto opened, OpenedFile::open(session, options.file, options.genesis));
  HP_TRY(check_signatures(*opened));
  if (!options.out.empty()) HP_TRY(refuse_existing(options.out));
  if (!session.has_wallet() && session.options().keys.empty()) {
    return fail(Errc::kInvalidArgument, "say which key signs: --key FILE");
  }
  const Explanation explanation = explanation_of(session, *opened, options.all);
  // The explanation is for the person; standard output holds the result.
  print_explanation(std::cerr, *opened, explanation, OutputFormat::kText);
  if (!options.yes) {
    if (const auto agreed = confirm(explanation.warnings.size()); !agreed) {
      if (agreed.error().code != Errc::kCancelled) return tl::unexpected(agreed.error());
      print_line(std::cerr, "not signed", Fields{}.add("event", "not-signed"), session.format());
      return kExitRefused;
    }
  }
  // Known before a passphrase is asked for.
  for (const auto& name : session.signer_names()) {
    HP_TRY_ASSIGN(const auto key, session.public_key(name));
    if (!opened->forms.ids_for(key.id()).empty()) continue;
    return fail(Errc::kInvalidArgument,
                name.string() + ": key " + key.id().hex() + " is none of its signers");
  }
  HP_TRY_ASSIGN(const auto signers, session.signers());
  TransactionFile file = opened->file;
  for (crypto::Signer* const signer : signers) HP_TRY(sign_file(file, opened->forms, *signer));
  const fs::path out = options.out.empty() ? options.file : options.out;
  HP_TRY(save(file, out));
  print_state(*opened, file, out, session.format());
  return kExitOk;
}

Result<int> combine(Session& session, const OfflineOptions& options) {
  if (options.files.size() < 2) {
    return fail(Errc::kInvalidArgument, "name the copies to combine, at least two");
  }
  HP_TRY(refuse_existing(options.out));
  std::unique_ptr<OpenedFile> first;
  TransactionFile combined;
  std::size_t repeated = 0;
  for (const fs::path& path : options.files) {
    HP_TRY_ASSIGN(auto opened, OpenedFile::open(session, path, options.genesis));
    HP_TRY(check_signatures(*opened));
    if (first == nullptr) {
      combined = opened->file;
      first = std::move(opened);
      continue;
    }
    const auto merged = merge_signatures(combined, opened->file);
    if (!merged) {
      const std::string sentence =
          path.string() + " and " + options.files.front().string() + ": " + merged.error().message;
      print_line(std::cerr, "huangpu: " + sentence,
                 Fields{}.add("error", "conflict").add("message", sentence), session.format());
      return kExitRefused;
    }
    repeated += *merged;
  }
  if (repeated > 0) {
    print_line(
        std::cerr,
        std::to_string(repeated) + " signatures were in several of the files; each is kept once",
        Fields{}.add("event", "repeated").add("signatures", std::uint64_t{repeated}),
        session.format());
  }
  HP_TRY(save(combined, options.out));
  print_state(*first, combined, options.out, session.format());
  return kExitOk;
}

}  // namespace

void add_offline_commands(CLI::App& tx, Invocation& invocation) {
  const auto add = [&](const char* name, const char* help,
                       Result<int> (*run)(Session&, const OfflineOptions&),
                       const std::function<void(CLI::App&, OfflineOptions&)>& more) {
    CLI::App* command = tx.add_subcommand(name, help);
    auto options = std::make_shared<OfflineOptions>();
    more(*command, *options);
    command->add_option("--genesis", options->genesis,
                        "Genesis document; default: the wallet's, else the one in the file");
    command->callback([&invocation, options, run] {
      invocation.action = [options, run](Session& session) { return run(session, *options); };
    });
  };
  const auto one_file = [](CLI::App& command, OfflineOptions& options) {
    command.add_option("file", options.file, "Transaction file")->required();
    command.add_flag("--all", options.all, "Show every payment of a bulk transfer");
  };
  add("explain", "Say in plain sentences what a transaction file would do", explain_file, one_file);
  add("sign", "Explain a transaction file, ask, and sign it; needs no network and no wallet", sign,
      [&](CLI::App& command, OfflineOptions& options) {
        one_file(command, options);
        command.add_option("--out", options.out, "New file; default: the same one, replaced");
        command.add_flag("--yes", options.yes, "Do not ask");
      });
  add("combine", "Put the signatures of several copies of a transaction file into one", combine,
      [](CLI::App& command, OfflineOptions& options) {
        command.add_option("files", options.files, "Copies of one transaction file")->required();
        command.add_option("--out", options.out, "New file")->required();
      });
}

}  // namespace huangpu::tools
