#include "tools/wallet/batch/network_chain.hpp"

#include <algorithm>
#include <thread>

#include "ledger/codec/transaction_builder.hpp"
#include "tools/wallet/acting.hpp"

namespace huangpu::tools {
namespace {

// Enough to hide the way to the node and back; the node answers from memory.
constexpr std::size_t kAskers = 8;

}  // namespace

Result<std::unique_ptr<node::SubmitStream>> NetworkChain::open_stream(
    node::SubmitStream::OnUpdate on_update, std::size_t endpoint) {
  return client_.submit_stream(std::move(on_update), node::FollowMode::kFinal, endpoint);
}

Result<node::TransactionUpdate> NetworkChain::find(const std::string& reference,
                                                   std::uint32_t date) {
  return client_.transaction(node::ReferenceKey{session_.self(), reference, date});
}

std::vector<Result<node::TransactionUpdate>> NetworkChain::find_many(
    const std::vector<std::string>& references, std::uint32_t date) {
  std::vector<Result<node::TransactionUpdate>> answers(references.size());
  const auto ask_every = [&](std::size_t first, std::size_t step) {
    for (std::size_t i = first; i < references.size(); i += step) {
      answers[i] = find(references[i], date);
    }
  };
  const std::size_t askers = std::min(kAskers, references.size());
  std::vector<std::jthread> threads;
  for (std::size_t asker = 1; asker < askers; ++asker) {
    threads.emplace_back(ask_every, asker, askers);
  }
  if (askers > 0) ask_every(0, askers);
  threads.clear();  // joins them
  return answers;
}

Result<PaymentChain::Proven> NetworkChain::prove(const ledger::TxId& txid) {
  HP_TRY_ASSIGN(auto outcome, tools::prove(session_, txid));
  Proven proven;
  proven.operation = std::move(outcome.body.operation);
  const ledger::Receipt& receipt = outcome.receipt;
  proven.result = {txid, receipt.height, receipt.index, static_cast<std::uint16_t>(receipt.code),
                   receipt.record_codes};
  return proven;
}

Result<Bytes> NetworkChain::sign(const std::string& reference, std::uint32_t date,
                                 const ledger::Operation& operation) {
  const auto window = validity_window(wall_now(), session_.genesis().ledger.replay_window_seconds);
  ledger::TransactionBuilder builder(session_.checker().chain(), session_.self());
  builder.valid(window.from, window.until).reference(reference, date).operation(operation);
  HP_TRY_ASSIGN(auto transaction, ledger::sign_transaction(std::move(builder), signers_));
  return std::move(transaction.envelope);
}

}  // namespace huangpu::tools
