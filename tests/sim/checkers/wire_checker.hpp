// What honest validators put on the wire and into their logs, read without the node's own checks:
// rules S10 (every notarize vote had its complete justification, and keeps it), V1 (the signed
// bytes name kind, chain, epoch, place and digest) and R2 (an idle network says its status and
// little else).
#pragma once

#include <cstdint>
#include <map>

#include "consensus/types/chain.hpp"
#include "crypto/sign/verifier.hpp"
#include "tests/sim/checkers/weights.hpp"
#include "tests/sim/observer.hpp"

namespace huangpu::sim {

class WireChecker final : public Observer {
 public:
  WireChecker(const Weights& weights, const crypto::Digest& genesis,
              std::vector<crypto::PublicKey> keys, const crypto::Verifier& verifier,
              Violations& violations)
      : weights_(weights),
        genesis_(genesis),
        keys_(std::move(keys)),
        verifier_(verifier),
        violations_(violations) {}

  void on_durable(std::size_t node, const consensus::Frame& frame) override;
  void on_sent(std::size_t node, const consensus::Message& message) override;

  // Of the epoch it judges: the one block that needs no certificate of its parent.
  void set_first_height(Height height) { first_height_ = height; }

  // Messages other than status, of honest validators.
  [[nodiscard]] std::uint64_t busy_messages() const { return busy_messages_; }
  // Requests for blocks above the own tip, of honest validators.
  [[nodiscard]] std::uint64_t block_requests() const { return block_requests_; }

 private:
  void violation(const char* rule, std::size_t node, View view, const std::string& text);
  [[nodiscard]] bool proves(const consensus::Certificate& certificate) const;
  void justified(std::size_t node, View view, const consensus::Block& block,
                 const consensus::Justification& justification);

  const Weights& weights_;
  const crypto::Digest genesis_;
  const std::vector<crypto::PublicKey> keys_;
  const crypto::Verifier& verifier_;
  Violations& violations_;
  Height first_height_{1};
  std::uint64_t busy_messages_ = 0;
  std::uint64_t block_requests_ = 0;
};

}  // namespace huangpu::sim
