// settle, dvp, pvp: several legs that settle together or not at all (SPEC W-92).
//
// A bulk transfer in mode all-or-nothing: whoever owns a debited account must sign, so that with
// several owners the instruction is a transaction file (`tx build dvp …`).
#include <CLI/CLI.hpp>
#include <tuple>

#include "tools/wallet/act_options.hpp"
#include "tools/wallet/commands.hpp"

namespace huangpu::tools {
namespace {

struct SettleOptions {
  std::vector<std::tuple<std::string, std::string, std::string>> legs;  // from, to, money
  std::string purpose;
  std::string end_to_end;
  ActOptions act;
};

// Delivery of one asset against another.
struct ExchangeOptions {
  std::string money;
  std::string from;
  std::string to;
  std::string against;
  std::string paid_from;
  std::string paid_to;
  std::string purpose;
  std::string end_to_end;
  ActOptions act;
};

struct Leg {
  std::string from;
  std::string to;
  std::string money;
};

struct Common {
  const std::string& purpose;
  const std::string& end_to_end;
  const ActOptions& act;
};

Result<ledger::BulkRecord> read_leg(Session& session, const Leg& leg, const Common& common) {
  HP_TRY_ASSIGN(const AccountText from, session.account(leg.from));
  HP_TRY_ASSIGN(const AccountText to, session.account(leg.to));
  HP_TRY_ASSIGN(const MoneyText parts, split_money(leg.money));
  HP_TRY_ASSIGN(const ledger::GenesisAsset asset, find_asset(session.genesis(), parts.asset));
  ledger::BulkRecord record;
  record.debit = from.id;
  record.credit = to.id;
  record.asset = asset.id;
  HP_TRY_ASSIGN(record.amount, parse_amount(parts.amount, asset.decimals));
  HP_TRY_ASSIGN(record.purpose, parse_purpose(common.purpose));
  HP_TRY_ASSIGN(record.end_to_end, parse_end_to_end(common.end_to_end));
  session.directory().remember(from);
  session.directory().remember(to);
  return record;
}

Result<int> settle_legs(Session& session, const std::vector<Leg>& legs, const Common& common) {
  HP_TRY(session.open());
  if (legs.size() > ledger::kBulkRecordsMax) {
    return fail(Errc::kInvalidArgument,
                "at most " + std::to_string(ledger::kBulkRecordsMax) + " legs settle together");
  }
  ledger::BulkTransfer bulk;
  bulk.mode = ledger::BulkMode::kAllOrNothing;
  for (const Leg& leg : legs) {
    HP_TRY_ASSIGN(const ledger::BulkRecord record, read_leg(session, leg, common));
    ledger::append_record(bulk.records, record);
  }
  return act(session, {bulk, common.act, {}});
}

Result<int> settle(Session& session, const SettleOptions& options) {
  std::vector<Leg> legs;
  for (const auto& [from, to, money] : options.legs) legs.push_back({from, to, money});
  return settle_legs(session, legs, {options.purpose, options.end_to_end, options.act});
}

Result<int> exchange(Session& session, const ExchangeOptions& options) {
  const std::string& payer = options.paid_from.empty() ? options.to : options.paid_from;
  const std::string& payee = options.paid_to.empty() ? options.from : options.paid_to;
  return settle_legs(session,
                     {{options.from, options.to, options.money}, {payer, payee, options.against}},
                     {options.purpose, options.end_to_end, options.act});
}

template <class Options>
void finish(CLI::App& command, Invocation& invocation, Verbs verbs,
            const std::shared_ptr<Options>& options, Result<int> (*run)(Session&, const Options&)) {
  command.add_option("--purpose", options->purpose, "ISO 20022 purpose code, such as SECU");
  command.add_option("--end-to-end", options->end_to_end,
                     "UETR or 32 hexadecimal digits that travel to the creditors");
  add_act_options(command, options->act, verbs);
  command.callback([&invocation, options, run] {
    invocation.action = [options, run](Session& session) { return run(session, *options); };
  });
}

}  // namespace

void add_settle_commands(CLI::App& app, Invocation& invocation, Verbs verbs) {
  CLI::App* command =
      app.add_subcommand("settle", "Several transfers that settle together or not at all");
  auto options = std::make_shared<SettleOptions>();
  command
      ->add_option(
          "--leg", options->legs,
          "Account to debit, account to credit, \"1250.00 CNY\"; once per leg, in the order "
          "in which they are tried")
      ->required();
  finish(*command, invocation, verbs, options, settle);

  const auto add_exchange = [&](const char* name, const char* help, const char* delivered) {
    CLI::App* exchange_command = app.add_subcommand(name, help);
    auto exchange_options = std::make_shared<ExchangeOptions>();
    exchange_command->add_option("money", exchange_options->money, delivered)->required();
    exchange_command->add_option("--from", exchange_options->from, "Account that delivers")
        ->required();
    exchange_command->add_option("--to", exchange_options->to, "Account that receives")->required();
    exchange_command
        ->add_option("--against", exchange_options->against, "What is paid for it, \"1250.00 CNY\"")
        ->required();
    exchange_command->add_option("--paid-from", exchange_options->paid_from,
                                 "Account that pays; default: the one that receives");
    exchange_command->add_option("--paid-to", exchange_options->paid_to,
                                 "Account that is paid; default: the one that delivers");
    finish(*exchange_command, invocation, verbs, exchange_options, exchange);
  };
  add_exchange("dvp", "Delivery of securities against payment, both or neither",
               "Number and security, \"10 BOND1\"");
  add_exchange("pvp", "Payment in one currency against payment in another, both or neither",
               "Amount and currency, \"100.00 USD\"");
}

}  // namespace huangpu::tools
