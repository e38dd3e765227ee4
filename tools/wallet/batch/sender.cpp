#include "tools/wallet/batch/sender.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "ledger/types/result_code.hpp"

namespace huangpu::tools {
namespace {

using Clock = std::chrono::steady_clock;
using ledger::ResultCode;
using node::TransactionStage;
using node::TransactionUpdate;
using std::chrono::milliseconds;

constexpr milliseconds kTick{20};
constexpr milliseconds kPauseFirst{50};
constexpr milliseconds kPauseMax{2'000};
constexpr std::size_t kQuestionsAtOnce = 64;

// Answers of streams on their way to the sender's thread. Outlives the streams that write to it.
class Inbox {
 public:
  struct Answer {
    std::uint64_t sequence = 0;
    TransactionUpdate update;
  };

  void put(std::uint64_t sequence, const TransactionUpdate& update) {
    {
      const std::scoped_lock lock(mutex_);
      answers_.push_back({sequence, update});
    }
    changed_.notify_one();
  }
  // Everything that has come; waits for a moment if nothing has.
  std::deque<Answer> take(milliseconds patience) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [this] { return !answers_.empty(); });
    return std::exchange(answers_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Answer> answers_;  // guarded by mutex_; bounded by what is in flight
};

// What an answer means for the part it is about.
enum class Meaning { kProgress, kResult, kAskForFirstUse, kSendAgain, kSendElsewhere, kStop };

Meaning meaning_of(ResultCode code) {
  switch (code) {
    case ResultCode::kReferenceRepeated:
    case ResultCode::kDuplicate:
      return Meaning::kAskForFirstUse;
    // The reference was not used: a new window, or a moment's patience, and it may act.
    case ResultCode::kExpired:
    case ResultCode::kTooFarAhead:
    case ResultCode::kNotYetValid:
    case ResultCode::kBusy:
    case ResultCode::kRateLimited:
      return Meaning::kSendAgain;
    case ResultCode::kNotReady:
      return Meaning::kSendElsewhere;
    // The same for every part: who submits, with which key, on which chain, on which day.
    case ResultCode::kSubmitterUnknown:
    case ResultCode::kSignerUnknown:
    case ResultCode::kSignerInactive:
    case ResultCode::kSubmitterDidNotSign:
    case ResultCode::kReferenceTooOld:
    case ResultCode::kReferenceInFuture:
    case ResultCode::kReferenceConflict:
    case ResultCode::kMalformed:
    case ResultCode::kTooLarge:
    case ResultCode::kUnsupportedVersion:
    case ResultCode::kWrongChain:
    case ResultCode::kSignatureInvalid:
    case ResultCode::kSenderNotAllowed:
      return Meaning::kStop;
    default:
      return Meaning::kResult;
  }
}

Meaning meaning_of(const TransactionUpdate& update) {
  switch (update.stage) {
    case TransactionStage::kExpired:
      return Meaning::kSendAgain;
    case TransactionStage::kRejected:
    case TransactionStage::kFinal: {
      const auto code = ledger::result_code_from_number(update.code);
      if (!code) return Meaning::kStop;
      const Meaning meaning = meaning_of(*code);
      // Only what a certificate covers is a result.
      const bool refused_result =
          meaning == Meaning::kResult && update.stage == TransactionStage::kRejected;
      return refused_result ? Meaning::kStop : meaning;
    }
    default:
      return Meaning::kProgress;
  }
}

bool is_passing(Errc code) {
  return code == Errc::kUnavailable || code == Errc::kTimeout || code == Errc::kNotReady ||
         code == Errc::kExhausted || code == Errc::kCancelled || code == Errc::kNotFound;
}

}  // namespace

class BatchSender::Impl {
 public:
  Impl(PaymentChain& chain, Journal& journal, const PaymentFile& file,
       const std::vector<BatchPart>& parts, SenderOptions options, bool ask_first)
      : chain_(chain),
        journal_(journal),
        file_(file),
        parts_(parts),
        options_(std::move(options)),
        inbox_(std::make_shared<Inbox>()),
        pauses_(parts.size(), kPauseFirst),
        is_repeated_(parts.size(), false) {
    for (std::size_t part = 0; part < parts_.size(); ++part) {
      if (journal_.results().contains(part)) {
        payments_done_ += parts_[part].count;
      } else {
        (ask_first ? to_ask_ : to_send_).push_back({part, {}});
      }
    }
  }

  Status run() {
    last_result_ = last_heard_ = chain_.now();
    const Status status = loop();
    stream_.reset();
    HP_TRY(journal_.sync());
    return status;
  }

 private:
  struct Due {
    std::size_t part = 0;
    Clock::time_point not_before;
  };
  using Queue = std::deque<Due>;

  Status loop() {
    report();
    while (journal_.results().size() < parts_.size()) {
      if (options_.is_interrupted && options_.is_interrupted()) {
        return fail(Errc::kCancelled, "interrupted; run the same command again");
      }
      HP_TRY(ask());
      HP_TRY(send());
      const bool idle = to_ask_.empty() || !is_due(to_ask_.front());
      for (const auto& answer : inbox_->take(idle ? kTick : milliseconds(0))) HP_TRY(hear(answer));
      watch_stream();
      if (chain_.now() - last_result_ > options_.patience) {
        return fail(Errc::kTimeout,
                    "no payment became final for a while" +
                        (last_trouble_.empty() ? std::string() : " (" + last_trouble_ + ")") +
                        "; run the same command again to go on");
      }
    }
    return {};
  }

  [[nodiscard]] bool is_due(const Due& due) const { return due.not_before <= chain_.now(); }

  // Later each time, so that a network in trouble is not troubled more.
  Due later(std::size_t part) {
    const Due due{part, chain_.now() + pauses_[part]};
    pauses_[part] = std::min(pauses_[part] * 2, kPauseMax);
    return due;
  }

  std::string name_of(std::size_t part) const {
    const BatchPart& p = parts_[part];
    const std::size_t first = file_.payments[p.first].line;
    const std::size_t last = file_.payments[p.first + p.count - 1].line;
    return first == last ? "line " + std::to_string(first)
                         : "lines " + std::to_string(first) + " to " + std::to_string(last);
  }

  [[nodiscard]] bool is_individual() const {
    return journal_.header().options.style == BatchStyle::kIndividual;
  }

  // Some questions at a time: answers of streams are heard between them.
  Status ask() {
    std::vector<std::size_t> asked;
    std::vector<std::string> references;
    while (!to_ask_.empty() && is_due(to_ask_.front()) && asked.size() < kQuestionsAtOnce) {
      asked.push_back(to_ask_.front().part);
      references.push_back(parts_[asked.back()].reference);
      to_ask_.pop_front();
    }
    if (asked.empty()) return {};
    const auto answers = chain_.find_many(references, journal_.header().date);
    for (std::size_t i = 0; i < asked.size(); ++i) HP_TRY(take_answer(asked[i], answers[i]));
    return {};
  }

  Status take_answer(std::size_t part, const Result<TransactionUpdate>& found) {
    if (!found) {
      if (!is_passing(found.error().code)) return tl::unexpected(found.error());
      if (found.error().code == Errc::kNotFound) {
        // A node that lags may not know the first use yet: the second time, give it a moment.
        to_send_.push_back(asked_.insert(part).second ? Due{part, {}} : later(part));
      } else {
        last_trouble_ = found.error().message;
        to_ask_.push_back(later(part));
      }
      return {};
    }
    if (found->stage != TransactionStage::kFinal) {
      to_ask_.push_back(later(part));
      return {};
    }
    // The chain compared the instructions when it said "repeated". An individual payment's result
    // is what a node says, here as when it is sent for the first time.
    if (is_individual() && is_repeated_[part]) {
      if (meaning_of(*found) != Meaning::kResult) {
        return fail(Errc::kDiverged, name_of(part) + ": transaction " + found->txid.hex() +
                                         " cannot be the first use of its reference");
      }
      return finish(part, {found->txid, found->height, found->index, found->code, {}});
    }
    return collect(part, found->txid);
  }

  // The proven result of a part, which must be ours and not a stranger's under the same reference.
  Status collect(std::size_t part, const ledger::TxId& txid) {
    auto proven = chain_.prove(txid);
    if (!proven) {
      if (!is_passing(proven.error().code)) return tl::unexpected(proven.error());
      last_trouble_ = proven.error().message;
      to_ask_.push_back(later(part));
      return {};
    }
    if (proven->operation != operation_of(file_, parts_[part], journal_.header().options)) {
      if (is_individual()) return finish_in_conflict(part, txid);
      return fail(Errc::kConflict, name_of(part) + ": reference " + parts_[part].reference +
                                       " was used for something else, transaction " + txid.hex());
    }
    const auto code = ledger::result_code_from_number(proven->result.code);
    if (!code || meaning_of(*code) != Meaning::kResult) {
      return fail(Errc::kDiverged, name_of(part) + ": transaction " + txid.hex() +
                                       " is proven not to be what the node said");
    }
    return finish(part, proven->result);
  }

  // The line's reference names another instruction for ever: this line never acts under it, and the
  // others of the file are not concerned.
  Status finish_in_conflict(std::size_t part, const ledger::TxId& txid) {
    return finish(part,
                  {txid, {}, 0, static_cast<std::uint16_t>(ResultCode::kReferenceConflict), {}});
  }

  Status finish(std::size_t part, const PartResult& result) {
    if (journal_.results().contains(part)) return {};
    HP_TRY(journal_.append(part, result));
    payments_done_ += parts_[part].count;
    last_result_ = chain_.now();
    report();
    return {};
  }

  void report() {
    if (options_.on_progress) options_.on_progress(payments_done_);
  }

  Status send() {
    while (!to_send_.empty() && is_due(to_send_.front()) &&
           in_flight_.size() < options_.in_flight_max) {
      if (!open_stream()) return {};
      const std::size_t part = to_send_.front().part;
      const auto operation = operation_of(file_, parts_[part], journal_.header().options);
      HP_TRY_ASSIGN(const Bytes envelope,
                    chain_.sign(parts_[part].reference, journal_.header().date, operation));
      if (const Status sent = stream_->send(++sequence_, envelope); !sent) {
        last_trouble_ = sent.error().message;
        leave_node();
        return {};
      }
      if (in_flight_.empty()) last_heard_ = chain_.now();
      in_flight_[sequence_] = part;
      to_send_.pop_front();
    }
    return {};
  }

  bool open_stream() {
    if (stream_ != nullptr) return true;
    if (chain_.now() < next_open_) return false;
    auto opened = chain_.open_stream(
        [inbox = inbox_](std::uint64_t sequence, const TransactionUpdate& update) {
          inbox->put(sequence, update);
        },
        endpoint_);
    if (!opened) {
      last_trouble_ = opened.error().message;
      move_on();
      return false;
    }
    stream_ = std::move(*opened);
    last_heard_ = chain_.now();
    return true;
  }

  void move_on() {
    ++endpoint_;
    // After a round of all nodes, a pause.
    if (endpoint_ % std::max<std::size_t>(chain_.endpoint_count(), 1) == 0) {
      next_open_ = chain_.now() + kPauseFirst * 4;
    }
  }

  // What was in flight is sent again elsewhere. The chain sorts out what has acted already.
  void leave_node() {
    stream_.reset();
    for (auto entry = in_flight_.rbegin(); entry != in_flight_.rend(); ++entry) {
      to_send_.push_front({entry->second, {}});
    }
    in_flight_.clear();
    move_on();
  }

  void watch_stream() {
    if (stream_ == nullptr) return;
    const bool is_silent = !in_flight_.empty() && chain_.now() - last_heard_ > options_.stall;
    if (stream_->has_ended() || is_silent) {
      last_trouble_ = is_silent ? "a node did not answer" : "a node went away";
      leave_node();
    }
  }

  Status hear(const Inbox::Answer& answer) {
    const auto found = in_flight_.find(answer.sequence);
    if (found == in_flight_.end()) return {};  // of a stream that was left
    const std::size_t part = found->second;
    last_heard_ = chain_.now();
    const TransactionUpdate& update = answer.update;
    const Meaning meaning = meaning_of(update);
    if (meaning == Meaning::kProgress) return {};
    in_flight_.erase(found);
    switch (meaning) {
      case Meaning::kProgress:
        return {};
      case Meaning::kResult:
        if (!is_individual()) return collect(part, update.txid);
        return finish(part, {update.txid, update.height, update.index, update.code, {}});
      case Meaning::kAskForFirstUse:
        is_repeated_[part] = true;
        to_ask_.push_back({part, {}});
        return {};
      case Meaning::kSendElsewhere:
        to_send_.push_front(later(part));
        last_trouble_ = update.message;
        leave_node();
        return {};
      case Meaning::kSendAgain:
        to_send_.push_back(later(part));
        return {};
      case Meaning::kStop:
        return refuse(part, update);
    }
    return {};
  }

  Status refuse(std::size_t part, const TransactionUpdate& update) {
    const auto code = ledger::result_code_from_number(update.code);
    if (is_individual() && code == ResultCode::kReferenceConflict) {
      return finish_in_conflict(part, update.txid);
    }
    std::string why = !update.message.empty() ? update.message
                      : code                  ? std::string(ledger::text(*code))
                                              : "code " + std::to_string(update.code);
    const bool conflict = code == ResultCode::kReferenceConflict;
    return fail(conflict ? Errc::kConflict : Errc::kDenied, name_of(part) + ": " + why);
  }

  PaymentChain& chain_;
  Journal& journal_;
  const PaymentFile& file_;
  const std::vector<BatchPart>& parts_;
  const SenderOptions options_;
  const std::shared_ptr<Inbox> inbox_;

  Queue to_ask_;
  Queue to_send_;
  std::map<std::uint64_t, std::size_t> in_flight_;  // sequence -> part, of the present stream
  std::vector<milliseconds> pauses_;
  std::vector<bool> is_repeated_;  // by part: the chain knows this very instruction
  std::set<std::size_t> asked_;    // parts that were not found once
  std::size_t payments_done_ = 0;

  std::unique_ptr<node::SubmitStream> stream_;
  std::size_t endpoint_ = 0;
  Clock::time_point next_open_;
  std::uint64_t sequence_ = 0;
  Clock::time_point last_result_;
  Clock::time_point last_heard_;
  std::string last_trouble_;
};

BatchSender::BatchSender(PaymentChain& chain, Journal& journal, const PaymentFile& file,
                         const std::vector<BatchPart>& parts, SenderOptions options, bool ask_first)
    : impl_(std::make_unique<Impl>(chain, journal, file, parts, std::move(options), ask_first)) {}
BatchSender::~BatchSender() = default;

Status BatchSender::run() { return impl_->run(); }

}  // namespace huangpu::tools
