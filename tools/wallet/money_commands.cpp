// issue, redeem, transfer, balance.
#include <CLI/CLI.hpp>
#include <iostream>

#include "ledger/types/state_key.hpp"
#include "ledger/types/state_value.hpp"
#include "tools/wallet/act_options.hpp"
#include "tools/wallet/commands.hpp"

namespace huangpu::tools {
namespace {

struct MoneyOptions {
  std::string money;  // "1250.00 CNY"
  std::string amount;
  std::string asset;
  std::string from;
  std::string to;
  std::string purpose;
  std::string end_to_end;
  ActOptions act;
};

struct Money {
  ledger::AssetId asset;
  Amount amount;
};

void add_money(CLI::App& command, MoneyOptions& options, Verbs verbs) {
  auto* money = command.add_option("money", options.money, "Amount and asset, \"1250.00 CNY\"");
  command.add_option("--amount", options.amount, "Amount, with --asset")->excludes(money);
  command.add_option("--asset", options.asset, "Asset, with --amount")->excludes(money);
  add_act_options(command, options.act, verbs);
}

Result<Money> read_money(const Session& session, const MoneyOptions& options) {
  MoneyText text{options.amount, options.asset};
  if (!options.money.empty()) {
    HP_TRY_ASSIGN(text, split_money(options.money));
  } else if (text.amount.empty() || text.asset.empty()) {
    return fail(Errc::kInvalidArgument,
                "say how much of what: \"1250.00 CNY\", or --amount 1250.00 --asset CNY");
  }
  HP_TRY_ASSIGN(const ledger::GenesisAsset asset, find_asset(session.genesis(), text.asset));
  HP_TRY_ASSIGN(const Amount amount, parse_amount(text.amount, asset.decimals));
  return Money{asset.id, amount};
}

Result<int> issue(Session& session, const MoneyOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const Money money, read_money(session, options));
  HP_TRY_ASSIGN(const AccountText to, session.account(options.to));
  session.directory().remember(to);
  return act(session, {ledger::Issue{money.asset, to.id, money.amount}, options.act});
}

Result<int> redeem(Session& session, const MoneyOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const Money money, read_money(session, options));
  HP_TRY_ASSIGN(const AccountText from, session.account(options.from));
  session.directory().remember(from);
  return act(session, {ledger::Redeem{money.asset, from.id, money.amount}, options.act});
}

Result<int> transfer(Session& session, const MoneyOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const Money money, read_money(session, options));
  HP_TRY_ASSIGN(const AccountText from, session.account(options.from));
  HP_TRY_ASSIGN(const AccountText to, session.account(options.to));
  ledger::Transfer transfer;
  transfer.debit = from.id;
  transfer.credit = to.id;
  transfer.asset = money.asset;
  transfer.amount = money.amount;
  HP_TRY_ASSIGN(transfer.purpose, parse_purpose(options.purpose));
  HP_TRY_ASSIGN(transfer.end_to_end, parse_end_to_end(options.end_to_end));
  session.directory().remember(from);
  session.directory().remember(to);
  return act(session, {transfer, options.act});
}

struct BalanceOptions {
  std::string account = "1";
  std::string asset;
  std::uint64_t height = 0;
};

// A balance is shown as a fact only if the proof that came with it holds.
Status check_balance(const Session& session, const node::BalanceAnswer& answer,
                     const ledger::AccountId& account) {
  if (!answer.proof || answer.account != account) {
    return fail(Errc::kDiverged, "the node gave no proof of this balance");
  }
  const auto& proof = *answer.proof;
  if (proof.key != ledger::balance_key(account, answer.asset)) {
    return fail(Errc::kDiverged, "the node proved another entry than the one asked for");
  }
  std::optional<ByteView> value;
  if (proof.value) value = *proof.value;
  const auto height =
      session.checker().check_state(proof.key, value, proof.proof, records_of(proof.finality));
  if (!height)
    return fail(Errc::kDiverged, "the node's proof does not hold: " + height.error().message);
  ledger::BalanceValue entry;
  if (proof.value) {
    HP_TRY_ASSIGN(entry, ledger::BalanceValue::decode(*proof.value));
  }
  if (entry.balance() != answer.units || *height != answer.height) {
    return fail(Errc::kDiverged, "the node's answer differs from what it proved");
  }
  return {};
}

Result<int> balance(Session& session, const BalanceOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const AccountText account, session.account(options.account));
  session.directory().remember(account);
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  node::ReadOptions read;
  read.with_proof = true;
  if (options.height != 0) read.height = Height{options.height};
  std::vector<node::BalanceAnswer> balances;
  if (options.asset.empty()) {
    HP_TRY_ASSIGN(balances, client->balances(account.id, read));
  } else {
    HP_TRY_ASSIGN(const auto asset, find_asset(session.genesis(), options.asset));
    HP_TRY_ASSIGN(auto one, client->balance(account.id, asset.id, read));
    balances.push_back(std::move(one));
  }
  Table table{{"account", "asset", "balance", "entries", "height", "proven"}, {}};
  for (const auto& entry : balances) {
    HP_TRY(check_balance(session, entry, account.id));
    table.rows.push_back({session.directory().account(account.id),
                          session.directory().asset(entry.asset),
                          session.directory().amount(entry.asset, entry.units), entry.entry_count,
                          entry.height.value(), true});
  }
  print(std::cout, table, session.format());
  return 0;
}

void add_balance_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("balance", "What an account holds, with proof");
  auto options = std::make_shared<BalanceOptions>();
  command->add_option("account", options->account, "Account")->capture_default_str();
  command->add_option("--asset", options->asset, "One asset only");
  command->add_option("--height", options->height, "At this height; default: the newest certified")
      ->check(whole_number());
  command->callback([&invocation, options] {
    invocation.action = [options](Session& session) { return balance(session, *options); };
  });
}

}  // namespace

void add_money_commands(CLI::App& app, Invocation& invocation, Verbs verbs) {
  const auto money_command = [&](const char* name, const char* help, bool from, bool to,
                                 Result<int> (*run)(Session&, const MoneyOptions&)) {
    CLI::App* command = app.add_subcommand(name, help);
    auto options = std::make_shared<MoneyOptions>();
    if (from) command->add_option("--from", options->from, "Account to debit")->required();
    if (to) command->add_option("--to", options->to, "Account to credit")->required();
    if (from && to) {
      command->add_option("--purpose", options->purpose, "ISO 20022 purpose code, such as SALA");
      command->add_option("--end-to-end", options->end_to_end,
                          "UETR or 32 hexadecimal digits that travel to the creditor");
    }
    add_money(*command, *options, verbs);
    command->callback([&invocation, options, run] {
      invocation.action = [options, run](Session& session) { return run(session, *options); };
    });
  };
  money_command("issue", "Create money in an account (issuer of the asset only)", false, true,
                issue);
  money_command("redeem",
                "Destroy money of an account (issuer of the asset, with the account's authority)",
                true, false, redeem);
  money_command("transfer", "Pay from one account to another", true, true, transfer);
  if (verbs == Verbs::kAct) add_balance_command(app, invocation);
}

}  // namespace huangpu::tools
