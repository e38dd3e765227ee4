// The wallet's tree of commands. Each function adds one noun; a parsed command line leaves what is
// to be done in `invocation.action` and does nothing by itself, so that parsing can be tested and
// fuzzed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "crypto/base/result.hpp"
#include "tools/wallet/session.hpp"

namespace CLI {
class App;
}

namespace huangpu::tools {

using Action = std::function<Result<int>(Session&)>;

struct Invocation {
  GlobalOptions options;
  Action action;
};

// The whole tree. `invocation` outlives the app.
[[nodiscard]] std::unique_ptr<CLI::App> make_app(Invocation& invocation);

// Where acting verbs hang: directly under the program they act; under `tx build` they write a
// transaction file, and verbs that only look are left out.
enum class Verbs : std::uint8_t { kAct, kBuild };

void add_key_commands(CLI::App& app, Invocation& invocation, Verbs verbs);
void add_certificate_commands(CLI::App& app, Invocation& invocation, Verbs verbs);
void add_governance_commands(CLI::App& app, Invocation& invocation, Verbs verbs);
void add_account_commands(CLI::App& app, Invocation& invocation, Verbs verbs);
void add_money_commands(CLI::App& app, Invocation& invocation, Verbs verbs);
void add_asset_commands(CLI::App& app, Invocation& invocation);
void add_payment_commands(CLI::App& app, Invocation& invocation, Verbs verbs);
void add_settle_commands(CLI::App& app, Invocation& invocation, Verbs verbs);
void add_agreed_commands(CLI::App& app, Invocation& invocation, Verbs verbs);
void add_transaction_commands(CLI::App& app, Invocation& invocation);
void add_receipt_commands(CLI::App& app, Invocation& invocation);
void add_status_command(CLI::App& app, Invocation& invocation);
void add_batch_command(CLI::App& app, Invocation& invocation);
void add_events_command(CLI::App& app, Invocation& invocation);

// Under `tx`.
void add_build_commands(CLI::App& tx, Invocation& invocation);
void add_offline_commands(CLI::App& tx, Invocation& invocation);
void add_send_command(CLI::App& tx, Invocation& invocation);

}  // namespace huangpu::tools
