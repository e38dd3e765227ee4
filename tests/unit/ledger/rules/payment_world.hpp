// Five banks that pay one another, for tests of queued settlement.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/types/settlement_value.hpp"
#include "tests/support/ledger_world.hpp"

namespace huangpu::ledger::test {

// Accounts "a" to "e" of the banks "alpha", "beta", "gamma", "delta" and "epsilon"; "central"
// issues CNY and USD, "operator" runs the system.
class PaymentWorld {
 public:
  explicit PaymentWorld(std::uint32_t reference_days = 30);

  [[nodiscard]] World& world() { return world_; }
  // The bank of an account.
  [[nodiscard]] static std::string bank(const std::string& account);

  [[nodiscard]] Payment payment(const std::string& from, const std::string& to,
                                std::uint64_t amount,
                                PriorityClass priority = PriorityClass::kNormal) const;
  // An envelope with a reference of its own.
  [[nodiscard]] DecodedEnvelope give(const Payment& payment);
  [[nodiscard]] DecodedEnvelope give(const std::string& from, const std::string& to,
                                     std::uint64_t amount,
                                     PriorityClass priority = PriorityClass::kNormal);
  // One block with it.
  Receipt pay(const Payment& payment);
  Receipt pay(const std::string& from, const std::string& to, std::uint64_t amount,
              PriorityClass priority = PriorityClass::kNormal);
  Receipt apply(const std::string& submitter, Operation operation);
  // One block with `count` of it, each with a reference of its own.
  std::vector<Receipt> pay_many(const Payment& payment, std::size_t count);
  void fund(const std::string& account, std::uint64_t amount);
  void empty_block();

  [[nodiscard]] std::uint64_t held(const std::string& account) const;
  // In queue order.
  [[nodiscard]] std::vector<WaitingPayment> waiting(const std::string& account) const;
  [[nodiscard]] std::optional<WaitingPayment> find(const TxId& payment) const;
  [[nodiscard]] std::vector<PaymentEvent> events(const TxId& payment) const;
  [[nodiscard]] std::vector<BatchEvent> batches() const;
  [[nodiscard]] LiquidityValue liquidity(const std::string& account) const;

  // Books, root and supply agree.
  void check() const;

 private:
  World world_;
  int references_ = 0;
};

}  // namespace huangpu::ledger::test
