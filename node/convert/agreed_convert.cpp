#include "node/convert/agreed_convert.hpp"

#include <algorithm>

#include "ledger/types/limits.hpp"
#include "node/convert/convert.hpp"

namespace huangpu::node {
namespace {

tl::unexpected<Error> malformed(std::string_view what) {
  return fail(Errc::kMalformed, std::string(what) + " is malformed");
}

// --- to the schema

std::string units(Amount amount) { return amount.to_string(0); }

template <std::size_t N>
std::string optional_field(const std::array<std::uint8_t, N>& bytes) {
  return bytes == std::array<std::uint8_t, N>{} ? std::string() : bytes_field(bytes);
}

// Steps and posters have the numbers of the state.
v1::AgreementStep step_proto(const ledger::StepEvent& step) {
  v1::AgreementStep proto;
  proto.set_height(step.height.value());
  proto.set_number(step.number);
  proto.set_step(static_cast<v1::AgreementStepKind>(step.step));
  proto.set_reason(static_cast<std::uint32_t>(step.reason));
  if (step.cause != ledger::TxId()) proto.set_cause(bytes_field(step.cause.bytes()));
  proto.set_participant(step.participant.value());
  proto.set_units(units(step.amount));
  proto.set_batch(step.batch);
  proto.set_lacking_leg(step.lacking_leg);
  return proto;
}

v1::Reserve reserve_proto(const ledger::FundsReserve& reserve) {
  v1::Reserve proto;
  proto.set_id(bytes_field(reserve.id.bytes()));
  proto.set_participant(reserve.participant.value());
  proto.mutable_accepted()->set_height(reserve.height.value());
  proto.mutable_accepted()->set_index(reserve.index);
  proto.set_debit_account(bytes_field(reserve.terms.debit.bytes()));
  proto.set_credit_account(bytes_field(reserve.terms.credit.bytes()));
  proto.set_asset(reserve.terms.asset.value());
  proto.set_units(units(reserve.terms.amount));
  proto.set_left(units(reserve.left));
  proto.set_expires_ms(reserve.terms.expires.value());
  proto.set_poster(static_cast<v1::Poster>(reserve.terms.poster));
  proto.set_third(reserve.terms.third.value());
  proto.set_end_to_end_id(optional_field(reserve.terms.end_to_end));
  proto.set_purpose(optional_field(reserve.terms.purpose));
  return proto;
}

v1::AgreedSettlement settlement_proto(const AgreedSettlement& agreed) {
  const ledger::OpenSettlement& settlement = agreed.settlement;
  v1::AgreedSettlement proto;
  proto.set_id(bytes_field(settlement.id.bytes()));
  proto.set_participant(settlement.participant.value());
  proto.mutable_accepted()->set_height(settlement.height.value());
  proto.mutable_accepted()->set_index(settlement.index);
  proto.set_expires_ms(settlement.terms.expires.value());
  proto.set_receivers_approve(settlement.terms.receivers_approve);
  for (const ledger::SettlementLeg& leg : settlement.terms.legs) {
    auto& entry = *proto.add_legs();
    entry.set_debit_account(bytes_field(leg.debit.bytes()));
    entry.set_credit_account(bytes_field(leg.credit.bytes()));
    entry.set_asset(leg.asset.value());
    entry.set_units(units(leg.amount));
  }
  for (const std::size_t leg : agreed.lacking) {
    proto.mutable_legs(static_cast<int>(leg))->set_lacks_funds(true);
  }
  for (const auto& account : settlement.approved) {
    proto.add_approved(bytes_field(account.bytes()));
  }
  proto.set_end_to_end_id(optional_field(settlement.terms.end_to_end));
  proto.set_purpose(optional_field(settlement.terms.purpose));
  return proto;
}

// --- from the schema

Result<Amount> amount_field(const std::string& field) {
  auto amount = Amount::parse(field, 0);
  if (!amount) return malformed("amount");
  return amount;
}

Result<ledger::AccountId> account_field(const std::string& field) {
  HP_TRY_ASSIGN(const auto digest, digest_field(field, "account"));
  return ledger::AccountId(digest);
}

template <std::size_t N>
Status fill(std::array<std::uint8_t, N>& bytes, const std::string& field, std::string_view what) {
  if (field.empty()) return {};
  if (field.size() != N) return malformed(what);
  std::ranges::copy(as_bytes(field), bytes.begin());
  return {};
}

Result<ledger::StepEvent> step_from(const ledger::TxId& subject, const v1::AgreementStep& proto) {
  ledger::StepEvent step;
  step.subject = subject;
  step.height = Height{proto.height()};
  step.number = proto.number();
  const int number = proto.step();
  if (number < 1 || number > 255) return malformed("step");
  step.step = static_cast<ledger::Step>(number);
  if (ledger::iso20022_status(step.step).empty()) return malformed("step");
  const auto reason = ledger::result_code_from_number(proto.reason());
  if (!reason) return malformed("reason");
  step.reason = *reason;
  if (!proto.cause().empty()) {
    HP_TRY_ASSIGN(const auto cause, digest_field(proto.cause(), "cause"));
    step.cause = ledger::TxId(cause);
  }
  step.participant = ledger::ParticipantId(proto.participant());
  HP_TRY_ASSIGN(step.amount, amount_field(proto.units()));
  step.batch = proto.batch();
  step.lacking_leg = proto.lacking_leg();
  return step;
}

template <class Steps>
Result<std::vector<ledger::StepEvent>> steps_from(const ledger::TxId& subject,
                                                  const Steps& protos) {
  std::vector<ledger::StepEvent> steps;
  for (const v1::AgreementStep& proto : protos) {
    HP_TRY_ASSIGN(const auto step, step_from(subject, proto));
    steps.push_back(step);
  }
  return steps;
}

Result<ledger::FundsReserve> reserve_from(const v1::Reserve& proto) {
  ledger::FundsReserve reserve;
  HP_TRY_ASSIGN(const auto id, digest_field(proto.id(), "reserve id"));
  reserve.id = ledger::TxId(id);
  reserve.participant = ledger::ParticipantId(proto.participant());
  reserve.height = Height{proto.accepted().height()};
  reserve.index = proto.accepted().index();
  HP_TRY_ASSIGN(reserve.terms.debit, account_field(proto.debit_account()));
  HP_TRY_ASSIGN(reserve.terms.credit, account_field(proto.credit_account()));
  reserve.terms.asset = ledger::AssetId(proto.asset());
  HP_TRY_ASSIGN(reserve.terms.amount, amount_field(proto.units()));
  HP_TRY_ASSIGN(reserve.left, amount_field(proto.left()));
  reserve.terms.expires = TimestampMs(proto.expires_ms());
  const auto poster = proto.poster() < 0
                          ? std::nullopt
                          : ledger::poster_from_number(static_cast<std::uint64_t>(proto.poster()));
  if (!poster) return malformed("poster");
  reserve.terms.poster = *poster;
  reserve.terms.third = ledger::ParticipantId(proto.third());
  HP_TRY(fill(reserve.terms.end_to_end, proto.end_to_end_id(), "end-to-end id"));
  HP_TRY(fill(reserve.terms.purpose, proto.purpose(), "purpose"));
  return reserve;
}

Result<AgreedSettlement> settlement_from(const v1::AgreedSettlement& proto) {
  AgreedSettlement agreed;
  ledger::OpenSettlement& settlement = agreed.settlement;
  HP_TRY_ASSIGN(const auto id, digest_field(proto.id(), "settlement id"));
  settlement.id = ledger::TxId(id);
  settlement.participant = ledger::ParticipantId(proto.participant());
  settlement.height = Height{proto.accepted().height()};
  settlement.index = proto.accepted().index();
  settlement.terms.expires = TimestampMs(proto.expires_ms());
  settlement.terms.receivers_approve = proto.receivers_approve();
  for (const auto& leg : proto.legs()) {
    ledger::SettlementLeg entry;
    HP_TRY_ASSIGN(entry.debit, account_field(leg.debit_account()));
    HP_TRY_ASSIGN(entry.credit, account_field(leg.credit_account()));
    entry.asset = ledger::AssetId(leg.asset());
    HP_TRY_ASSIGN(entry.amount, amount_field(leg.units()));
    if (leg.lacks_funds()) agreed.lacking.push_back(settlement.terms.legs.size());
    settlement.terms.legs.push_back(entry);
  }
  if (settlement.terms.legs.size() > ledger::kSettlementLegsMax) return malformed("settlement");
  for (const std::string& account : proto.approved()) {
    HP_TRY_ASSIGN(const auto approved, account_field(account));
    settlement.approved.push_back(approved);
  }
  HP_TRY(fill(settlement.terms.end_to_end, proto.end_to_end_id(), "end-to-end id"));
  HP_TRY(fill(settlement.terms.purpose, proto.purpose(), "purpose"));
  return agreed;
}

}  // namespace

v1::GetReserveResponse to_proto(const ReserveAnswer& answer) {
  v1::GetReserveResponse proto;
  *proto.mutable_reserve() = reserve_proto(answer.reserve);
  for (const auto& step : answer.steps) *proto.add_steps() = step_proto(step);
  proto.set_height(answer.height.value());
  return proto;
}

v1::ListReservesResponse to_proto(const ReservesAnswer& answer) {
  v1::ListReservesResponse proto;
  for (const auto& reserve : answer.reserves) *proto.add_reserves() = reserve_proto(reserve);
  proto.set_height(answer.height.value());
  proto.set_next(bytes_field(answer.next));
  return proto;
}

v1::GetSettlementResponse to_proto(const SettlementAnswer& answer) {
  v1::GetSettlementResponse proto;
  *proto.mutable_settlement() = settlement_proto(answer.agreed);
  proto.set_open(answer.open);
  for (const auto& step : answer.steps) *proto.add_steps() = step_proto(step);
  proto.set_height(answer.height.value());
  return proto;
}

v1::ListSettlementsResponse to_proto(const SettlementsAnswer& answer) {
  v1::ListSettlementsResponse proto;
  for (const auto& entry : answer.settlements) *proto.add_settlements() = settlement_proto(entry);
  proto.set_height(answer.height.value());
  return proto;
}

Result<ReserveAnswer> from_proto(const v1::GetReserveResponse& response) {
  ReserveAnswer answer;
  HP_TRY_ASSIGN(answer.reserve, reserve_from(response.reserve()));
  HP_TRY_ASSIGN(answer.steps, steps_from(answer.reserve.id, response.steps()));
  answer.height = Height{response.height()};
  return answer;
}

Result<ReservesAnswer> from_proto(const v1::ListReservesResponse& response) {
  ReservesAnswer answer;
  for (const auto& proto : response.reserves()) {
    HP_TRY_ASSIGN(auto reserve, reserve_from(proto));
    answer.reserves.push_back(std::move(reserve));
  }
  answer.height = Height{response.height()};
  answer.next = to_bytes(response.next());
  return answer;
}

Result<SettlementAnswer> from_proto(const v1::GetSettlementResponse& response) {
  SettlementAnswer answer;
  HP_TRY_ASSIGN(answer.agreed, settlement_from(response.settlement()));
  answer.open = response.open();
  HP_TRY_ASSIGN(answer.steps, steps_from(answer.agreed.settlement.id, response.steps()));
  answer.height = Height{response.height()};
  return answer;
}

Result<SettlementsAnswer> from_proto(const v1::ListSettlementsResponse& response) {
  SettlementsAnswer answer;
  for (const auto& proto : response.settlements()) {
    HP_TRY_ASSIGN(auto settlement, settlement_from(proto));
    answer.settlements.push_back(std::move(settlement));
  }
  answer.height = Height{response.height()};
  return answer;
}

}  // namespace huangpu::node
