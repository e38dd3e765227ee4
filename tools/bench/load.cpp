#include "tools/bench/load.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

namespace huangpu::tools {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kDrainTimeout{30};
constexpr std::uint32_t kLatencyWarmUp = 20;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Picks payer among a bank's own accounts and payee among everybody's; unique amounts of text keep
// ids apart.
class Generator {
 public:
  Generator(const Session& session, std::size_t bank, std::uint64_t seed)
      : session_(session), bank_(bank), random_(seed * 1'000'003 + bank) {}

  ledger::Operation single() {
    ledger::Transfer transfer;
    const ledger::BulkRecord record = next();
    transfer.debit = record.debit;
    transfer.credit = record.credit;
    transfer.asset = record.asset;
    transfer.amount = record.amount;
    transfer.end_to_end = record.end_to_end;
    return transfer;
  }

  ledger::Operation bulk(std::uint32_t records) {
    ledger::BulkTransfer bulk;
    bulk.records.reserve(records * std::size_t{ledger::kBulkRecordBytes});
    for (std::uint32_t i = 0; i < records; ++i) ledger::append_record(bulk.records, next());
    return bulk;
  }

 private:
  ledger::BulkRecord next() {
    const auto& own = session_.banks[bank_].accounts;
    ledger::BulkRecord record;
    record.debit = own[random_() % own.size()];
    do {
      const auto& other = session_.banks[random_() % session_.banks.size()].accounts;
      record.credit = other[random_() % other.size()];
    } while (record.credit == record.debit);
    record.asset = session_.genesis.assets.front().id;
    record.amount = Amount::from_u64(1);
    ++counter_;
    for (std::size_t i = 0; i < 8; ++i) {
      record.end_to_end[i] = static_cast<std::uint8_t>(counter_ >> (8 * i));
      record.end_to_end[8 + i] = static_cast<std::uint8_t>(random_());
    }
    return record;
  }

  const Session& session_;
  const std::size_t bank_;
  std::mt19937_64 random_;
  std::uint64_t counter_ = 0;
};

// One bank's side of the load: a stream to its node, and what came back.
class Lane {
 public:
  Lane(Session& session, std::size_t bank, const LoadPlan& plan)
      : session_(session),
        bank_(session.banks[bank]),
        plan_(plan),
        generator_(session, bank, plan.seed) {}

  Status prepare(std::size_t count) {
    if (!plan_.presigned) return {};
    prepared_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      HP_TRY_ASSIGN(auto made, make());
      prepared_.push_back(std::move(made.envelope));
    }
    return {};
  }

  // Sends until `end`, one every `interval` (zero: as the window allows).
  Status run(Clock::time_point begin, Clock::time_point end, std::chrono::nanoseconds interval) {
    HP_TRY_ASSIGN(const auto stream,
                  bank_.client->submit_stream(
                      [this](std::uint64_t sequence, const node::TransactionUpdate& update) {
                        on_update(sequence, update);
                      },
                      node::FollowMode::kFinal));
    for (std::uint64_t sequence = 0;; ++sequence) {
      const Clock::time_point intended =
          interval.count() > 0 ? begin + interval * static_cast<long>(sequence) : Clock::now();
      if (intended >= end) break;
      if (interval.count() > 0) {
        std::this_thread::sleep_until(intended);
        late_ = std::max(late_, Clock::now() - intended);
      }
      if (!wait_for_room(end)) break;
      Bytes envelope;
      if (plan_.presigned) {
        if (sequence >= prepared_.size()) break;
        envelope = std::move(prepared_[sequence]);
      } else {
        HP_TRY_ASSIGN(auto made, make());
        envelope = std::move(made.envelope);
      }
      {
        const std::lock_guard lock(mutex_);
        sent_.push_back(interval.count() > 0 ? intended : Clock::now());
      }
      HP_TRY(stream->send(sequence, envelope));
    }
    const Status finished = stream->finish(kDrainTimeout);
    // What did not come back in time is counted as unanswered; a broken stream is an error.
    if (!finished && finished.error().code != Errc::kTimeout) return finished;
    return {};
  }

  void collect(LoadResult& result) {
    const std::lock_guard lock(mutex_);
    result.envelopes += sent_.size();
    result.final_envelopes += latency_ms_.size();
    result.refused += refused_;
    for (const auto& [code, count] : refused_by_code_) result.refused_by_code[code] += count;
    result.unanswered += sent_.size() - latency_ms_.size() - refused_;
    result.settled += latency_ms_.size() * transfers_each();
    result.latency_ms.insert(result.latency_ms.end(), latency_ms_.begin(), latency_ms_.end());
    result.late_max_ms =
        std::max(result.late_max_ms, std::chrono::duration<double, std::milli>(late_).count());
    last_final_ = std::max(last_final_, Clock::time_point{});
  }
  [[nodiscard]] Clock::time_point last_final() const { return last_final_; }

  [[nodiscard]] std::uint64_t transfers_each() const {
    return plan_.kind == LoadKind::kBulk ? plan_.records : 1;
  }

 private:
  Result<ledger::SignedTransaction> make() {
    return make_envelope(
        session_, bank_,
        plan_.kind == LoadKind::kBulk ? generator_.bulk(plan_.records) : generator_.single());
  }

  void on_update(std::uint64_t sequence, const node::TransactionUpdate& update) {
    if (!node::is_last(update.stage)) return;
    const Clock::time_point now = Clock::now();
    {
      const std::lock_guard lock(mutex_);
      if (update.stage == node::TransactionStage::kFinal && update.code == 0) {
        latency_ms_.push_back(
            std::chrono::duration<double, std::milli>(now - sent_[sequence]).count());
        last_final_ = now;
      } else {
        ++refused_;
        ++refused_by_code_[update.code];
      }
    }
    room_.notify_one();
  }

  bool wait_for_room(Clock::time_point end) {
    std::unique_lock lock(mutex_);
    return room_.wait_until(
        lock, end, [this] { return sent_.size() - latency_ms_.size() - refused_ < plan_.window; });
  }

  Session& session_;
  Bank& bank_;
  const LoadPlan& plan_;
  Generator generator_;
  std::vector<Bytes> prepared_;
  Clock::duration late_{0};
  std::mutex mutex_;
  std::condition_variable room_;
  std::vector<Clock::time_point> sent_;                     // guarded
  std::vector<double> latency_ms_;                          // guarded
  std::map<std::uint16_t, std::uint64_t> refused_by_code_;  // guarded
  std::uint64_t refused_ = 0;                               // guarded
  Clock::time_point last_final_{};                          // guarded
};

// Envelopes one bank may need: what its rate asks for, or a guess of what the machine takes at
// most.
std::size_t prepared_count(const LoadPlan& plan, std::size_t banks) {
  const double per_envelope = plan.kind == LoadKind::kBulk ? plan.records : 1;
  const double ceiling =
      plan.kind == LoadKind::kBulk ? 400'000 : 12'000;  // transfers per second, all banks
  const double rate = (plan.rate > 0 ? plan.rate : ceiling) / per_envelope;
  return static_cast<std::size_t>(std::ceil(rate * plan.seconds / static_cast<double>(banks))) + 1;
}

Result<LoadResult> run_latency(Session& session, const LoadPlan& plan) {
  Bank& bank = session.banks.front();
  Generator generator(session, 0, plan.seed);
  LoadResult result;
  const double cpu = cpu_seconds();
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::duration_cast<Clock::duration>(
                               std::chrono::duration<double>(plan.seconds));

  std::mutex mutex;
  std::condition_variable answered;
  std::optional<node::TransactionUpdate> last;
  HP_TRY_ASSIGN(const auto stream, bank.client->submit_stream(
                                       [&](std::uint64_t, const node::TransactionUpdate& update) {
                                         if (!node::is_last(update.stage)) return;
                                         const std::lock_guard lock(mutex);
                                         last = update;
                                         answered.notify_one();
                                       },
                                       node::FollowMode::kFinal));
  for (std::uint64_t sequence = 0; Clock::now() < end; ++sequence) {
    HP_TRY_ASSIGN(const auto made, make_envelope(session, bank, generator.single()));
    const auto sent = Clock::now();
    HP_TRY(stream->send(sequence, made.envelope));
    std::unique_lock lock(mutex);
    if (!answered.wait_for(lock, kDrainTimeout, [&] { return last.has_value(); })) {
      return fail(Errc::kTimeout, "a transfer on an idle network was not final within 30 s");
    }
    const auto update = *std::exchange(last, std::nullopt);
    if (sequence < kLatencyWarmUp) continue;
    ++result.envelopes;
    if (update.stage == node::TransactionStage::kFinal && update.code == 0) {
      ++result.settled;
      ++result.final_envelopes;
      result.latency_ms.push_back(
          std::chrono::duration<double, std::milli>(Clock::now() - sent).count());
    } else {
      ++result.refused;
    }
  }
  HP_TRY(stream->finish(kDrainTimeout));
  result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  result.own_cpu_seconds = cpu_seconds() - cpu;
  result.transfers_per_second = static_cast<double>(result.settled) / result.seconds;
  std::sort(result.latency_ms.begin(), result.latency_ms.end());
  return result;
}

}  // namespace

double percentile(const std::vector<double>& sorted, double p) {
  if (sorted.empty()) return 0;
  const auto rank =
      static_cast<std::size_t>(std::ceil(p / 100.0 * static_cast<double>(sorted.size())));
  return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

Result<LoadResult> run_load(Session& session, const LoadPlan& plan) {
  if (plan.kind == LoadKind::kLatency) return run_latency(session, plan);

  const std::size_t banks = session.banks.size();
  std::vector<std::unique_ptr<Lane>> lanes;
  for (std::size_t i = 0; i < banks; ++i) lanes.push_back(std::make_unique<Lane>(session, i, plan));
  std::vector<Status> outcomes(banks);
  const auto on_all = [&](auto&& action) -> Status {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < banks; ++i)
      threads.emplace_back([&, i] { outcomes[i] = action(*lanes[i]); });
    for (auto& thread : threads) thread.join();
    for (Status& outcome : outcomes) HP_TRY(std::move(outcome));
    return {};
  };
  HP_TRY(on_all([&](Lane& lane) { return lane.prepare(prepared_count(plan, banks)); }));

  std::chrono::nanoseconds interval{0};
  if (plan.rate > 0) {
    const double envelopes_per_second = plan.rate /
                                        static_cast<double>(lanes.front()->transfers_each()) /
                                        static_cast<double>(banks);
    interval = std::chrono::nanoseconds(static_cast<long>(1e9 / envelopes_per_second));
  }
  const double cpu = cpu_seconds();
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::duration_cast<Clock::duration>(
                               std::chrono::duration<double>(plan.seconds));
  HP_TRY(on_all([&](Lane& lane) { return lane.run(begin, end, interval); }));

  LoadResult result;
  result.own_cpu_seconds = cpu_seconds() - cpu;
  Clock::time_point last = begin;
  for (auto& lane : lanes) {
    lane->collect(result);
    last = std::max(last, lane->last_final());
  }
  result.seconds = std::chrono::duration<double>(last - begin).count();
  if (result.seconds > 0)
    result.transfers_per_second = static_cast<double>(result.settled) / result.seconds;
  std::sort(result.latency_ms.begin(), result.latency_ms.end());
  return result;
}

}  // namespace huangpu::tools
