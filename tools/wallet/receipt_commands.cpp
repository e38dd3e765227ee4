// receipt save, receipt verify.
#include <CLI/CLI.hpp>
#include <iostream>

#include "crypto/sign/verifier.hpp"
#include "ledger/store/text_file.hpp"
#include "tools/cli/tool_exit.hpp"
#include "tools/verify/receipt_file.hpp"
#include "tools/wallet/acting.hpp"
#include "tools/wallet/commands.hpp"

namespace huangpu::tools {
namespace {

struct SaveOptions {
  std::string txid;
  std::filesystem::path out;
};

Result<int> save(Session& session, const SaveOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const ledger::TxId txid, parse_txid(options.txid));
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  HP_TRY_ASSIGN(const auto answer, client->receipt(txid));
  const ReceiptFile file{session.checker().chain().chain, txid, records_of(answer)};
  const std::string text = format_receipt_file(file);
  // What does not convince us convinces nobody else.
  const auto report = verify_receipt_text(session.checker(), text);
  if (!report.holds()) {
    return fail(Errc::kDiverged, "the node's receipt does not hold, nothing was saved: " +
                                     report.steps.back().name + ": " + report.steps.back().detail);
  }
  HP_TRY(ledger::write_new_text_file(options.out, text));
  Fields fields;
  fields.add("txid", txid.hex())
      .add("file", options.out.string())
      .add("result", std::string(ledger::name(report.receipt->code)))
      .add("height", report.receipt->height.value())
      .add("bytes", std::uint64_t{text.size()});
  print(std::cout, fields, session.format());
  return kExitOk;
}

struct VerifyOptions {
  std::filesystem::path file;
  std::filesystem::path genesis;
};

// Whose money moved where; for single transfers, issues and redemptions.
void add_addresses(Fields& fields, const ledger::Operation& operation, const Directory& directory) {
  const auto add = [&](const char* name, const ledger::AccountId& id) {
    fields.add(name, directory.address(id));
  };
  if (const auto* transfer = std::get_if<ledger::Transfer>(&operation)) {
    add("debit_address", transfer->debit);
    add("credit_address", transfer->credit);
  } else if (const auto* issue = std::get_if<ledger::Issue>(&operation)) {
    add("credit_address", issue->credit);
  } else if (const auto* redeem = std::get_if<ledger::Redeem>(&operation)) {
    add("debit_address", redeem->debit);
  }
}

void print_report(const ProofChecker::ReceiptReport& report, const Directory& directory,
                  OutputFormat format) {
  const ledger::Names names = directory.names();
  if (format == OutputFormat::kText) {
    Table steps{{"step", "holds", "detail"}, {}};
    for (const ProofStep& step : report.steps) {
      steps.rows.push_back({step.name, step.holds, step.detail});
    }
    print(std::cout, steps, format);
    std::cout << "\n";
  }
  Fields fields;
  fields.add("valid", report.holds());
  if (!report.holds()) {
    fields.add("failed_step", report.steps.back().name).add("why", report.steps.back().detail);
    print(std::cout, fields, format);
    return;
  }
  std::string signers;
  for (const auto& name : report.signers) signers += (signers.empty() ? "" : ", ") + name;
  const ledger::Receipt& receipt = *report.receipt;
  fields.add("txid", report.txid.hex())
      .add("what", ledger::describe(report.body->operation, names))
      .add("result", std::string(ledger::name(receipt.code)))
      .add("meaning", std::string(ledger::text(receipt.code)))
      .add("took_effect", ledger::has_effect(receipt.code))
      .add("submitter", names.participant(report.body->submitter))
      .add("height", receipt.height.value())
      .add("index", std::uint64_t{receipt.index});
  if (report.body->reference) {
    fields.add("reference", report.body->reference->id)
        .add("date", std::uint64_t{report.body->reference->date});
  }
  add_addresses(fields, report.body->operation, directory);
  fields.add("certified_by", signers);
  print(std::cout, fields, format);
}

Result<int> verify(Session& session, const VerifyOptions& options) {
  HP_TRY_ASSIGN(const std::string text, ledger::read_text_file(options.file, kReceiptFileBytesMax));
  std::filesystem::path path = options.genesis;
  if (path.empty()) {
    HP_TRY_ASSIGN(const Profile profile, load_profile(session.options().wallet));
    path = profile.resolve(profile.genesis);
  }
  HP_TRY_ASSIGN(const std::string document,
                ledger::read_text_file(path, ledger::kGenesisTextBytesMax));
  HP_TRY_ASSIGN(const ledger::Genesis genesis, ledger::parse_genesis(document));
  HP_TRY_ASSIGN(const ProofChecker checker,
                ProofChecker::make(genesis, crypto::default_verifier()));
  const auto report = verify_receipt_text(checker, text);
  const Directory directory(genesis);
  print_report(report, directory, session.format());
  if (report.not_examined) return tool_exit_code(*report.not_examined);
  return report.holds() ? static_cast<int>(kExitOk) : kExitProofInvalid;
}

}  // namespace

void add_receipt_commands(CLI::App& app, Invocation& invocation) {
  CLI::App* group = app.add_subcommand("receipt", "Proofs to keep and to show");
  group->require_subcommand(1);
  CLI::App* save_command =
      group->add_subcommand("save", "Save the proof of what became of a transaction");
  auto saving = std::make_shared<SaveOptions>();
  save_command->add_option("txid", saving->txid, "Transaction id")->required();
  save_command->add_option("--out", saving->out, "New file")->required();
  save_command->callback([&invocation, saving] {
    invocation.action = [saving](Session& session) { return save(session, *saving); };
  });

  CLI::App* verify_command =
      group->add_subcommand("verify", "Check a saved proof, without any network");
  auto verifying = std::make_shared<VerifyOptions>();
  verify_command->add_option("file", verifying->file, "Receipt file")->required();
  verify_command->add_option("--genesis", verifying->genesis,
                             "Genesis document; default: the wallet's");
  verify_command->callback([&invocation, verifying] {
    invocation.action = [verifying](Session& session) { return verify(session, *verifying); };
  });
}

}  // namespace huangpu::tools
