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
#include <span>
#include <string_view>

#include "consensus/core/leader_schedule.hpp"
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
    const consensus::LeaderSchedule& leaders;
    std::function<void(consensus::CommitMessage)> executed;  // on the executor thread
    // What the stores know of an executed transaction.
    std::function<Result<TransactionUpdate>(const ledger::TxId&)> find;
    std::function<void()> registry_changed;    // a block touched the registry of certificates
    std::function<void(const Error&)> failed;  // once; nothing is executed after it
  };

  // `certified` is the newest height that the stores hold a certificate of. The view knows what is
  // executed.
  Execution(Parts parts, Height certified);
  ~Execution();

  void execute(ExecuteBlock block);
  // The certificate is in the block store.
  void certify(Height height);

  [[nodiscard]] std::size_t waiting() const { return worker_.waiting(); }
  void stop() { worker_.stop(); }

 private:
  void run(const ExecuteBlock& block);
  [[nodiscard]] Status apply(const ExecuteBlock& block);
  void publish();
  void pin(Height height);
  void tell_repeated(std::span<const ExecutedEntry> results);
  void count_skipped_views(const ExecuteBlock& block);

  // What is counted when a certificate covers the block.
  struct Uncertified {
    Height height{0};
    TimestampMs time{0};
    std::uint64_t transfers = 0;
    std::map<std::string_view, std::uint64_t> types;
  };

  Parts parts_;
  Height executed_{0};
  Height certificate_{0};
  std::deque<Height> pinned_;
  std::deque<Uncertified> uncertified_;  // bounded by the lag rule
  bool failed_ = false;
  Worker worker_;
};

}  // namespace huangpu::node
