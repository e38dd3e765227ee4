// Who the peers are, and the numbers under which the network knows them (SPEC N-136, N-137).
//
// A peer is a member of the current settings, of announced or pending ones, and for a short time
// after a boundary of those before. Its name is its identity; a number stands for a name as long as
// it is a peer, a place in the validator set for one epoch. Pure; one thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ledger/genesis/genesis.hpp"
#include "ledger/types/settings.hpp"
#include "node/config/config.hpp"
#include "node/transport/peer_network.hpp"

namespace huangpu::node {

class PeerBook {
 public:
  // Four sets of members at most are peers at a time.
  static constexpr std::size_t kNumbers = 4 * ledger::kMembersMax;

  // `self` is the own name. The configuration says how members of genesis are reached, and the
  // chain says it of others.
  PeerBook(const ledger::Genesis& genesis, const PeersSection& config, std::string self);

  // The peers when these are the members, the first of a name being the one in force. Names keep
  // their numbers.
  [[nodiscard]] std::vector<PeerEndpoint> update(std::span<const ledger::Member* const> members);

  // Numbers that stand for a peer, ascending.
  [[nodiscard]] const std::vector<ValidatorIndex>& numbers() const { return numbers_; }
  // The name a number stands for, or stood for last; empty if for none yet.
  [[nodiscard]] const std::string& name_of(ValidatorIndex number) const;
  [[nodiscard]] std::optional<ValidatorIndex> number_of(const std::string& name) const;
  [[nodiscard]] const std::string& self() const { return self_; }

 private:
  [[nodiscard]] ValidatorIndex give_number(const std::string& name);
  [[nodiscard]] std::string address_of(const ledger::Member& member) const;

  const PeersSection& config_;
  const std::string self_;
  std::vector<std::string> founders_;  // names of genesis, by index
  std::array<std::string, kNumbers> names_;
  std::vector<bool> used_;  // by number: for a peer
  std::vector<ValidatorIndex> numbers_;
  std::size_t next_ = 0;  // where to look for a free number: the one free for longest
};

}  // namespace huangpu::node
