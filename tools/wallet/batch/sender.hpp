// Sends the parts of a payment file until each has its final result, whatever nodes do meanwhile
// (SPEC W-33..W-37).
//
// The rule that keeps money from moving twice is the chain's: a client reference acts once. So the
// sender never needs to know whether an answer was lost; it sends a part again, under the same
// reference, and asks for the first result when the chain says that the reference was used.
//
// Threads: run() is called once, by one thread; streams answer on threads of their own, into a
// queue.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "node/client/client.hpp"
#include "tools/wallet/batch/journal.hpp"
#include "tools/wallet/batch/plan.hpp"

namespace huangpu::tools {

// What the sender needs of the network and of the wallet; tests put a chain of their own here.
class PaymentChain {
 public:
  virtual ~PaymentChain() = default;

  [[nodiscard]] virtual std::size_t endpoint_count() const = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<node::SubmitStream>> open_stream(
      node::SubmitStream::OnUpdate on_update, std::size_t endpoint) = 0;
  // The first use of a reference of ours; kNotFound while no node asked has executed one.
  [[nodiscard]] virtual Result<node::TransactionUpdate> find(const std::string& reference,
                                                             std::uint32_t date) = 0;
  // Several at once, answers in the order of the questions.
  [[nodiscard]] virtual std::vector<Result<node::TransactionUpdate>> find_many(
      const std::vector<std::string>& references, std::uint32_t date) = 0;
  // What a final transaction was and came to, proven against genesis.
  struct Proven {
    ledger::Operation operation;
    PartResult result;
  };
  [[nodiscard]] virtual Result<Proven> prove(const ledger::TxId& txid) = 0;
  // A fresh envelope with a window that begins now.
  [[nodiscard]] virtual Result<Bytes> sign(const std::string& reference, std::uint32_t date,
                                           const ledger::Operation& operation) = 0;
  [[nodiscard]] virtual std::chrono::steady_clock::time_point now() const = 0;
};

struct SenderOptions {
  std::size_t in_flight_max = 8;               // parts sent and not answered; at most 1,000
  std::chrono::milliseconds patience{30'000};  // give up after this long without any result
  std::chrono::milliseconds stall{10'000};     // leave a node that says nothing for this long
  std::function<void(std::size_t done)> on_progress;  // payments with a result
  std::function<bool()> is_interrupted;               // asked often; true ends the run
};

class BatchSender {
 public:
  // All outlive the sender. With `ask_first` parts without a result are looked for on chain before
  // they are sent: right when an earlier run was interrupted.
  BatchSender(PaymentChain& chain, Journal& journal, const PaymentFile& file,
              const std::vector<BatchPart>& parts, SenderOptions options, bool ask_first);
  ~BatchSender();
  BatchSender(const BatchSender&) = delete;
  BatchSender& operator=(const BatchSender&) = delete;

  // kTimeout when nothing moved for the patience, kCancelled when interrupted, kDenied when the
  // chain refuses in a way that would meet every part, kConflict when a bulk transfer's reference
  // was used for something else. Whatever it returns, the journal holds what is known, and running
  // again goes on from there.
  [[nodiscard]] Status run();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace huangpu::tools
