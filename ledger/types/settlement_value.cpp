#include "ledger/types/settlement_value.hpp"

#include <algorithm>
#include <array>

#include "crypto/base/codec.hpp"
#include "ledger/types/limits.hpp"
#include "ledger/types/state_key.hpp"
#include "ledger/types/stored_value.hpp"

namespace huangpu::ledger {
namespace {

PriorityClass read_priority(Reader& reader) {
  const auto priority = priority_from_number(reader.u8());
  if (!priority) reader.mark_failed("has an unknown priority class");
  return priority.value_or(PriorityClass::kNormal);
}

PaymentStatus read_status(Reader& reader, PaymentStatus last) {
  const std::uint8_t number = reader.u8();
  if (number < 1 || number > static_cast<std::uint8_t>(last)) {
    reader.mark_failed("has an unknown status");
    return PaymentStatus::kQueued;
  }
  return static_cast<PaymentStatus>(number);
}

template <std::size_t N>
std::array<std::uint8_t, N> read_array(Reader& reader) {
  std::array<std::uint8_t, N> result{};
  const ByteView bytes = reader.raw(N);
  std::copy(bytes.begin(), bytes.end(), result.begin());
  return result;
}

void write_optional(Writer& writer, const std::optional<Amount>& amount) {
  writer.u8(amount ? 1 : 0).u128(amount.value_or(Amount::zero()));
}

std::optional<Amount> read_optional(Reader& reader) {
  const bool is_set = reader.boolean();
  const Amount amount = reader.u128();
  if (!is_set && !amount.is_zero()) reader.mark_failed("has the amount of a limit that is not set");
  return is_set ? std::optional(amount) : std::nullopt;
}

void write_use(Writer& writer, const LimitUse& use) { writer.u128(use.paid).u128(use.received); }

LimitUse read_use(Reader& reader) {
  LimitUse use;
  use.paid = reader.u128();
  use.received = reader.u128();
  return use;
}

Writer tagged(StateTag tag) {
  Writer writer(80);
  writer.u8(static_cast<std::uint8_t>(tag));
  return writer;
}

}  // namespace

std::string_view status_name(PaymentStatus status) noexcept {
  static constexpr std::array<std::string_view, 7> kNames = {
      "unknown", "earmarked", "queued", "held", "settled", "cancelled", "rejected"};
  const auto number = static_cast<std::size_t>(status);
  return number < kNames.size() ? kNames[number] : kNames[0];
}

std::string_view iso20022_status(PaymentStatus status) noexcept {
  switch (status) {
    case PaymentStatus::kEarmarked:
    case PaymentStatus::kQueued:
    case PaymentStatus::kHeld:
      return "PDNG";
    case PaymentStatus::kSettled:
      return "ACSC";
    case PaymentStatus::kCancelled:
      return "CANC";
    case PaymentStatus::kRejected:
      return "RJCT";
  }
  return "";
}

Bytes WaitingPayment::encode() const {
  return versioned(256)
      .raw(id.bytes())
      .u32(participant.value())
      .u8(static_cast<std::uint8_t>(status))
      .u64(height.value())
      .u32(index)
      .raw(payment.debit.bytes())
      .raw(payment.credit.bytes())
      .u32(payment.asset.value())
      .u128(payment.amount)
      .u8(static_cast<std::uint8_t>(payment.priority))
      .u64(payment.earliest.value())
      .u64(payment.latest.value())
      .raw(payment.end_to_end)
      .raw(payment.purpose)
      .blob(as_bytes(reference))
      .u32(reference_date)
      .take();
}

Result<WaitingPayment> WaitingPayment::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  WaitingPayment value;
  value.id = TxId(reader.digest());
  value.participant = ParticipantId(reader.u32());
  value.status = read_status(reader, PaymentStatus::kHeld);
  value.height = Height(reader.u64());
  value.index = reader.u32();
  value.payment.debit = AccountId(reader.digest());
  value.payment.credit = AccountId(reader.digest());
  value.payment.asset = AssetId(reader.u32());
  value.payment.amount = reader.u128();
  if (value.payment.amount > Amount::from_u64(settlement::kLegAmountMax)) {
    reader.mark_failed("has an amount that no queue takes");
  }
  value.payment.priority = read_priority(reader);
  value.payment.earliest = TimestampMs(reader.u64());
  value.payment.latest = TimestampMs(reader.u64());
  value.payment.end_to_end = read_array<16>(reader);
  value.payment.purpose = read_array<4>(reader);
  value.reference = as_text(reader.blob(kReferenceCharsMax));
  value.reference_date = reader.u32();
  HP_TRY(finish(reader, "waiting payment"));
  return value;
}

LiquidityValue LiquidityValue::on(std::uint32_t today) const {
  LiquidityValue value = *this;
  if (value.day == today) return value;
  value.day = today;
  value.used_highly_urgent = Amount::zero();
  value.used_urgent = Amount::zero();
  value.use = LimitUse{};
  return value;
}

bool LiquidityValue::is_default() const {
  return reserved_highly_urgent.is_zero() && reserved_urgent.is_zero() && !limit &&
         credit_line.is_zero() && drawn.is_zero();
}

Bytes LiquidityValue::encode() const {
  Writer writer = versioned(160);
  writer.u32(day)
      .u128(reserved_highly_urgent)
      .u128(reserved_urgent)
      .u128(used_highly_urgent)
      .u128(used_urgent);
  write_optional(writer, limit);
  write_use(writer, use);
  return writer.u128(credit_line).u128(drawn).take();
}

Result<LiquidityValue> LiquidityValue::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  LiquidityValue value;
  value.day = reader.u32();
  value.reserved_highly_urgent = reader.u128();
  value.reserved_urgent = reader.u128();
  value.used_highly_urgent = reader.u128();
  value.used_urgent = reader.u128();
  value.limit = read_optional(reader);
  value.use = read_use(reader);
  value.credit_line = reader.u128();
  value.drawn = reader.u128();
  HP_TRY(finish(reader, "liquidity entry"));
  return value;
}

BilateralLimitValue BilateralLimitValue::on(std::uint32_t today) const {
  return day == today ? *this : BilateralLimitValue{today, limit, {}};
}

Bytes BilateralLimitValue::encode() const {
  Writer writer = versioned(64);
  writer.u32(day).u128(limit);
  write_use(writer, use);
  return writer.take();
}

Result<BilateralLimitValue> BilateralLimitValue::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  BilateralLimitValue value;
  value.day = reader.u32();
  value.limit = reader.u128();
  value.use = read_use(reader);
  HP_TRY(finish(reader, "bilateral limit"));
  return value;
}

Bytes ResolutionValue::encode() const {
  return versioned(24).u64(last_run.value()).u32(grown).u8(dirty ? 1 : 0).u64(batches).take();
}

Result<ResolutionValue> ResolutionValue::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  ResolutionValue value;
  value.last_run = Height(reader.u64());
  value.grown = reader.u32();
  value.dirty = reader.boolean();
  value.batches = reader.u64();
  HP_TRY(finish(reader, "resolution entry"));
  return value;
}

Bytes PaymentEvent::encode() const {
  return versioned(192)
      .raw(payment.bytes())
      .u64(height.value())
      .u32(number)
      .u8(static_cast<std::uint8_t>(status))
      .u8(static_cast<std::uint8_t>(priority))
      .u16(static_cast<std::uint16_t>(reason))
      .raw(cause.bytes())
      .u64(batch)
      .u32(participant.value())
      .raw(debit.bytes())
      .raw(credit.bytes())
      .u32(asset.value())
      .u128(amount)
      .take();
}

Result<PaymentEvent> PaymentEvent::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  PaymentEvent value;
  value.payment = TxId(reader.digest());
  value.height = Height(reader.u64());
  value.number = reader.u32();
  value.status = read_status(reader, PaymentStatus::kRejected);
  value.priority = read_priority(reader);
  const auto reason = result_code_from_number(reader.u16());
  if (!reason || !is_execution_code(*reason)) reader.mark_failed("has an unknown reason");
  value.reason = reason.value_or(ResultCode::kSettled);
  value.cause = TxId(reader.digest());
  value.batch = reader.u64();
  value.participant = ParticipantId(reader.u32());
  value.debit = AccountId(reader.digest());
  value.credit = AccountId(reader.digest());
  value.asset = AssetId(reader.u32());
  value.amount = reader.u128();
  HP_TRY(finish(reader, "payment event"));
  return value;
}

Bytes JournalBlock::encode() const {
  Writer writer = versioned(1 + payments.size() * sizeof(crypto::Digest));
  for (const TxId& payment : payments) writer.raw(payment.bytes());
  return writer.take();
}

Result<JournalBlock> JournalBlock::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  JournalBlock value;
  value.payments.reserve(reader.remaining() / sizeof(crypto::Digest));
  while (reader.ok() && reader.remaining() != 0) value.payments.emplace_back(reader.digest());
  HP_TRY(finish(reader, "journal of a block"));
  return value;
}

Bytes BatchEvent::encode() const {
  return versioned(96)
      .u64(batch)
      .u64(height.value())
      .u8(static_cast<std::uint8_t>(stage))
      .u32(payments)
      .u64(steps)
      .digest(set)
      .digest(nets)
      .take();
}

Result<BatchEvent> BatchEvent::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  BatchEvent value;
  value.batch = reader.u64();
  value.height = Height(reader.u64());
  const std::uint8_t stage = reader.u8();
  if (stage < static_cast<std::uint8_t>(settlement::Stage::kFifo) ||
      stage > static_cast<std::uint8_t>(settlement::Stage::kBypass)) {
    reader.mark_failed("has an unknown stage");
  }
  value.stage = static_cast<settlement::Stage>(stage);
  value.payments = reader.u32();
  value.steps = reader.u64();
  value.set = reader.digest();
  value.nets = reader.digest();
  HP_TRY(finish(reader, "batch event"));
  return value;
}

Bytes waiting_prefix() { return tagged(StateTag::kWaiting).take(); }

Bytes waiting_prefix(const AccountId& account) {
  return tagged(StateTag::kWaiting).raw(account.bytes()).take();
}

Bytes waiting_prefix(const AccountId& account, AssetId asset) {
  return tagged(StateTag::kWaiting).raw(account.bytes()).u32(asset.value()).take();
}

Bytes waiting_key(const AccountId& account, AssetId asset, const QueuePlace& place) {
  return tagged(StateTag::kWaiting)
      .raw(account.bytes())
      .u32(asset.value())
      .u8(static_cast<std::uint8_t>(place.priority))
      .u64(place.height.value())
      .u32(place.index)
      .take();
}

Bytes liquidity_prefix() { return tagged(StateTag::kLiquidity).take(); }

Bytes liquidity_key(const AccountId& account, AssetId asset) {
  return tagged(StateTag::kLiquidity).raw(account.bytes()).u32(asset.value()).take();
}

Bytes bilateral_limit_prefix() { return tagged(StateTag::kBilateralLimit).take(); }

Bytes bilateral_limit_prefix(const AccountId& account, AssetId asset) {
  return tagged(StateTag::kBilateralLimit).raw(account.bytes()).u32(asset.value()).take();
}

Bytes bilateral_limit_key(const AccountId& account, AssetId asset, const AccountId& counterparty) {
  return tagged(StateTag::kBilateralLimit)
      .raw(account.bytes())
      .u32(asset.value())
      .raw(counterparty.bytes())
      .take();
}

Bytes resolution_key() { return tagged(StateTag::kResolution).take(); }

Bytes carried_prefix() { return tagged(StateTag::kCarried).take(); }

Bytes carried_key(const AccountId& account, AssetId asset) {
  return tagged(StateTag::kCarried).raw(account.bytes()).u32(asset.value()).take();
}

Bytes carried_value() { return Bytes{kStoredValueVersion}; }

Bytes journal_day_key(std::uint32_t day) { return tagged(StateTag::kJournalDay).u32(day).take(); }

Bytes journal_prefix(std::uint32_t day) { return tagged(StateTag::kJournal).u32(day).take(); }

std::uint8_t journal_kind(ByteView key) {
  constexpr std::size_t kPlace = 5;  // behind tag and day
  return key.size() > kPlace ? key[kPlace] : std::uint8_t{0};
}

Bytes journal_payment_prefix(std::uint32_t day, const TxId& payment) {
  return tagged(StateTag::kJournal).u32(day).u8(kJournalPayment).raw(payment.bytes()).take();
}

Bytes journal_payment_key(std::uint32_t day, const TxId& payment, Height height,
                          std::uint32_t number) {
  return tagged(StateTag::kJournal)
      .u32(day)
      .u8(kJournalPayment)
      .raw(payment.bytes())
      .u64(height.value())
      .u32(number)
      .take();
}

Bytes journal_block_key(std::uint32_t day, Height height) {
  return tagged(StateTag::kJournal).u32(day).u8(kJournalBlock).u64(height.value()).take();
}

Bytes journal_batch_key(std::uint32_t day, std::uint64_t batch) {
  return tagged(StateTag::kJournal).u32(day).u8(kJournalBatch).u64(batch).take();
}

}  // namespace huangpu::ledger
