#include "node/app/readiness_watch.hpp"

#include <chrono>
#include <string>

#include "node/telemetry/log.hpp"

namespace huangpu::node {

namespace {

constexpr std::chrono::seconds kInterval{1};

std::string failing_checks(const NodeSnapshot& snapshot) {
  std::string names;
  for (const ReadinessCheck& check : snapshot.checks) {
    if (check.ok) continue;
    if (!names.empty()) names += ", ";
    names += check.name + " (" + check.detail + ")";
  }
  return names;
}

}  // namespace

ReadinessWatch::ReadinessWatch(boost::asio::io_context& loop, NodeBackend& backend, RpcServer& rpc)
    : backend_(backend), rpc_(rpc), timer_(loop) {
  look();
  wait();
}

void ReadinessWatch::look() {
  const std::string failing = failing_checks(backend_.snapshot());
  const bool ready = failing.empty();
  if (ready == ready_) return;
  ready_ = ready;
  rpc_.set_serving(ready);
  if (ready) {
    log(LogLevel::kInfo, LogEvent::kNodeReady, "the node is ready");
  } else {
    log(LogLevel::kWarning, LogEvent::kNodeNotReady, "the node is not ready",
        {{"failing", failing}});
  }
}

void ReadinessWatch::wait() {
  timer_.expires_after(kInterval);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;  // destroyed
    look();
    wait();
  });
}

}  // namespace huangpu::node
