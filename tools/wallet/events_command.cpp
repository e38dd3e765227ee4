// events: what became final, from a position on, and on request as it happens (SPEC W-66).
#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <iostream>

#include "crypto/base/civil.hpp"
#include "ledger/types/result_code.hpp"
#include "tools/cli/tool_exit.hpp"
#include "tools/wallet/commands.hpp"

namespace huangpu::tools {
namespace {

struct EventsOptions {
  std::string from;
  bool follow = false;
  bool blocks = false;
  std::vector<std::string> accounts;
  std::vector<std::string> assets;
};

// "12" or "12:3", height and index.
Result<node::Position> parse_position(const std::string& text) {
  const std::size_t colon = text.find(':');
  const auto height = parse_number(text.substr(0, colon));
  const auto index =
      colon == std::string::npos ? Result<std::uint64_t>(0) : parse_number(text.substr(colon + 1));
  if (!height || !index || *height == 0 || *index > 0xffffffffULL) {
    return fail(Errc::kInvalidArgument,
                "--from must be a height from 1 on, or HEIGHT:INDEX as in `next` of an event");
  }
  return node::Position{Height{*height}, static_cast<std::uint32_t>(*index)};
}

std::string position_text(const node::Position& position) {
  return std::to_string(position.height.value()) + ":" + std::to_string(position.index);
}

std::string movement_text(const Session&, const Directory& names, const node::Movement& movement) {
  std::string text = names.money(movement.asset, movement.units);
  if (movement.debit) text += " from " + names.account(*movement.debit);
  if (movement.credit) text += " to " + names.account(*movement.credit);
  const auto code = ledger::result_code_from_number(movement.code);
  if (movement.code != 0) {
    text += ": " + (code ? std::string(ledger::name(*code)) : std::to_string(movement.code));
  }
  return text;
}

// A payment that waited: what became of it, and whose doing that was.
void print_change(Session& session, const node::Event& event) {
  const Directory& names = session.directory();
  const ledger::PaymentEvent& change = *event.change;
  const bool by_block = change.cause == ledger::TxId();
  Fields fields;
  fields.add("event", "payment")
      .add("height", event.height.value())
      .add("index", std::uint64_t{event.index})
      .add("time", format_rfc3339(event.time))
      .add("payment", event.txid.hex())
      .add("submitter", names.participant(event.submitter))
      .add("status", std::string(ledger::status_name(change.status)))
      .add("iso20022", std::string(ledger::iso20022_status(change.status)))
      .add("priority", std::string(ledger::priority_name(change.priority)))
      .add("code", std::uint64_t{event.code})
      .add("reason", std::string(ledger::name(change.reason)))
      .add("cause", by_block ? std::string() : change.cause.hex())
      .add("batch", change.batch)
      .add("movement", movement_text(session, names, event.movements.front()))
      .add("next", position_text(event.cursor));
  std::string sentence = std::to_string(event.height.value()) + ":" + std::to_string(event.index) +
                         "  " + format_rfc3339(event.time) + "  payment " +
                         event.txid.hex().substr(0, 16) + "  " +
                         std::string(ledger::status_name(change.status));
  if (!ledger::is_waiting(change.status) && change.reason != ledger::ResultCode::kSettled) {
    sentence += " (" + std::string(ledger::name(change.reason)) + ")";
  }
  if (change.batch != 0) sentence += " in batch " + std::to_string(change.batch);
  sentence += by_block ? "" : "  by " + change.cause.hex().substr(0, 16);
  sentence += "  " + movement_text(session, names, event.movements.front());
  print_line(std::cout, sentence, fields, session.format());
}

// One line per event. What a node calls final is shown as its word; a receipt proves it.
void print_event(Session& session, const node::Event& event) {
  const Directory& names = session.directory();
  Fields fields;
  fields.add("event", event.is_block ? "block" : "transaction").add("height", event.height.value());
  std::string sentence = std::to_string(event.height.value());
  if (event.is_block) {
    fields.add("time", format_rfc3339(event.time))
        .add("block_hash", to_hex(event.block_hash))
        .add("transactions", std::uint64_t{event.transaction_count})
        .add("next", position_text(event.cursor));
    sentence += "  block of " + format_rfc3339(event.time) + ", " +
                std::to_string(event.transaction_count) + " transactions";
    print_line(std::cout, sentence, fields, session.format());
    return;
  }
  if (event.change) return print_change(session, event);
  const auto code = ledger::result_code_from_number(event.code);
  const std::string result = code ? std::string(ledger::name(*code)) : std::to_string(event.code);
  std::vector<std::string> movements;
  for (const auto& movement : event.movements) {
    movements.push_back(movement_text(session, names, movement));
  }
  fields.add("index", std::uint64_t{event.index})
      .add("time", format_rfc3339(event.time))
      .add("txid", event.txid.hex())
      .add("submitter", names.participant(event.submitter))
      .add("operation", event.operation)
      .add("code", std::uint64_t{event.code})
      .add("result", result)
      .add("reference", event.reference_id)
      .add("date", std::uint64_t{event.reference_date})
      .add("movements", movements)
      .add("next", position_text(event.cursor));
  sentence += ":" + std::to_string(event.index) + "  " + format_rfc3339(event.time) + "  " +
              names.participant(event.submitter) + "  " + event.operation + "  " + result;
  if (!event.reference_id.empty()) sentence += "  " + event.reference_id;
  for (const std::string& movement : movements) sentence += "  " + movement;
  print_line(std::cout, sentence, fields, session.format());
}

// Set by the signal, read between two events and when none came for a while.
volatile std::sig_atomic_t interrupted = 0;

class InterruptGuard {
 public:
  InterruptGuard() {
    interrupted = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = 1; };
    action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
    ::sigemptyset(&action.sa_mask);
    ::sigaction(SIGINT, &action, &before_);
    ::sigaction(SIGTERM, &action, &before_term_);
  }
  ~InterruptGuard() {
    ::sigaction(SIGINT, &before_, nullptr);
    ::sigaction(SIGTERM, &before_term_, nullptr);
  }
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  struct sigaction before_ {};
  struct sigaction before_term_ {};
};

Result<node::EventRequest> make_request(Session& session, const EventsOptions& options) {
  node::EventRequest request;
  // Blocks move the position on where nothing concerns the caller, and tell where the past ends.
  request.blocks = true;
  if (!options.from.empty()) {
    HP_TRY_ASSIGN(request.from, parse_position(options.from));
  } else if (!options.follow) {
    request.from = {Height{1}, 0};
  }
  for (const std::string& text : options.accounts) {
    HP_TRY_ASSIGN(const auto account, session.account(text));
    session.directory().remember(account);
    request.accounts.push_back(account.id);
  }
  for (const std::string& text : options.assets) {
    HP_TRY_ASSIGN(const auto asset, find_asset(session.genesis(), text));
    request.assets.push_back(asset.id);
  }
  return request;
}

// With --follow nothing ends but by Ctrl-C; a quiet chain makes no blocks, so that silence means
// nothing.
Result<int> follow(Session& session, node::Client& client, node::EventRequest request,
                   const EventsOptions& options, Height last) {
  constexpr std::chrono::milliseconds kLook{500};
  const auto patience = session.timeout();
  auto reached = std::chrono::steady_clock::now();
  bool complete = !options.follow && (last == Height{0} || request.from.height > last);
  std::string next = position_text(request.from);
  const InterruptGuard guard;
  while (!complete && interrupted == 0) {
    const auto status = client.events(request, kLook, [&](const node::Event& event) {
      reached = std::chrono::steady_clock::now();
      request.from = event.cursor;
      next = position_text(event.cursor);
      if (!event.is_block || options.blocks) print_event(session, event);
      complete = !options.follow && event.is_block && event.height >= last;
      return !complete && interrupted == 0 && static_cast<bool>(std::cout);
    });
    if (!std::cout) return fail(Errc::kIo, "the output could not be written");
    if (status || status.error().code == Errc::kTimeout) {
      if (status || options.follow || std::chrono::steady_clock::now() - reached < patience) {
        continue;
      }
    }
    if (!status) return tl::unexpected(status.error());
  }
  print_line(std::cerr, "to go on from here: --from " + next,
             Fields{}.add("event", "position").add("next", next), session.format());
  return interrupted != 0 ? kExitInterrupted : static_cast<int>(kExitOk);
}

Result<int> events(Session& session, const EventsOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(auto request, make_request(session, options));
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  Height last{0};
  if (!options.follow || options.from.empty()) {
    HP_TRY_ASSIGN(const auto status, client->status());
    last = status.certified_height;
    // From now on: a position of our own, so that an interruption before the first event loses
    // nothing.
    if (options.from.empty() && options.follow) {
      request.from = {Height{last.value() + 1}, 0};
    }
  }
  return follow(session, *client, std::move(request), options, last);
}

}  // namespace

void add_events_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand(
      "events", "What became final: of your own accounts and transactions, in order");
  auto options = std::make_shared<EventsOptions>();
  command->add_option("--from", options->from,
                      "HEIGHT or HEIGHT:INDEX to begin at, such as `next` of the last event seen; "
                      "default: the beginning, with --follow: now");
  command->add_flag("--follow", options->follow, "Go on until Ctrl-C");
  command
      ->add_option("--account", options->accounts,
                   "Only movements of this account; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--asset", options->assets, "Only movements of this asset; may be repeated")
      ->allow_extra_args(false);
  command->add_flag("--blocks", options->blocks, "Show every block too");
  command->callback([&invocation, options] {
    invocation.action = [options](Session& session) { return events(session, *options); };
  });
}

}  // namespace huangpu::tools
