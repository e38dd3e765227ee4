// What quorums may have certified: rules S6, S7 and S8.
//
// Counts the votes on the wire itself and looks at every certificate that is sent, alone or as part
// of a proposal.
#pragma once

#include <map>
#include <set>
#include <tuple>

#include "tests/sim/observer.hpp"

namespace huangpu::sim {

class CertificateChecker final : public Observer {
 public:
  CertificateChecker(std::size_t nodes, Violations& violations)
      : quorum_(nodes - (nodes - 1) / 3), violations_(violations) {}

  void on_sent(std::size_t node, const consensus::Message& message) override;

  [[nodiscard]] std::size_t nullified_views() const { return nullified_.size(); }

 private:
  using VoteKey = std::tuple<consensus::VoteKind, View, crypto::Digest>;

  void certified(consensus::VoteKind kind, View view, const crypto::Digest& digest);
  void look(const consensus::Certificate& certificate);

  const std::size_t quorum_;
  Violations& violations_;
  std::map<VoteKey, std::set<std::uint16_t>> votes_;
  std::map<View, crypto::Digest> notarized_;
  std::map<View, crypto::Digest> finalized_;
  std::set<View> nullified_;
};

}  // namespace huangpu::sim
