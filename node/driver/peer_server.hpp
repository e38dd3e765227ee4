// Answers peers that miss something from the stores (SPEC N-46, N-47).
//
// Reading a store may block, so requests wait in one queue for a worker of their own. Each peer has
// a few places in it, so that one who asks without end keeps nobody else from an answer; what finds
// no place is dropped, and the peer, which asks again after a while, asks somebody else.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>

#include "node/driver/chain_answers.hpp"
#include "node/driver/worker.hpp"
#include "node/replica/effect.hpp"

namespace huangpu::node {

class PeerServer {
 public:
  using Sender = ChainAnswers::Sender;
  static constexpr std::size_t kWaitingPerPeerMax = 16;

  PeerServer(StoredChain chain, Sender sender);

  // Any thread.
  void serve(Serve request);
  void stop() { worker_.stop(); }

 private:
  const ChainAnswers answers_;
  std::mutex mutex_;
  std::map<ValidatorIndex, std::size_t> waiting_;  // guarded by mutex_
  Worker worker_;
};

}  // namespace huangpu::node
