// instruct, payment, liquidity, queue: payments that may wait, and what governs them.
#include <CLI/CLI.hpp>

#include "crypto/base/civil.hpp"
#include "tools/wallet/act_options.hpp"
#include "tools/wallet/commands.hpp"
#include "tools/wallet/queue_views.hpp"

namespace huangpu::tools {
namespace {

struct InstructOptions {
  std::string money;  // "1250.00 CNY"
  std::string from;
  std::string to;
  std::string priority = "normal";
  std::string earliest;
  std::string latest;
  std::string purpose;
  std::string end_to_end;
  ActOptions act;
};

struct PaymentOptions {
  std::string payment;
  std::string priority;
  ActOptions act;
};

struct LiquidityOptions {
  std::string money;
  std::string asset;
  std::string account = "1";
  std::string counterparty;
  std::string priority = "highly-urgent";
  bool none = false;
  ActOptions act;
};

struct Money {
  ledger::AssetId asset;
  Amount amount;
};

Result<Money> read_money(const Session& session, const std::string& text) {
  HP_TRY_ASSIGN(const MoneyText parts, split_money(text));
  HP_TRY_ASSIGN(const ledger::GenesisAsset asset, find_asset(session.genesis(), parts.asset));
  HP_TRY_ASSIGN(const Amount amount, parse_amount(parts.amount, asset.decimals));
  return Money{asset.id, amount};
}

Result<ledger::PriorityClass> read_priority(const std::string& text) {
  const auto priority = ledger::parse_priority(text);
  if (!priority) {
    return fail(Errc::kInvalidArgument,
                "a priority class is system, highly-urgent, urgent or normal");
  }
  return *priority;
}

// Empty: no bound.
Result<TimestampMs> read_time(const std::string& text) {
  if (text.empty()) return TimestampMs{};
  return parse_rfc3339(text);
}

Result<int> instruct(Session& session, const InstructOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const Money money, read_money(session, options.money));
  HP_TRY_ASSIGN(const AccountText from, session.account(options.from));
  HP_TRY_ASSIGN(const AccountText to, session.account(options.to));
  ledger::Payment payment;
  payment.debit = from.id;
  payment.credit = to.id;
  payment.asset = money.asset;
  payment.amount = money.amount;
  HP_TRY_ASSIGN(payment.priority, read_priority(options.priority));
  HP_TRY_ASSIGN(payment.earliest, read_time(options.earliest));
  HP_TRY_ASSIGN(payment.latest, read_time(options.latest));
  HP_TRY_ASSIGN(payment.purpose, parse_purpose(options.purpose));
  HP_TRY_ASSIGN(payment.end_to_end, parse_end_to_end(options.end_to_end));
  session.directory().remember(from);
  session.directory().remember(to);
  return act(session, {payment, options.act});
}

template <class Op>
Result<int> on_payment(Session& session, const PaymentOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const auto payment, parse_txid(options.payment));
  return act(session, {Op{payment}, options.act});
}

Result<int> change_priority(Session& session, const PaymentOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const auto payment, parse_txid(options.payment));
  HP_TRY_ASSIGN(const auto priority, read_priority(options.priority));
  return act(session, {ledger::ChangePriority{payment, priority}, options.act});
}

Result<int> reserve(Session& session, const LiquidityOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const Money money, read_money(session, options.money));
  HP_TRY_ASSIGN(const AccountText account, session.account(options.account));
  HP_TRY_ASSIGN(const auto priority, read_priority(options.priority));
  session.directory().remember(account);
  return act(session, {ledger::SetReservation{account.id, money.asset, priority, money.amount},
                       options.act});
}

Result<int> limit(Session& session, const LiquidityOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const AccountText account, session.account(options.account));
  session.directory().remember(account);
  ledger::AssetId asset;
  std::optional<Amount> amount;
  if (options.none) {
    HP_TRY_ASSIGN(const auto found, find_asset(session.genesis(), options.asset));
    asset = found.id;
  } else {
    HP_TRY_ASSIGN(const Money money, read_money(session, options.money));
    asset = money.asset;
    amount = money.amount;
  }
  if (options.counterparty.empty()) {
    return act(session, {ledger::SetMultilateralLimit{account.id, asset, amount}, options.act});
  }
  HP_TRY_ASSIGN(const AccountText counterparty, session.account(options.counterparty));
  session.directory().remember(counterparty);
  return act(session,
             {ledger::SetBilateralLimit{account.id, asset, counterparty.id, amount}, options.act});
}

Result<int> credit_line(Session& session, const LiquidityOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const Money money, read_money(session, options.money));
  HP_TRY_ASSIGN(const AccountText account, session.account(options.account));
  session.directory().remember(account);
  return act(session, {ledger::SetCreditLine{account.id, money.asset, money.amount}, options.act});
}

Result<int> resolve(Session& session, const ActOptions& options) {
  HP_TRY(session.open());
  return act(session, {ledger::RunResolution{}, options});
}

template <class Options>
void run_with(CLI::App& command, Invocation& invocation, const std::shared_ptr<Options>& options,
              Result<int> (*run)(Session&, const Options&)) {
  command.callback([&invocation, options, run] {
    invocation.action = [options, run](Session& session) { return run(session, *options); };
  });
}

void add_instruct(CLI::App& app, Invocation& invocation, Verbs verbs) {
  CLI::App* command =
      app.add_subcommand("instruct", "Pay, and wait in the queue if it cannot settle at once");
  auto options = std::make_shared<InstructOptions>();
  command->add_option("money", options->money, "Amount and asset, \"1250.00 CNY\"")->required();
  command->add_option("--from", options->from, "Account to debit")->required();
  command->add_option("--to", options->to, "Account to credit")->required();
  command->add_option("--priority", options->priority, "system, highly-urgent, urgent or normal")
      ->capture_default_str();
  command->add_option("--earliest", options->earliest,
                      "Not before this time, such as 2026-11-23T14:00:00Z");
  command->add_option("--latest", options->latest, "Rejected when it still waits after this time");
  command->add_option("--purpose", options->purpose, "ISO 20022 purpose code, such as SALA");
  command->add_option("--end-to-end", options->end_to_end,
                      "UETR or 32 hexadecimal digits that travel to the creditor");
  add_act_options(*command, options->act, verbs);
  run_with(*command, invocation, options, instruct);
}

void add_payment(CLI::App& app, Invocation& invocation, Verbs verbs) {
  CLI::App* group = app.add_subcommand("payment", "Payments that wait in a queue");
  group->require_subcommand(1);
  const auto add = [&](const char* name, const char* help,
                       Result<int> (*run)(Session&, const PaymentOptions&)) {
    CLI::App* command = group->add_subcommand(name, help);
    auto options = std::make_shared<PaymentOptions>();
    command->add_option("payment", options->payment, "Transaction id of the payment")->required();
    if (run == change_priority) {
      command->add_option("priority", options->priority, "system, highly-urgent, urgent or normal")
          ->required();
    }
    add_act_options(*command, options->act, verbs);
    run_with(*command, invocation, options, run);
  };
  add("cancel", "Take it out of the queue for good", on_payment<ledger::CancelPayment>);
  add("hold", "Keep it in its place but pass it over", on_payment<ledger::HoldPayment>);
  add("release", "End a hold", on_payment<ledger::ReleasePayment>);
  add("priority", "Move it to another class; its age is kept", change_priority);
  if (verbs == Verbs::kBuild) return;
  CLI::App* command = group->add_subcommand("show", "What became of a payment, step by step");
  auto id = std::make_shared<std::string>();
  command->add_option("payment", *id, "Transaction id of the payment")->required();
  run_with(*command, invocation, id, show_payment);
}

void add_liquidity(CLI::App& app, Invocation& invocation, Verbs verbs) {
  CLI::App* group =
      app.add_subcommand("liquidity", "Reservations, limits and credit lines for queued payments");
  group->require_subcommand(1);
  const auto add = [&](const char* name, const char* help,
                       Result<int> (*run)(Session&, const LiquidityOptions&)) {
    CLI::App* command = group->add_subcommand(name, help);
    auto options = std::make_shared<LiquidityOptions>();
    auto* money = command->add_option("money", options->money, "Amount and asset, \"1250.00 CNY\"");
    command->add_option("--account", options->account, "Account it is about")
        ->capture_default_str();
    add_act_options(*command, options->act, verbs);
    run_with(*command, invocation, options, run);
    if (run != limit) money->required();
    if (run == reserve) {
      command->add_option("--for", options->priority, "Class it is kept for: highly-urgent, urgent")
          ->capture_default_str();
    }
    if (run == limit) {
      command->add_option("--to", options->counterparty,
                          "Bilateral: account paid; default: all without a limit of their own");
      auto* asset = command->add_option("--asset", options->asset, "Asset, with --none");
      command->add_flag("--none", options->none, "Remove the limit")->needs(asset)->excludes(money);
    }
  };
  add("reserve", "Keep liquidity for a class of payments; 0 ends it", reserve);
  add("limit", "Bound what normal payments pay net in a day", limit);
  add("credit-line", "Let an account draw credit for payments (issuer of the asset)", credit_line);
  if (verbs == Verbs::kBuild) return;
  CLI::App* command = group->add_subcommand("show", "What payments of an account may use");
  auto view = std::make_shared<LiquidityView>();
  command->add_option("account", view->account, "Account")->capture_default_str();
  command->add_option("--asset", view->asset, "One asset only");
  run_with(*command, invocation, view, show_liquidity);
}

void add_queue(CLI::App& app, Invocation& invocation, Verbs verbs) {
  CLI::App* group = app.add_subcommand("queue", "What waits to be paid from an account");
  CLI::App* resolve_command = group->add_subcommand(
      "resolve", "Resolve all queues at the end of the next block (operator)");
  auto act_options = std::make_shared<ActOptions>();
  add_act_options(*resolve_command, *act_options, verbs);
  run_with(*resolve_command, invocation, act_options, resolve);
  if (verbs == Verbs::kBuild) {
    group->require_subcommand(1);
    return;
  }
  CLI::App* forecast_command = group->add_subcommand(
      "forecast", "What would settle if a block came now, and what is lacking");
  auto forecast = std::make_shared<ForecastView>();
  forecast_command->add_option("--with", forecast->with,
                               "Liquidity to think of, \"1=1000.00 CNY\"; may be repeated");
  run_with(*forecast_command, invocation, forecast, show_forecast);

  group->require_subcommand(0, 1);
  auto view = std::make_shared<QueueView>();
  group->add_option("--account", view->account, "Account")->capture_default_str();
  group->add_option("--asset", view->asset, "One asset only");
  auto* watch = group->add_flag("--watch", view->watch, "Go on telling what changes");
  group->add_option("--seconds", view->seconds, "End watching after these")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{86'400}))
      ->needs(watch);
  group->callback([&invocation, group, view] {
    if (!group->get_subcommands().empty()) return;
    invocation.action = [view](Session& session) { return show_queue(session, *view); };
  });
}

}  // namespace

void add_payment_commands(CLI::App& app, Invocation& invocation, Verbs verbs) {
  add_instruct(app, invocation, verbs);
  add_payment(app, invocation, verbs);
  add_liquidity(app, invocation, verbs);
  add_queue(app, invocation, verbs);
}

}  // namespace huangpu::tools
