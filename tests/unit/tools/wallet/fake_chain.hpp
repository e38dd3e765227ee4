// A chain that keeps the one promise the sender builds on (a reference acts once) and breaks
// everything else on request: nodes that die, answers that are lost, windows that close.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "tools/wallet/batch/sender.hpp"

namespace huangpu::tools::test {

class FakeChain final : public PaymentChain {
 public:
  enum class Fate {
    kSettle,         // acts, and the answer arrives
    kLoseAnswer,     // acts, and the node dies before it says so
    kDie,            // the node dies with the envelope
    kExpire,         // never ordered
    kBusy,           // refused for the moment
    kExecuteExpired  // ordered too late
  };
  // What becomes of the n-th submission, from 0; all settle by default.
  std::function<Fate(std::size_t submission)> fate;
  // Called before every submission; a test that throws here plays a crash of the wallet.
  std::function<void(std::size_t submission)> before_submit;

  std::size_t submissions = 0;
  std::size_t streams_opened = 0;
  std::map<std::string, std::size_t> acted;  // reference -> how often money moved

  [[nodiscard]] std::size_t endpoint_count() const override { return 2; }
  [[nodiscard]] Result<std::unique_ptr<node::SubmitStream>> open_stream(
      node::SubmitStream::OnUpdate on_update, std::size_t endpoint) override;
  [[nodiscard]] Result<node::TransactionUpdate> find(const std::string& reference,
                                                     std::uint32_t date) override;
  [[nodiscard]] std::vector<Result<node::TransactionUpdate>> find_many(
      const std::vector<std::string>& references, std::uint32_t date) override;
  [[nodiscard]] Result<Proven> prove(const ledger::TxId& txid) override;
  [[nodiscard]] Result<Bytes> sign(const std::string& reference, std::uint32_t date,
                                   const ledger::Operation& operation) override;
  // A clock that runs on by itself, so that no pause is waited for.
  [[nodiscard]] std::chrono::steady_clock::time_point now() const override {
    return time_ += std::chrono::milliseconds(5);
  }

 private:
  class Stream;
  struct Signed {
    std::pair<std::string, std::uint32_t> reference;  // with its date, as on chain
    ledger::Operation operation;
  };
  struct Used {
    ledger::TxId txid;
    ledger::Operation operation;
    PartResult result;
  };

  void act(const Bytes& envelope);

  mutable std::chrono::steady_clock::time_point time_;
  std::map<Bytes, Signed> signed_;
  std::map<std::pair<std::string, std::uint32_t>, Used> used_;
};

}  // namespace huangpu::tools::test
