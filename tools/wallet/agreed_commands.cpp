// reserve, post, void, reserves: two-phase transfers. settlement: legs that several parties agree
// on over time (SPEC W-93).
#include <CLI/CLI.hpp>
#include <algorithm>
#include <tuple>

#include "tools/wallet/act_options.hpp"
#include "tools/wallet/agreed_views.hpp"
#include "tools/wallet/commands.hpp"
#include "tools/wallet/offline/build.hpp"

namespace huangpu::tools {
namespace {

struct ReserveOptions {
  std::string money;  // "1250.00 CNY"
  std::string from;
  std::string to;
  std::string expires = "+1d";
  std::string poster = "debtor";
  std::string purpose;
  std::string end_to_end;
  ActOptions act;
};

struct PostOptions {
  std::string reserve;
  std::string money;
  bool keep_rest = false;
  ActOptions act;
};

struct SubjectOptions {
  std::string subject;
  ActOptions act;
};

struct ProposeOptions {
  std::vector<std::tuple<std::string, std::string, std::string>> legs;  // from, to, money
  std::string expires = "+1d";
  bool receivers = false;
  std::string purpose;
  std::string end_to_end;
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

// debtor, beneficiary, or the code of a participant.
Status read_poster(const Session& session, const std::string& text, ledger::ReserveFunds& op) {
  if (text == ledger::poster_name(ledger::Poster::kDebtor)) return {};
  if (text == ledger::poster_name(ledger::Poster::kBeneficiary)) {
    op.poster = ledger::Poster::kBeneficiary;
    return {};
  }
  const auto& participants = session.genesis().participants;
  const auto third = std::ranges::find(participants, text, &ledger::GenesisParticipant::code);
  if (third == participants.end()) {
    return fail(Errc::kInvalidArgument,
                "--posted-by is debtor, beneficiary or the code of a participant");
  }
  op.poster = ledger::Poster::kThird;
  op.third = third->id;
  return {};
}

Result<int> reserve(Session& session, const ReserveOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const Money money, read_money(session, options.money));
  HP_TRY_ASSIGN(const AccountText from, session.account(options.from));
  HP_TRY_ASSIGN(const AccountText to, session.account(options.to));
  ledger::ReserveFunds op;
  op.debit = from.id;
  op.credit = to.id;
  op.asset = money.asset;
  op.amount = money.amount;
  HP_TRY_ASSIGN(op.expires, parse_moment(options.expires, wall_now()));
  HP_TRY(read_poster(session, options.poster, op));
  HP_TRY_ASSIGN(op.purpose, parse_purpose(options.purpose));
  HP_TRY_ASSIGN(op.end_to_end, parse_end_to_end(options.end_to_end));
  session.directory().remember(from);
  session.directory().remember(to);
  return act(session, {op, options.act, {}});
}

Result<int> post(Session& session, const PostOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const auto id, parse_txid(options.reserve));
  HP_TRY_ASSIGN(const Money money, read_money(session, options.money));
  return act(session, {ledger::PostReserved{id, money.amount, options.keep_rest}, options.act, {}});
}

template <class Op>
Result<int> on_subject(Session& session, const SubjectOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const auto id, parse_txid(options.subject));
  return act(session, {Op{id}, options.act, {}});
}

Result<int> propose(Session& session, const ProposeOptions& options) {
  HP_TRY(session.open());
  ledger::ProposeSettlement op;
  for (const auto& [debit, credit, money_text] : options.legs) {
    HP_TRY_ASSIGN(const AccountText from, session.account(debit));
    HP_TRY_ASSIGN(const AccountText to, session.account(credit));
    HP_TRY_ASSIGN(const Money money, read_money(session, money_text));
    op.legs.push_back({from.id, to.id, money.asset, money.amount});
    session.directory().remember(from);
    session.directory().remember(to);
  }
  HP_TRY_ASSIGN(op.expires, parse_moment(options.expires, wall_now()));
  op.receivers_approve = options.receivers;
  HP_TRY_ASSIGN(op.purpose, parse_purpose(options.purpose));
  HP_TRY_ASSIGN(op.end_to_end, parse_end_to_end(options.end_to_end));
  return act(session, {op, options.act, {}});
}

template <class Options>
void run_with(CLI::App& command, Invocation& invocation, const std::shared_ptr<Options>& options,
              Result<int> (*run)(Session&, const Options&)) {
  command.callback([&invocation, options, run] {
    invocation.action = [options, run](Session& session) { return run(session, *options); };
  });
}

void add_marks(CLI::App& command, std::string& purpose, std::string& end_to_end) {
  command.add_option("--purpose", purpose, "ISO 20022 purpose code, such as SECU");
  command.add_option("--end-to-end", end_to_end,
                     "UETR or 32 hexadecimal digits that travel to the creditor");
}

void add_reserve(CLI::App& app, Invocation& invocation, Verbs verbs) {
  CLI::App* command =
      app.add_subcommand("reserve", "Set funds aside for a beneficiary, to be posted later");
  auto options = std::make_shared<ReserveOptions>();
  command->add_option("money", options->money, "Amount and asset, \"1250.00 CNY\"")->required();
  command->add_option("--from", options->from, "Account whose funds are reserved")->required();
  command->add_option("--to", options->to, "Account they are reserved for")->required();
  command->add_option("--expires", options->expires, "2026-11-24T09:00:00Z, or +8h, +30m, +2d")
      ->capture_default_str();
  command
      ->add_option("--posted-by", options->poster,
                   "debtor, beneficiary or the code of a participant")
      ->capture_default_str();
  add_marks(*command, options->purpose, options->end_to_end);
  add_act_options(*command, options->act, verbs);
  run_with(*command, invocation, options, reserve);
}

void add_post_and_void(CLI::App& app, Invocation& invocation, Verbs verbs) {
  CLI::App* command = app.add_subcommand("post", "Transfer reserved funds, all or a part of them");
  auto options = std::make_shared<PostOptions>();
  command->add_option("reserve", options->reserve, "Transaction id of the reserve")->required();
  command->add_option("money", options->money, "Amount and asset, \"1250.00 CNY\"")->required();
  command->add_flag("--keep-rest", options->keep_rest,
                    "What is left stays reserved; otherwise it is given back");
  add_act_options(*command, options->act, verbs);
  run_with(*command, invocation, options, post);

  CLI::App* void_command = app.add_subcommand("void", "Give back what is left of reserved funds");
  auto subject = std::make_shared<SubjectOptions>();
  void_command->add_option("reserve", subject->subject, "Transaction id of the reserve")
      ->required();
  add_act_options(*void_command, subject->act, verbs);
  run_with(*void_command, invocation, subject, on_subject<ledger::VoidReserved>);
}

void add_reserves(CLI::App& app, Invocation& invocation) {
  CLI::App* group = app.add_subcommand("reserves", "What is reserved of an account");
  group->require_subcommand(0, 1);
  auto account = std::make_shared<std::string>("1");
  group->add_option("--account", *account, "Account")->capture_default_str();
  group->callback([&invocation, group, account] {
    if (!group->get_subcommands().empty()) return;
    invocation.action = [account](Session& session) { return show_reserves(session, *account); };
  });
  CLI::App* show = group->add_subcommand("show", "What became of reserved funds, step by step");
  auto id = std::make_shared<std::string>();
  show->add_option("reserve", *id, "Transaction id of the reserve")->required();
  run_with(*show, invocation, id, show_reserve);
}

void add_settlement(CLI::App& app, Invocation& invocation, Verbs verbs) {
  CLI::App* group = app.add_subcommand(
      "settlement", "Legs that settle together once all their parties have approved");
  group->require_subcommand(1);
  CLI::App* command = group->add_subcommand("propose", "Propose one, and approve it for yourself");
  auto options = std::make_shared<ProposeOptions>();
  command
      ->add_option("--leg", options->legs,
                   "Account to debit, account to credit, \"1250.00 CNY\"; once per leg")
      ->required();
  command->add_option("--expires", options->expires, "2026-11-24T09:00:00Z, or +8h, +30m, +2d")
      ->capture_default_str();
  command->add_flag("--receivers-approve", options->receivers,
                    "The accounts that are credited must approve too");
  add_marks(*command, options->purpose, options->end_to_end);
  add_act_options(*command, options->act, verbs);
  run_with(*command, invocation, options, propose);

  const auto add = [&](const char* name, const char* help,
                       Result<int> (*run)(Session&, const SubjectOptions&)) {
    CLI::App* verb = group->add_subcommand(name, help);
    auto subject = std::make_shared<SubjectOptions>();
    verb->add_option("settlement", subject->subject, "Transaction id of the proposal")->required();
    add_act_options(*verb, subject->act, verbs);
    run_with(*verb, invocation, subject, run);
  };
  add("approve", "Approve it for your accounts; binding once all have approved",
      on_subject<ledger::ApproveSettlement>);
  add("withdraw", "Take your approval back, as long as others are missing",
      on_subject<ledger::WithdrawApproval>);
  add("cancel", "End it for all, as long as approvals are missing",
      on_subject<ledger::CancelSettlement>);
  if (verbs == Verbs::kBuild) return;
  CLI::App* show = group->add_subcommand("show", "Who approved, what lacks, what happened");
  auto id = std::make_shared<std::string>();
  show->add_option("settlement", *id, "Transaction id of the proposal")->required();
  run_with(*show, invocation, id, show_settlement);
  CLI::App* list = group->add_subcommand("list", "Open settlements of an account");
  auto account = std::make_shared<std::string>("1");
  list->add_option("--account", *account, "Account")->capture_default_str();
  run_with(*list, invocation, account, show_settlements);
}

}  // namespace

void add_agreed_commands(CLI::App& app, Invocation& invocation, Verbs verbs) {
  add_reserve(app, invocation, verbs);
  add_post_and_void(app, invocation, verbs);
  if (verbs == Verbs::kAct) add_reserves(app, invocation);
  add_settlement(app, invocation, verbs);
}

}  // namespace huangpu::tools
