#include "tools/wallet/governance/governance_texts.hpp"

#include "crypto/base/civil.hpp"
#include "ledger/rules/governance.hpp"
#include "ledger/types/parameters.hpp"

namespace huangpu::tools {
namespace {

std::string line_of(const ledger::Member& member) {
  return member.name + ", participant " + std::to_string(member.participant.value()) + ", weight " +
         std::to_string(member.weight) + ", key " + member.key.to_string() + ", transport pin " +
         member.tls_pin.hex() + (member.endpoint.empty() ? "" : ", endpoint " + member.endpoint);
}

std::vector<std::string> lines_of(const ledger::EpochSettings& settings) {
  std::vector<std::string> lines;
  for (const ledger::Member& member : settings.members) lines.push_back(line_of(member));
  return lines;
}

void changed(std::vector<std::string>& out, const std::string& what, const std::string& from,
             const std::string& to) {
  if (from != to) out.push_back(what + ": " + from + " becomes " + to);
}

void compare(std::vector<std::string>& out, const ledger::Member& from, const ledger::Member& to) {
  const auto name = "validator " + to.name + ", ";
  changed(out, name + "key", from.key.to_string(), to.key.to_string());
  changed(out, name + "transport pin", from.tls_pin.hex(), to.tls_pin.hex());
  changed(out, name + "weight", std::to_string(from.weight), std::to_string(to.weight));
  changed(out, name + "endpoint", from.endpoint.empty() ? "none" : from.endpoint,
          to.endpoint.empty() ? "none" : to.endpoint);
}

std::string vote_counts(const ledger::ProposalValue& value) {
  const std::uint32_t approvals = value.approvals();
  return std::to_string(approvals) + " for, " + std::to_string(value.votes.size() - approvals) +
         " against";
}

}  // namespace

std::vector<std::string> differences(const ledger::EpochSettings& from,
                                     const ledger::EpochSettings& to) {
  std::vector<std::string> out;
  for (const ledger::Member& member : from.members) {
    if (to.find(member.name) == nullptr) out.push_back("validator " + member.name + " leaves");
  }
  for (const ledger::Member& member : to.members) {
    const ledger::Member* const before = from.find(member.name);
    if (before == nullptr) {
      out.push_back("validator joins: " + line_of(member));
    } else {
      compare(out, *before, member);
    }
  }
  const auto before = ledger::list_parameters(from);
  const auto after = ledger::list_parameters(to);
  for (std::size_t i = 0; i < after.size(); ++i) {
    changed(out, after[i].first, std::to_string(before[i].second), std::to_string(after[i].second));
  }
  changed(out, "revision", std::to_string(from.revision), std::to_string(to.revision));
  return out;
}

Fields fields_of(Session& /*session*/, const ChainSettings& chain) {
  Fields fields;
  fields.add("height", chain.height.value())
      .add("epoch", chain.epochs.current.value())
      .add("epoch_start", chain.epochs.start.value())
      .add("validators", lines_of(chain.current))
      .add("quorum_weight", ledger::quorum_weight(chain.current))
      .add("revision", std::uint64_t{chain.current.revision});
  std::vector<std::string> parameters;
  for (const auto& [name, value] : ledger::list_parameters(chain.current))
    parameters.push_back(name + " " + std::to_string(value));
  fields.add("parameters", parameters);
  if (chain.epochs.announced) {
    fields.add("announced_boundary", chain.epochs.announced->end_at.value())
        .add("announced_changes", differences(chain.current, chain.epochs.announced->settings));
  }
  if (chain.epochs.pending) {
    fields.add("pending_changes", differences(chain.predecessor(), *chain.epochs.pending))
        .add("ready", chain.epochs.ready);
  }
  return fields;
}

Table table_of(Session& session, const std::vector<ChainProposal>& proposals) {
  Table table{{"number", "status", "proposer", "votes", "expires", "change"}, {}};
  for (const ChainProposal& each : proposals) {
    table.rows.push_back({each.number, std::string(ledger::status_name(each.value.status)),
                          session.directory().participant(each.value.proposer),
                          vote_counts(each.value), format_rfc3339(each.value.expires),
                          ledger::describe_change(each.value.change)});
  }
  return table;
}

Fields fields_of(Session& session, const ChainProposal& proposal, const ChainSettings& chain) {
  const ledger::ProposalValue& value = proposal.value;
  std::vector<std::string> votes;
  for (const ledger::GovernanceVote& each : value.votes) {
    votes.push_back(session.directory().participant(each.participant) +
                    (each.approve ? " for" : " against"));
  }
  Fields fields;
  fields.add("number", proposal.number)
      .add("status", std::string(ledger::status_name(value.status)))
      .add("change", ledger::describe_change(value.change))
      .add("proposer", session.directory().participant(value.proposer))
      .add("proposed_height", value.proposed.value())
      .add("expires", format_rfc3339(value.expires))
      .add("approvals_needed", std::uint64_t{chain.current.governance.approvals})
      .add("votes", votes);
  if (value.status == ledger::ProposalStatus::kOpen) {
    const ledger::ChangeOutcome outcome =
        ledger::judge_change(chain.predecessor(), chain.base(), value.change);
    if (outcome.code == ledger::ResultCode::kSettled) {
      fields.add("would_change", differences(chain.base(), outcome.settings));
    } else {
      fields.add("would_fail", outcome.why);
    }
  } else {
    fields.add("closed_height", value.closed.value());
  }
  return fields;
}

Fields simulation_of(const ChainSettings& chain, const ledger::GovernanceChange& change,
                     const ledger::ChangeOutcome& outcome) {
  const bool accepted = outcome.code == ledger::ResultCode::kSettled;
  Fields fields;
  fields.add("height", chain.height.value())
      .add("change", ledger::describe_change(change))
      .add("accepted", accepted)
      .add("code", static_cast<std::uint64_t>(outcome.code))
      .add("result", std::string(ledger::name(outcome.code)));
  if (accepted) {
    fields.add("would_change", differences(chain.base(), outcome.settings))
        .add("quorum_weight", ledger::quorum_weight(outcome.settings));
  } else {
    fields.add("reason", outcome.why);
  }
  return fields;
}

}  // namespace huangpu::tools
