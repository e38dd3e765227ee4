// The core thread: one event loop that steps the replica and interprets its effects.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "node/driver/epoch_start.hpp"
#include "node/driver/execution.hpp"
#include "node/driver/intake.hpp"
#include "node/driver/peer_book.hpp"
#include "node/driver/peer_server.hpp"
#include "node/driver/store_writer.hpp"
#include "node/driver/vote_log_files.hpp"
#include "node/driver/worker.hpp"
#include "node/flight/flight_ring.hpp"
#include "node/replica/replica.hpp"
#include "node/telemetry/metrics.hpp"
#include "node/transport/peer_network.hpp"

namespace huangpu::node {

// What the core runs for one epoch.
struct RunningEpoch {
  std::shared_ptr<const EpochStart> start;
  VoteLogFiles* vote_log = nullptr;  // the driver's
  std::unique_ptr<Replica> replica;
  std::vector<AdmittedEnvelope> carried;  // of the epoch before, to be sealed again
};

class Core {
 public:
  struct Parts {
    consensus::ChainContext chain;
    ledger::ChainInfo ledger_chain;
    const crypto::Verifier& verifier;
    PeerBook& peers;  // the loop's
    StoreWriter& writer;
    Worker& pool;
    Metrics& metrics;
    FlightRing& flight;
    std::function<void(const Error&)> failed;
    std::function<void(const consensus::QuarantineEntered&)> key_copy;  // core thread
    // Makes what the next epoch needs, on the core thread, when nothing of the old one is under
    // way any more (SPEC N-349).
    std::function<Result<RunningEpoch>(bool still_listening)> next_epoch;
  };

  Core(Parts parts, RunningEpoch epoch);
  ~Core();

  // The rest of what effects need; before start().
  void connect(PeerNetwork& network, Execution& execution, PeerServer& server, Intake& intake);
  void start();
  // Ends the loop; later events are dropped. Idempotent.
  void stop();

  // Any thread.
  void post(ReplicaEvent event);
  void admit(AdmittedEnvelope envelope);
  void on_frame(ValidatorIndex from, Channel channel, Bytes frame);
  // To a validator by its number.
  void send(ValidatorIndex number, const consensus::Message& message);

  // As of the last turn of the loop, at most a fraction of a second old while the loop lives.
  [[nodiscard]] std::shared_ptr<const consensus::EngineStatus> status() const;
  // How long the sync of the vote log takes that runs, else how long the last one took.
  [[nodiscard]] std::uint64_t vote_sync_ms() const;
  [[nodiscard]] std::uint64_t last_turn_ms() const {
    return last_turn_ms_.load(std::memory_order_relaxed);
  }

 private:
  // Frames of one peer and channel on their way to the loop, with what each costs here. The lock is
  // held while the network is told to pause or resume, so that the two calls reach it in the order
  // of the decisions.
  struct Mailbox {
    std::mutex mutex;
    std::uint64_t bytes = 0;  // guarded by mutex
    bool paused = false;      // guarded by mutex
  };

  void step(ReplicaEvent event);
  // With the time, and with view and height where the record has none. The loop's.
  void note(FlightRecord record);
  void note(FlightEvent event, std::uint16_t peer = kNobody);
  void interpret(ReplicaEffect effect);
  void apply(consensus::WriteFrame& write);
  void apply(consensus::WriteSignState& write);
  void apply(Transmit& transmit);
  void apply(VerifyBatch& verify);
  void apply(StoreBatch& store);
  void apply(StoreBatchSignature& store);
  void apply(ExecuteBlock& execute);
  void apply(CertifyHeight& certify);
  void apply(Serve& serve);
  void apply(EnvelopesSealed& sealed);
  void apply(consensus::EvidenceFound& found);
  void apply(consensus::EpochEnded& ended);
  void apply(consensus::Diverged& diverged);
  void apply(consensus::QuarantineEntered& entered);
  void apply(consensus::DisconnectPeer& disconnect);
  void apply(consensus::Alarm& alarm);
  void enter_next_epoch();
  // Connections follow the sets: the current one, those to come, and `before` for a while.
  void follow_sets();
  void post_within(std::uint64_t epoch, ReplicaEvent event);
  [[nodiscard]] ValidatorIndex place_of(ValidatorIndex number) const;
  [[nodiscard]] std::optional<ValidatorIndex> number_at(ValidatorIndex place) const;
  void arm_timer();
  void publish_status();
  void release(ValidatorIndex from, Channel channel, std::uint64_t bytes);
  void drain_admitted();

  Parts parts_;
  RunningEpoch epoch_;  // the loop's
  std::unique_ptr<Replica>& replica_ = epoch_.replica;
  std::vector<bool> up_;  // by number; the loop's
  SharedPlan plan_;       // after the newest executed block; the loop's
  // The settings before this epoch's, until who left them has seen the end.
  std::optional<ledger::EpochSettings> before_;
  PeerNetwork* network_ = nullptr;
  Execution* execution_ = nullptr;
  PeerServer* server_ = nullptr;
  Intake* intake_ = nullptr;

  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer farewell_;
  std::optional<consensus::MonoMs> armed_;
  Worker vote_worker_;
  Worker sign_state_worker_;
  std::mutex sign_state_mutex_;
  std::optional<consensus::SignStateWrite> sign_state_;  // newest not yet started; guarded
  std::mutex admitted_mutex_;
  std::vector<AdmittedEnvelope> admitted_;                 // guarded
  std::vector<std::array<Mailbox, 2>> mailboxes_;          // per peer and channel
  std::vector<std::uint64_t> muted_until_ms_;              // per peer; the loop's
  std::shared_ptr<const consensus::EngineStatus> status_;  // atomic access
  std::uint64_t status_ms_ = 0;
  std::uint64_t noted_view_ = 0;  // as the recorder was told last; the loop's
  std::uint64_t noted_height_ = 0;
  std::atomic<std::uint64_t> last_turn_ms_{0};
  std::atomic<std::uint64_t> vote_sync_began_ms_{0};  // 0: none runs
  std::atomic<std::uint64_t> vote_sync_took_ms_{0};
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

}  // namespace huangpu::node
