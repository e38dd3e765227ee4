// status: the condition of every node the wallet knows.
#include <CLI/CLI.hpp>
#include <iostream>

#include "tools/cli/tool_exit.hpp"
#include "tools/wallet/commands.hpp"

namespace huangpu::tools {
namespace {

std::string condition(const node::NodeSnapshot& snapshot) {
  if (snapshot.quarantined) return "quarantined";
  if (node::is_ready(snapshot)) return "ready";
  for (const auto& check : snapshot.checks) {
    if (!check.ok) return "not ready: " + check.name;
  }
  return "not ready";
}

Result<int> status(Session& session) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  const crypto::Digest chain = session.checker().chain().chain.value();
  Table table{{"address", "node", "condition", "final", "certified", "network", "peers", "pending",
               "version"},
              {}};
  bool any = false;
  bool all_ready = true;
  bool wrong_chain = false;
  bool all_closed = true;
  for (std::size_t i = 0; i < session.profile().nodes.size(); ++i) {
    const std::string& address = session.profile().nodes[i].address;
    const auto snapshot = client->status_of(i);
    if (!snapshot) {
      all_ready = false;
      all_closed &= snapshot.error().code == Errc::kUnauthenticated;
      table.rows.push_back({address, "", "unknown: " + snapshot.error().message, std::uint64_t{0},
                            std::uint64_t{0}, std::uint64_t{0}, std::uint64_t{0}, std::uint64_t{0},
                            ""});
      continue;
    }
    any = true;
    all_ready &= node::is_ready(*snapshot);
    const bool same = snapshot->chain_id == chain;
    wrong_chain |= !same;
    std::uint64_t connected = 0;
    for (const auto& peer : snapshot->peers) connected += peer.connected ? 1 : 0;
    table.rows.push_back({address, snapshot->node_name,
                          same ? condition(*snapshot) : "serves another chain",
                          snapshot->final_height.value(), snapshot->certified_height.value(),
                          snapshot->network_height.value(), connected,
                          snapshot->pending_transactions, snapshot->version});
  }
  print(std::cout, table, session.format());
  if (wrong_chain) return static_cast<int>(kExitWrongChain);
  if (!any) return static_cast<int>(all_closed ? kExitDenied : kExitUnreachable);
  return static_cast<int>(all_ready ? kExitOk : kExitNotReady);
}

}  // namespace

void add_status_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand(
      "status", "Condition of the nodes the wallet knows; 10 unless all are ready");
  command->callback([&invocation] { invocation.action = status; });
}

}  // namespace huangpu::tools
