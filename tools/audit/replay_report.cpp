#include "tools/audit/replay_report.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "crypto/base/civil.hpp"
#include "tools/cli/output.hpp"

namespace huangpu::tools {
namespace {

using Json = nlohmann::ordered_json;

std::string text(std::uint64_t number) { return std::to_string(number); }

std::string_view verdict_word(const std::optional<Finding>& finding) {
  if (!finding) return "clean";
  switch (finding->exit_code()) {
    case kExitDamaged:
      return "damaged";
    case kExitDiverged:
      return "diverged";
    case kExitWrongChain:
      return "wrong chain";
    default:
      return "not audited";
  }
}

std::uint64_t per_second(std::uint64_t count, std::uint64_t milliseconds) {
  return count * 1'000 / std::max<std::uint64_t>(milliseconds, 1);
}

std::string seconds(std::uint64_t milliseconds) {
  const std::string thousandths = text(1'000 + milliseconds % 1'000).substr(1);
  return text(milliseconds / 1'000) + "." + thousandths;
}

// Code and decimals of an asset; of one that genesis does not know, its number.
struct AssetName {
  std::string code;
  unsigned decimals = 0;
};

AssetName name_of(const ledger::Genesis& genesis, ledger::AssetId asset) {
  for (const ledger::GenesisAsset& entry : genesis.assets) {
    if (entry.id == asset) return {entry.code, entry.decimals};
  }
  return {"asset " + text(asset.value()), 0};
}

struct AssetLine {
  std::string code;
  std::string issued;
  std::string redeemed;
  std::string circulating;
  std::string held;
  std::uint64_t holders;
};

AssetLine line_of(const ledger::Genesis& genesis, const ledger::AssetTotals& totals) {
  const AssetName asset = name_of(genesis, totals.asset);
  const auto circulating = totals.issued.checked_sub(totals.redeemed);
  return {asset.code,
          totals.issued.to_string(asset.decimals),
          totals.redeemed.to_string(asset.decimals),
          circulating ? circulating->to_string(asset.decimals) : "less than nothing",
          totals.held ? totals.held->to_string(asset.decimals) : "more than any amount",
          totals.holders};
}

std::string certified_text(const AuditFigures& figures) {
  if (figures.last == Height{0}) return "the chain has no blocks";
  if (figures.commit_certificates == 0) return "NOT CERTIFIED: no commit certificate at all";
  std::string line = "heights 1 to " + text(figures.certified.value()) + ", by " +
                     text(figures.commit_certificates) + " commit certificates";
  if (figures.certified < figures.last) {
    line += "; NOT CERTIFIED: heights " + text(figures.certified.value() + 1) + " to " +
            text(figures.last.value());
    if (figures.finalized > figures.certified) {
      line += " (ordered for good up to " + text(figures.finalized.value()) + ")";
    }
  }
  return line;
}

Json json_of(const Finding& finding) {
  Json json = {
      {"check", std::string(name(finding.check))}, {"number", static_cast<unsigned>(finding.check)},
      {"height", finding.height.value()},          {"subject", printable(finding.subject)},
      {"message", printable(finding.message)},
  };
  if (finding.offset) json["offset"] = *finding.offset;
  if (!finding.expected.empty()) json["expected"] = printable(finding.expected);
  if (!finding.found.empty()) json["found"] = printable(finding.found);
  if (!finding.details.empty()) {
    for (const std::string& line : finding.details) json["details"].push_back(printable(line));
  }
  return json;
}

Json figures_json(const AuditFigures& figures, const ledger::Genesis& genesis) {
  Json json = {
      {"last_height", figures.last.value()},
      {"last_time_ms", figures.last_time.value()},
      {"end_reached", figures.end_reached},
      {"certified_height", figures.certified.value()},
      {"uncertified_heights", figures.last.value() - figures.certified.value()},
      {"batches", figures.batches},
      {"transactions", figures.transactions},
      {"settled_transfers", figures.transfers},
      {"client_signatures", figures.client_signatures},
      {"validator_signatures", figures.validator_signatures},
      {"commit_certificates", figures.commit_certificates},
      {"finalizations", figures.finalizations},
      {"nullified_views", figures.nullifications},
      {"evidence", figures.evidence},
  };
  Json results = Json::object();
  for (const auto& [code, count] : figures.results) {
    results[std::string(ledger::name(code))] = count;
  }
  json["results"] = results;
  json["state_entries"] = figures.state_entries;
  json["state_root"] = figures.state_root.hex();
  json["assets"] = Json::array();
  for (const ledger::AssetTotals& totals : figures.assets) {
    const AssetLine line = line_of(genesis, totals);
    json["assets"].push_back({{"asset", totals.asset.value()},
                              {"code", line.code},
                              {"issued", line.issued},
                              {"redeemed", line.redeemed},
                              {"in_circulation", line.circulating},
                              {"held", line.held},
                              {"holders", line.holders},
                              {"conserved", totals.conserved()}});
  }
  return json;
}

}  // namespace

std::string finding_text(const Finding& finding) {
  return "NOT CLEAN (" + std::string(verdict_word(finding)) + ")\n" + printable(describe(finding)) +
         "\n";
}

std::string finding_json(const Finding& finding) {
  const Json json = {{"verdict", std::string(verdict_word(finding))},
                     {"clean", false},
                     {"finding", json_of(finding)}};
  return json.dump(2) + "\n";
}

std::string report_text(const ReplayReport& report, const ledger::Genesis& genesis,
                        const ReplayFrame& frame) {
  const AuditFigures& figures = report.figures;
  Fields fields;
  fields.add("source", frame.source);
  fields.add("chain", genesis.chain_name);
  fields.add("chain id", ledger::chain_id(genesis).hex());
  fields.add("genesis",
             frame.genesis_was_given
                 ? "as given"
                 : "as the source states it: compare the chain id with the published one");
  std::string heights = "1 to " + text(figures.last.value());
  if (figures.last == Height{0}) heights = "none";
  if (figures.last != Height{0}) heights += ", " + format_rfc3339(figures.last_time);
  fields.add("heights", heights);
  fields.add("transactions", text(figures.transactions) + " in " + text(figures.batches) +
                                 " batches; " + text(figures.transfers) + " transfers settled");
  for (const auto& [code, count] : figures.results) {
    fields.add("  " + std::string(ledger::name(code)), text(count));
  }
  std::string signatures = text(figures.client_signatures) + " of clients, " +
                           text(figures.validator_signatures) + " of validators";
  if (frame.from > Height{1}) signatures += "; from height " + text(frame.from.value()) + " on";
  fields.add("signatures", signatures);
  fields.add("certified", certified_text(figures));
  if (figures.evidence > 0) fields.add("evidence", text(figures.evidence) + " proofs of offences");
  if (!report.finding) {
    fields.add("state", text(figures.state_entries) + " entries, root " + figures.state_root.hex());
  }
  fields.add("speed", seconds(frame.milliseconds) + " s; " +
                          text(per_second(figures.transactions, frame.milliseconds)) +
                          " transactions, " +
                          text(per_second(figures.transfers, frame.milliseconds)) + " transfers, " +
                          text(per_second(figures.client_signatures, frame.milliseconds)) +
                          " client signatures per second");
  std::ostringstream out;
  print(out, fields, OutputFormat::kText);
  if (!figures.assets.empty()) {
    Table table{{"asset", "issued", "redeemed", "in circulation", "held", "holders"}, {}};
    for (const ledger::AssetTotals& totals : figures.assets) {
      const AssetLine line = line_of(genesis, totals);
      table.rows.push_back(
          {line.code, line.issued, line.redeemed, line.circulating, line.held, line.holders});
    }
    out << "\n";
    print(out, table, OutputFormat::kText);
  }
  out << "\n";
  if (report.finding) {
    out << finding_text(*report.finding);
  } else {
    out << "CLEAN\n";
  }
  return out.str();
}

std::string report_json(const ReplayReport& report, const ledger::Genesis& genesis,
                        const ReplayFrame& frame) {
  const AuditFigures& figures = report.figures;
  Json json = {
      {"verdict", std::string(verdict_word(report.finding))},
      {"clean", !report.finding.has_value()},
  };
  if (report.finding) json["finding"] = json_of(*report.finding);
  json["source"] = printable(frame.source);
  json["chain_name"] = printable(genesis.chain_name);
  json["chain_id"] = ledger::chain_id(genesis).hex();
  json["genesis_given"] = frame.genesis_was_given;
  json["signatures_from_height"] = frame.from.value();
  json.update(figures_json(figures, genesis));
  json["milliseconds"] = frame.milliseconds;
  json["per_second"] = {
      {"transactions", per_second(figures.transactions, frame.milliseconds)},
      {"transfers", per_second(figures.transfers, frame.milliseconds)},
      {"client_signatures", per_second(figures.client_signatures, frame.milliseconds)},
      {"heights", per_second(figures.last.value(), frame.milliseconds)}};
  return json.dump(2) + "\n";
}

}  // namespace huangpu::tools
