// A cluster of consensus engines in memory: simulated network, disks, clocks and execution, all
// from one seed.
//
// Every engine has a host that plays the rest of its node in the simplest honest way. Disks keep
// synced bytes only and may tear the last unsynced frame; a crash loses everything else. What
// engines say and deliver is watched by invariants that know nothing of how engines work; a broken
// one is a line in violations().
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "consensus/core/engine.hpp"
#include "consensus/safety/safety_rules.hpp"
#include "tests/support/stub_crypto.hpp"

namespace huangpu::consensus::test {

struct ClusterOptions {
  std::size_t validators{4};
  std::uint64_t seed{1};
  std::uint64_t delay_min_ms{1};
  std::uint64_t delay_max_ms{1};
  std::uint64_t sync_ms{1};
  std::uint64_t execute_ms{1};
  std::uint32_t drop_percent{0};
  std::uint32_t duplicate_percent{0};
  ConsensusParameters parameters{};
};

class EngineCluster {
 public:
  explicit EngineCluster(ClusterOptions options);
  ~EngineCluster();

  [[nodiscard]] std::uint64_t now_ms() const { return now_; }
  void run_for(std::uint64_t ms);
  // False if the condition did not come true in time.
  bool run_until(const std::function<bool()>& condition, std::uint64_t limit_ms);

  // The node's lane gets a batch, if the node is up and its lane has room.
  bool submit(std::size_t node);
  void crash(std::size_t node);
  void restart(std::size_t node);
  [[nodiscard]] bool is_up(std::size_t node) const;
  // Nodes of different groups do not hear each other.
  void partition(const std::vector<int>& group_of_node);
  void heal();
  void set_loss(std::uint32_t drop_percent, std::uint32_t duplicate_percent);

  [[nodiscard]] Height delivered(std::size_t node) const;
  [[nodiscard]] Height certified(std::size_t node) const;
  [[nodiscard]] std::uint64_t ordered_batches(std::size_t node) const;
  [[nodiscard]] std::uint64_t acknowledged_batches() const;  // signed by their owners
  [[nodiscard]] EngineStatus status(std::size_t node) const;
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
  [[nodiscard]] std::uint64_t messages(MessageKind kind) const;
  // Views with a nullification certificate that somebody sent or formed a proposal from.
  [[nodiscard]] std::size_t nullified_views() const { return nullified_views_.size(); }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  void set_trace(bool on) { trace_ = on; }

 private:
  struct Node;
  struct Task {
    std::uint64_t at{0};
    std::uint64_t order{0};
    std::function<void()> run;
    bool operator>(const Task& other) const {
      return std::tie(at, order) > std::tie(other.at, other.order);
    }
  };
  struct SentVotes {  // of one node and view, over all its lives
    std::set<Digest> proposed, notarized, finalized;
    bool nullified{false};
  };

  void after(std::uint64_t ms, std::function<void()> run);
  void on_node(std::size_t node, std::uint64_t ms,
               std::function<void(Node&)> run);  // lost if the node crashes
  void start(std::size_t node);
  void step(Node& node, Event event);
  void perform(Node& node, Effect& effect);
  void transmit(std::size_t from, std::size_t to, const Message& message);
  void receive(Node& node, std::size_t from, const Message& message);
  void hold(Node& node, const Batch& batch, bool own);
  void deliver(Node& node, Finalized& finalized);
  void serve_batches(Node& node, std::size_t to, const GetBatches& request);
  void watch(std::size_t from, const Message& message);
  void violation(const std::string& text);
  [[nodiscard]] CommitMessage execute(Node& node, const Block& block, const Digest& hash) const;
  [[nodiscard]] bool linked(std::size_t a, std::size_t b) const;

  ClusterOptions options_;
  std::mt19937_64 random_;
  std::uint64_t now_{0};
  std::uint64_t order_{0};
  std::uint64_t steps_{0};
  bool trace_{false};
  std::priority_queue<Task, std::vector<Task>, std::greater<>> tasks_;
  ChainContext chain_;
  EpochRecord record_;
  huangpu::test::StubVerifier verifier_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<int> groups_;
  std::map<MessageKind, std::uint64_t> counts_;

  // What the invariants remember.
  std::map<std::pair<std::size_t, View>, SentVotes> votes_;
  std::map<View, Digest> notarized_views_;
  std::map<View, Digest> finalized_views_;
  std::set<View> nullified_views_;
  std::map<Height, Digest> chain_blocks_;
  std::map<Height, Digest> commit_digests_;
  std::vector<std::string> violations_;
};

}  // namespace huangpu::consensus::test
