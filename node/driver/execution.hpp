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

#include <deque>
#include <functional>
#include <memory>
#include <optional>

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
    std::function<void(consensus::CommitMessage)> executed;  // on the executor thread
    std::function<void(const Error&)> failed;                // once; nothing is executed after it
  };

  // `certified` is the newest certified height that the stores already hold.
  Execution(Parts parts, Height executed, Height certified);
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

  Parts parts_;
  Height executed_{0};
  Height certificate_{0};
  std::deque<Height> pinned_;
  bool failed_ = false;
  Worker worker_;
};

}  // namespace huangpu::node
