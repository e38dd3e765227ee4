#include "node/convert/settlement_convert.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "node/convert/convert.hpp"

namespace huangpu::node {
namespace {

using ledger::PaymentStatus;

tl::unexpected<Error> malformed(std::string_view what) {
  return fail(Errc::kMalformed, std::string(what) + " is malformed");
}

// --- to the schema

// The schema counts classes from 1, because 0 is what a field that is absent reads as.
v1::PriorityClass schema_priority(ledger::PriorityClass priority) {
  return static_cast<v1::PriorityClass>(static_cast<int>(priority) + 1);
}

// Statuses and stages have the journal's numbers.
v1::PaymentStatus schema_status(PaymentStatus status) {
  return static_cast<v1::PaymentStatus>(status);
}

std::string units(Amount amount) { return amount.to_string(0); }

template <std::size_t N>
std::string optional_field(const std::array<std::uint8_t, N>& bytes) {
  return bytes == std::array<std::uint8_t, N>{} ? std::string() : bytes_field(bytes);
}

v1::QueuedPayment queued(const ledger::WaitingPayment& entry) {
  const ledger::Payment& payment = entry.payment;
  v1::QueuedPayment proto;
  proto.set_id(bytes_field(entry.id.bytes()));
  proto.set_participant(entry.participant.value());
  proto.set_status(schema_status(entry.status));
  proto.mutable_accepted()->set_height(entry.height.value());
  proto.mutable_accepted()->set_index(entry.index);
  proto.set_debit_account(bytes_field(payment.debit.bytes()));
  proto.set_credit_account(bytes_field(payment.credit.bytes()));
  proto.set_asset(payment.asset.value());
  proto.set_units(units(payment.amount));
  proto.set_priority(schema_priority(payment.priority));
  proto.set_earliest_ms(payment.earliest.value());
  proto.set_latest_ms(payment.latest.value());
  proto.set_end_to_end_id(optional_field(payment.end_to_end));
  proto.set_purpose(optional_field(payment.purpose));
  proto.set_reference_id(entry.reference);
  proto.set_reference_date(entry.reference_date);
  return proto;
}

// --- from the schema

Result<Amount> amount_field(const std::string& field, std::string_view what) {
  auto amount = Amount::parse(field, 0);
  if (!amount) return malformed(what);
  return amount;
}

Result<ledger::AccountId> account_field(const std::string& field) {
  HP_TRY_ASSIGN(const auto digest, digest_field(field, "account"));
  return ledger::AccountId(digest);
}

Result<std::uint16_t> code_field(std::uint32_t number) {
  if (number > std::numeric_limits<std::uint16_t>::max()) return malformed("reason");
  return static_cast<std::uint16_t>(number);
}

Result<ledger::ResultCode> result_field(std::uint32_t number) {
  HP_TRY_ASSIGN(const auto small, code_field(number));
  const auto code = ledger::result_code_from_number(small);
  if (!code) return malformed("reason");
  return *code;
}

Result<ledger::PriorityClass> priority_field(v1::PriorityClass number) {
  const auto priority = number < 1
                            ? std::nullopt
                            : ledger::priority_from_number(static_cast<std::uint64_t>(number) - 1);
  if (!priority) return malformed("priority class");
  return *priority;
}

Result<PaymentStatus> status_field(v1::PaymentStatus number) {
  if (number < v1::PAYMENT_STATUS_EARMARKED || number > v1::PAYMENT_STATUS_REJECTED) {
    return malformed("payment status");
  }
  return static_cast<PaymentStatus>(number);
}

template <std::size_t N>
Status fill(std::array<std::uint8_t, N>& bytes, const std::string& field, std::string_view what) {
  if (field.empty()) return {};
  if (field.size() != N) return malformed(what);
  std::ranges::copy(as_bytes(field), bytes.begin());
  return {};
}

// `status` 0 is left as it is: the caller knows what it means there.
Result<ledger::WaitingPayment> waiting(const v1::QueuedPayment& proto) {
  ledger::WaitingPayment entry;
  ledger::Payment& payment = entry.payment;
  HP_TRY_ASSIGN(const auto id, digest_field(proto.id(), "payment id"));
  entry.id = ledger::TxId(id);
  entry.participant = ledger::ParticipantId(proto.participant());
  if (proto.status() != v1::PAYMENT_STATUS_UNSPECIFIED) {
    HP_TRY_ASSIGN(entry.status, status_field(proto.status()));
  }
  entry.height = Height{proto.accepted().height()};
  entry.index = proto.accepted().index();
  HP_TRY_ASSIGN(payment.debit, account_field(proto.debit_account()));
  HP_TRY_ASSIGN(payment.credit, account_field(proto.credit_account()));
  payment.asset = ledger::AssetId(proto.asset());
  HP_TRY_ASSIGN(payment.amount, amount_field(proto.units(), "units"));
  HP_TRY_ASSIGN(payment.priority, priority_field(proto.priority()));
  payment.earliest = TimestampMs{proto.earliest_ms()};
  payment.latest = TimestampMs{proto.latest_ms()};
  HP_TRY(fill(payment.end_to_end, proto.end_to_end_id(), "end-to-end id"));
  HP_TRY(fill(payment.purpose, proto.purpose(), "purpose"));
  entry.reference = proto.reference_id();
  entry.reference_date = proto.reference_date();
  return entry;
}

Result<ledger::ForecastPosition> position(const v1::ForecastResponse::AccountPosition& proto) {
  ledger::ForecastPosition entry;
  HP_TRY_ASSIGN(entry.account, account_field(proto.account()));
  entry.asset = ledger::AssetId(proto.asset());
  HP_TRY_ASSIGN(entry.liquidity_before, amount_field(proto.liquidity_before(), "liquidity"));
  HP_TRY_ASSIGN(entry.liquidity_after, amount_field(proto.liquidity_after(), "liquidity"));
  HP_TRY_ASSIGN(entry.pays, amount_field(proto.pays(), "pays"));
  HP_TRY_ASSIGN(entry.receives, amount_field(proto.receives(), "receives"));
  HP_TRY_ASSIGN(entry.still_pays, amount_field(proto.still_pays(), "still_pays"));
  HP_TRY_ASSIGN(entry.still_receives, amount_field(proto.still_receives(), "still_receives"));
  HP_TRY_ASSIGN(entry.lacks, amount_field(proto.lacks(), "lacks"));
  return entry;
}

}  // namespace

v1::PaymentChange to_proto(const ledger::PaymentEvent& event) {
  v1::PaymentChange proto;
  proto.set_height(event.height.value());
  proto.set_status(schema_status(event.status));
  proto.set_priority(schema_priority(event.priority));
  proto.set_reason(static_cast<std::uint32_t>(event.reason));
  if (event.cause != ledger::TxId()) proto.set_cause(bytes_field(event.cause.bytes()));
  proto.set_batch(event.batch);
  return proto;
}

v1::GetPaymentResponse to_proto(const PaymentAnswer& answer) {
  v1::GetPaymentResponse proto;
  *proto.mutable_payment() = queued(answer.payment);
  if (!answer.status) proto.mutable_payment()->clear_status();
  proto.set_reason(answer.reason);
  proto.set_height(answer.height.value());
  for (const ledger::PaymentEvent& event : answer.changes) *proto.add_changes() = to_proto(event);
  return proto;
}

v1::ListQueueResponse to_proto(const QueueAnswer& answer) {
  v1::ListQueueResponse proto;
  for (const auto& payment : answer.payments) *proto.add_payments() = queued(payment);
  proto.set_height(answer.height.value());
  proto.set_next(bytes_field(answer.next));
  return proto;
}

v1::GetLiquidityResponse to_proto(const LiquidityAnswer& answer) {
  const ledger::LiquidityValue& governed = answer.governed;
  v1::GetLiquidityResponse proto;
  proto.set_held(units(answer.held));
  proto.set_credit_line(units(governed.credit_line));
  proto.set_drawn(units(governed.drawn));
  proto.set_reserved_highly_urgent(units(governed.reserved_highly_urgent));
  proto.set_reserved_urgent(units(governed.reserved_urgent));
  proto.set_used_highly_urgent(units(governed.used_highly_urgent));
  proto.set_used_urgent(units(governed.used_urgent));
  if (governed.limit) proto.set_limit(units(*governed.limit));
  proto.set_paid(units(governed.use.paid));
  proto.set_received(units(governed.use.received));
  proto.set_usable_normal(units(answer.usable_normal));
  proto.set_usable_urgent(units(answer.usable_urgent));
  proto.set_usable_highly_urgent(units(answer.usable_highly_urgent));
  proto.set_queued_payments(answer.queued_payments);
  proto.set_queued_units(units(answer.queued_units));
  for (const auto& [counterparty, limit] : answer.bilateral) {
    auto& entry = *proto.add_bilateral_limits();
    entry.set_counterparty(bytes_field(counterparty.bytes()));
    entry.set_limit(units(limit.limit));
    entry.set_paid(units(limit.use.paid));
    entry.set_received(units(limit.use.received));
  }
  proto.set_height(answer.height.value());
  return proto;
}

v1::ForecastResponse to_proto(const ForecastAnswer& answer) {
  v1::ForecastResponse proto;
  proto.set_height(answer.height.value());
  proto.set_time_ms(answer.time.value());
  for (const ledger::ForecastPayment& payment : answer.payments) {
    auto& entry = *proto.add_payments();
    *entry.mutable_payment() = queued(payment.payment);
    entry.set_outcome(schema_status(payment.outcome));
    entry.set_reason(static_cast<std::uint32_t>(payment.reason));
    entry.set_batch(payment.batch);
    if (payment.batch != 0) entry.set_stage(static_cast<v1::SettlementStage>(payment.stage));
  }
  proto.set_payments_left_out(answer.payments_left_out);
  for (const ledger::ForecastPosition& position : answer.positions) {
    auto& entry = *proto.add_positions();
    entry.set_account(bytes_field(position.account.bytes()));
    entry.set_asset(position.asset.value());
    entry.set_liquidity_before(units(position.liquidity_before));
    entry.set_liquidity_after(units(position.liquidity_after));
    entry.set_pays(units(position.pays));
    entry.set_receives(units(position.receives));
    entry.set_still_pays(units(position.still_pays));
    entry.set_still_receives(units(position.still_receives));
    entry.set_lacks(units(position.lacks));
  }
  for (const ledger::ForecastAsset& asset : answer.assets) {
    auto& entry = *proto.add_assets();
    entry.set_asset(asset.asset.value());
    entry.set_queued(asset.queued);
    entry.set_queued_units(units(asset.queued_amount));
    entry.set_settles(asset.settles);
    entry.set_gross(units(asset.gross));
    entry.set_net(units(asset.net));
  }
  return proto;
}

v1::ForecastRequest to_proto(const std::vector<ForecastExtra>& extra) {
  v1::ForecastRequest proto;
  for (const ForecastExtra& entry : extra) {
    auto& message = *proto.add_extra();
    message.set_account(bytes_field(entry.account.bytes()));
    message.set_asset(entry.asset.value());
    message.set_units(units(entry.units));
  }
  return proto;
}

Result<ledger::PaymentEvent> from_proto(const ledger::TxId& payment,
                                        const v1::PaymentChange& proto) {
  ledger::PaymentEvent event;
  event.payment = payment;
  event.height = Height{proto.height()};
  HP_TRY_ASSIGN(event.status, status_field(proto.status()));
  HP_TRY_ASSIGN(event.priority, priority_field(proto.priority()));
  HP_TRY_ASSIGN(event.reason, result_field(proto.reason()));
  if (!proto.cause().empty()) {
    HP_TRY_ASSIGN(const auto cause, digest_field(proto.cause(), "cause"));
    event.cause = ledger::TxId(cause);
  }
  event.batch = proto.batch();
  return event;
}

Result<PaymentAnswer> from_proto(const v1::GetPaymentResponse& response) {
  PaymentAnswer answer;
  HP_TRY_ASSIGN(answer.payment, waiting(response.payment()));
  if (response.payment().status() != v1::PAYMENT_STATUS_UNSPECIFIED) {
    answer.status = answer.payment.status;
  }
  HP_TRY_ASSIGN(answer.reason, code_field(response.reason()));
  answer.height = Height{response.height()};
  for (const auto& entry : response.changes()) {
    HP_TRY_ASSIGN(auto event, from_proto(answer.payment.id, entry));
    answer.changes.push_back(event);
  }
  return answer;
}

Result<QueueAnswer> from_proto(const v1::ListQueueResponse& response) {
  QueueAnswer answer;
  for (const auto& entry : response.payments()) {
    HP_TRY_ASSIGN(auto payment, waiting(entry));
    answer.payments.push_back(std::move(payment));
  }
  answer.height = Height{response.height()};
  answer.next = to_bytes(as_bytes(response.next()));
  return answer;
}

Result<LiquidityAnswer> from_proto(const v1::GetLiquidityResponse& response) {
  LiquidityAnswer answer;
  ledger::LiquidityValue& governed = answer.governed;
  HP_TRY_ASSIGN(answer.held, amount_field(response.held(), "held"));
  HP_TRY_ASSIGN(governed.credit_line, amount_field(response.credit_line(), "credit line"));
  HP_TRY_ASSIGN(governed.drawn, amount_field(response.drawn(), "drawn"));
  HP_TRY_ASSIGN(governed.reserved_highly_urgent,
                amount_field(response.reserved_highly_urgent(), "reserve"));
  HP_TRY_ASSIGN(governed.reserved_urgent, amount_field(response.reserved_urgent(), "reserve"));
  HP_TRY_ASSIGN(governed.used_highly_urgent,
                amount_field(response.used_highly_urgent(), "used reserve"));
  HP_TRY_ASSIGN(governed.used_urgent, amount_field(response.used_urgent(), "used reserve"));
  if (response.has_limit()) {
    HP_TRY_ASSIGN(governed.limit, amount_field(response.limit(), "limit"));
  }
  HP_TRY_ASSIGN(governed.use.paid, amount_field(response.paid(), "paid"));
  HP_TRY_ASSIGN(governed.use.received, amount_field(response.received(), "received"));
  HP_TRY_ASSIGN(answer.usable_normal, amount_field(response.usable_normal(), "usable"));
  HP_TRY_ASSIGN(answer.usable_urgent, amount_field(response.usable_urgent(), "usable"));
  HP_TRY_ASSIGN(answer.usable_highly_urgent,
                amount_field(response.usable_highly_urgent(), "usable"));
  answer.queued_payments = response.queued_payments();
  HP_TRY_ASSIGN(answer.queued_units, amount_field(response.queued_units(), "queued units"));
  for (const auto& entry : response.bilateral_limits()) {
    HP_TRY_ASSIGN(const auto counterparty, account_field(entry.counterparty()));
    ledger::BilateralLimitValue limit;
    HP_TRY_ASSIGN(limit.limit, amount_field(entry.limit(), "limit"));
    HP_TRY_ASSIGN(limit.use.paid, amount_field(entry.paid(), "paid"));
    HP_TRY_ASSIGN(limit.use.received, amount_field(entry.received(), "received"));
    answer.bilateral.emplace_back(counterparty, limit);
  }
  answer.height = Height{response.height()};
  return answer;
}

Result<ForecastAnswer> from_proto(const v1::ForecastResponse& response) {
  ForecastAnswer answer;
  answer.height = Height{response.height()};
  answer.time = TimestampMs{response.time_ms()};
  answer.payments_left_out = response.payments_left_out();
  for (const auto& entry : response.payments()) {
    ledger::ForecastPayment payment;
    HP_TRY_ASSIGN(payment.payment, waiting(entry.payment()));
    HP_TRY_ASSIGN(payment.outcome, status_field(entry.outcome()));
    HP_TRY_ASSIGN(payment.reason, result_field(entry.reason()));
    payment.batch = entry.batch();
    if (entry.stage() != v1::SETTLEMENT_STAGE_UNSPECIFIED) {
      if (!v1::SettlementStage_IsValid(entry.stage())) return malformed("stage");
      payment.stage = static_cast<ledger::settlement::Stage>(entry.stage());
    }
    answer.payments.push_back(std::move(payment));
  }
  for (const auto& entry : response.positions()) {
    HP_TRY_ASSIGN(auto decoded, position(entry));
    answer.positions.push_back(decoded);
  }
  for (const auto& entry : response.assets()) {
    ledger::ForecastAsset asset;
    asset.asset = ledger::AssetId(entry.asset());
    asset.queued = entry.queued();
    HP_TRY_ASSIGN(asset.queued_amount, amount_field(entry.queued_units(), "queued units"));
    asset.settles = entry.settles();
    HP_TRY_ASSIGN(asset.gross, amount_field(entry.gross(), "gross"));
    HP_TRY_ASSIGN(asset.net, amount_field(entry.net(), "net"));
    answer.assets.push_back(asset);
  }
  return answer;
}

Result<std::vector<ForecastExtra>> from_proto(const v1::ForecastRequest& request) {
  std::vector<ForecastExtra> extra;
  for (const auto& entry : request.extra()) {
    ForecastExtra one;
    HP_TRY_ASSIGN(one.account, account_field(entry.account()));
    one.asset = ledger::AssetId(entry.asset());
    HP_TRY_ASSIGN(one.units, amount_field(entry.units(), "units"));
    extra.push_back(one);
  }
  return extra;
}

}  // namespace huangpu::node
