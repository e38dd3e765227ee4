#include "tools/wallet/batch/network_chain.hpp"

#include "ledger/codec/transaction_builder.hpp"
#include "tools/wallet/acting.hpp"

namespace huangpu::tools {

Result<std::unique_ptr<node::SubmitStream>> NetworkChain::open_stream(
    node::SubmitStream::OnUpdate on_update, std::size_t endpoint) {
  return client_.submit_stream(std::move(on_update), node::FollowMode::kFinal, endpoint);
}

Result<node::TransactionUpdate> NetworkChain::find(const std::string& reference,
                                                   std::uint32_t date) {
  return client_.transaction(node::ReferenceKey{session_.self(), reference, date});
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
