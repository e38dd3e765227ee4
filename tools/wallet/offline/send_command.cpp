// tx send: submits a transaction file whose signatures are complete, in the window that is open
// (SPEC W-58).
#include <CLI/CLI.hpp>
#include <iostream>
#include <thread>

#include "crypto/base/civil.hpp"
#include "crypto/sign/verifier.hpp"
#include "tools/cli/tool_exit.hpp"
#include "tools/wallet/acting.hpp"
#include "tools/wallet/commands.hpp"
#include "tools/wallet/offline/opened_file.hpp"
#include "tools/wallet/offline/send.hpp"

namespace huangpu::tools {

std::optional<std::size_t> next_window(const Forms& forms, TimestampMs now, std::size_t from) {
  for (std::size_t window = from; window < forms.window_count(); ++window) {
    const bool is_last = window + 1 == forms.window_count();
    // Too close to its end to get through, unless it is the last chance.
    const std::uint64_t margin = is_last ? 0 : kWindowMarginMs;
    if (now.value() + margin <= forms.valid_until(window).value()) return window;
  }
  return std::nullopt;
}

namespace {

struct SendOptions {
  std::filesystem::path file;
  bool no_wait = false;
};

int refuse(const Session& session, const std::string& result, const std::string& reason) {
  print(std::cout, Fields{}.add("sent", false).add("result", result).add("reason", reason),
        session.format());
  return kExitRefused;
}

int refuse_incomplete(const Session& session, const OpenedFile& opened, const Collected& have) {
  std::string open;
  for (const auto& key : have.open) open += (open.empty() ? "" : ", ") + key.hex();
  return refuse(session, "signatures-missing",
                std::to_string(have.missing) +
                    " more of the signatures by these keys are needed: " + open +
                    "; nothing was sent (" + opened.path.string() + ")");
}

Result<int> send(Session& session, const SendOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const auto opened, OpenedFile::open(session, options.file, {}));
  const Forms& forms = opened->forms;
  const auto valid = verify_signatures(opened->file, forms, crypto::default_verifier());
  if (!valid) return fail(valid.error(), options.file.string());
  const Collected have = collected(opened->file);
  if (!have.set) return refuse_incomplete(session, *opened, have);
  for (const NamedAccount& account : opened->file.accounts) {
    AccountText text;
    text.id = ledger::account_id(opened->genesis.suite, account.participant, account.number);
    text.numbered = AccountText::Numbered{account.participant, account.number};
    session.directory().remember(text);
  }

  const auto deadline = std::chrono::steady_clock::now() + session.timeout();
  std::size_t window = 0;
  while (true) {
    const auto next = next_window(forms, wall_now(), window);
    if (!next) {
      return refuse(session, "expired",
                    "its last window closed at " +
                        format_rfc3339(forms.valid_until(forms.window_count() - 1)) +
                        "; whatever it did not do by then it never will. Build it anew, with the "
                        "same reference and date if it may have been sent before");
    }
    window = *next;
    const std::uint64_t now = wall_now().value();
    const std::uint64_t opens = forms.valid_from(window).value();
    if (opens > now) {
      const std::chrono::milliseconds pause(opens - now);
      if (std::chrono::steady_clock::now() + pause > deadline) {
        print_line(std::cerr,
                   "its next window opens at " + format_rfc3339(forms.valid_from(window)) +
                       "; nothing was sent. Send it then, or wait here with a longer --timeout",
                   Fields{}.add("event", "not-open").add("opens", opens), session.format());
        return kExitNotFinal;
      }
      print_line(std::cerr,
                 "waiting for its window to open at " + format_rfc3339(forms.valid_from(window)),
                 Fields{}.add("event", "waiting").add("opens", opens), session.format());
      std::this_thread::sleep_for(pause);
    }
    Submission submission;
    HP_TRY_ASSIGN(submission.transaction, forms.envelope(*have.set, window));
    submission.reference = forms.body().reference;
    submission.no_wait = options.no_wait;
    submission.has_other_windows = true;
    HP_TRY_ASSIGN(const Ending ending, submit_and_follow(session, submission));
    if (!ending.expired) return ending.exit_code;
    print_line(std::cerr, "that window closed before it was ordered; nothing happened in it",
               Fields{}.add("event", "window-closed"), session.format());
    ++window;
  }
}

}  // namespace

void add_send_command(CLI::App& tx, Invocation& invocation) {
  CLI::App* command = tx.add_subcommand("send", "Submit a transaction file with all signatures");
  auto options = std::make_shared<SendOptions>();
  command->add_option("file", options->file, "Transaction file")->required();
  command->add_flag("--no-wait", options->no_wait, "Return once a node has admitted it");
  command->callback([&invocation, options] {
    invocation.action = [options](Session& session) { return send(session, *options); };
  });
}

}  // namespace huangpu::tools
