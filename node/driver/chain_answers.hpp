// What a peer that misses something gets from the stores (SPEC N-46, N-47).
//
// Stateless; any thread, but reading a store may block: the node does it on a worker of its own
// (PeerServer). No answer at all when the thing asked for is not held.
#pragma once

#include <functional>

#include "consensus/types/message.hpp"
#include "node/driver/stored_chain.hpp"
#include "node/replica/effect.hpp"

namespace huangpu::node {

class ChainAnswers {
 public:
  using Sender = std::function<void(ValidatorIndex to, const consensus::Message&)>;

  ChainAnswers(StoredChain chain, Sender sender)
      : chain_(std::move(chain)), sender_(std::move(sender)) {}

  void answer(const Serve& serve) const;

 private:
  void answer(ValidatorIndex to, const consensus::GetBlocks& get) const;
  void answer(ValidatorIndex to, const consensus::GetBatches& get) const;
  void answer(ValidatorIndex to, const consensus::GetCertificate& get) const;
  void answer(ValidatorIndex to, const consensus::GetBlockByHash& get) const;

  const StoredChain chain_;
  const Sender sender_;
};

}  // namespace huangpu::node
