#include "node/app/trouble_watch.hpp"

#include <chrono>
#include <csignal>

#include "node/driver/wall_clock.hpp"
#include "node/telemetry/log.hpp"

namespace huangpu::node {

namespace {

constexpr std::chrono::seconds kInterval{1};
// As long as clients may wait after a fault has ended: longer than any view of a working network.
constexpr std::uint64_t kStalledMs = 10'000;

}  // namespace

TroubleWatch::TroubleWatch(boost::asio::io_context& loop, NodeBackend& backend, FlightFiles& files)
    : backend_(backend), files_(files), signals_(loop, SIGUSR1), timer_(loop) {
  wait_signal();
  wait_look();
}

void TroubleWatch::record(const std::string& reason, bool asked) {
  const NodeSnapshot snapshot = backend_.snapshot();
  FlightHeader header;
  header.node = snapshot.node_name;
  header.version = HP_VERSION;
  header.reason = reason;
  header.wall_ms = wall_now().value();
  // Places in the set: the peers, and this node at the place that is left.
  header.validators.resize(snapshot.peers.size() + 1, snapshot.node_name);
  for (const PeerCondition& peer : snapshot.peers) {
    if (peer.validator < header.validators.size()) header.validators[peer.validator] = peer.name;
  }
  const auto written = files_.write(std::move(header), asked);
  if (!written) {
    log(LogLevel::kWarning, LogEvent::kStoreFailed, written.error().message);
  } else if (*written) {
    log(LogLevel::kWarning, LogEvent::kFlightRecorded, "the flight recorder was written",
        {{"reason", reason}, {"file", (*written)->string()}});
  }
}

void TroubleWatch::wait_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (error) return;  // destroyed
    record("asked", true);
    wait_signal();
  });
}

void TroubleWatch::look() {
  const NodeSnapshot snapshot = backend_.snapshot();
  const bool stalled = snapshot.consensus.work && snapshot.consensus.final_ms >= kStalledMs;
  if (stalled && !stalled_) record("stalled", false);
  if (snapshot.quarantined && !quarantined_) record("quarantine", false);
  stalled_ = stalled;
  quarantined_ = snapshot.quarantined;
}

void TroubleWatch::wait_look() {
  timer_.expires_after(kInterval);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;  // destroyed
    look();
    wait_look();
  });
}

}  // namespace huangpu::node
