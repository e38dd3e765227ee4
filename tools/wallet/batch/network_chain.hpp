// The sender's view of a real network: the client library, the wallet's keys, the proof checker.
#pragma once

#include <vector>

#include "tools/wallet/batch/sender.hpp"
#include "tools/wallet/session.hpp"

namespace huangpu::tools {

class NetworkChain final : public PaymentChain {
 public:
  // All outlive the chain.
  NetworkChain(Session& session, node::Client& client, std::vector<crypto::Signer*> signers)
      : session_(session), client_(client), signers_(std::move(signers)) {}

  [[nodiscard]] std::size_t endpoint_count() const override { return client_.endpoint_count(); }
  [[nodiscard]] Result<std::unique_ptr<node::SubmitStream>> open_stream(
      node::SubmitStream::OnUpdate on_update, std::size_t endpoint) override;
  [[nodiscard]] Result<node::TransactionUpdate> find(const std::string& reference,
                                                     std::uint32_t date) override;
  [[nodiscard]] std::vector<Result<node::TransactionUpdate>> find_many(
      const std::vector<std::string>& references, std::uint32_t date) override;
  [[nodiscard]] Result<Proven> prove(const ledger::TxId& txid) override;
  [[nodiscard]] Result<Bytes> sign(const std::string& reference, std::uint32_t date,
                                   const ledger::Operation& operation) override;
  [[nodiscard]] std::chrono::steady_clock::time_point now() const override {
    return std::chrono::steady_clock::now();
  }

 private:
  Session& session_;
  node::Client& client_;
  const std::vector<crypto::Signer*> signers_;
};

}  // namespace huangpu::tools
