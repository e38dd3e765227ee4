#include "tools/wallet/offline/build.hpp"

#include <algorithm>
#include <iostream>
#include <set>

#include "crypto/base/civil.hpp"
#include "ledger/codec/transaction_builder.hpp"
#include "ledger/store/text_file.hpp"
#include "tools/cli/tool_exit.hpp"
#include "tools/wallet/offline/explain.hpp"

namespace huangpu::tools {
namespace {

constexpr std::uint64_t kClockSkewMs = 10'000;
constexpr std::uint64_t kDefaultSpanMs = kMsPerDay;
constexpr std::uint64_t kSpanMsMax = 366 * kMsPerDay;

// Every account the operation names.
struct AccountsOf {
  std::set<ledger::AccountId>& into;

  void operator()(const ledger::Issue& op) const { into.insert(op.credit); }
  void operator()(const ledger::Redeem& op) const { into.insert(op.debit); }
  void operator()(const ledger::Transfer& op) const { into.insert({op.debit, op.credit}); }
  void operator()(const ledger::BulkTransfer& op) const {
    const auto records = ledger::BulkRecords::trusted(op.records);
    for (std::size_t i = 0; i < records.count(); ++i) {
      const ledger::BulkRecord record = records.at(i);
      into.insert({record.debit, record.credit});
    }
  }
  void operator()(const ledger::SetAccountAuthority& op) const { into.insert(op.account); }
  void operator()(const ledger::ReserveFunds& op) const { into.insert({op.debit, op.credit}); }
  void operator()(const ledger::ProposeSettlement& op) const {
    for (const ledger::SettlementLeg& leg : op.legs) into.insert({leg.debit, leg.credit});
  }
  template <class Other>
  void operator()(const Other&) const {}
};

std::vector<NamedAccount> named_accounts(const ledger::Operation& operation,
                                         const Directory& names) {
  std::set<ledger::AccountId> ids;
  std::visit(AccountsOf{ids}, operation);
  std::vector<NamedAccount> accounts;
  for (const auto& id : ids) {
    if (const auto known = names.numbered(id)) accounts.push_back({known->owner, known->number});
  }
  std::ranges::sort(accounts);
  return accounts;
}

Result<SignerPlan> plan_signers(Session& session, const Act& act) {
  const BuildOptions& options = *act.options.build;
  std::vector<std::string> names = options.signers;
  if (names.empty()) {
    for (const auto& path : session.signer_names()) names.push_back(path.string());
  }
  SignerPlan plan;
  if (!act.new_key.empty()) {
    HP_TRY_ASSIGN(const auto key, session.key_id(act.new_key.string()));
    plan.all_of.push_back(key);
  }
  for (const std::string& name : names) {
    HP_TRY_ASSIGN(const auto key, session.key_id(name));
    if (std::ranges::find(plan.all_of, key) != plan.all_of.end()) continue;
    if (std::ranges::find(plan.of, key) != plan.of.end()) {
      return fail(Errc::kInvalidArgument, "--signer names key " + key.hex() + " twice");
    }
    plan.of.push_back(key);
  }
  std::ranges::sort(plan.of);
  plan.any = options.any == 0 ? plan.of.size() : options.any;
  if (plan.any > plan.of.size()) {
    return fail(Errc::kInvalidArgument,
                "--any asks for more signatures than there are signers; name them all with "
                "--signer");
  }
  if (plan.any == plan.of.size()) {  // no choice to make
    plan.all_of.insert(plan.all_of.end(), plan.of.begin(), plan.of.end());
    plan.of.clear();
    plan.any = 0;
  }
  std::ranges::sort(plan.all_of);
  return plan;
}

Result<WindowPlan> windows_of(const Session& session, const BuildOptions& options,
                              TimestampMs now) {
  TimestampMs open{now.value() - std::min(now.value(), kClockSkewMs)};
  if (!options.open.empty()) {
    HP_TRY_ASSIGN(open, parse_moment(options.open, now));
  }
  TimestampMs close{open.value() + kDefaultSpanMs};
  if (!options.close.empty()) {
    HP_TRY_ASSIGN(close, parse_moment(options.close, now));
  }
  if (close <= now) return fail(Errc::kInvalidArgument, "--close is in the past");
  return plan_windows(open, close, options.every_seconds * 1'000,
                      session.genesis().ledger.replay_window_seconds);
}

}  // namespace

Result<TimestampMs> parse_moment(std::string_view text, TimestampMs base) {
  const auto refuse = [text] {
    return fail(Errc::kInvalidArgument,
                "\"" + printable(text, 40) +
                    "\" must be a time such as 2026-11-24T09:00:00Z, or +8h, +30m, +2d");
  };
  if (text.empty() || text.front() != '+') {
    const auto time = parse_rfc3339(text);
    if (!time) return refuse();
    return *time;
  }
  const std::uint64_t unit = text.back() == 's'   ? 1'000
                             : text.back() == 'm' ? 60'000
                             : text.back() == 'h' ? 3'600'000
                             : text.back() == 'd' ? kMsPerDay
                                                  : 0;
  if (unit == 0 || text.size() < 3) return refuse();
  const auto count = parse_number(text.substr(1, text.size() - 2));
  if (!count || *count > kSpanMsMax / unit) return refuse();
  return TimestampMs{base.value() + *count * unit};
}

Result<WindowPlan> plan_windows(TimestampMs open, TimestampMs close, std::uint64_t every_ms,
                                std::uint32_t replay_window_seconds) {
  const std::uint64_t length = std::uint64_t{replay_window_seconds} * 1'000;
  if (close <= open || close.value() - open.value() > kSpanMsMax) {
    return fail(Errc::kInvalidArgument, "--close must be after --open, and at most a year");
  }
  const std::uint64_t span = close.value() - open.value();
  if (span <= length) return WindowPlan{open, close, {}};
  if (every_ms != 0 && every_ms <= length) {
    return fail(Errc::kInvalidArgument, "--every must be more than " +
                                            std::to_string(replay_window_seconds) +
                                            " s, which is how long a window of this chain is");
  }
  const std::uint64_t step = every_ms != 0 ? every_ms : length + 1;
  const std::uint64_t count = (span - length) / step + 1;
  if (count > kFormsMax) {
    return fail(Errc::kInvalidArgument, std::to_string(count) +
                                            " windows are too many; there may be " +
                                            std::to_string(kFormsMax) +
                                            ". Take a nearer --close, or leave gaps with --every");
  }
  WindowPlan plan{open, TimestampMs{open.value() + length}, {}};
  if (count > 1) plan.windows = {static_cast<std::uint32_t>(count), step};
  return plan;
}

Result<int> build_file(Session& session, const Act& act) {
  const BuildOptions& options = *act.options.build;
  const TimestampMs now = wall_now();
  HP_TRY_ASSIGN(const std::uint32_t date, reference_date(act.options.date, now));
  HP_TRY_ASSIGN(const WindowPlan plan, windows_of(session, options, now));
  TransactionFile file;
  HP_TRY_ASSIGN(file.signers, plan_signers(session, act));
  file.windows = plan.windows;
  file.accounts = named_accounts(act.operation, session.directory());

  const ledger::ChainInfo& chain = session.checker().chain();
  ledger::TransactionBuilder builder(chain, session.self());
  builder.valid(plan.from, plan.until)
      .reference(act.options.reference.empty() ? made_up_reference() : act.options.reference, date)
      .operation(act.operation);
  const auto sets = signer_sets(file.signers);
  for (const auto& key : sets.front()) builder.signer(key);
  HP_TRY_ASSIGN(auto transaction, builder.build());
  file.body = std::move(transaction.body);
  if (!options.without_genesis) {
    file.genesis = ledger::to_json(session.genesis());
    if (file.genesis.size() > kCarriedGenesisBytesMax) {
      return fail(Errc::kOutOfRange,
                  "the genesis document is too long to be carried by the file; use "
                  "--without-genesis and bring it along as a file of its own");
    }
  }
  HP_TRY_ASSIGN(const Forms forms, Forms::make(file, chain));
  HP_TRY(ledger::write_new_text_file(options.out, format_transaction_file(file)));

  const ledger::TransactionBody& body = builder.body();
  Fields fields;
  fields.add("what", ledger::describe(body.operation, session.directory().names()))
      .add("file", options.out.string())
      .add("digest", forms.digest().hex())
      .add("forms", std::uint64_t{forms.sets().size() * forms.window_count()})
      .add("from", format_rfc3339(forms.valid_from(0)))
      .add("until", format_rfc3339(forms.valid_until(forms.window_count() - 1)))
      .add("reference", body.reference->id)
      .add("date", std::uint64_t{date})
      .add("signatures_needed", std::uint64_t{collected(file).missing})
      .add("sent", false);
  print(std::cout, fields, session.format());
  return kExitOk;
}

}  // namespace huangpu::tools
