// The executor thread: executes finalized blocks in order, commits their results, and tells clients
// what became final (SPEC N-41..N-45).
//
// A block's result goes back to consensus as soon as it is computed. The state store takes it only
// after the block itself is durable in the block store, so the derived store is never ahead of the
// record.
//
// Thread: post() calls from the core thread and the store writer; everything else runs on the own
// worker.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "consensus/types/commit.hpp"
#include "node/api/finality_feed.hpp"
#include "node/api/tracker.hpp"
#include "node/driver/chain_view.hpp"
#include "node/driver/node_stores.hpp"
#include "node/driver/store_writer.hpp"
#include "node/driver/worker.hpp"
#include "node/replica/effect.hpp"
#include "node/telemetry/metrics.hpp"

namespace huangpu::node {

class Execution {
 public:
  struct Parts {
    NodeStores& stores;
    StoreWriter& writer;
    ChainView& view;
    TransactionTracker& tracker;
    FinalityFeed& feed;
    Metrics& metrics;
    // The leader of a view of the block's epoch, by name, for metrics; executor thread.
    std::function<std::string(const consensus::BlockHeader&, View)> leader;
    std::function<void(consensus::CommitMessage, SharedPlan)> executed;  // on the executor thread
    // What the stores know of an executed transaction.
    std::function<Result<TransactionUpdate>(const ledger::TxId&)> find;
    std::function<void()> registry_changed;    // a block touched the registry of certificates
    std::function<void(const Error&)> failed;  // once; nothing is executed after it
  };

  // `newest` is what the newest certificate in the stores says. The view knows what is executed,
  // and is told what of it is certified. Errors are those of reading the stores.
  [[nodiscard]] static Result<std::unique_ptr<Execution>> open(
      Parts parts, const std::optional<consensus::CommitMessage>& newest);
  ~Execution();

  void execute(ExecuteBlock block);
  // Runs on the executor thread once everything handed over before is executed and committed, with
  // the plan that results. Not after a failure.
  void after_everything(std::function<void(const SharedPlan&)> job);
  // A certificate of this result is in the block store. What it covers is final once this node has
  // executed up to it with the same result.
  void certify(const consensus::CommitMessage& certified);

  void stop() { worker_.stop(); }

 private:
  explicit Execution(Parts parts);

  // What is counted when a certificate covers the block.
  struct Uncertified {
    Height height{0};
    TimestampMs time{0};
    std::uint64_t transfers = 0;
    std::map<std::string_view, std::uint64_t> types;
  };

  void run(const ExecuteBlock& block);
  [[nodiscard]] Status apply(const ExecuteBlock& block);
  void take(const consensus::CommitMessage& certified);
  void expect(const consensus::CommitMessage& certified);
  void give_up(const Error& error);
  void publish(Height certified);
  void pin(Height height);
  void remember(Uncertified counted);
  void tell_repeated(std::span<const ExecutedEntry> results);
  void count_skipped_views(const ExecuteBlock& block);

  Parts parts_;
  Height executed_{0};
  std::map<Height, consensus::CommitMessage> expected_;  // certified and not yet executed
  std::deque<Height> pinned_;
  std::deque<Uncertified> uncertified_;
  bool failed_ = false;
  Worker worker_;
};

}  // namespace huangpu::node
