// What quorums may have certified: rules S6, S7, S8 and C1 (an honest validator shows no
// certificate but of a quorum of votes that were cast).
//
// Counts the votes on the wire itself, those of Byzantine validators too, and looks at every
// certificate that an honest one sends, alone or as part of a proposal.
#pragma once

#include <map>
#include <set>
#include <tuple>

#include "tests/sim/checkers/weights.hpp"
#include "tests/sim/observer.hpp"

namespace huangpu::sim {

class CertificateChecker final : public Observer {
 public:
  // `honest` has one entry per machine.
  CertificateChecker(const Weights& weights, std::vector<bool> honest, Violations& violations)
      : weights_(weights), honest_(std::move(honest)), violations_(violations) {}

  void on_sent(std::size_t node, const consensus::Message& message) override;

  [[nodiscard]] std::size_t nullified_views() const { return nullified_.size(); }

 private:
  using VoteKey = std::tuple<consensus::VoteKind, View, crypto::Digest>;

  void certified(consensus::VoteKind kind, View view, const crypto::Digest& digest);
  void look(const consensus::Certificate& certificate);

  const Weights& weights_;
  const std::vector<bool> honest_;
  Violations& violations_;
  std::map<VoteKey, std::set<std::uint16_t>> votes_;
  std::map<View, crypto::Digest> notarized_;
  std::map<View, crypto::Digest> finalized_;
  std::set<View> nullified_;
};

}  // namespace huangpu::sim
