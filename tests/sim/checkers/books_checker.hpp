// The money and the promises: rules A1 (conservation), A3 (a transaction and a client reference act
// at most once) and A4 (what was called final is never unsaid).
//
// Keeps books of its own: balances from the receipts and the transactions they answer, without the
// ledger's code, compared with the state of the first node that executed each block. Other nodes
// are held to the same state by S12.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "ledger/types/transaction.hpp"
#include "tests/sim/observer.hpp"
#include "tests/sim/sim_chain.hpp"

namespace huangpu::sim {

class BooksChecker final : public Observer {
 public:
  BooksChecker(const SimChain& chain, Violations& violations)
      : chain_(chain), violations_(violations) {}

  void on_ordered(std::size_t node, const node::ExecuteBlock& block) override;
  void on_executed(std::size_t node, const ExecutedBlock& block) override;
  void on_final(std::size_t node, Height height) override;

  [[nodiscard]] std::uint64_t settled() const { return settled_; }
  [[nodiscard]] Height final_height() const { return final_; }

 private:
  using Place = std::pair<ledger::AccountId, ledger::AssetId>;

  void violation(const char* rule, Height height, const std::string& text);
  void book(Height height, const ledger::DecodedEnvelope& envelope, const ledger::Receipt& receipt);
  void move(Height height, const ledger::AccountId* debit, const ledger::AccountId* credit,
            ledger::AssetId asset, const Amount& amount);
  void compare(Height height, const ledger::StateReader& state);

  const SimChain& chain_;
  Violations& violations_;
  std::map<Height, std::vector<std::shared_ptr<const ledger::DecodedBatch>>> ordered_;
  std::map<Height, std::vector<Bytes>> receipts_;  // as first executed
  std::set<ledger::TxId> answered_;
  std::set<ledger::TxId> expired_;
  std::set<std::pair<ledger::ParticipantId, std::string>> references_;  // settled
  std::map<Place, Amount> balances_;
  std::map<ledger::AssetId, Amount> supply_;
  Height booked_{0};
  Height final_{0};
  std::uint64_t settled_ = 0;
};

}  // namespace huangpu::sim
