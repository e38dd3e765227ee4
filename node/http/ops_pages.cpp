#include "node/http/ops_pages.hpp"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "node/api/remarks.hpp"

namespace huangpu::node {
namespace {

// Check names and details may hold text of the operating system: one line each, whatever is in
// them.
std::string one_line(std::string_view text) {
  std::string line(text);
  for (auto& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return line;
}

OpsPage live_page(const Status& alive) {
  OpsPage page;
  page.status = alive ? 200 : 503;
  page.body = alive ? "ok\n" : one_line(alive.error().message) + "\n";
  return page;
}

OpsPage ready_page(const NodeSnapshot& snapshot) {
  OpsPage page;
  page.status = is_ready(snapshot) ? 200 : 503;
  for (const auto& check : snapshot.checks) {
    page.body += (check.ok ? "ok   " : "FAIL ") + one_line(check.name);
    if (!check.detail.empty()) page.body += ": " + one_line(check.detail);
    page.body += '\n';
  }
  page.body += is_ready(snapshot) ? "ready\n" : "not ready\n";
  return page;
}

}  // namespace

std::string status_json(const NodeSnapshot& snapshot) {
  nlohmann::ordered_json json;
  json["version"] = HP_VERSION;
  json["protocol_version"] = snapshot.protocol_version;
  json["pid"] = getpid();
  json["chain_id"] = snapshot.chain_id.hex();
  json["chain_name"] = snapshot.chain_name;
  json["node_name"] = snapshot.node_name;
  json["validator"] = snapshot.validator;
  json["epoch"] = snapshot.epoch;
  json["view"] = snapshot.view;
  json["leader"] = snapshot.leader;
  json["view_deadline_ms"] = snapshot.view_deadline_ms;
  json["final_height"] = snapshot.final_height.value();
  json["executed_height"] = snapshot.executed_height.value();
  json["certified_height"] = snapshot.certified_height.value();
  json["network_height"] = snapshot.network_height.value();
  json["certified_time_ms"] = snapshot.certified_time.value();
  json["ready"] = is_ready(snapshot);
  json["quarantined"] = snapshot.quarantined;
  json["waiting_for"] = snapshot.waiting_for;
  const ConsensusCondition& consensus = snapshot.consensus;
  json["consensus"] = {{"reason", consensus.reason},
                       {"work", consensus.work},
                       {"leader", consensus.leader},
                       {"next_leader", consensus.next_leader},
                       {"awaited", consensus.awaited},
                       {"enough", consensus.enough},
                       {"view_ms", consensus.view_ms},
                       {"final_ms", consensus.final_ms},
                       {"lag_blocks", consensus.lag_blocks},
                       {"vote_sync_runs", consensus.vote_sync_runs},
                       {"vote_sync_ms", consensus.vote_sync_ms}};
  json["pending_transactions"] = snapshot.pending_transactions;
  json["pending_bytes"] = snapshot.pending_bytes;
  json["uptime_ms"] = snapshot.uptime_ms;
  auto& peers = json["peers"] = nlohmann::ordered_json::array();
  for (const auto& peer : snapshot.peers) {
    peers.push_back({{"validator", peer.validator},
                     {"name", peer.name},
                     {"connected", peer.connected},
                     {"final_height", peer.final_height.value()},
                     {"executed_height", peer.executed_height.value()},
                     {"certified_height", peer.certified_height.value()},
                     {"quarantined", peer.quarantined},
                     {"last_heard_ms", peer.last_heard_ms}});
  }
  auto& checks = json["checks"] = nlohmann::ordered_json::array();
  for (const auto& check : snapshot.checks) {
    checks.push_back({{"name", check.name}, {"ok", check.ok}, {"detail", check.detail}});
  }
  auto& said = json["remarks"] = nlohmann::ordered_json::array();
  for (const Remark& remark : remarks(snapshot)) {
    said.push_back(
        {{"level", to_string(remark.level)}, {"topic", remark.topic}, {"text", remark.text}});
  }
  // Text that is no UTF-8 must not take the status page down.
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

OpsPage ops_page(std::string_view path, const OpsHandlers& handlers) {
  OpsPage page;
  if (path == "/metrics") {
    page.content_type = "text/plain; version=0.0.4; charset=utf-8";
    page.body = handlers.metrics();
    return page;
  }
  if (path == "/livez") return live_page(handlers.alive());
  if (path == "/readyz") return ready_page(handlers.snapshot());
  if (path == "/statusz") {
    page.content_type = "application/json";
    page.body = status_json(handlers.snapshot());
    return page;
  }
  page.status = 404;
  page.body = "not found; try /metrics, /livez, /readyz or /statusz\n";
  return page;
}

}  // namespace huangpu::node
