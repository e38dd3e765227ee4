// governance settings, list, show, simulate, propose, vote, withdraw: who validates and under what
// parameters (SPEC W-80, W-81, W-82, W-83).
#include <CLI/CLI.hpp>
#include <iostream>

#include "crypto/base/civil.hpp"
#include "ledger/rules/governance.hpp"
#include "ledger/store/text_file.hpp"
#include "tools/admin/card.hpp"
#include "tools/cli/arguments.hpp"
#include "tools/cli/tool_exit.hpp"
#include "tools/wallet/act_options.hpp"
#include "tools/wallet/commands.hpp"
#include "tools/wallet/governance/chain_settings.hpp"
#include "tools/wallet/governance/governance_texts.hpp"
#include "tools/wallet/governance/parameter_names.hpp"

namespace huangpu::tools {
namespace {

constexpr std::uint64_t kHourMs = 3'600'000;
constexpr std::uint32_t kOpenHours = 24;

enum class Change : std::uint8_t { kAdd, kRemove, kUpdate, kParameters, kRevision };

struct ChangeOptions {
  Change change = Change::kAdd;
  std::string name;
  std::filesystem::path card;
  std::string key;
  std::string pin;
  std::string endpoint;
  std::uint32_t weight = 0;  // 0: as it is; of a new validator 1
  std::vector<std::string> assignments;
  std::uint32_t revision = 0;
  std::uint32_t open_hours = 0;
  ActOptions act;
};

struct VoteOptions {
  std::uint64_t number = 0;
  bool approve = false;
  bool against = false;
  ActOptions act;
};

Result<Card> read_card(const std::filesystem::path& path) {
  HP_TRY_ASSIGN(const std::string text, ledger::read_text_file(path, kCardBytesMax));
  return parse_card(text, path.string());
}

Result<ledger::AddValidator> read_newcomer(const Session& session, const ChangeOptions& options) {
  HP_TRY_ASSIGN(const Card card, read_card(options.card));
  ledger::AddValidator add;
  add.member.name = card.name;
  HP_TRY_ASSIGN(add.member.participant, find_participant(session.genesis(), card.participant));
  add.member.key = card.key;
  add.member.tls_pin = card.tls_pin;
  add.member.endpoint = node::to_text(card.peers);
  if (options.weight != 0) add.member.weight = options.weight;
  return add;
}

Result<ledger::UpdateValidator> read_update(const ChangeOptions& options) {
  ledger::UpdateValidator update;
  update.name = options.name;
  if (!options.key.empty()) {
    HP_TRY_ASSIGN(update.key, crypto::PublicKey::parse(options.key));
  }
  if (!options.pin.empty()) {
    HP_TRY_ASSIGN(update.tls_pin, crypto::Digest::parse_hex(options.pin));
  }
  if (!options.endpoint.empty()) update.endpoint = options.endpoint;
  if (options.weight != 0) update.weight = options.weight;
  if (!update.key && !update.tls_pin && !update.endpoint && !update.weight)
    return fail(Errc::kInvalidArgument, "say what changes: --key, --pin, --weight or --endpoint");
  return update;
}

Result<ledger::GovernanceChange> read_change(const Session& session, const ChangeOptions& options,
                                             const ChainSettings& chain) {
  switch (options.change) {
    case Change::kAdd:
      return read_newcomer(session, options);
    case Change::kRemove:
      return ledger::RemoveValidator{options.name};
    case Change::kUpdate:
      return read_update(options);
    case Change::kParameters: {
      ledger::EpochSettings settings = chain.base();
      for (const std::string& each : options.assignments) HP_TRY(set_parameter(settings, each));
      return ledger::SetParameters{settings.consensus, settings.ledger, settings.governance};
    }
    case Change::kRevision:
      return ledger::ActivateRevision{options.revision};
  }
  return fail(Errc::kInvalidArgument, "unknown change");
}

Result<int> simulate(Session& session, const ChangeOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const ChainSettings chain, chain_settings(session));
  HP_TRY_ASSIGN(const auto change, read_change(session, options, chain));
  // The chain's own rule, on the chain's own state.
  const ledger::ChangeOutcome outcome =
      ledger::judge_change(chain.predecessor(), chain.base(), change);
  print(std::cout, simulation_of(chain, change, outcome), session.format());
  return static_cast<int>(outcome.code == ledger::ResultCode::kSettled ? kExitOk : kExitRefused);
}

Result<int> propose(Session& session, const ChangeOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const ChainSettings chain, chain_settings(session));
  HP_TRY_ASSIGN(auto change, read_change(session, options, chain));
  const std::uint32_t hours_max = chain.current.governance.proposal_hours;
  const std::uint32_t hours =
      options.open_hours != 0 ? options.open_hours : std::min(kOpenHours, hours_max);
  // A minute less than allowed: block time may be a little behind this clock.
  const std::uint64_t length = std::uint64_t{hours} * kHourMs - 60'000;
  const TimestampMs expires{wall_now().value() + length};
  return act(session, {ledger::ProposeChange{expires, std::move(change)}, options.act});
}

Result<int> vote(Session& session, const VoteOptions& options) {
  HP_TRY(session.open());
  if (!options.act.build) {
    // What is decided is shown before it is signed.
    HP_TRY_ASSIGN(const ChainProposal proposal, chain_proposal(session, options.number));
    print_line(std::cerr,
               "Proposal " + std::to_string(options.number) + ": " +
                   ledger::describe_change(proposal.value.change),
               Fields{}
                   .add("event", "proposal")
                   .add("number", options.number)
                   .add("change", ledger::describe_change(proposal.value.change)),
               session.format());
  }
  return act(session, {ledger::VoteOnProposal{options.number, options.approve}, options.act});
}

Result<int> withdraw(Session& session, const VoteOptions& options) {
  HP_TRY(session.open());
  return act(session, {ledger::WithdrawProposal{options.number}, options.act});
}

Result<int> list(Session& session, bool all) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const auto proposals, chain_proposals(session, all));
  print(std::cout, table_of(session, proposals), session.format());
  return static_cast<int>(kExitOk);
}

Result<int> show(Session& session, std::uint64_t number) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const ChainProposal proposal, chain_proposal(session, number));
  HP_TRY_ASSIGN(const ChainSettings chain, chain_settings(session));
  print(std::cout, fields_of(session, proposal, chain), session.format());
  return static_cast<int>(kExitOk);
}

Result<int> show_settings(Session& session) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const ChainSettings chain, chain_settings(session));
  print(std::cout, fields_of(session, chain), session.format());
  return static_cast<int>(kExitOk);
}

using RunChange = Result<int> (*)(Session&, const ChangeOptions&);

void add_changes(CLI::App& group, Invocation& invocation, RunChange run, bool acts, Verbs verbs) {
  group.require_subcommand(1);
  const auto add = [&](const char* name, const char* help, Change change) {
    CLI::App* command = group.add_subcommand(name, help);
    auto options = std::make_shared<ChangeOptions>();
    options->change = change;
    if (acts) {
      command
          ->add_option("--open-hours", options->open_hours,
                       "How long votes count; default: 24, or what the chain allows")
          ->check(CLI::Range(1, 8'784));
      add_act_options(*command, options->act, verbs);
    }
    command->callback([&invocation, options, run] {
      invocation.action = [options, run](Session& session) { return run(session, *options); };
    });
    return std::pair(command, options);
  };
  const auto weight = [](CLI::App* command, ChangeOptions& options) {
    command->add_option("--weight", options.weight, "Voting weight")
        ->check(CLI::Range(1U, ledger::kMemberWeightMax));
  };
  {
    const auto [command, options] =
        add("add-validator", "One more validator, as its card says", Change::kAdd);
    command->add_option("--card", options->card, "Its card (huangpu-admin card)")->required();
    weight(command, *options);
  }
  {
    const auto [command, options] = add("remove-validator", "One validator less", Change::kRemove);
    command->add_option("name", options->name, "The validator's name")->required();
  }
  {
    const auto [command, options] =
        add("update-validator", "Another key, transport pin, weight or endpoint", Change::kUpdate);
    command->add_option("name", options->name, "The validator's name")->required();
    command->add_option("--key", options->key, "Its new consensus key, as huangpu-node prints it");
    command->add_option("--pin", options->pin,
                        "SHA-256 of its new peer certificate's public key, 64 hexadecimal digits");
    command->add_option("--endpoint", options->endpoint, "host:port for other validators");
    weight(command, *options);
  }
  {
    const auto [command, options] =
        add("set-parameters", "Parameters of consensus, ledger or governance", Change::kParameters);
    command->add_option("--set", options->assignments, "NAME=NUMBER; repeat for several")
        ->required()
        ->allow_extra_args(false);
  }
  {
    const auto [command, options] =
        add("activate-revision", "The next protocol revision", Change::kRevision);
    command->add_option("revision", options->revision, "Its number")->required();
  }
}

using RunVote = Result<int> (*)(Session&, const VoteOptions&);

CLI::App* add_vote(CLI::App& group, Invocation& invocation, const char* name, const char* help,
                   const std::shared_ptr<VoteOptions>& options, RunVote run, Verbs verbs) {
  CLI::App* command = group.add_subcommand(name, help);
  command->add_option("number", options->number, "The proposal's number")
      ->required()
      ->check(whole_number());
  add_act_options(*command, options->act, verbs);
  command->callback([&invocation, options, run] {
    invocation.action = [options, run](Session& session) { return run(session, *options); };
  });
  return command;
}

void add_looks(CLI::App& group, Invocation& invocation) {
  CLI::App* settings = group.add_subcommand(
      "settings", "Validators and parameters now, pending and announced, with proof");
  settings->callback([&invocation] { invocation.action = show_settings; });

  auto all = std::make_shared<bool>(false);
  CLI::App* listing = group.add_subcommand("list", "Open proposals");
  listing->add_flag("--all", *all, "Closed ones too");
  listing->callback([&invocation, all] {
    invocation.action = [all](Session& session) { return list(session, *all); };
  });

  auto number = std::make_shared<std::uint64_t>(0);
  CLI::App* showing = group.add_subcommand("show", "One proposal, its votes and what it changes");
  showing->add_option("number", *number, "The proposal's number")
      ->required()
      ->check(whole_number());
  showing->callback([&invocation, number] {
    invocation.action = [number](Session& session) { return show(session, *number); };
  });

  CLI::App* simulating = group.add_subcommand(
      "simulate", "What a proposal would change, or the code that would refuse it; sends nothing");
  add_changes(*simulating, invocation, simulate, false, Verbs::kAct);
}

}  // namespace

void add_governance_commands(CLI::App& app, Invocation& invocation, Verbs verbs) {
  CLI::App* group = app.add_subcommand(
      "governance", "Validators, parameters and revision: proposals and votes of governors");
  group->require_subcommand(1);
  if (verbs == Verbs::kAct) add_looks(*group, invocation);

  CLI::App* proposing = group->add_subcommand("propose", "Open a proposal; voting is apart");
  add_changes(*proposing, invocation, propose, true, verbs);

  auto voting = std::make_shared<VoteOptions>();
  CLI::App* ballot =
      add_vote(*group, invocation, "vote", "Vote once on an open proposal", voting, vote, verbs);
  CLI::Option_group* which = ballot->add_option_group("which");
  which->add_flag("--approve", voting->approve, "For it");
  which->add_flag("--against", voting->against, "Against it");
  which->require_option(1);
  add_vote(*group, invocation, "withdraw", "Close an own proposal", std::make_shared<VoteOptions>(),
           withdraw, verbs);
}

}  // namespace huangpu::tools
