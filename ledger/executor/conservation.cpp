#include "ledger/executor/conservation.hpp"

#include <string>

#include "crypto/base/codec.hpp"
#include "ledger/types/agreed_value.hpp"
#include "ledger/types/state_key.hpp"
#include "ledger/types/state_value.hpp"

namespace huangpu::ledger {

void WideSum::add(Amount amount) {
  __extension__ using Wide = unsigned __int128;
  const std::uint64_t parts[3] = {amount.lo(), amount.hi(), 0};
  Wide carry = 0;
  for (int i = 0; i < 3; ++i) {
    const Wide sum = Wide{limbs_[i]} + parts[i] + carry;
    limbs_[i] = static_cast<std::uint64_t>(sum);
    carry = sum >> 64;
  }
}

void WideSum::subtract(Amount amount) {
  const std::uint64_t parts[3] = {amount.lo(), amount.hi(), 0};
  std::uint64_t borrow = 0;
  for (int i = 0; i < 3; ++i) {
    const std::uint64_t less = limbs_[i] - parts[i];
    const std::uint64_t result = less - borrow;
    borrow = (less > limbs_[i] || result > less) ? 1 : 0;
    limbs_[i] = result;
  }
}

std::optional<Amount> WideSum::as_amount() const {
  if (limbs_[2] != 0) return std::nullopt;
  return Amount::from_parts(limbs_[1], limbs_[0]);
}

void BlockConservation::balance_changed(AssetId asset, Amount before, Amount after) {
  sums_[asset].held.add(after);
  sums_[asset].held.subtract(before);
}

void BlockConservation::supply_changed(AssetId asset, Amount issued, Amount redeemed) {
  sums_[asset].supply.add(issued);
  sums_[asset].supply.subtract(redeemed);
}

Status BlockConservation::verdict() const {
  for (const auto& [asset, sums] : sums_) {
    if (sums.held == sums.supply) continue;
    return fail(Errc::kDiverged, "asset " + std::to_string(asset.value()) +
                                     " is not conserved: its balances changed by another sum than "
                                     "its supply");
  }
  return {};
}

bool AssetTotals::conserved() const {
  const auto supply = issued.checked_sub(redeemed);
  return supply.has_value() && held == supply;
}

Status ConservationScan::add(ByteView key, ByteView value) {
  Reader reader(key);
  const auto tag = static_cast<StateTag>(reader.u8());
  if (tag == StateTag::kAsset) {
    const AssetId asset(reader.u32());
    if (!reader.finish("asset key")) return fail(Errc::kCorrupt, "asset key is damaged");
    HP_TRY_ASSIGN(const auto entry, AssetValue::decode(value));
    sums_[asset].issued = entry.issued;
    sums_[asset].redeemed = entry.redeemed;
  } else if (tag == StateTag::kBalance) {
    const AccountId account(reader.digest());
    const AssetId asset(reader.u32());
    if (!reader.finish("balance key")) return fail(Errc::kCorrupt, "balance key is damaged");
    HP_TRY_ASSIGN(const auto entry, BalanceValue::decode(value));
    sums_[asset].held.add(entry.balance());
    ++sums_[asset].holders;
    if (!entry.debits_pending.is_zero()) pending_[{account, asset}].add(entry.debits_pending);
  } else if (tag == StateTag::kReserve) {
    HP_TRY_ASSIGN(const auto entry, FundsReserve::decode(value));
    pending_[{entry.terms.debit, entry.terms.asset}].subtract(entry.left);
  }
  return {};
}

std::vector<AssetTotals> ConservationScan::totals() const {
  std::vector<AssetTotals> totals;
  for (const auto& [asset, sums] : sums_) {
    totals.push_back(
        AssetTotals{asset, sums.issued, sums.redeemed, sums.held.as_amount(), sums.holders});
  }
  return totals;
}

Status ConservationScan::verdict() const {
  for (const auto& total : totals()) {
    if (total.conserved()) continue;
    return fail(Errc::kDiverged,
                "asset " + std::to_string(total.asset.value()) + " is not conserved: issued " +
                    total.issued.to_string(0) + ", redeemed " + total.redeemed.to_string(0) +
                    ", held " + (total.held ? total.held->to_string(0) : "more than 128 bits"));
  }
  for (const auto& [position, difference] : pending_) {
    if (difference == WideSum{}) continue;
    return fail(Errc::kDiverged, "account " + position.first.hex() + ", asset " +
                                     std::to_string(position.second.value()) +
                                     ": what is reserved is not the sum of its reserves");
  }
  return {};
}

}  // namespace huangpu::ledger
