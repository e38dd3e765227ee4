// The banks of payment_world.hpp reserving funds and agreeing on settlements.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crypto/base/civil.hpp"
#include "ledger/types/agreed_value.hpp"
#include "tests/unit/ledger/rules/payment_world.hpp"

namespace huangpu::ledger::test {

class AgreedWorld : public PaymentWorld {
 public:
  [[nodiscard]] TimestampMs in_seconds(std::uint64_t seconds) {
    return TimestampMs(world().next_time().value() + seconds * 1000);
  }

  [[nodiscard]] ReserveFunds reserve(const std::string& from, const std::string& to,
                                     std::uint64_t amount, std::uint64_t seconds = 3600) {
    ReserveFunds op;
    op.debit = world().account(from);
    op.credit = world().account(to);
    op.asset = world().asset("CNY");
    op.amount = Amount::from_u64(amount);
    op.expires = in_seconds(seconds);
    return op;
  }

  [[nodiscard]] SettlementLeg leg(const std::string& from, const std::string& to,
                                  std::uint64_t amount, const std::string& asset = "CNY") {
    return {world().account(from), world().account(to), world().asset(asset),
            Amount::from_u64(amount)};
  }

  [[nodiscard]] ProposeSettlement proposal(std::vector<SettlementLeg> legs,
                                           std::uint64_t seconds = 3600) {
    ProposeSettlement op;
    op.expires = in_seconds(seconds);
    op.legs = std::move(legs);
    return op;
  }

  [[nodiscard]] std::uint64_t pending(const std::string& account) {
    return world().balance_value(account, "CNY").debits_pending.lo();
  }
  [[nodiscard]] std::uint64_t held_of(const std::string& account, const std::string& asset) {
    return world().balance(account, asset).lo();
  }

  // Open reserves of an account, by id.
  [[nodiscard]] std::vector<FundsReserve> reserves(const std::string& account) {
    std::vector<FundsReserve> reserves;
    world().state().scan(reserve_prefix(world().account(account)), [&](ByteView, ByteView value) {
      reserves.push_back(FundsReserve::decode(value).value());
      return true;
    });
    return reserves;
  }

  [[nodiscard]] std::optional<OpenSettlement> open_settlement(const TxId& id) {
    const auto stored = world().state().get(open_settlement_key(id));
    if (!stored) return std::nullopt;
    return OpenSettlement::decode(*stored).value();
  }

  // Of the last three days, in order.
  [[nodiscard]] std::vector<StepEvent> steps(const TxId& subject) {
    std::vector<StepEvent> steps;
    const auto today = day_from_timestamp(world().time());
    for (std::uint32_t day = today - 3; day <= today; ++day) {
      world().state().scan(journal_step_prefix(day, subject), [&](ByteView, ByteView value) {
        steps.push_back(StepEvent::decode(value).value());
        return true;
      });
    }
    return steps;
  }
  // A block `seconds` after the last one.
  void wait(std::uint64_t seconds) {
    world().set_next_time(TimestampMs(world().time().value() + seconds * 1000));
    empty_block();
  }
};

}  // namespace huangpu::ledger::test
