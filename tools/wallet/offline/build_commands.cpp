// tx build: every acting verb once more, writing a transaction file instead of acting.
#include <CLI/CLI.hpp>

#include "ledger/store/text_file.hpp"
#include "tools/wallet/act_options.hpp"
#include "tools/wallet/batch/payment_file.hpp"
#include "tools/wallet/batch/plan.hpp"
#include "tools/wallet/commands.hpp"

namespace huangpu::tools {
namespace {

struct BulkOptions {
  std::filesystem::path file;
  std::string mode = "independent";
  ActOptions act;
};

// A whole payment file as one bulk transfer.
Result<int> build_bulk(Session& session, const BulkOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const std::string text, ledger::read_text_file(options.file, kPaymentFileBytesMax));
  const auto file = read_payments(text, session.genesis(), session.self());
  if (!file) return fail(Errc::kInvalidArgument, file.error().message);
  if (file->payments.size() > ledger::kBulkRecordsMax) {
    return fail(Errc::kInvalidArgument, "a bulk transfer holds at most " +
                                            std::to_string(ledger::kBulkRecordsMax) +
                                            " payments; split the file");
  }
  for (const AccountText& account : file->accounts) session.directory().remember(account);
  BatchOptions plan;
  HP_TRY_ASSIGN(plan.mode, parse_mode(options.mode));
  HP_TRY(check_chains(*file, plan));
  const BatchPart whole{0, file->payments.size(), {}};
  return act(session, {operation_of(*file, whole, plan), options.act, {}});
}

}  // namespace

void add_build_commands(CLI::App& tx, Invocation& invocation) {
  CLI::App* build =
      tx.add_subcommand("build", "Write a transaction file for others to sign, and send nothing");
  build->require_subcommand(1);
  add_key_commands(*build, invocation, Verbs::kBuild);
  add_certificate_commands(*build, invocation, Verbs::kBuild);
  add_governance_commands(*build, invocation, Verbs::kBuild);
  add_account_commands(*build, invocation, Verbs::kBuild);
  add_money_commands(*build, invocation, Verbs::kBuild);
  add_payment_commands(*build, invocation, Verbs::kBuild);
  add_settle_commands(*build, invocation, Verbs::kBuild);
  add_agreed_commands(*build, invocation, Verbs::kBuild);

  CLI::App* bulk = build->add_subcommand("bulk", "A payment file as one bulk transfer");
  auto options = std::make_shared<BulkOptions>();
  bulk->add_option("file", options->file, "CSV, as for batch; at most 8190 payments")->required();
  bulk->add_option("--mode", options->mode, "independent, all-or-nothing or linked")
      ->check(CLI::IsMember({"independent", "all-or-nothing", "linked"}))
      ->capture_default_str();
  add_act_options(*bulk, options->act, Verbs::kBuild);
  bulk->callback([&invocation, options] {
    invocation.action = [options](Session& session) { return build_bulk(session, *options); };
  });
}

}  // namespace huangpu::tools
