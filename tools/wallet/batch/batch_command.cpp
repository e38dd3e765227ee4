// batch FILE: pays a file of payments, once (docs/operator/wallet.md).
#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <iostream>
#include <thread>

#include "crypto/base/civil.hpp"
#include "crypto/keystore/private_file.hpp"
#include "ledger/store/text_file.hpp"
#include "tools/cli/tool_exit.hpp"
#include "tools/wallet/batch/history.hpp"
#include "tools/wallet/batch/network_chain.hpp"
#include "tools/wallet/batch/results.hpp"
#include "tools/wallet/commands.hpp"

namespace huangpu::tools {

namespace fs = std::filesystem;

namespace {

struct BatchArguments {
  fs::path file;
  fs::path result;
  std::string mode = "independent";
  bool individual = false;
  std::uint32_t part_lines = 1'000;
  std::string date;
  bool only_new = false;
  bool dry_run = false;
};

// Individually signed transfers are small; bulk transfers are up to a megabyte each.
constexpr std::size_t kInFlightIndividual = 1'000;
constexpr std::size_t kInFlightBulk = 8;
// Debit accounts that a dry run asks the network about.
constexpr std::size_t kBalancesMax = 10'000;
constexpr std::size_t kFileNameShown = 100;
// References of an individual file that are asked for per day before it is begun.
constexpr std::size_t kProbesMax = 1'000;
constexpr int kProbeTries = 100;
constexpr std::chrono::milliseconds kProbePause{200};

struct Prepared {
  PaymentFile file;
  fs::path journal;
  std::size_t left_out = 0;  // payments that an earlier file made
  BatchOptions options;
  std::vector<BatchPart> parts;
};

RunIdentity identity_of(const Session& session) {
  return {session.checker().chain().chain, session.self()};
}

Result<Prepared> prepare(const Session& session, const BatchArguments& arguments) {
  HP_TRY_ASSIGN(const std::string text,
                ledger::read_text_file(arguments.file, kPaymentFileBytesMax));
  Prepared prepared;
  auto file = read_payments(text, session.genesis(), session.self());
  if (!file) return fail(Errc::kInvalidArgument, file.error().message);
  prepared.file = std::move(*file);
  prepared.journal =
      session.profile().resolve("batches") / (prepared.file.content.hex() + ".journal");
  HP_TRY_ASSIGN(prepared.left_out, select_payments(prepared.journal, identity_of(session),
                                                   arguments.only_new, prepared.file));
  BatchOptions& options = prepared.options;
  options.style = arguments.individual ? BatchStyle::kIndividual : BatchStyle::kBulk;
  HP_TRY_ASSIGN(options.mode, parse_mode(arguments.mode));
  options.part_lines_max = arguments.individual ? 1 : arguments.part_lines;
  HP_TRY_ASSIGN(prepared.parts,
                make_parts(session.genesis().suite, session.self(), prepared.file, options));
  return prepared;
}

// --- dry run

Result<int> dry_run(Session& session, const Prepared& prepared) {
  HP_TRY_ASSIGN(const PaymentTotals totals, totals_of(prepared.file));
  Table table{{"scope", "account", "asset", "payments", "amount", "held", "sufficient"}, {}};
  const Directory& names = session.directory();
  for (const auto& [asset, total] : totals.by_asset) {
    table.rows.push_back({"asset", "", names.asset(asset), std::uint64_t{total.payments},
                          names.amount(asset, total.amount), "", ""});
  }
  if (totals.by_debit.size() > kBalancesMax) {
    return fail(Errc::kOutOfRange, "the file debits more than 10000 accounts; split it");
  }
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  bool all_sufficient = true;
  for (const auto& [debit, total] : totals.by_debit) {
    const auto& [account, asset] = debit;
    const auto balance = client->balance(account, asset);
    if (!balance && balance.error().code != Errc::kNotFound) return tl::unexpected(balance.error());
    const bool sufficient = balance && balance->units >= total.amount;
    all_sufficient &= sufficient;
    table.rows.push_back({"account", total.debit_text, names.asset(asset),
                          std::uint64_t{total.payments}, names.amount(asset, total.amount),
                          balance ? names.amount(asset, balance->units) : "no such account",
                          sufficient ? "yes" : "no"});
  }
  print(std::cout, table, session.format());
  print_line(std::cerr,
             "Nothing was sent: " + std::to_string(prepared.file.payments.size()) +
                 " payments in " + std::to_string(prepared.parts.size()) + " transactions. " +
                 (all_sufficient ? "All debit accounts hold enough."
                                 : "Some accounts hold too little for all payments."),
             Fields{}
                 .add("event", "dry-run")
                 .add("payments", std::uint64_t{prepared.file.payments.size()})
                 .add("transactions", std::uint64_t{prepared.parts.size()})
                 .add("sufficient", all_sufficient),
             session.format());
  return all_sufficient ? static_cast<int>(kExitOk) : kExitPartly;
}

// --- the run

Result<std::uint32_t> chosen_date(const BatchArguments& arguments, TimestampMs now) {
  const std::uint32_t today = day_from_timestamp(now);
  if (arguments.date.empty()) return yyyymmdd_from_day(today);
  const auto number = parse_number(arguments.date);
  if (number && *number <= 99'991'231) {
    const auto date = static_cast<std::uint32_t>(*number);
    if (const auto day = day_from_yyyymmdd(date); day && *day <= today) return date;
  }
  return fail(Errc::kInvalidArgument, "--date must be a past day or today, written as YYYYMMDD");
}

// Bulk transfers stand or fall with the file as it was, so a few tell. The lines of an individual
// file have references of their own, any of which may have been sent: all are asked for, of very
// long files evenly many.
std::vector<std::string> references_to_probe(const Prepared& prepared) {
  const auto& parts = prepared.parts;
  if (prepared.options.style == BatchStyle::kBulk) {
    return {parts.front().reference, parts[parts.size() / 2].reference, parts.back().reference};
  }
  std::vector<std::string> references;
  const std::size_t count = std::min(parts.size(), kProbesMax);
  references.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    references.push_back(parts[i * parts.size() / count].reference);
  }
  return references;
}

// As find_many(), but a node that is asked too fast is given time.
std::vector<Result<node::TransactionUpdate>> find_patiently(
    NetworkChain& chain, const std::vector<std::string>& references, std::uint32_t date) {
  auto answers = chain.find_many(references, date);
  for (int tries = 0; tries < kProbeTries; ++tries) {
    std::vector<std::size_t> places;
    std::vector<std::string> again;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (answers[i] || answers[i].error().code != Errc::kExhausted) continue;
      places.push_back(i);
      again.push_back(references[i]);
    }
    if (places.empty()) break;
    std::this_thread::sleep_for(kProbePause);
    auto later = chain.find_many(again, date);
    for (std::size_t i = 0; i < places.size(); ++i) answers[places[i]] = std::move(later[i]);
  }
  return answers;
}

// A journal can be lost (SPEC W-65). Before a file is begun afresh, its references are looked for
// on the days on which they would still be known.
Status check_not_sent_before(NetworkChain& chain, const Session& session, const Prepared& prepared,
                             std::uint32_t date) {
  HP_TRY_ASSIGN(const std::uint32_t chosen, day_from_yyyymmdd(date));
  const std::uint32_t today = day_from_timestamp(wall_now());
  const std::vector<std::string> probes = references_to_probe(prepared);
  for (std::uint32_t back = 0; back <= session.genesis().ledger.reference_days && back <= today;
       ++back) {
    const std::uint32_t day = today - back;
    if (day == chosen) continue;
    const auto answers = find_patiently(chain, probes, yyyymmdd_from_day(day));
    for (std::size_t i = 0; i < probes.size(); ++i) {
      const auto& found = answers[i];
      if (!found && found.error().code == Errc::kNotFound) continue;
      HP_TRY(found);
      const std::string on = std::to_string(yyyymmdd_from_day(day));
      return fail(Errc::kAlreadyExists,
                  "reference " + probes[i] + " was used on " + on + ", transaction " +
                      found->txid.hex() +
                      "; if that was this file and its journal was lost, repeat with --date " + on +
                      " to go on with it; else give the payments new references");
    }
  }
  return {};
}

// After that many days the chain has forgotten the references and could not tell a repetition.
Status check_retention(const Session& session, const Journal& journal, bool complete) {
  if (complete) return {};
  HP_TRY_ASSIGN(const std::uint32_t day, day_from_yyyymmdd(journal.header().date));
  const std::uint32_t today = day_from_timestamp(wall_now());
  const std::uint32_t kept = session.genesis().ledger.reference_days;
  if (today <= day || today - day <= kept) return {};
  return fail(Errc::kDenied,
              "this file was begun on " + std::to_string(journal.header().date) +
                  " and the chain remembers references for " + std::to_string(kept) +
                  " days: whether the remaining payments were made cannot be told any more, so "
                  "nothing is sent. Compare the result file with the accounts' statements, and put "
                  "what is missing into a new file");
}

// --- interruption

// Set by the signal, read between two steps of the run.
volatile std::sig_atomic_t interrupted = 0;

// For its life, the first Ctrl-C ends the run in good order; the second one kills, which costs
// nothing but the results since the last answer.
class InterruptGuard {
 public:
  InterruptGuard() {
    interrupted = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = 1; };
    action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
    ::sigemptyset(&action.sa_mask);
    ::sigaction(SIGINT, &action, &before_);
  }
  ~InterruptGuard() { ::sigaction(SIGINT, &before_, nullptr); }
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  struct sigaction before_ {};
};

Result<int> finish(const Session& session, const Prepared& prepared, const Journal& journal,
                   const fs::path& result_path, const Status& ended,
                   std::chrono::steady_clock::duration took) {
  BatchSummary summary;
  const std::string csv = result_csv(prepared.file, prepared.parts, journal.results(), summary);
  HP_TRY(crypto::write_private_file(result_path, as_bytes(csv), crypto::IfExists::kReplace));
  const auto ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(took).count());
  Fields fields;
  fields.add("payments", summary.payments)
      .add("settled", summary.settled)
      .add("refused", summary.refused)
      .add("open", summary.open)
      .add("left_out", std::uint64_t{prepared.left_out})
      .add("transactions", std::uint64_t{prepared.parts.size()})
      .add("reference_date", std::uint64_t{journal.header().date})
      .add("milliseconds", ms)
      .add("result_file", result_path.string());
  print(std::cout, fields, session.format());
  if (!ended && ended.error().code == Errc::kCancelled) {
    print_line(std::cerr,
               "interrupted; " + std::to_string(summary.settled) +
                   " settled so far; run the same command again",
               Fields{}.add("event", "interrupted").add("settled", summary.settled),
               session.format());
    return kExitInterrupted;
  }
  if (!ended) {
    print_line(std::cerr, "huangpu: " + ended.error().message,
               Fields{}
                   .add("error", std::string(errc_text(ended.error().code)))
                   .add("message", ended.error().message),
               session.format());
    return ended.error().code == Errc::kTimeout ? kExitNotFinal
                                                : tool_exit_code(ended.error().code);
  }
  return summary.refused == 0 ? static_cast<int>(kExitOk) : kExitPartly;
}

Result<int> batch(Session& session, const BatchArguments& arguments) {
  HP_TRY(session.open());
  // Until the new journal is there, no other wallet may decide that the same payments are new.
  HP_TRY_ASSIGN(auto deciding, HistoryLock::take(session.profile().resolve("batches")));
  HP_TRY_ASSIGN(const Prepared prepared, prepare(session, arguments));
  if (arguments.dry_run) {
    deciding.reset();
    return dry_run(session, prepared);
  }

  const fs::path& journal_path = prepared.journal;
  fs::path result_path = arguments.result;
  if (result_path.empty()) result_path = arguments.file.string() + ".result.csv";
  const bool begun_before = Journal::exists(journal_path);
  if (std::error_code error; !begun_before && fs::exists(result_path, error)) {
    return fail(Errc::kAlreadyExists,
                result_path.string() + " exists and is not of this run; choose another --result");
  }
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  HP_TRY_ASSIGN(const auto signers, session.signers());
  NetworkChain chain(session, *client, signers);

  JournalHeader header;
  header.chain = session.checker().chain().chain;
  header.payer = session.self();
  header.content = prepared.file.content;
  header.payments = prepared.file.payments.size();
  HP_TRY_ASSIGN(header.date, chosen_date(arguments, wall_now()));
  header.options = prepared.options;
  header.file_name = printable(arguments.file.filename().string(), kFileNameShown);
  header.references = reference_digests(prepared.file);
  if (!begun_before) HP_TRY(check_not_sent_before(chain, session, prepared, header.date));
  HP_TRY_ASSIGN(const auto journal, Journal::open(journal_path, header));
  deciding.reset();
  HP_TRY(check_retention(session, *journal, journal->results().size() == prepared.parts.size()));

  const auto started = std::chrono::steady_clock::now();
  Status ended;
  {
    const InterruptGuard guard;
    ProgressBar bar(std::cerr, "paying", header.payments,
                    session.format() == OutputFormat::kText && is_terminal(2));
    SenderOptions options;
    options.in_flight_max = arguments.individual ? kInFlightIndividual : kInFlightBulk;
    options.patience = session.timeout();
    options.on_progress = [&bar](std::size_t done) { bar.show(done); };
    options.is_interrupted = [] { return interrupted != 0; };
    // Asking before sending spares megabytes of bulk transfers that were made already. For small
    // ones sending is as cheap as asking: the chain's refusal says that one was made.
    const bool ask_first = !arguments.individual && (begun_before || !arguments.date.empty());
    ended = BatchSender(chain, *journal, prepared.file, prepared.parts, options, ask_first).run();
  }
  return finish(session, prepared, *journal, result_path, ended,
                std::chrono::steady_clock::now() - started);
}

}  // namespace

void add_batch_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("batch", "Pay a CSV file of payments, once");
  auto arguments = std::make_shared<BatchArguments>();
  command
      ->add_option(
          "file", arguments->file,
          "CSV: reference,debit_account,credit_account,asset,amount[,purpose][,end_to_end][,chain]")
      ->required();
  command->add_option("--result", arguments->result,
                      "Result file, one line per payment; default: FILE.result.csv");
  command
      ->add_option("--mode", arguments->mode,
                   "independent; all-or-nothing; or linked: payments of one chain together. The "
                   "last two go into one transaction")
      ->check(CLI::IsMember({"independent", "all-or-nothing", "linked"}))
      ->capture_default_str();
  auto* individual = command->add_flag("--individual", arguments->individual,
                                       "Sign every payment for itself instead of many together");
  command->add_option("--part-lines", arguments->part_lines, "Payments per transaction")
      ->check(CLI::Range(1U, static_cast<std::uint32_t>(ledger::kBulkRecordsMax)))
      ->excludes(individual)
      ->capture_default_str();
  command->add_option("--date", arguments->date,
                      "Go on with a run of that day whose journal was lost, YYYYMMDD");
  command->add_flag("--only-new", arguments->only_new,
                    "Leave out payments whose references were sent with another file before");
  command->add_flag("--dry-run", arguments->dry_run,
                    "Check the file and the accounts' funds and send nothing");
  command->callback([&invocation, arguments] {
    invocation.action = [arguments](Session& session) { return batch(session, *arguments); };
  });
}

}  // namespace huangpu::tools
