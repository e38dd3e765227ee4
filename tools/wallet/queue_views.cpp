#include "tools/wallet/queue_views.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <thread>

#include "crypto/base/civil.hpp"
#include "ledger/types/describe_payment.hpp"
#include "ledger/types/result_code.hpp"
#include "tools/cli/output.hpp"

namespace huangpu::tools {
namespace {

using ledger::WaitingPayment;

std::string code_name(std::uint16_t number) {
  const auto code = ledger::result_code_from_number(number);
  return code ? std::string(ledger::name(*code)) : std::to_string(number);
}

std::string stage_name(ledger::settlement::Stage stage) {
  using ledger::settlement::Stage;
  switch (stage) {
    case Stage::kEntry:
      return "entry";
    case Stage::kFifo:
      return "fifo";
    case Stage::kOffset:
      return "offset";
    case Stage::kMultilateral:
      return "multilateral";
    case Stage::kRelaxed:
      return "relaxed";
    case Stage::kBypass:
      return "bypass";
  }
  return "unknown";
}

std::string time_text(TimestampMs time) {
  return time.value() == 0 ? std::string() : format_rfc3339(time);
}

std::string place_text(const WaitingPayment& entry) {
  return std::to_string(entry.height.value()) + ":" + std::to_string(entry.index);
}

Result<ledger::AssetId> asset_id(const Session& session, const std::string& code) {
  if (code.empty()) return ledger::AssetId(0);
  HP_TRY_ASSIGN(const auto asset, find_asset(session.genesis(), code));
  return asset.id;
}

void print_queue(Session& session, const node::QueueAnswer& queue) {
  const Directory& names = session.directory();
  Table table{
      {"payment", "status", "class", "to", "amount", "accepted", "earliest", "latest", "reference"},
      {}};
  for (const WaitingPayment& entry : queue.payments) {
    const ledger::Payment& payment = entry.payment;
    table.rows.push_back({entry.id.hex(), std::string(ledger::status_name(entry.status)),
                          std::string(ledger::priority_name(payment.priority)),
                          names.account(payment.credit), names.money(payment.asset, payment.amount),
                          place_text(entry), time_text(payment.earliest), time_text(payment.latest),
                          entry.reference});
  }
  print(std::cout, table, session.format());
}

// A line per payment that came, changed or went; how it went is asked for.
Status tell_changes(Session& session, node::Client& client,
                    const std::map<ledger::TxId, WaitingPayment>& before,
                    const std::map<ledger::TxId, WaitingPayment>& after) {
  const Directory& names = session.directory();
  const auto tell = [&](const WaitingPayment& entry, const std::string& status,
                        const std::string& reason) {
    const ledger::Payment& payment = entry.payment;
    Fields fields;
    fields.add("payment", entry.id.hex())
        .add("status", status)
        .add("class", std::string(ledger::priority_name(payment.priority)))
        .add("to", names.account(payment.credit))
        .add("amount", names.money(payment.asset, payment.amount))
        .add("reference", entry.reference)
        .add("reason", reason);
    std::string sentence = entry.id.hex() + "  " + status + "  " +
                           std::string(ledger::priority_name(payment.priority)) + "  " +
                           names.money(payment.asset, payment.amount) + " to " +
                           names.account(payment.credit) + "  " + entry.reference;
    if (reason != status) sentence += "  " + reason;
    print_line(std::cout, sentence, fields, session.format());
  };
  for (const auto& [id, entry] : before) {
    if (after.contains(id)) continue;
    HP_TRY_ASSIGN(const auto ended, client.payment(id));
    tell(ended.payment,
         ended.status ? std::string(ledger::status_name(*ended.status)) : std::string("unknown"),
         code_name(ended.reason));
  }
  for (const auto& [id, entry] : after) {
    const auto known = before.find(id);
    if (known != before.end() && known->second == entry) continue;
    const std::string status(ledger::status_name(entry.status));
    tell(entry, status, status);
  }
  return {};
}

std::map<ledger::TxId, WaitingPayment> by_id(const node::QueueAnswer& queue) {
  std::map<ledger::TxId, WaitingPayment> payments;
  for (const WaitingPayment& entry : queue.payments) payments.emplace(entry.id, entry);
  return payments;
}

Result<int> watch_queue(Session& session, node::Client& client, const ledger::AccountId& account,
                        ledger::AssetId asset, const QueueView& view) {
  constexpr std::chrono::milliseconds kPause{500};
  const auto begun = std::chrono::steady_clock::now();
  const auto end = begun + std::chrono::seconds(view.seconds);
  HP_TRY_ASSIGN(auto queue, client.queue(account, asset));
  print_queue(session, queue);
  std::cout.flush();
  while (view.seconds == 0 || std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(kPause);
    HP_TRY_ASSIGN(auto next, client.queue(account, asset));
    if (next.height <= queue.height) continue;
    HP_TRY(tell_changes(session, client, by_id(queue), by_id(next)));
    std::cout.flush();
    queue = std::move(next);
  }
  return 0;
}

Result<node::ForecastExtra> read_extra(Session& session, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) {
    return fail(Errc::kInvalidArgument, "say --with \"ACCOUNT=1000.00 CNY\"");
  }
  HP_TRY_ASSIGN(const AccountText account, session.account(text.substr(0, equals)));
  HP_TRY_ASSIGN(const MoneyText parts, split_money(text.substr(equals + 1)));
  HP_TRY_ASSIGN(const auto asset, find_asset(session.genesis(), parts.asset));
  HP_TRY_ASSIGN(const Amount amount, parse_amount(parts.amount, asset.decimals));
  session.directory().remember(account);
  return node::ForecastExtra{account.id, asset.id, amount};
}

Table outcomes(const Directory& names, const node::ForecastAnswer& forecast) {
  Table table{{"payment", "from", "to", "amount", "class", "now", "then", "how"}, {}};
  for (const ledger::ForecastPayment& entry : forecast.payments) {
    const ledger::Payment& payment = entry.payment.payment;
    const std::string how =
        entry.batch != 0 ? stage_name(entry.stage) : std::string(ledger::name(entry.reason));
    table.rows.push_back({entry.payment.id.hex(), names.account(payment.debit),
                          names.account(payment.credit), names.money(payment.asset, payment.amount),
                          std::string(ledger::priority_name(payment.priority)),
                          std::string(ledger::status_name(entry.payment.status)),
                          std::string(ledger::status_name(entry.outcome)), how});
  }
  return table;
}

Table positions(const Directory& names, const node::ForecastAnswer& forecast) {
  Table table{{"account", "asset", "liquidity", "pays", "receives", "then", "still_pays",
               "still_receives", "lacks"},
              {}};
  for (const ledger::ForecastPosition& entry : forecast.positions) {
    const auto amount = [&](Amount units) { return names.amount(entry.asset, units); };
    table.rows.push_back(
        {names.account(entry.account), names.asset(entry.asset), amount(entry.liquidity_before),
         amount(entry.pays), amount(entry.receives), amount(entry.liquidity_after),
         amount(entry.still_pays), amount(entry.still_receives), amount(entry.lacks)});
  }
  return table;
}

Table totals(const Directory& names, const node::ForecastAnswer& forecast) {
  Table table{{"asset", "queued", "amount", "settles", "gross", "net", "saved"}, {}};
  for (const ledger::ForecastAsset& entry : forecast.assets) {
    const auto amount = [&](Amount units) { return names.amount(entry.asset, units); };
    table.rows.push_back({names.asset(entry.asset), entry.queued, amount(entry.queued_amount),
                          entry.settles, amount(entry.gross), amount(entry.net),
                          amount(entry.gross.checked_sub(entry.net).value_or(Amount::zero()))});
  }
  return table;
}

}  // namespace

Result<int> show_queue(Session& session, const QueueView& view) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const AccountText account, session.account(view.account));
  HP_TRY_ASSIGN(const auto asset, asset_id(session, view.asset));
  session.directory().remember(account);
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  if (view.watch) return watch_queue(session, *client, account.id, asset, view);
  HP_TRY_ASSIGN(const auto queue, client->queue(account.id, asset));
  print_queue(session, queue);
  return 0;
}

Result<int> show_forecast(Session& session, const ForecastView& view) {
  HP_TRY(session.open());
  std::vector<node::ForecastExtra> extra;
  for (const std::string& text : view.with) {
    HP_TRY_ASSIGN(const auto one, read_extra(session, text));
    extra.push_back(one);
  }
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  HP_TRY_ASSIGN(const auto forecast, client->forecast(extra));
  const Directory& names = session.directory();
  print(std::cout, outcomes(names, forecast), session.format());
  if (session.format() == OutputFormat::kText) std::cout << '\n';
  print(std::cout, positions(names, forecast), session.format());
  if (!forecast.assets.empty()) {
    if (session.format() == OutputFormat::kText) std::cout << '\n';
    print(std::cout, totals(names, forecast), session.format());
  }
  if (forecast.payments_left_out != 0) {
    std::cerr << "and " << forecast.payments_left_out << " more payments\n";
  }
  return 0;
}

Result<int> show_payment(Session& session, const std::string& id) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const auto txid, parse_txid(id));
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  HP_TRY_ASSIGN(const auto answer, client->payment(txid));
  const Directory& names = session.directory();
  const WaitingPayment& entry = answer.payment;
  const auto code = ledger::result_code_from_number(answer.reason);
  Fields fields;
  fields.add("payment", entry.id.hex())
      .add("what", ledger::describe_payment(entry.payment, names.names()))
      .add("status", answer.status ? std::string(ledger::status_name(*answer.status))
                                   : std::string("not kept any more"))
      .add("iso20022",
           answer.status ? std::string(ledger::iso20022_status(*answer.status)) : std::string())
      .add("reason", code_name(answer.reason))
      .add("reason_iso20022", code ? std::string(ledger::iso20022(*code)) : std::string())
      .add("accepted", place_text(entry))
      .add("reference", entry.reference)
      .add("date", std::uint64_t{entry.reference_date})
      .add("height", answer.height.value());
  std::vector<std::string> changes;
  for (const ledger::PaymentEvent& event : answer.changes) {
    std::string line = std::to_string(event.height.value()) + "  " +
                       std::string(ledger::status_name(event.status)) + "  " +
                       std::string(ledger::priority_name(event.priority)) + "  " +
                       std::string(ledger::name(event.reason));
    if (event.cause != ledger::TxId()) line += "  by " + event.cause.hex();
    if (event.batch != 0) line += "  in batch " + std::to_string(event.batch);
    changes.push_back(std::move(line));
  }
  fields.add("changes", std::move(changes));
  print(std::cout, fields, session.format());
  return 0;
}

Result<int> show_liquidity(Session& session, const LiquidityView& view) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const AccountText account, session.account(view.account));
  session.directory().remember(account);
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  const Directory& names = session.directory();
  Table table{{"asset", "held", "credit_line", "drawn", "reserved", "limit", "limit_used",
               "usable_normal", "usable_urgent", "usable_highly_urgent", "queued", "amount"},
              {}};
  Table limits{{"asset", "to", "limit", "paid", "received"}, {}};
  for (const ledger::GenesisAsset& asset : session.genesis().assets) {
    if (!view.asset.empty() && asset.code != view.asset) continue;
    HP_TRY_ASSIGN(const auto answer, client->liquidity(account.id, asset.id));
    const auto amount = [&](Amount units) { return names.amount(asset.id, units); };
    const ledger::LiquidityValue& governed = answer.governed;
    const auto rest = [](Amount reserve, Amount used) {
      return reserve.checked_sub(used).value_or(Amount::zero());
    };
    const std::string reserved =
        amount(rest(governed.reserved_highly_urgent, governed.used_highly_urgent)) + " + " +
        amount(rest(governed.reserved_urgent, governed.used_urgent));
    table.rows.push_back(
        {asset.code, amount(answer.held), amount(governed.credit_line), amount(governed.drawn),
         reserved, governed.limit ? amount(*governed.limit) : std::string(),
         governed.limit ? amount(governed.use.paid) + " - " + amount(governed.use.received)
                        : std::string(),
         amount(answer.usable_normal), amount(answer.usable_urgent),
         amount(answer.usable_highly_urgent), answer.queued_payments, amount(answer.queued_units)});
    for (const auto& [counterparty, limit] : answer.bilateral) {
      limits.rows.push_back({asset.code, names.account(counterparty), amount(limit.limit),
                             amount(limit.use.paid), amount(limit.use.received)});
    }
  }
  if (table.rows.empty()) return fail(Errc::kNotFound, "no such asset");
  print(std::cout, table, session.format());
  if (!limits.rows.empty()) {
    if (session.format() == OutputFormat::kText) std::cout << '\n';
    print(std::cout, limits, session.format());
  }
  return 0;
}

}  // namespace huangpu::tools
