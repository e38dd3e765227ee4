// Answers peers that miss something from the stores (SPEC N-46, N-47).
//
// Reading a store may block, so requests wait in one bounded queue for a worker of their own; when
// it is full they are dropped, and the peer, which asks again after a while, asks somebody else.
#pragma once

#include "node/driver/chain_answers.hpp"
#include "node/driver/worker.hpp"
#include "node/replica/effect.hpp"

namespace huangpu::node {

class PeerServer {
 public:
  using Sender = ChainAnswers::Sender;

  PeerServer(StoredChain chain, Sender sender);

  // Any thread.
  void serve(Serve request);
  void stop() { worker_.stop(); }

 private:
  const ChainAnswers answers_;
  Worker worker_;
};

}  // namespace huangpu::node
