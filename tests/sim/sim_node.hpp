// One simulated validator: the node's replica and recovery code between a virtual clock, a virtual
// disk and a virtual network.
//
// The second interpreter of a replica's effects; node/driver is the first. Logs, block store,
// recovery, answers to peers and batch checks are the node's own code. Threads become jobs on the
// scheduler that take time and are forgotten when the node crashes; the state store becomes a map
// in memory, of which a crash leaves an older version or nothing: it is derived from the blocks.
//
// Owned by the world, which outlives every job. One thread.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "node/driver/chain_answers.hpp"
#include "node/driver/node_stores.hpp"
#include "node/driver/start_state.hpp"
#include "node/replica/replica.hpp"
#include "tests/sim/batch_memo.hpp"
#include "tests/sim/byzantine.hpp"
#include "tests/sim/kept_state.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/observer.hpp"
#include "tests/sim/random.hpp"
#include "tests/sim/scheduler.hpp"
#include "tests/sim/sim_chain.hpp"
#include "tests/sim/sim_disk.hpp"
#include "tests/sim/sim_state.hpp"
#include "tests/sim/trace.hpp"

namespace huangpu::sim {

// How long what the node does beside its core thread takes.
struct Pace {
  Micros sync_min = 100;
  Micros sync_max = 1'000;
  Micros execute = 200;
  Micros verify = 100;
  Micros serve = 200;
};

class SimNode {
 public:
  struct World {
    Scheduler& scheduler;
    Network& network;
    const SimChain& chain;
    BatchMemo& batches;
    Trace& trace;
    std::span<Observer* const> observers;
  };
  // `machine` is its place in the network, `index` the validator it is.
  struct Place {
    std::size_t machine;
    std::size_t index;
  };

  SimNode(World world, Place place, Random random);
  ~SimNode();

  // Recovers from the disk and runs. False if the node refuses to start; observers were told why.
  bool start();
  void crash(test::Crash kind);
  [[nodiscard]] bool is_up() const { return life_ != nullptr; }
  // Up, but stopped by an error: only a restart helps.
  [[nodiscard]] bool is_stopped() const;
  // Up, and not voting because it may have forgotten votes. False if it signs nothing for good.
  [[nodiscard]] bool is_quarantined() const;
  // From its next message on, everything it says passes through bad hands.
  void corrupt(Byzantine kind);
  // The next sync of its vote log, or of anything, fails; or the disk is full from now on.
  void fail_sync(bool votes) {
    if (!is_up()) return;
    disk_trouble_ = true;
    disk_.fail_next_sync(votes);
  }
  void set_disk_full(bool full) {
    disk_full_ = full;
    disk_trouble_ = disk_trouble_ || full;
    disk_.set_full(full);
  }

  void deliver(std::size_t from, std::shared_ptr<const Bytes> bytes);
  void peer_up(std::size_t peer);
  void peer_down(std::size_t peer);
  // False: not up, its lane closed by a quarantine, or no room.
  bool submit(const node::AdmittedEnvelope& envelope);

  // Copies the data folder, as a backup would while the node runs; and puts it back, of a node that
  // is down. The sign-state has a folder of its own. False without a backup.
  void make_backup();
  bool restore_backup();

  void set_pace(const Pace& pace) { pace_ = pace; }
  void set_wall_offset(std::int64_t ms) { wall_offset_ms_ = ms; }

  // Of a node that is up.
  [[nodiscard]] consensus::EngineStatus status() const;
  [[nodiscard]] Height executed() const;    // committed to the state
  [[nodiscard]] Height told_final() const;  // what clients were told
  [[nodiscard]] const SimState& state() const;

  [[nodiscard]] SimDisk& disk() { return disk_; }

 private:
  // Everything that a crash destroys.
  struct Life;
  struct StoreItem {
    ledger::RecordKey key;
    std::shared_ptr<const Bytes> payload;
    bool sync = true;
    std::function<void()> done;
  };

  [[nodiscard]] Status open();
  [[nodiscard]] consensus::Now now() const;
  void later(Micros delay, std::function<void()> job);  // lost in a crash
  void step(node::ReplicaEvent event);
  void arm_timer();
  void apply(consensus::WriteFrame& write);
  void apply(consensus::WriteSignState& write);
  void apply(node::Transmit& transmit);
  void apply(node::VerifyBatch& verify);
  void apply(node::StoreBatch& store);
  void apply(node::StoreBatchSignature& store);
  void apply(node::ExecuteBlock& execute);
  void apply(node::CertifyHeight& certify);
  void apply(node::Serve& serve);
  void apply(node::EnvelopesSealed& sealed);
  void apply(consensus::EvidenceFound& found);
  void apply(consensus::EpochEnded& ended);
  void apply(consensus::Diverged& diverged);
  void apply(consensus::QuarantineEntered& entered);
  void apply(consensus::DisconnectPeer& disconnect);
  void apply(consensus::Alarm& alarm);
  void append(StoreItem item);
  void write_group();
  void execute_next();
  void finish_block();
  void publish();
  void watch_log(const std::string& path, std::uint64_t offset, ByteView bytes);
  void complain(const std::string& text, std::optional<ValidatorIndex> accused = {});
  // By a disk that we made fail.
  [[nodiscard]] bool is_caused(const Error& error) const {
    return disk_trouble_ && (error.code == Errc::kIo || error.code == Errc::kDiskFull);
  }
  void fail_stop(const Error& error);
  [[nodiscard]] Micros sync_time() { return random_.between(pace_.sync_min, pace_.sync_max); }
  [[nodiscard]] node::VoteLogPlace vote_log_place(const crypto::KeyId& key) const;
  [[nodiscard]] Result<node::StartState> open_epoch();
  void switch_epoch();
  [[nodiscard]] ValidatorIndex place_of(std::size_t validator) const;
  [[nodiscard]] std::size_t validator_at(ValidatorIndex place) const;

  World world_;
  const std::size_t machine_;
  const std::size_t index_;
  const std::string name_;
  Random random_;
  SimDisk disk_;
  std::map<std::string, std::uint64_t> segment_nonces_;
  Pace pace_;
  std::int64_t wall_offset_ms_ = 0;
  std::uint64_t mono_offset_ms_ = 0;  // every life has a monotonic clock of its own
  std::uint64_t lives_ = 0;
  std::unique_ptr<Saboteur> saboteur_;
  bool disk_full_ = false;
  bool disk_trouble_ = false;  // injected in this life: stopping is what a node should do
  KeptState kept_;
  std::uint32_t resend_batches_max_ = 1;  // local tuning, which decides nothing (SPEC C-101)
  std::map<std::string, Bytes> backup_;   // of the data folder
  std::unique_ptr<Life> life_;
};

}  // namespace huangpu::sim
