#include "node/driver/network_height.hpp"

#include <algorithm>

#include "consensus/types/signer_set.hpp"

namespace huangpu::node {

Height network_height(const consensus::Quorum& quorum, std::size_t validators, Height own,
                      std::vector<std::pair<ValidatorIndex, Height>> claims) {
  std::ranges::sort(claims, [](const auto& a, const auto& b) { return a.second > b.second; });
  consensus::SignerSet ahead(validators);
  for (const auto& [peer, height] : claims) {
    ahead.insert(peer);
    if (quorum.includes_honest(ahead)) return std::max(own, height);
  }
  return own;
}

}  // namespace huangpu::node
