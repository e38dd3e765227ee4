// Conservation of value: per asset, issued − redeemed = sum of all balances (SPEC L-62).
//
// Two independent checks. After every block the executor compares the change of the balances with
// the change of the supply. The scan below recomputes both sums from a complete list of state
// entries, for auditors.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "crypto/base/amount.hpp"
#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"
#include "ledger/types/ids.hpp"

namespace huangpu::ledger {

// A sum of amounts and of their negatives that cannot overflow within 2^63 terms.
class WideSum {
 public:
  void add(Amount amount);
  void subtract(Amount amount);
  friend bool operator==(const WideSum&, const WideSum&) = default;
  // Nothing when the sum is negative or needs more than 128 bits.
  [[nodiscard]] std::optional<Amount> as_amount() const;

 private:
  // Two's complement over 192 bits.
  std::uint64_t limbs_[3] = {0, 0, 0};
};

// The check after every block: give it what changed, then ask.
class BlockConservation {
 public:
  void balance_changed(AssetId asset, Amount before, Amount after);
  // By this block alone.
  void supply_changed(AssetId asset, Amount issued, Amount redeemed);
  // kDiverged names the first asset whose balances and supply changed by different sums.
  [[nodiscard]] Status verdict() const;

 private:
  struct Sums {
    WideSum held;
    WideSum supply;
  };
  std::map<AssetId, Sums> sums_;
};

struct AssetTotals {
  AssetId asset;
  Amount issued;
  Amount redeemed;
  std::optional<Amount> held;  // sum of the balances; nothing if it exceeds 128 bits
  std::uint64_t holders = 0;   // balance entries
  [[nodiscard]] bool conserved() const;
};

// Give it every entry of the state once, in any order; then ask for the totals.
class ConservationScan {
 public:
  // Looks at 'S', 'B' and 'H' entries only. kCorrupt when one does not decode.
  [[nodiscard]] Status add(ByteView key, ByteView value);
  // One line per asset, ascending; an asset with balances but no asset entry is reported with
  // nothing issued.
  [[nodiscard]] std::vector<AssetTotals> totals() const;
  // kDiverged names the first asset that is not conserved, or an account of which something else is
  // reserved than its open reserves say (SPEC Q-103).
  [[nodiscard]] Status verdict() const;

 private:
  struct Sums {
    Amount issued;
    Amount redeemed;
    WideSum held;
    std::uint64_t holders = 0;
  };
  std::map<AssetId, Sums> sums_;
  // Pending debits less open reserves, of positions that have any.
  std::map<std::pair<AccountId, AssetId>, WideSum> pending_;
};

}  // namespace huangpu::ledger
