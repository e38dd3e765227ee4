// Final events as one caller may see them (SPEC N-221..N-224).
//
// An EventReader walks certified blocks from a position on and gives events in order. It holds one
// block at a time and nothing else, so a slow reader costs no more than a quick one. One thread at
// a time.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "crypto/base/result.hpp"
#include "node/api/account_owners.hpp"
#include "node/api/answers.hpp"
#include "node/api/authorisation.hpp"
#include "node/api/backend.hpp"

namespace huangpu::node {

class EventReader {
 public:
  // Backend and owners outlive the reader.
  EventReader(NodeBackend& backend, AccountOwners& owners, Principal caller, EventRequest request);

  // Up to `events_max` further events; fewer, also none, when the certified height is reached or
  // when much was looked at without finding any (more() tells these apart). kOutOfRange when the
  // node no longer holds the blocks asked for, kUnauthenticated when the caller's certificate was
  // revoked.
  [[nodiscard]] Result<std::vector<Event>> read(std::size_t events_max);

  // Whether certified blocks are left to look at.
  [[nodiscard]] bool more() const;

  // The first position not yet looked at.
  [[nodiscard]] Position cursor() const { return next_; }

 private:
  [[nodiscard]] Result<bool> make_event(const ExecutedTransaction& transaction, Event& event);
  // At next_.index: a transaction, or behind them a change of a payment. False when the caller does
  // not get it.
  [[nodiscard]] Result<bool> make_event(Event& event);
  [[nodiscard]] Result<bool> make_event(const ledger::PaymentEvent& change, Event& event);
  [[nodiscard]] Result<bool> may_see(const std::optional<ledger::AccountId>& account);
  [[nodiscard]] bool is_selected(const Movement& movement) const;

  NodeBackend& backend_;
  AccountOwners& owners_;
  Principal caller_;
  EventRequest request_;
  Position next_;
  std::shared_ptr<const CertifiedBlock> block_;  // at next_.height, once read
};

}  // namespace huangpu::node
