#include "tools/wallet/acting.hpp"

#include <algorithm>
#include <iostream>
#include <thread>

#include "crypto/base/civil.hpp"
#include "crypto/random/random.hpp"
#include "ledger/types/result_code.hpp"
#include "tools/cli/tool_exit.hpp"
#include "tools/wallet/offline/build.hpp"

namespace huangpu::tools {
namespace {

using node::TransactionStage;
using node::TransactionUpdate;

constexpr std::uint64_t kClockSkewMs = 10'000;
constexpr std::uint64_t kValidityMs = 60'000;
constexpr std::chrono::milliseconds kBackoffFirst{50};
constexpr std::chrono::milliseconds kBackoffMax{2'000};

std::string code_name(std::uint16_t code) {
  const auto known = ledger::result_code_from_number(code);
  return known ? std::string(ledger::name(*known)) : std::to_string(code);
}

bool is_code(const TransactionUpdate& update, ledger::ResultCode code) {
  return update.code == static_cast<std::uint16_t>(code);
}

bool may_pass(const TransactionUpdate& update, bool wait_for_window) {
  using ledger::ResultCode;
  if (update.stage != TransactionStage::kRejected) return false;
  if (is_code(update, ResultCode::kBusy) || is_code(update, ResultCode::kRateLimited) ||
      is_code(update, ResultCode::kNotReady)) {
    return true;
  }
  // The node's clock is behind ours; it refuses such a transaction before it is ordered.
  return wait_for_window &&
         (is_code(update, ResultCode::kTooFarAhead) || is_code(update, ResultCode::kNotYetValid));
}

// Submits until the node takes it or refuses it for good. Repeating is safe: an envelope acts once.
Result<TransactionUpdate> submit(node::Client& client, const Submission& submission,
                                 std::chrono::steady_clock::time_point deadline) {
  auto pause = kBackoffFirst;
  while (true) {
    auto update = client.submit(submission.transaction.envelope);
    const bool try_again =
        update ? may_pass(*update, submission.has_other_windows)
               : update.error().code == Errc::kExhausted || update.error().code == Errc::kNotReady;
    if (!try_again || std::chrono::steady_clock::now() + pause > deadline) return update;
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, kBackoffMax);
  }
}

int print_refusal(const Session& session, const TransactionUpdate& update) {
  const auto known = ledger::result_code_from_number(update.code);
  Fields fields;
  fields.add("txid", update.txid.hex())
      .add("stage", std::string(node::to_text(update.stage)))
      .add("code", std::uint64_t{update.code})
      .add("result", code_name(update.code))
      .add("iso20022", known ? std::string(ledger::iso20022(*known)) : "")
      .add("reason", update.stage == TransactionStage::kExpired
                         ? "Its time window closed before it was ordered; nothing happened."
                     : !update.message.empty() ? update.message
                     : known                   ? std::string(ledger::text(*known))
                                               : "");
  print(std::cout, fields, session.format());
  return is_code(update, ledger::ResultCode::kWrongChain) ? kExitWrongChain : kExitRefused;
}

// What the reference did the first time, when this submission only repeated it.
Result<int> print_first_use(Session& session, const ledger::ClientReference& reference) {
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  HP_TRY_ASSIGN(const auto first, client->transaction(node::ReferenceKey{
                                      session.self(), reference.id, reference.date}));
  HP_TRY_ASSIGN(const auto last,
                client->watch(first.txid, session.timeout(), stage_printer(session)));
  if (last.stage != TransactionStage::kFinal) return print_refusal(session, last);
  HP_TRY_ASSIGN(const auto outcome, prove(session, first.txid));
  print_line(
      std::cerr, "This reference was used before; nothing was paid again. The first result stands:",
      Fields{}.add("event", "reference-repeated").add("txid", first.txid.hex()), session.format());
  return print_outcome(session, outcome);
}

void print_unsigned(Session& session, const ledger::TransactionBody& body) {
  Fields fields;
  fields.add("would", ledger::describe(body.operation, session.directory().names()))
      .add("submitter", session.directory().participant(body.submitter))
      .add("reference", body.reference->id)
      .add("date", std::uint64_t{body.reference->date})
      .add("signatures", std::uint64_t{body.signers.size()})
      .add("sent", false);
  print(std::cout, fields, session.format());
}

}  // namespace

std::string made_up_reference() { return "W" + to_hex(crypto::random::bytes(12)); }

Result<std::uint32_t> reference_date(const std::string& text, TimestampMs now) {
  if (text.empty()) return yyyymmdd_from_day(day_from_timestamp(now));
  const auto number = parse_number(text);
  if (!number || *number > 99'991'231 ||
      !day_from_yyyymmdd(static_cast<std::uint32_t>(*number)).has_value()) {
    return fail(Errc::kInvalidArgument, "--date must be a day written as YYYYMMDD");
  }
  return static_cast<std::uint32_t>(*number);
}

ValidityWindow validity_window(TimestampMs now, std::uint32_t replay_window_seconds) {
  const std::uint64_t window_ms = std::uint64_t{replay_window_seconds} * 1'000;
  // Half of the chain's window at most: our clock may run ahead of the node's.
  const std::uint64_t length = std::min(kValidityMs, window_ms / 2);
  const std::uint64_t from = now.value() > kClockSkewMs ? now.value() - kClockSkewMs : 0;
  return {TimestampMs{from}, TimestampMs{now.value() + length}};
}

std::function<void(const TransactionUpdate&)> stage_printer(Session& session) {
  return [&session,
          printed = std::optional<TransactionStage>()](const TransactionUpdate& update) mutable {
    if (printed && update.stage <= *printed) return;
    printed = update.stage;
    Fields fields;
    fields.add("event", "stage")
        .add("stage", std::string(node::to_text(update.stage)))
        .add("txid", update.txid.hex());
    std::string sentence(node::to_text(update.stage));
    sentence.resize(10, ' ');
    switch (update.stage) {
      case TransactionStage::kReceived:
        sentence += "a node has it";
        break;
      case TransactionStage::kAdmitted:
        sentence += "the node will propose it; nothing is decided";
        break;
      case TransactionStage::kOrdered:
        sentence += "its place is fixed: height " + std::to_string(update.height.value()) +
                    ", index " + std::to_string(update.index);
        break;
      case TransactionStage::kExecuted:
        sentence += "one node has computed the result: " + code_name(update.code);
        break;
      case TransactionStage::kFinal:
        sentence += "a certificate of height " + std::to_string(update.certificate_height.value()) +
                    " covers it: " + code_name(update.code);
        break;
      case TransactionStage::kRejected:
        sentence += code_name(update.code);
        break;
      case TransactionStage::kExpired:
        sentence += "its time window closed before it was ordered";
        break;
    }
    if (update.height != Height{0}) {
      fields.add("height", update.height.value()).add("index", std::uint64_t{update.index});
    }
    if (update.stage >= TransactionStage::kExecuted) {
      fields.add("code", std::uint64_t{update.code}).add("result", code_name(update.code));
    }
    print_line(std::cerr, sentence, fields, session.format());
  };
}

Result<ProvenOutcome> prove(Session& session, const ledger::TxId& txid) {
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  HP_TRY_ASSIGN(const auto answer, client->receipt(txid));
  auto report = session.checker().check_receipt(records_of(answer));
  if (!report.holds()) {
    return fail(Errc::kDiverged, "the node's proof of this transaction does not hold: " +
                                     report.steps.back().name + ": " + report.steps.back().detail);
  }
  if (report.txid != txid) {
    return fail(Errc::kDiverged, "the node proved another transaction than the one asked for");
  }
  ProvenOutcome outcome;
  outcome.txid = txid;
  outcome.body = std::move(*report.body);
  outcome.receipt = std::move(*report.receipt);
  outcome.certificate_height = report.commit->height;
  outcome.signatures = report.signers.size();
  return outcome;
}

int print_outcome(Session& session, const ProvenOutcome& outcome) {
  const ledger::ResultCode code = outcome.receipt.code;
  Fields fields;
  fields.add("txid", outcome.txid.hex())
      .add("stage", "final")
      .add("code", std::uint64_t{static_cast<std::uint16_t>(code)})
      .add("result", std::string(ledger::name(code)));
  if (code != ledger::ResultCode::kSettled) {
    fields.add("iso20022", std::string(ledger::iso20022(code)))
        .add("reason", std::string(ledger::text(code)));
  }
  fields.add("what", ledger::describe(outcome.body.operation, session.directory().names()))
      .add("height", outcome.receipt.height.value())
      .add("index", std::uint64_t{outcome.receipt.index});
  if (outcome.body.reference) {
    fields.add("reference", outcome.body.reference->id)
        .add("date", std::uint64_t{outcome.body.reference->date});
  }
  fields.add("proven_by", std::to_string(outcome.signatures) + " validators' signatures");
  print(std::cout, fields, session.format());
  return ledger::has_effect(code) ? kExitOk : kExitRefused;
}

Result<int> act(Session& session, const Act& act) {
  if (act.options.build) return build_file(session, act);
  HP_TRY_ASSIGN(std::vector<crypto::Signer*> signers, session.signers());
  std::unique_ptr<crypto::Signer> new_key;
  if (!act.new_key.empty()) {
    HP_TRY_ASSIGN(new_key, session.open_key(act.new_key));
    signers.push_back(new_key.get());
  }
  const TimestampMs now = wall_now();
  HP_TRY_ASSIGN(const std::uint32_t date, reference_date(act.options.date, now));
  const std::string reference =
      act.options.reference.empty() ? made_up_reference() : act.options.reference;
  const auto window = validity_window(now, session.genesis().ledger.replay_window_seconds);

  ledger::TransactionBuilder builder(session.checker().chain(), session.self());
  builder.valid(window.from, window.until).reference(reference, date).operation(act.operation);
  for (const crypto::Signer* signer : signers) builder.signer(signer->public_key().id());
  HP_TRY(builder.build());
  if (act.options.dry_run) {
    print_unsigned(session, builder.body());
    return kExitOk;
  }
  Submission submission;
  HP_TRY_ASSIGN(submission.transaction, ledger::sign_transaction(builder, signers));
  submission.reference = builder.body().reference;
  submission.no_wait = act.options.no_wait;
  HP_TRY_ASSIGN(const Ending ending, submit_and_follow(session, submission));
  return ending.exit_code;
}

Result<Ending> submit_and_follow(Session& session, const Submission& submission) {
  const ledger::SignedTransaction& transaction = submission.transaction;
  const auto& reference = submission.reference;
  const std::string txid = transaction.txid.hex();
  const auto with_reference = [&reference](Fields fields) {
    if (reference)
      fields.add("reference", reference->id).add("date", std::uint64_t{reference->date});
    return fields;
  };
  // Known before anything is sent, so that whoever loses the answer can ask again.
  print_line(std::cerr,
             (reference ? "Reference " + reference->id + " of " + std::to_string(reference->date) +
                              ", transaction "
                        : "Transaction ") +
                 txid,
             with_reference(Fields{}.add("event", "submitting").add("txid", txid)),
             session.format());
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  const auto deadline = std::chrono::steady_clock::now() + session.timeout();
  auto submitted = submit(*client, submission, deadline);
  if (!submitted) {
    return fail(
        submitted.error(),
        "it is not known whether the transaction arrived; " +
            (reference ? "running the same command with --reference " + reference->id + " --date " +
                             std::to_string(reference->date) + " never pays twice"
                       : "sending the same file again never acts twice"));
  }
  // A node that cannot read an envelope knows no id of it.
  if (submitted->txid == ledger::TxId{}) submitted->txid = transaction.txid;
  const auto print_stage = stage_printer(session);
  const auto first_use = [&]() -> Result<Ending> {
    HP_TRY_ASSIGN(const int code, print_first_use(session, *reference));
    return Ending{code, false};
  };
  if (reference && submitted->stage == TransactionStage::kRejected &&
      is_code(*submitted, ledger::ResultCode::kReferenceRepeated)) {
    return first_use();
  }
  print_stage(*submitted);
  const auto refused = [&](const TransactionUpdate& update) {
    const bool expired = update.stage == TransactionStage::kExpired ||
                         (update.stage == TransactionStage::kRejected &&
                          is_code(update, ledger::ResultCode::kExpired));
    if (expired && submission.has_other_windows) return Ending{kExitRefused, true};
    return Ending{print_refusal(session, update), expired};
  };
  if (submitted->stage == TransactionStage::kRejected) return refused(*submitted);
  if (submission.no_wait) {
    print(
        std::cout,
        with_reference(
            Fields{}.add("txid", txid).add("stage", std::string(node::to_text(submitted->stage)))),
        session.format());
    return Ending{kExitOk, false};
  }
  const auto last = client->watch(transaction.txid, session.timeout(), print_stage);
  if (!last) {
    print_line(std::cerr, last.error().message,
               Fields{}.add("event", "not-final").add("txid", txid), session.format());
    print_line(std::cerr,
               "It may still settle: ask with `huangpu tx wait " + txid +
                   "`, or repeat with the same reference and date.",
               with_reference(Fields{}.add("event", "hint")), session.format());
    return Ending{
        last.error().code == Errc::kTimeout ? kExitNotFinal : tool_exit_code(last.error().code),
        false};
  }
  if (last->stage != TransactionStage::kFinal) return refused(*last);
  if (reference && is_code(*last, ledger::ResultCode::kReferenceRepeated)) return first_use();
  HP_TRY_ASSIGN(const auto outcome, prove(session, transaction.txid));
  return Ending{print_outcome(session, outcome), false};
}

}  // namespace huangpu::tools
