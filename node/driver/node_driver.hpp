// The running node: threads, files and sockets around one replica (SPEC N-13..N-19).
//
//   core       an Asio event loop with the replica; decides, never blocks
//   votes      appends frames to the vote log and syncs; sign-state writes on a thread of their own
//   store      appends to the block store, one sync for all that waits (StoreWriter)
//   executor   executes blocks and commits state (Execution)
//   verify     checks signatures of clients and batches
//   server     answers peers that miss something (PeerServer)
//
// The replica's effects are interpreted here and nowhere else; every answer returns to the core
// thread as an event. A storage failure, a divergence or a lost lock ends the node: `failed` is
// called once, with the reason, and the process is expected to stop() and exit.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "consensus/core/engine_status.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/store/file_system.hpp"
#include "node/api/backend.hpp"
#include "node/api/finality_feed.hpp"
#include "node/api/tracker.hpp"
#include "node/config/config.hpp"
#include "node/flight/flight_ring.hpp"
#include "node/signer/key_holder.hpp"
#include "node/telemetry/metrics.hpp"
#include "node/transport/peer_network.hpp"

namespace huangpu::node {

struct NodeDriverOptions {
  NodeConfig config;
  ledger::Genesis genesis;
  ledger::FileSystem* files = nullptr;       // outlives the driver
  KeyHolder* signer = nullptr;               // the consensus key; outlives the driver
  KeyHolder* next_signer = nullptr;          // the one it will be rotated to, or null; likewise
  Metrics* metrics = nullptr;                // outlives the driver
  FlightRing* flight = nullptr;              // outlives the driver
  std::function<void(const Error&)> failed;  // any thread, once
  std::function<void()> registry_changed;    // a certificate was registered or revoked; any thread
};

class NodeDriver {
 public:
  // Takes the locks, recovers the stores, judges the vote log. Nothing runs and nothing is sent
  // before start(). Errors as of open_stores and VoteLogFiles::open; kGuard when the guard's files
  // refuse; kConfig when the key is no validator's.
  [[nodiscard]] static Result<std::unique_ptr<NodeDriver>> open(NodeDriverOptions options);
  virtual ~NodeDriver() = default;

  // For PeerNetwork::open; valid for the driver's life.
  [[nodiscard]] virtual PeerCallbacks peer_callbacks() = 0;
  // `network` outlives stop().
  virtual void start(PeerNetwork& network) = 0;
  // Takes no more transactions, lets what is under way finish, closes the stores. Idempotent.
  virtual void stop() = 0;

  // kGuard with the reason once another copy of the consensus key was seen: what the process ends
  // with.
  [[nodiscard]] virtual Status key_verdict() const = 0;

  // What the chain calls this node, else what its configuration does.
  [[nodiscard]] virtual const std::string& name() const = 0;
  // For PeerNetwork::open; before start().
  [[nodiscard]] virtual std::vector<PeerEndpoint> peers() = 0;
  [[nodiscard]] virtual NodeBackend& backend() = 0;
  [[nodiscard]] virtual TransactionTracker& tracker() = 0;
  [[nodiscard]] virtual FinalityFeed& feed() = 0;
};

}  // namespace huangpu::node
