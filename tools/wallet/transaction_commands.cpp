// tx status, tx wait.
#include <CLI/CLI.hpp>
#include <iostream>

#include "ledger/types/result_code.hpp"
#include "tools/cli/tool_exit.hpp"
#include "tools/wallet/acting.hpp"
#include "tools/wallet/commands.hpp"

namespace huangpu::tools {
namespace {

struct WhichOptions {
  std::string txid;
  std::string reference;
  std::string date;
};

Result<node::TransactionUpdate> look_up(Session& session, const WhichOptions& options) {
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  if (!options.txid.empty()) {
    HP_TRY_ASSIGN(const auto txid, parse_txid(options.txid));
    return client->transaction(txid);
  }
  const auto date = parse_number(options.date);
  if (options.reference.empty() || !date || *date > 99'991'231) {
    return fail(Errc::kInvalidArgument,
                "say which one: a transaction id, or --reference and --date YYYYMMDD");
  }
  return client->transaction(
      node::ReferenceKey{session.self(), options.reference, static_cast<std::uint32_t>(*date)});
}

Result<int> status(Session& session, const WhichOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const auto update, look_up(session, options));
  if (update.stage == node::TransactionStage::kFinal) {
    HP_TRY_ASSIGN(const auto outcome, prove(session, update.txid));
    return print_outcome(session, outcome);
  }
  const auto code = ledger::result_code_from_number(update.code);
  Fields fields;
  fields.add("txid", update.txid.hex()).add("stage", std::string(node::to_text(update.stage)));
  if (update.stage >= node::TransactionStage::kExecuted) {
    fields.add("code", std::uint64_t{update.code})
        .add("result", code ? std::string(ledger::name(*code)) : std::to_string(update.code));
  }
  if (update.height != Height{0}) {
    fields.add("height", update.height.value()).add("index", std::uint64_t{update.index});
  }
  if (!update.message.empty()) fields.add("message", update.message);
  print(std::cout, fields, session.format());
  const bool refused = update.stage == node::TransactionStage::kRejected ||
                       update.stage == node::TransactionStage::kExpired;
  return refused ? kExitRefused : kExitNotFinal;
}

Result<int> wait(Session& session, const WhichOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  ledger::TxId txid;
  if (!options.txid.empty()) {
    HP_TRY_ASSIGN(txid, parse_txid(options.txid));
  } else {
    HP_TRY_ASSIGN(const auto update, look_up(session, options));
    txid = update.txid;
  }
  const auto last = client->watch(txid, session.timeout(), stage_printer(session));
  if (!last && last.error().code == Errc::kTimeout) {
    print_line(std::cerr, "huangpu: " + last.error().message,
               Fields{}.add("event", "not-final").add("txid", txid.hex()), session.format());
    return kExitNotFinal;
  }
  HP_TRY(last);
  if (last->stage != node::TransactionStage::kFinal) return status(session, {txid.hex(), "", ""});
  HP_TRY_ASSIGN(const auto outcome, prove(session, txid));
  return print_outcome(session, outcome);
}

}  // namespace

void add_transaction_commands(CLI::App& app, Invocation& invocation) {
  CLI::App* group = app.add_subcommand(
      "tx", "Transactions: what became of them, and files that several keys sign");
  group->require_subcommand(1);
  const auto add = [&](const char* name, const char* help,
                       Result<int> (*run)(Session&, const WhichOptions&)) {
    CLI::App* command = group->add_subcommand(name, help);
    auto options = std::make_shared<WhichOptions>();
    auto* txid = command->add_option("txid", options->txid, "Transaction id");
    command->add_option("--reference", options->reference, "Own reference, with --date")
        ->excludes(txid);
    command->add_option("--date", options->date, "Date of the reference, YYYYMMDD")->excludes(txid);
    command->callback([&invocation, options, run] {
      invocation.action = [options, run](Session& session) { return run(session, *options); };
    });
  };
  add("status", "What is known about a transaction now", status);
  add("wait", "Follow a transaction until it is final", wait);
  add_build_commands(*group, invocation);
  add_offline_commands(*group, invocation);
  add_send_command(*group, invocation);
}

}  // namespace huangpu::tools
