#include "tools/wallet/agreed_views.hpp"

#include <algorithm>
#include <iostream>

#include "crypto/base/civil.hpp"
#include "ledger/types/describe_agreed.hpp"
#include "ledger/types/result_code.hpp"
#include "tools/cli/output.hpp"

namespace huangpu::tools {
namespace {

std::string step_line(const Directory& names, const ledger::StepEvent& step,
                      const std::string& amount) {
  std::string line = std::to_string(step.height.value()) + "  " +
                     std::string(ledger::step_name(step.step)) + "  " +
                     std::string(ledger::name(step.reason));
  if (!amount.empty()) line += "  " + amount;
  if (step.lacking_leg != 0) line += "  leg " + std::to_string(step.lacking_leg) + " lacks funds";
  if (step.cause != ledger::TxId()) {
    line += "  by " + names.participant(step.participant) + " in " + step.cause.hex();
  }
  if (step.batch != 0) line += "  in batch " + std::to_string(step.batch);
  return line;
}

void add_state(Fields& fields, const std::vector<ledger::StepEvent>& steps) {
  if (steps.empty()) {
    fields.add("status", "not kept any more");
    return;
  }
  const ledger::StepEvent& last = steps.back();
  fields.add("status", std::string(ledger::step_name(last.step)))
      .add("iso20022", std::string(ledger::iso20022_status(last.step)))
      .add("reason", std::string(ledger::name(last.reason)))
      .add("reason_iso20022", std::string(ledger::iso20022(last.reason)));
}

std::string legs_without_funds(const std::vector<std::size_t>& lacking) {
  std::string text;
  for (const std::size_t leg : lacking) {
    if (!text.empty()) text += ", ";
    text += std::to_string(leg + 1);
  }
  return text;
}

}  // namespace

Result<int> show_reserves(Session& session, const std::string& name) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const AccountText account, session.account(name));
  session.directory().remember(account);
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  HP_TRY_ASSIGN(const auto answer, client->reserves(account.id));
  const Directory& names = session.directory();
  Table table{{"reserve", "for", "amount", "left", "expires", "posted_by"}, {}};
  for (const ledger::FundsReserve& reserve : answer.reserves) {
    const ledger::ReserveFunds& terms = reserve.terms;
    table.rows.push_back(
        {reserve.id.hex(), names.account(terms.credit), names.money(terms.asset, terms.amount),
         names.money(terms.asset, reserve.left), format_rfc3339(terms.expires),
         terms.poster == ledger::Poster::kThird ? names.participant(terms.third)
                                                : std::string(ledger::poster_name(terms.poster))});
  }
  print(std::cout, table, session.format());
  return 0;
}

Result<int> show_reserve(Session& session, const std::string& id) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const auto txid, parse_txid(id));
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  HP_TRY_ASSIGN(const auto answer, client->reserve(txid));
  const Directory& names = session.directory();
  const ledger::AssetId asset = answer.reserve.terms.asset;
  Fields fields;
  fields.add("reserve", txid.hex())
      .add("what", ledger::describe_payment(answer.reserve.terms, names.names()))
      .add("left", names.money(asset, answer.reserve.left));
  add_state(fields, answer.steps);
  std::vector<std::string> steps;
  for (const auto& step : answer.steps) {
    steps.push_back(step_line(names, step, names.money(asset, step.amount)));
  }
  fields.add("steps", std::move(steps)).add("height", answer.height.value());
  print(std::cout, fields, session.format());
  return 0;
}

Result<int> show_settlements(Session& session, const std::string& name) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const AccountText account, session.account(name));
  session.directory().remember(account);
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  HP_TRY_ASSIGN(const auto answer, client->settlements(account.id));
  const Directory& names = session.directory();
  Table table{
      {"settlement", "proposed_by", "legs", "approvals", "needed", "lacking_legs", "expires"}, {}};
  for (const node::AgreedSettlement& entry : answer.settlements) {
    const ledger::OpenSettlement& settlement = entry.settlement;
    table.rows.push_back(
        {settlement.id.hex(), names.participant(settlement.participant),
         std::uint64_t{settlement.terms.legs.size()}, std::uint64_t{settlement.approved.size()},
         std::uint64_t{ledger::parties_of(settlement.terms).size()},
         legs_without_funds(entry.lacking), format_rfc3339(settlement.terms.expires)});
  }
  print(std::cout, table, session.format());
  return 0;
}

Result<int> show_settlement(Session& session, const std::string& id) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const auto txid, parse_txid(id));
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  HP_TRY_ASSIGN(const auto answer, client->settlement(txid));
  const Directory& names = session.directory();
  const ledger::OpenSettlement& settlement = answer.agreed.settlement;
  Fields fields;
  fields.add("settlement", txid.hex())
      .add("what", ledger::describe_payment(settlement.terms, names.names()))
      .add("open", answer.open);
  add_state(fields, answer.steps);
  if (answer.open) {
    std::vector<std::string> approved;
    std::vector<std::string> missing;
    for (const ledger::AccountId& party : ledger::parties_of(settlement.terms)) {
      const bool has = std::ranges::binary_search(settlement.approved, party);
      (has ? approved : missing).push_back(names.account(party));
    }
    fields.add("approved", std::move(approved))
        .add("missing", std::move(missing))
        .add("lacking_legs", legs_without_funds(answer.agreed.lacking));
  }
  std::vector<std::string> steps;
  for (const auto& step : answer.steps) steps.push_back(step_line(names, step, {}));
  fields.add("steps", std::move(steps)).add("height", answer.height.value());
  print(std::cout, fields, session.format());
  return 0;
}

}  // namespace huangpu::tools
