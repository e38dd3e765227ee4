// e2e-payer: pays without pause through a network whose nodes are being killed, and afterwards
// holds every node to what it said.
//
//   e2e-payer pay    --network DIR --record FILE   until standard input ends
//   e2e-payer verify --network DIR --record FILE
//
// `pay` never gives up on a payment: the same envelope is submitted again, to whatever node
// answers, until a node says final, or says that it has expired. A payment that is refused because
// its key was replaced meanwhile is signed again with the key that the wallet holds then; a
// certificate that was replaced is used for the next connection. The record has one line per
// outcome, written when the answer arrives:
//
//   final WALL_MS TXID HEIGHT INDEX CODE BEGAN_MS     BEGAN_MS: before it was first submitted
//   expired WALL_MS TXID
//   balance ACCOUNT UNITS      expected at the end, from the final answers alone
//
// `verify` reads the event stream of every node from the first block on, through the client API,
// and compares: equal streams on all nodes, every final answer at its place, nothing expired in the
// chain, every balance as expected. A difference is printed and the exit code is 1.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "ledger/types/result_code.hpp"
#include "tests/e2e/node_client.hpp"
#include "tests/e2e/wallet_key.hpp"
#include "tools/bench/session.hpp"

namespace huangpu::tools {
namespace {

using Clock = std::chrono::steady_clock;
using ledger::ResultCode;
using node::TransactionStage;
using node::TransactionUpdate;

constexpr std::chrono::milliseconds kAnswerPatience{
    1'500};  // then the envelope goes to a node again
constexpr std::chrono::milliseconds kRetryPause{100};
constexpr std::chrono::milliseconds kGiveUp{200'000};  // past every validity: somebody must know
constexpr std::uint32_t kPaymentsPerClient = 100;
constexpr std::uint64_t kUnitsEach = 1'000'000'000;
constexpr std::chrono::milliseconds kQuietEvents{30'000};

// --- pay

// Outcomes as they come in. Thread-safe.
class Record {
 public:
  explicit Record(const std::string& path) : file_(path, std::ios::trunc) {}

  void final(const TransactionUpdate& update, TimestampMs began) {
    const std::lock_guard lock(mutex_);
    file_ << "final " << wall_now().value() << ' ' << update.txid.value().hex() << ' '
          << update.height.value() << ' ' << update.index << ' ' << update.code << ' '
          << began.value() << std::endl;
    ++finals_;
  }
  void expired(const ledger::TxId& txid) {
    const std::lock_guard lock(mutex_);
    file_ << "expired " << wall_now().value() << ' ' << txid.value().hex() << std::endl;
    ++expired_;
  }
  void signed_again() { ++signed_again_; }
  void moved(const ledger::Transfer& transfer, std::int64_t units) {
    const std::lock_guard lock(mutex_);
    moved_[transfer.debit] -= units;
    moved_[transfer.credit] += units;
  }
  void balances(const Session& session, std::uint64_t at_first) {
    const std::lock_guard lock(mutex_);
    for (const Bank& bank : session.banks) {
      for (const ledger::AccountId& account : bank.accounts) {
        file_ << "balance " << account.value().hex() << ' '
              << static_cast<std::int64_t>(at_first) + moved_[account] << std::endl;
      }
    }
  }
  void error(const std::string& text) {
    const std::lock_guard lock(mutex_);
    std::cerr << text << std::endl;
    ++errors_;
  }

  [[nodiscard]] bool good() const { return file_.good(); }
  [[nodiscard]] std::uint64_t finals() const { return finals_; }
  [[nodiscard]] std::uint64_t expired_count() const { return expired_; }
  [[nodiscard]] std::uint64_t errors() const { return errors_; }
  [[nodiscard]] std::uint64_t signed_again_count() const { return signed_again_; }

 private:
  std::mutex mutex_;
  std::ofstream file_;
  std::map<ledger::AccountId, std::int64_t> moved_;
  std::uint64_t finals_ = 0;
  std::uint64_t expired_ = 0;
  std::uint64_t errors_ = 0;
  std::atomic<std::uint64_t> signed_again_ = 0;
};

// Gives each payment its time, so that all workers together pay `rate` per second.
class Pace {
 public:
  explicit Pace(double rate) : step_(std::chrono::duration<double>(1 / rate)) {}

  // False once stopped.
  bool next() {
    std::unique_lock lock(mutex_);
    const Clock::time_point now = Clock::now();
    next_ = std::max(next_ + std::chrono::duration_cast<Clock::duration>(step_), now);
    const Clock::time_point mine = next_;
    stop_condition_.wait_until(lock, mine, [this] { return stopped_; });
    return !stopped_;
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    stop_condition_.notify_all();
  }

 private:
  const std::chrono::duration<double> step_;
  std::mutex mutex_;
  std::condition_variable stop_condition_;
  Clock::time_point next_{};
  bool stopped_ = false;
};

bool try_again(std::uint16_t code) {
  return code == static_cast<std::uint16_t>(ResultCode::kBusy) ||
         code == static_cast<std::uint16_t>(ResultCode::kRateLimited) ||
         code == static_cast<std::uint16_t>(ResultCode::kNotReady);
}

bool is_key_retired(std::uint16_t code) {
  return code == static_cast<std::uint16_t>(ResultCode::kSignerInactive) ||
         code == static_cast<std::uint16_t>(ResultCode::kSignerUnknown);
}

class Worker {
 public:
  Worker(Session& session, std::size_t bank, WalletKey& key, std::size_t number, std::uint64_t seed,
         Pace& pace, Record& record)
      : session_(session),
        bank_(session.banks[bank]),
        key_(key),
        random_(seed * 7'919 + number),
        pace_(pace),
        record_(record) {}

  void run() {
    for (std::uint32_t made = 0; pace_.next(); ++made) {
      // Clients stay with the node that answers; new ones bring restarted nodes back into use.
      if (made % kPaymentsPerClient == 0) {
        if (const Status opened = open_client(); !opened) {
          record_.error("client: " + opened.error().message);
          return;
        }
      }
      pay(draw());
    }
  }

 private:
  enum class Outcome : std::uint8_t { kOver, kKeyRetired };

  // Key and certificate file are replaced one after the other: while they do not fit each other the
  // client before stays.
  Status open_client() {
    HP_TRY_ASSIGN(std::string certificate,
                  ledger::read_text_file(bank_.profile.resolve(bank_.profile.certificate),
                                         crypto::kPemBytesMax));
    auto opened =
        connect_client(bank_.profile, random_() % session_.validators, session_.validators);
    if (opened) {
      client_ = std::move(*opened);
      certificate_ = std::move(certificate);
    } else if (client_ == nullptr) {
      return tl::unexpected(opened.error());
    }
    return {};
  }

  // After a failure that may have been the end of the old certificate.
  void follow_certificate() {
    const auto now = ledger::read_text_file(bank_.profile.resolve(bank_.profile.certificate),
                                            crypto::kPemBytesMax);
    if (now && *now != certificate_) static_cast<void>(open_client());
  }

  ledger::Transfer draw() {
    ledger::Transfer transfer;
    transfer.debit = bank_.accounts[random_() % bank_.accounts.size()];
    do {
      const auto& others = session_.banks[random_() % session_.banks.size()].accounts;
      transfer.credit = others[random_() % others.size()];
    } while (transfer.credit == transfer.debit);
    transfer.asset = session_.genesis.assets.front().id;
    units_ = static_cast<std::int64_t>(1 + random_() % 100);
    transfer.amount = Amount::from_u64(static_cast<std::uint64_t>(units_));
    transfer.end_to_end = {};
    for (auto& byte : transfer.end_to_end) byte = static_cast<std::uint8_t>(random_());
    return transfer;
  }

  // Signed anew for as long as it is refused for its key.
  void pay(const ledger::Transfer& transfer) {
    const Clock::time_point give_up = Clock::now() + kGiveUp;
    do {
      const auto key = key_.get();
      const auto envelope =
          make_envelope(session_, bank_.profile.participant, *key, ledger::Operation(transfer));
      if (!envelope) {
        record_.error("envelope: " + envelope.error().message);
        return;
      }
      if (settle(*envelope, transfer) == Outcome::kOver) return;
      record_.signed_again();
      std::this_thread::sleep_for(kRetryPause);  // the rotation has to come to its end
      if (const Status renewed = key_.renew(key); !renewed) {
        record_.error("key: " + renewed.error().message);
        return;
      }
    } while (Clock::now() < give_up);
    record_.error("the wallet's key is retired and has no successor");
  }

  // Until a node says final or expired, or the chain has no room for this key any more.
  Outcome settle(const ledger::SignedTransaction& payment, const ledger::Transfer& transfer) {
    const Clock::time_point give_up = Clock::now() + kGiveUp;
    const TimestampMs began = wall_now();
    std::string last = "nothing";
    while (Clock::now() < give_up) {
      auto update = client_->submit(payment.envelope);
      if (update && !node::is_last(update->stage))
        update = client_->watch(payment.txid, kAnswerPatience);
      if (update && update->stage == TransactionStage::kRejected && is_key_retired(update->code)) {
        // A node that has executed the rotation has also executed what came before it.
        auto known = client_->transaction(payment.txid);
        const bool is_nowhere = known ? known->stage == TransactionStage::kRejected
                                      : known.error().code == Errc::kNotFound;
        if (is_nowhere) return Outcome::kKeyRetired;
        update = std::move(known);
      }
      if (!update) {
        last = update.error().message;
        follow_certificate();
      } else if (update->stage == TransactionStage::kFinal) {
        record_.final(*update, began);
        if (is_key_retired(update->code)) return Outcome::kKeyRetired;
        if (ledger::has_effect(static_cast<ResultCode>(update->code))) {
          record_.moved(transfer, units_);
        } else {
          record_.error("payment " + payment.txid.value().hex() + " failed with code " +
                        std::to_string(update->code));
        }
        return Outcome::kOver;
      } else if (update->stage == TransactionStage::kExpired) {
        record_.expired(payment.txid);
        return Outcome::kOver;
      } else if (update->stage == TransactionStage::kRejected) {
        last = "refused with code " + std::to_string(update->code) + ": " + update->message;
        // A refusal by this node is not the whole network's: an earlier submission may be ordered.
        // Once the validity is over, refusals stay; then the chain decides.
        if (update->code == static_cast<std::uint16_t>(ResultCode::kExpired) && resolve(payment)) {
          record_.expired(payment.txid);
          return Outcome::kOver;
        }
        if (update->code != static_cast<std::uint16_t>(ResultCode::kExpired) &&
            !try_again(update->code)) {
          record_.error("payment " + payment.txid.value().hex() + " " + last);
          return Outcome::kOver;
        }
      }
      std::this_thread::sleep_for(kRetryPause);  // the back-off of a client, not a synchronisation
    }
    record_.error("payment " + payment.txid.value().hex() +
                  " has no outcome; last answer: " + last);
    return Outcome::kOver;
  }

  // Whether the chain's time has passed the payment's validity without it.
  bool resolve(const ledger::SignedTransaction& payment) {
    const auto known = client_->transaction(payment.txid);
    return !known && known.error().code == Errc::kNotFound && over_for(payment.txid);
  }

  // The first "not found" after the validity starts a wait of two more answers' patience, in which
  // a block that was being agreed on can become final.
  bool over_for(const ledger::TxId& txid) {
    if (waiting_for_ != txid) {
      waiting_for_ = txid;
      waiting_since_ = Clock::now();
    }
    return Clock::now() - waiting_since_ > 10 * kAnswerPatience;
  }

  Session& session_;
  Bank& bank_;
  WalletKey& key_;
  std::mt19937_64 random_;
  Pace& pace_;
  Record& record_;
  std::unique_ptr<node::Client> client_;
  std::string certificate_;  // that the client shows
  std::int64_t units_ = 0;
  ledger::TxId waiting_for_;
  Clock::time_point waiting_since_{};
};

struct PayOptions {
  std::string network;
  std::string record;
  double rate = 200;
  std::size_t workers = 32;
  std::uint64_t seed = 1;
  // Of each bank. The number gives the accounts their numbers: payers with different ones share no
  // account, and none is a benchmark's.
  std::uint32_t accounts = 41;
};

Result<int> pay(const PayOptions& options) {
  HP_TRY_ASSIGN(Session session, open_session(options.network));
  HP_TRY(prepare_accounts(
      session, {static_cast<std::uint32_t>(session.banks.size()) * options.accounts, kUnitsEach}));
  Record record(options.record);
  Pace pace(options.rate);
  std::vector<std::unique_ptr<WalletKey>> keys;
  for (Bank& bank : session.banks)
    keys.push_back(std::make_unique<WalletKey>(bank.profile, std::move(bank.signer)));
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < options.workers; ++i) {
    const std::size_t bank = i % session.banks.size();
    workers.push_back(
        std::make_unique<Worker>(session, bank, *keys[bank], i, options.seed, pace, record));
    threads.emplace_back([worker = workers.back().get()] { worker->run(); });
  }
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());  // until it is closed
  pace.stop();
  for (std::thread& thread : threads) thread.join();
  if (record.errors() == 0) record.balances(session, kUnitsEach);
  if (!record.good()) return fail(Errc::kIo, options.record + ": cannot be written");
  const nlohmann::ordered_json summary = {{"final", record.finals()},
                                          {"expired", record.expired_count()},
                                          {"signed_again", record.signed_again_count()},
                                          {"errors", record.errors()}};
  std::cout << summary.dump() << "\n";
  return record.errors() == 0 ? 0 : 1;
}

// --- verify

struct Place {
  std::uint64_t height = 0;
  std::uint32_t index = 0;
  std::uint16_t code = 0;

  friend bool operator==(const Place&, const Place&) = default;
};

struct Expected {
  std::map<std::string, Place> finals;
  std::vector<std::string> expired;
  std::map<std::string, std::int64_t> balances;
};

Result<Expected> read_record(const std::string& path) {
  std::ifstream file(path);
  Expected expected;
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string kind, id;
    std::uint64_t at = 0;
    words >> kind;
    if (kind == "final") {
      Place place;
      words >> at >> id >> place.height >> place.index >> place.code;
      expected.finals[id] = place;
    } else if (kind == "expired") {
      words >> at >> id;
      expected.expired.push_back(id);
    } else if (kind == "balance") {
      words >> id;
      words >> expected.balances[id];
    }
    if (words.fail()) return fail(Errc::kMalformed, path + ": line is not understood: " + line);
  }
  if (!file.eof()) return fail(Errc::kIo, path + ": cannot be read");
  return expected;
}

// What one node says the chain is, as far as `last`.
struct Chain {
  std::vector<std::string> lines;  // one per event, everything in it that nodes must agree on
  std::unordered_map<std::string, Place> answers;
};

Result<Chain> read_chain(node::Client& client, Height last) {
  Chain chain;
  std::uint64_t at_last = 0;
  std::optional<std::uint64_t> count_of_last;
  node::EventRequest request;
  request.from = {Height{1}, 0};
  request.blocks = true;
  const Status read = client.events(request, kQuietEvents, [&](const node::Event& event) {
    if (event.height > last) return false;
    std::ostringstream line;
    line << event.height.value() << ' ' << event.index << ' ' << event.time.value() << ' ';
    if (event.is_block) {
      line << "block " << to_hex(event.block_hash) << ' ' << event.transaction_count;
      if (event.height == last) count_of_last = event.transaction_count;
    } else {
      line << event.txid.value().hex() << ' ' << event.code;
      if (event.height == last) ++at_last;
      if (ledger::is_answer(static_cast<ResultCode>(event.code)))
        chain.answers.emplace(event.txid.value().hex(),
                              Place{event.height.value(), event.index, event.code});
    }
    chain.lines.push_back(line.str());
    return !(count_of_last && at_last >= *count_of_last);
  });
  if (!read) {
    return fail(read.error().code,
                "the event stream ended after " + std::to_string(chain.lines.size()) +
                    " events (\"" + (chain.lines.empty() ? "" : chain.lines.back()) +
                    "\") of height " + std::to_string(last.value()) + ": " + read.error().message);
  }
  return chain;
}

class Verdict {
 public:
  void wrong(const std::string& what) {
    if (++count_ <= 20) std::cerr << what << "\n";
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  std::uint64_t count_ = 0;
};

void compare(const std::string& name, const Expected& expected, const Chain& chain,
             Verdict& verdict) {
  for (const auto& [txid, place] : expected.finals) {
    const auto found = chain.answers.find(txid);
    if (found == chain.answers.end()) {
      verdict.wrong(name + ": " + txid + " was final at height " + std::to_string(place.height) +
                    " and is not in the chain");
    } else if (!(found->second == place)) {
      verdict.wrong(
          name + ": " + txid + " was final at height " + std::to_string(place.height) + " index " +
          std::to_string(place.index) + " with code " + std::to_string(place.code) +
          ", the chain has it at height " + std::to_string(found->second.height) + " index " +
          std::to_string(found->second.index) + " with code " + std::to_string(found->second.code));
    }
  }
  for (const std::string& txid : expected.expired) {
    if (chain.answers.contains(txid))
      verdict.wrong(name + ": " + txid + " had expired and is in the chain");
  }
}

Result<int> verify(const PayOptions& options) {
  HP_TRY_ASSIGN(const Expected expected, read_record(options.record));
  HP_TRY_ASSIGN(const Profile profile, load_profile(options.network + "/wallets/auditor"));
  HP_TRY_ASSIGN(const ledger::Genesis genesis, load_genesis(profile));
  std::vector<std::unique_ptr<node::Client>> clients;
  Height last{0};
  for (std::size_t i = 0; i < profile.nodes.size(); ++i) {
    HP_TRY_ASSIGN(auto client, connect_client(profile, i, 1, kLongPatience));
    HP_TRY_ASSIGN(const auto status, client->status());
    last = i == 0 ? status.certified_height : std::min(last, status.certified_height);
    clients.push_back(std::move(client));
  }

  Verdict verdict;
  std::vector<std::string> first_lines;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const std::string name = "validator " + std::to_string(i);
    HP_TRY_ASSIGN(Chain chain, read_chain(*clients[i], last));
    compare(name, expected, chain, verdict);
    if (i == 0) {
      first_lines = std::move(chain.lines);
    } else if (chain.lines != first_lines) {
      const auto differ = std::mismatch(chain.lines.begin(), chain.lines.end(), first_lines.begin(),
                                        first_lines.end());
      verdict.wrong(name + " and validator 0 differ: \"" +
                    (differ.first == chain.lines.end() ? "nothing" : *differ.first) + "\" and \"" +
                    (differ.second == first_lines.end() ? "nothing" : *differ.second) + "\"");
    }
    for (const auto& [account, units] : expected.balances) {
      HP_TRY_ASSIGN(const crypto::Digest digest, crypto::Digest::parse_hex(account));
      HP_TRY_ASSIGN(const auto balance, clients[i]->balance(ledger::AccountId{digest},
                                                            genesis.assets.front().id, {last}));
      if (balance.units != Amount::from_u64(static_cast<std::uint64_t>(units))) {
        verdict.wrong(name + ": account " + account + " holds " + balance.units.to_string(0) +
                      " units, the final answers make " + std::to_string(units));
      }
    }
  }
  const nlohmann::ordered_json summary = {{"height", last.value()},
                                          {"events", first_lines.size()},
                                          {"finals", expected.finals.size()},
                                          {"expired", expected.expired.size()},
                                          {"balances", expected.balances.size()},
                                          {"differences", verdict.count()}};
  std::cout << summary.dump() << "\n";
  return verdict.count() == 0 ? 0 : 1;
}

int run(int argc, char** argv) {
  CLI::App app{"Pays while nodes are killed, and holds them to their answers.", "e2e-payer"};
  app.require_subcommand(1);
  PayOptions options;
  const auto common = [&](CLI::App* command) {
    command->add_option("--network", options.network, "The network's folder")->required();
    command->add_option("--record", options.record, "File of the outcomes")->required();
    return command;
  };
  CLI::App* pay_command = common(app.add_subcommand("pay", "Pay until standard input ends"));
  pay_command->add_option("--rate", options.rate, "Payments per second")->capture_default_str();
  pay_command->add_option("--workers", options.workers, "Payments under way at a time")
      ->capture_default_str();
  pay_command->add_option("--seed", options.seed, "Draws accounts and amounts")
      ->capture_default_str();
  pay_command->add_option("--accounts", options.accounts, "Accounts of each bank")
      ->capture_default_str();
  common(app.add_subcommand("verify", "Compare the record with every node"));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const Result<int> outcome = pay_command->parsed() ? pay(options) : verify(options);
  if (!outcome) {
    std::cerr << "e2e-payer: " << outcome.error().message << "\n";
    return 1;
  }
  return *outcome;
}

}  // namespace
}  // namespace huangpu::tools

int main(int argc, char** argv) { return huangpu::tools::run(argc, argv); }
