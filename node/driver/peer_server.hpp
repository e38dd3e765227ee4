// Answers peers that miss something from the stores (SPEC N-46, N-47).
//
// Reading a store may block, so requests wait in one bounded queue for a worker of their own; when
// it is full they are dropped, and the peer, which asks again after a while, asks somebody else.
#pragma once

#include <functional>
#include <memory>

#include "consensus/types/message.hpp"
#include "node/driver/stored_chain.hpp"
#include "node/driver/worker.hpp"
#include "node/replica/effect.hpp"

namespace huangpu::node {

class PeerServer {
 public:
  using Sender = std::function<void(ValidatorIndex to, const consensus::Message&)>;

  PeerServer(StoredChain chain, Sender sender);

  // Any thread.
  void serve(Serve request);
  void stop() { worker_.stop(); }

 private:
  void answer(ValidatorIndex to, const consensus::GetBlocks& get);
  void answer(ValidatorIndex to, const consensus::GetBatches& get);
  void answer(ValidatorIndex to, const consensus::GetCertificate& get);
  void answer(ValidatorIndex to, const consensus::GetBlockByHash& get);

  const StoredChain chain_;
  const Sender sender_;
  Worker worker_;
};

}  // namespace huangpu::node
