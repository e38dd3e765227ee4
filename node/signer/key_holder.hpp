// KeyHolder: the consensus key as the node sees it, wherever it is (SPEC N-300..N-304).
//
// sign() never blocks, because the core thread calls it. A holder that needs time answers
// kNotReady, works on threads of its own and calls `answered` when there is news; the engine then
// repeats what is not signed yet. A device of GM/T 0018 (SDF) would be one more holder.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "consensus/safety/statement_signer.hpp"

namespace huangpu::node {

// For status, metrics and people.
struct KeyHolderCondition {
  bool ok = true;
  std::string detail;  // one sentence: where the key is, or why nothing is signed
  std::uint64_t signatures = 0;
  std::uint64_t refused = 0;   // by a guard: never signed
  std::uint64_t failures = 0;  // attempts that got no answer
};

class KeyHolder : public consensus::StatementSigner {
 public:
  // `answered` may be called on any thread until stop() returns. Once.
  virtual void start(std::function<void()> answered) = 0;
  virtual void stop() = 0;
  [[nodiscard]] virtual KeyHolderCondition condition() const = 0;
};

}  // namespace huangpu::node
