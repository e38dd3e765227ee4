#include "ledger/types/agreed_value.hpp"

#include <algorithm>
#include <array>

#include "crypto/base/codec.hpp"
#include "ledger/settlement/problem.hpp"
#include "ledger/types/limits.hpp"
#include "ledger/types/state_key.hpp"
#include "ledger/types/stored_value.hpp"

namespace huangpu::ledger {
namespace {

struct StepEntry {
  Step step;
  std::string_view name;
  std::string_view iso;
};

constexpr std::array kSteps = {StepEntry{Step::kReserved, "reserved", "PDNG"},
                               StepEntry{Step::kPartlyPosted, "partly-posted", "PDNG"},
                               StepEntry{Step::kPosted, "posted", "ACSC"},
                               StepEntry{Step::kVoided, "voided", "CANC"},
                               StepEntry{Step::kReserveExpired, "expired", "RJCT"},
                               StepEntry{Step::kProposed, "proposed", "PDNG"},
                               StepEntry{Step::kApproved, "approved", "PDNG"},
                               StepEntry{Step::kApprovalWithdrawn, "approval-withdrawn", "PDNG"},
                               StepEntry{Step::kComplete, "complete", "PDNG"},
                               StepEntry{Step::kSettled, "settled", "ACSC"},
                               StepEntry{Step::kCancelled, "cancelled", "CANC"},
                               StepEntry{Step::kSettlementExpired, "expired", "RJCT"}};

const StepEntry* find(Step step) noexcept {
  const auto place = std::ranges::find(kSteps, step, &StepEntry::step);
  return place == kSteps.end() ? nullptr : &*place;
}

template <std::size_t N>
std::array<std::uint8_t, N> read_array(Reader& reader) {
  std::array<std::uint8_t, N> result{};
  const ByteView bytes = reader.raw(N);
  std::ranges::copy(bytes, result.begin());
  return result;
}

constexpr std::size_t kLegBytes = 32 + 32 + 4 + 16;

SettlementLeg read_leg(Reader& reader) {
  SettlementLeg leg;
  leg.debit = AccountId(reader.digest());
  leg.credit = AccountId(reader.digest());
  leg.asset = AssetId(reader.u32());
  leg.amount = reader.u128();
  if (leg.amount.is_zero() || leg.amount > Amount::from_u64(settlement::kLegAmountMax)) {
    reader.mark_failed("has a leg whose amount cannot settle");
  }
  return leg;
}

Writer tagged(StateTag tag) {
  Writer writer(80);
  writer.u8(static_cast<std::uint8_t>(tag));
  return writer;
}

}  // namespace

std::string_view step_name(Step step) noexcept {
  const StepEntry* const entry = find(step);
  return entry != nullptr ? entry->name : "unknown";
}

std::string_view iso20022_status(Step step) noexcept {
  const StepEntry* const entry = find(step);
  return entry != nullptr ? entry->iso : "";
}

bool is_final(Step step) noexcept { return iso20022_status(step) != "PDNG"; }

std::vector<AccountId> parties_of(const ProposeSettlement& terms) {
  std::vector<AccountId> parties;
  for (const SettlementLeg& leg : terms.legs) {
    parties.push_back(leg.debit);
    if (terms.receivers_approve) parties.push_back(leg.credit);
  }
  std::ranges::sort(parties);
  const auto repeated = std::ranges::unique(parties);
  parties.erase(repeated.begin(), repeated.end());
  return parties;
}

Bytes FundsReserve::encode() const {
  return versioned(224)
      .raw(id.bytes())
      .u32(participant.value())
      .u64(height.value())
      .u32(index)
      .raw(terms.debit.bytes())
      .raw(terms.credit.bytes())
      .u32(terms.asset.value())
      .u128(terms.amount)
      .u128(left)
      .u64(terms.expires.value())
      .u8(static_cast<std::uint8_t>(terms.poster))
      .u32(terms.third.value())
      .raw(terms.end_to_end)
      .raw(terms.purpose)
      .take();
}

Result<FundsReserve> FundsReserve::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  FundsReserve value;
  value.id = TxId(reader.digest());
  value.participant = ParticipantId(reader.u32());
  value.height = Height(reader.u64());
  value.index = reader.u32();
  value.terms.debit = AccountId(reader.digest());
  value.terms.credit = AccountId(reader.digest());
  value.terms.asset = AssetId(reader.u32());
  value.terms.amount = reader.u128();
  value.left = reader.u128();
  if (value.left.is_zero() || value.left > value.terms.amount) {
    reader.mark_failed("has nothing left, or more than was reserved");
  }
  value.terms.expires = TimestampMs(reader.u64());
  const auto poster = poster_from_number(reader.u8());
  if (!poster) reader.mark_failed("can be posted by nobody that is known");
  value.terms.poster = poster.value_or(Poster::kDebtor);
  value.terms.third = ParticipantId(reader.u32());
  value.terms.end_to_end = read_array<16>(reader);
  value.terms.purpose = read_array<4>(reader);
  HP_TRY(finish(reader, "reserved funds"));
  return value;
}

bool OpenSettlement::complete() const { return approved.size() == parties_of(terms).size(); }

Bytes OpenSettlement::encode() const {
  Writer writer = versioned(96 + terms.legs.size() * kLegBytes + approved.size() * 32);
  writer.raw(id.bytes())
      .u32(participant.value())
      .u64(height.value())
      .u32(index)
      .u64(terms.expires.value())
      .u8(terms.receivers_approve ? 1 : 0)
      .raw(terms.end_to_end)
      .raw(terms.purpose)
      .u32(static_cast<std::uint32_t>(terms.legs.size()));
  for (const SettlementLeg& leg : terms.legs) {
    writer.raw(leg.debit.bytes()).raw(leg.credit.bytes()).u32(leg.asset.value()).u128(leg.amount);
  }
  writer.u32(static_cast<std::uint32_t>(approved.size()));
  for (const AccountId& account : approved) writer.raw(account.bytes());
  return writer.take();
}

Result<OpenSettlement> OpenSettlement::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  OpenSettlement value;
  value.id = TxId(reader.digest());
  value.participant = ParticipantId(reader.u32());
  value.height = Height(reader.u64());
  value.index = reader.u32();
  value.terms.expires = TimestampMs(reader.u64());
  value.terms.receivers_approve = reader.boolean();
  value.terms.end_to_end = read_array<16>(reader);
  value.terms.purpose = read_array<4>(reader);
  const std::uint32_t legs = reader.count(kSettlementLegsMax, kLegBytes);
  value.terms.legs.reserve(legs);
  for (std::uint32_t i = 0; i < legs; ++i) value.terms.legs.push_back(read_leg(reader));
  if (legs < 2) reader.mark_failed("has fewer than two legs");
  const std::uint32_t approved = reader.count(2 * kSettlementLegsMax, crypto::Digest::kSizeBytes);
  value.approved.reserve(approved);
  for (std::uint32_t i = 0; i < approved; ++i) value.approved.emplace_back(reader.digest());
  const auto parties = parties_of(value.terms);
  if (std::ranges::adjacent_find(value.approved, std::ranges::greater_equal{}) !=
          value.approved.end() ||
      !std::ranges::includes(parties, value.approved)) {
    reader.mark_failed("is approved by accounts that are no parties, or out of order");
  }
  HP_TRY(finish(reader, "open settlement"));
  return value;
}

Bytes StepEvent::encode() const {
  return versioned(144)
      .raw(subject.bytes())
      .u64(height.value())
      .u32(number)
      .u8(static_cast<std::uint8_t>(step))
      .u16(static_cast<std::uint16_t>(reason))
      .raw(cause.bytes())
      .u32(participant.value())
      .u128(amount)
      .u64(batch)
      .u32(lacking_leg)
      .take();
}

Result<StepEvent> StepEvent::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  StepEvent value;
  value.subject = TxId(reader.digest());
  value.height = Height(reader.u64());
  value.number = reader.u32();
  value.step = static_cast<Step>(reader.u8());
  if (find(value.step) == nullptr) reader.mark_failed("is an unknown step");
  const auto reason = result_code_from_number(reader.u16());
  if (!reason || !is_execution_code(*reason)) reader.mark_failed("has an unknown reason");
  value.reason = reason.value_or(ResultCode::kSettled);
  value.cause = TxId(reader.digest());
  value.participant = ParticipantId(reader.u32());
  value.amount = reader.u128();
  value.batch = reader.u64();
  value.lacking_leg = reader.u32();
  HP_TRY(finish(reader, "step"));
  return value;
}

Bytes reserve_prefix() { return tagged(StateTag::kReserve).take(); }

Bytes reserve_prefix(const AccountId& account) {
  return tagged(StateTag::kReserve).raw(account.bytes()).take();
}

Bytes reserve_key(const AccountId& account, AssetId asset, const TxId& id) {
  return tagged(StateTag::kReserve).raw(account.bytes()).u32(asset.value()).raw(id.bytes()).take();
}

Bytes open_settlement_prefix() { return tagged(StateTag::kOpenSettlement).take(); }

Bytes open_settlement_key(const TxId& id) {
  return tagged(StateTag::kOpenSettlement).raw(id.bytes()).take();
}

Bytes journal_step_prefix(std::uint32_t day, const TxId& subject) {
  return tagged(StateTag::kJournal).u32(day).u8(kJournalStep).raw(subject.bytes()).take();
}

Bytes journal_step_key(std::uint32_t day, const TxId& subject, Height height,
                       std::uint32_t number) {
  return tagged(StateTag::kJournal)
      .u32(day)
      .u8(kJournalStep)
      .raw(subject.bytes())
      .u64(height.value())
      .u32(number)
      .take();
}

}  // namespace huangpu::ledger
