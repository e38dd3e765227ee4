#include "node/driver/peer_book.hpp"

#include <algorithm>
#include <utility>

#include "crypto/base/assert.hpp"

namespace huangpu::node {

PeerBook::PeerBook(const ledger::Genesis& genesis, const PeersSection& config, std::string self)
    : config_(config), self_(std::move(self)), used_(kNumbers) {
  // Members of genesis have their index there, also in the configuration; the own one stays free.
  for (const auto& listed : genesis.validators) {
    names_[founders_.size()] = listed.name;
    founders_.push_back(listed.name);
  }
  next_ = founders_.size();
}

const std::string& PeerBook::name_of(ValidatorIndex number) const {
  return names_.at(number.value());
}

std::optional<ValidatorIndex> PeerBook::number_of(const std::string& name) const {
  for (const ValidatorIndex number : numbers_) {
    if (names_[number.value()] == name) return number;
  }
  return std::nullopt;
}

ValidatorIndex PeerBook::give_number(const std::string& name) {
  const auto founder = std::ranges::find(founders_, name);
  if (founder != founders_.end())
    return ValidatorIndex{static_cast<std::uint16_t>(founder - founders_.begin())};
  const std::size_t later = kNumbers - founders_.size();
  for (std::size_t tried = 0; tried < later; ++tried) {
    const std::size_t number = next_;
    next_ = next_ + 1 < kNumbers ? next_ + 1 : founders_.size();
    if (used_[number]) continue;
    names_[number] = name;
    return ValidatorIndex{static_cast<std::uint16_t>(number)};
  }
  HP_ASSERT(false, "there are more numbers than members of four sets");
  return ValidatorIndex{0};
}

std::string PeerBook::address_of(const ledger::Member& member) const {
  const auto founder = std::ranges::find(founders_, member.name);
  if (founder != founders_.end()) {
    for (const PeerAddress& address : config_.validators) {
      if (address.index == founder - founders_.begin()) return to_text(address.endpoint);
    }
  }
  return member.endpoint;
}

std::vector<PeerEndpoint> PeerBook::update(std::span<const ledger::Member* const> members) {
  std::vector<PeerEndpoint> peers;
  std::vector<bool> used(kNumbers);
  // The same pin under two names is nobody's: the chain does not allow it within one set.
  const auto pin_taken = [&peers](const crypto::Digest& pin) {
    return std::ranges::any_of(peers, [&](const PeerEndpoint& peer) {
      return peer.tls_pin == pin ||
             std::ranges::find(peer.other_pins, pin) != peer.other_pins.end();
    });
  };
  for (const ledger::Member* const member : members) {
    if (member->name == self_) continue;
    const auto known = std::ranges::find(peers, member->name, &PeerEndpoint::name);
    if (known != peers.end()) {
      if (!pin_taken(member->tls_pin)) known->other_pins.push_back(member->tls_pin);
      continue;
    }
    if (pin_taken(member->tls_pin)) continue;
    const auto known_number = number_of(member->name);
    const ValidatorIndex number = known_number ? *known_number : give_number(member->name);
    used[number.value()] = used_[number.value()] = true;
    peers.push_back({number, member->name, address_of(*member), member->tls_pin, {}});
  }
  used_ = std::move(used);
  numbers_.clear();
  for (const PeerEndpoint& peer : peers) numbers_.push_back(peer.index);
  std::ranges::sort(numbers_);
  return peers;
}

}  // namespace huangpu::node
