#include "tests/unit/ledger/rules/payment_world.hpp"

#include <gtest/gtest.h>

#include "crypto/base/civil.hpp"

namespace huangpu::ledger::test {
namespace {

World three_banks(std::uint32_t reference_days) {
  LedgerSettings settings;
  settings.reference_days = reference_days;
  return WorldBuilder{}
      .settings(settings)
      .issuer("central")
      .participant("operator", {Role::kOperator})
      .bank("alpha")
      .bank("beta")
      .bank("gamma")
      .bank("delta")
      .bank("epsilon")
      .asset("CNY", 2, "central")
      .asset("USD", 2, "central")
      .account("vault", "central")
      .account("a", "alpha")
      .account("b", "beta")
      .account("c", "gamma")
      .account("d", "delta")
      .account("e", "epsilon")
      .build();
}

}  // namespace

PaymentWorld::PaymentWorld(std::uint32_t reference_days) : world_(three_banks(reference_days)) {}

std::string PaymentWorld::bank(const std::string& account) {
  if (account == "a") return "alpha";
  if (account == "b") return "beta";
  if (account == "c") return "gamma";
  if (account == "d") return "delta";
  return account == "e" ? "epsilon" : "central";
}

Payment PaymentWorld::payment(const std::string& from, const std::string& to, std::uint64_t amount,
                              PriorityClass priority) const {
  Payment payment;
  payment.debit = world_.account(from);
  payment.credit = world_.account(to);
  payment.asset = world_.asset("CNY");
  payment.amount = Amount::from_u64(amount);
  payment.priority = priority;
  return payment;
}

DecodedEnvelope PaymentWorld::give(const Payment& payment) {
  std::string submitter = "central";
  for (const std::string account : {"a", "b", "c", "d", "e"}) {
    if (world_.account(account) == payment.debit) submitter = bank(account);
  }
  const auto today = yyyymmdd_from_day(day_from_timestamp(world_.next_time()));
  Submission submission;
  submission.reference = ClientReference{"REF-" + std::to_string(++references_), today};
  return world_.envelope(submitter, payment, submission);
}

DecodedEnvelope PaymentWorld::give(const std::string& from, const std::string& to,
                                   std::uint64_t amount, PriorityClass priority) {
  return give(payment(from, to, amount, priority));
}

Receipt PaymentWorld::pay(const Payment& payment) {
  std::vector<DecodedEnvelope> envelopes;
  envelopes.push_back(give(payment));
  return world_.block(std::move(envelopes)).receipts.front();
}

Receipt PaymentWorld::pay(const std::string& from, const std::string& to, std::uint64_t amount,
                          PriorityClass priority) {
  return pay(payment(from, to, amount, priority));
}

std::vector<Receipt> PaymentWorld::pay_many(const Payment& payment, std::size_t count) {
  std::vector<DecodedEnvelope> envelopes;
  for (std::size_t i = 0; i < count; ++i) envelopes.push_back(give(payment));
  return world_.block(std::move(envelopes)).receipts;
}

Receipt PaymentWorld::apply(const std::string& submitter, Operation operation) {
  return world_.apply(submitter, std::move(operation));
}

void PaymentWorld::fund(const std::string& account, std::uint64_t amount) {
  world_.issue("CNY", account, Amount::from_u64(amount));
}

void PaymentWorld::empty_block() { world_.block({}); }

std::uint64_t PaymentWorld::held(const std::string& account) const {
  return world_.balance(account, "CNY").lo();
}

std::vector<WaitingPayment> PaymentWorld::waiting(const std::string& account) const {
  std::vector<WaitingPayment> payments;
  world_.state().scan(waiting_prefix(world_.account(account), world_.asset("CNY")),
                      [&payments](ByteView, ByteView value) {
                        payments.push_back(WaitingPayment::decode(value).value());
                        return true;
                      });
  return payments;
}

std::optional<WaitingPayment> PaymentWorld::find(const TxId& payment) const {
  for (const std::string account : {"a", "b", "c"}) {
    for (const auto& waiting : waiting(account)) {
      if (waiting.id == payment) return waiting;
    }
  }
  return std::nullopt;
}

std::vector<PaymentEvent> PaymentWorld::events(const TxId& payment) const {
  std::vector<PaymentEvent> events;
  const auto today = day_from_timestamp(world_.time());
  for (std::uint32_t day = today - 3; day <= today; ++day) {
    world_.state().scan(journal_payment_prefix(day, payment), [&events](ByteView, ByteView value) {
      events.push_back(PaymentEvent::decode(value).value());
      return true;
    });
  }
  return events;
}

std::vector<BatchEvent> PaymentWorld::batches() const {
  std::vector<BatchEvent> batches;
  const auto today = day_from_timestamp(world_.time());
  for (std::uint64_t number = 1;; ++number) {
    const auto stored = world_.state().get(journal_batch_key(today, number));
    if (!stored) return batches;
    batches.push_back(BatchEvent::decode(*stored).value());
  }
}

LiquidityValue PaymentWorld::liquidity(const std::string& account) const {
  const auto stored =
      world_.state().get(liquidity_key(world_.account(account), world_.asset("CNY")));
  return stored ? LiquidityValue::decode(*stored).value() : LiquidityValue{};
}

void PaymentWorld::check() const { EXPECT_TRUE(world_.conserved().has_value()); }

}  // namespace huangpu::ledger::test
