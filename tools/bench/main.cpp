// huangpu-bench: load with a seed, and the bounds of the machine beside the result
// (docs/operator/benchmarks.md).
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>

#include "crypto/base/exit_code.hpp"
#include "ledger/types/result_code.hpp"
#include "tools/bench/bounds.hpp"
#include "tools/bench/load.hpp"
#include "tools/bench/session.hpp"

namespace huangpu::tools {
namespace {

using nlohmann::ordered_json;

struct Report {
  LoadPlan plan;
  Funding funding;
  LoadResult result;
  unsigned cores = 0;
  std::size_t validators = 0;
  std::optional<Rate> one_core;  // of what bounds this load
  std::vector<double> sync_before;
};

const char* kind_name(LoadKind kind) {
  switch (kind) {
    case LoadKind::kLatency:
      return "latency";
    case LoadKind::kSingle:
      return "single";
    case LoadKind::kBulk:
      return "bulk";
  }
  return "?";
}

std::string refusal_name(std::uint16_t code) {
  const auto known = ledger::result_code_from_number(code);
  return known ? std::string(ledger::name(*known)) : "code " + std::to_string(code);
}

// What all validators together could do on this machine, from what one core does.
double bound_of(const Report& report, double one_core) {
  return one_core * report.cores / static_cast<double>(report.validators);
}

Result<std::optional<Rate>> one_core_rate(const Session& session, const LoadPlan& plan,
                                          const Funding& funding, unsigned cores) {
  if (plan.kind == LoadKind::kLatency) return std::optional<Rate>();
  if (plan.kind == LoadKind::kSingle) return verify_rate(session.chain.suite, cores);
  return executor_rate(funding.accounts, plan.seed, cores);
}

ordered_json to_json(const Report& report) {
  const LoadResult& r = report.result;
  ordered_json out = {
      {"load", kind_name(report.plan.kind)},
      {"seed", report.plan.seed},
      {"accounts", report.funding.accounts},
      {"loop", report.plan.rate > 0 ? "open" : "closed"},
      {"rate_asked", report.plan.rate},
      {"presigned", report.plan.presigned},
      {"seconds", r.seconds},
      {"envelopes", r.envelopes},
      {"final", r.final_envelopes},
      {"refused", r.refused},
      {"unanswered", r.unanswered},
      {"transfers", r.settled},
      {"transfers_per_second", r.transfers_per_second},
      {"latency_ms",
       {{"p50", percentile(r.latency_ms, 50)},
        {"p90", percentile(r.latency_ms, 90)},
        {"p99", percentile(r.latency_ms, 99)},
        {"max", percentile(r.latency_ms, 100)}}},
      {"schedule_late_max_ms", r.late_max_ms},
      {"bench_cpu_seconds", r.own_cpu_seconds},
      {"cores", report.cores},
      {"validators", report.validators},
      {"sync_us",
       {{"p50", percentile(report.sync_before, 50)}, {"p99", percentile(report.sync_before, 99)}}}};
  for (const auto& [code, count] : r.refused_by_code) {
    out["refused_by_code"][refusal_name(code)] = count;
  }
  if (report.one_core) {
    const double bound = bound_of(report, report.one_core->mean);
    const double best = bound_of(report, report.one_core->best);
    out["one_core_per_second"] = report.one_core->mean;
    out["bound_per_second"] = bound;
    out["of_bound"] = r.transfers_per_second / bound;
    out["best_slice_bound_per_second"] = best;
    out["of_best_slice_bound"] = r.transfers_per_second / best;
  }
  return out;
}

void print(const Report& report) {
  const LoadResult& r = report.result;
  std::printf("load         %s, seed %llu, %u accounts, %s, %s\n", kind_name(report.plan.kind),
              static_cast<unsigned long long>(report.plan.seed), report.funding.accounts,
              report.plan.kind == LoadKind::kLatency ? "one at a time"
              : report.plan.rate > 0                 ? "open loop"
                                                     : "closed loop",
              report.plan.kind == LoadKind::kLatency ? "signed as it goes"
              : report.plan.presigned                ? "signed beforehand"
                                                     : "signed as it goes");
  std::printf(
      "ran          %.1f s: %llu envelopes sent, %llu final, %llu refused, %llu unanswered\n",
      r.seconds, static_cast<unsigned long long>(r.envelopes),
      static_cast<unsigned long long>(r.final_envelopes),
      static_cast<unsigned long long>(r.refused), static_cast<unsigned long long>(r.unanswered));
  for (const auto& [code, count] : r.refused_by_code) {
    std::printf("refused      %llu x %s\n", static_cast<unsigned long long>(count),
                refusal_name(code).c_str());
  }
  std::printf("throughput   %.0f transfers/s to commit certificate\n", r.transfers_per_second);
  if (report.one_core) {
    const double bound = bound_of(report, report.one_core->mean);
    const double best = bound_of(report, report.one_core->best);
    std::printf(
        "bound        %.0f/s = %.0f %s per core x %u cores / %zu validators; reached %.2f of it\n",
        bound, report.one_core->mean,
        report.plan.kind == LoadKind::kBulk ? "transfers executed" : "signatures checked",
        report.cores, report.validators, r.transfers_per_second / bound);
    std::printf("             %.0f/s by the best tenth of a second; reached %.2f of that\n", best,
                r.transfers_per_second / best);
  }
  std::printf(
      "latency      p50 %.2f ms, p90 %.2f ms, p99 %.2f ms, max %.2f ms (submit to commit "
      "certificate)\n",
      percentile(r.latency_ms, 50), percentile(r.latency_ms, 90), percentile(r.latency_ms, 99),
      percentile(r.latency_ms, 100));
  if (report.plan.rate > 0)
    std::printf("schedule     fell behind by %.1f ms at most\n", r.late_max_ms);
  std::printf("disk         4 KiB sync p50 %.0f us, p99 %.0f us\n",
              percentile(report.sync_before, 50), percentile(report.sync_before, 99));
  std::printf("own CPU      %.2f s of %.2f s\n", r.own_cpu_seconds, r.seconds);
}

Result<Report> measure(const std::filesystem::path& network, LoadPlan plan, Funding funding) {
  Report report;
  report.plan = plan;
  report.funding = funding;
  report.cores = std::thread::hardware_concurrency();
  HP_TRY_ASSIGN(Session session, open_session(network));
  report.validators = session.validators;
  HP_TRY(prepare_accounts(session, funding));
  HP_TRY_ASSIGN(report.sync_before, sync_micros(network, 500));
  HP_TRY_ASSIGN(const auto before, one_core_rate(session, plan, funding, report.cores));
  HP_TRY_ASSIGN(report.result, run_load(session, plan));
  HP_TRY_ASSIGN(const auto after, one_core_rate(session, plan, funding, report.cores));
  if (before && after) report.one_core = together(*before, *after);
  return report;
}

int run(int argc, char** argv) {
  CLI::App app{
      "Puts load on a running network and prints what came out of it beside what the machine could "
      "do at best.",
      "huangpu-bench"};
  app.set_version_flag("--version", std::string("huangpu-bench ") + HP_VERSION);
  app.require_subcommand(1);
  std::filesystem::path network;
  LoadPlan plan;
  Funding funding;
  std::string output = "text";
  std::filesystem::path report_file;
  bool sign_while_running = false;
  const auto common = [&](CLI::App* command) {
    command
        ->add_option("--network", network,
                     "Folder made by `huangpu-admin network create --evaluation-limits`")
        ->required();
    command->add_option("--seconds", plan.seconds, "How long to send")->capture_default_str();
    command->add_option("--accounts", funding.accounts, "(account, asset) entries over all banks")
        ->capture_default_str();
    command->add_option("--seed", plan.seed, "Draws payers, payees and order")
        ->capture_default_str();
    command->add_option("--report", report_file, "Also write the report as JSON to this file");
    command->add_option("--output", output, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    return command;
  };
  const auto loaded = [&](CLI::App* command) {
    command
        ->add_option("--rate", plan.rate,
                     "Transfers per second, sent on schedule whatever comes back; 0: closed loop")
        ->capture_default_str();
    command->add_option("--window", plan.window,
                        "Envelopes of one bank that may be unanswered; default 1500, of bulk 4");
    command->add_flag("--sign-while-running", sign_while_running,
                      "Make envelopes during the run instead of before it");
    return command;
  };
  CLI::App* latency =
      common(app.add_subcommand("latency", "One transfer at a time on an idle network"));
  CLI::App* single = loaded(common(app.add_subcommand("single", "Individually signed transfers")));
  CLI::App* bulk = loaded(common(app.add_subcommand("bulk", "Bulk transfers")));
  bulk->add_option("--records", plan.records, "Transfers in one bulk")
      ->check(CLI::Range(1u, static_cast<unsigned>(ledger::kBulkRecordsMax)))
      ->capture_default_str();
  app.footer(kExitCodesHelp);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  if (plan.window == 0) plan.window = bulk->parsed() ? 4 : 1'500;
  plan.presigned = !sign_while_running;
  plan.kind = latency->parsed()  ? LoadKind::kLatency
              : single->parsed() ? LoadKind::kSingle
                                 : LoadKind::kBulk;

  const auto report = measure(network, plan, funding);
  if (!report) {
    std::cerr << "huangpu-bench: " << report.error().message << "\n";
    return exit_code(report.error().code);
  }
  if (!report_file.empty()) {
    std::ofstream file(report_file, std::ios::trunc);
    file << to_json(*report).dump(2) << "\n";
    if (!file.flush()) {
      std::cerr << "huangpu-bench: " << report_file.string() << " cannot be written\n";
      return kExitStorage;
    }
  }
  if (output == "json") {
    std::cout << to_json(*report).dump(2) << "\n";
  } else {
    print(*report);
  }
  return kExitOk;
}

}  // namespace
}  // namespace huangpu::tools

int main(int argc, char** argv) { return huangpu::tools::run(argc, argv); }
