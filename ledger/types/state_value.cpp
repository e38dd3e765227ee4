#include "ledger/types/state_value.hpp"

#include <algorithm>

#include "crypto/base/codec.hpp"
#include "ledger/types/limits.hpp"
#include "ledger/types/stored_value.hpp"

namespace huangpu::ledger {
namespace {

Role read_role(Reader& reader) {
  const auto role = role_from_number(reader.u8());
  if (!role) reader.mark_failed("has an unknown role");
  return role.value_or(Role::kParticipant);
}

ResultCode read_code(Reader& reader) {
  const auto code = result_code_from_number(reader.u16());
  if (!code) reader.mark_failed("has an unknown result code");
  return code.value_or(ResultCode::kSettled);
}

}  // namespace

Bytes ParticipantValue::encode() const {
  return versioned(32 + code.size() + name.size())
      .u32(roles.bits())
      .u16(management_threshold)
      .u32(active_keys)
      .blob(as_bytes(code))
      .blob(as_bytes(name))
      .take();
}

Result<ParticipantValue> ParticipantValue::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  ParticipantValue value;
  const std::uint32_t roles = reader.u32();
  if ((roles & ~RoleSet::kKnownBits) != 0) reader.mark_failed("has an unknown role");
  value.roles = RoleSet::from_bits(roles);
  value.management_threshold = reader.u16();
  value.active_keys = reader.u32();
  value.code = as_text(reader.blob(kParticipantCodeCharsMax));
  value.name = as_text(reader.blob(4 * kNameCharsMax));
  HP_TRY(finish(reader, "participant entry"));
  return value;
}

Bytes KeyValue::encode() const {
  Writer writer = versioned(128);
  writer.u32(participant.value())
      .u8(static_cast<std::uint8_t>(status))
      .raw(seat.bytes())
      .u64(registered.value());
  key.write(writer);
  return writer.take();
}

Result<KeyValue> KeyValue::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  KeyValue value;
  value.participant = ParticipantId(reader.u32());
  const std::uint8_t status = reader.u8();
  if (status < 1 || status > 3) reader.mark_failed("has an unknown status");
  value.status = static_cast<KeyStatus>(status);
  value.seat = crypto::KeyId(reader.digest());
  value.registered = Height(reader.u64());
  value.key = crypto::PublicKey::read(reader);
  HP_TRY(finish(reader, "key entry"));
  return value;
}

Bytes CertificateValue::encode() const {
  return versioned(16)
      .u32(participant.value())
      .u8(static_cast<std::uint8_t>(role))
      .u8(active ? 1 : 0)
      .u64(registered.value())
      .take();
}

Result<CertificateValue> CertificateValue::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  CertificateValue value;
  value.participant = ParticipantId(reader.u32());
  value.role = read_role(reader);
  value.active = reader.boolean();
  value.registered = Height(reader.u64());
  HP_TRY(finish(reader, "certificate entry"));
  return value;
}

Bytes AssetValue::encode() const {
  return versioned(64)
      .u32(issuer.value())
      .u8(decimals)
      .u128(issued)
      .u128(redeemed)
      .blob(as_bytes(code))
      .take();
}

Result<AssetValue> AssetValue::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  AssetValue value;
  value.issuer = ParticipantId(reader.u32());
  value.decimals = reader.u8();
  value.issued = reader.u128();
  value.redeemed = reader.u128();
  if (value.redeemed > value.issued) reader.mark_failed("has more redeemed than issued");
  value.code = as_text(reader.blob(kAssetCodeCharsMax));
  HP_TRY(finish(reader, "asset entry"));
  return value;
}

Bytes AccountValue::encode() const {
  Writer writer = versioned(32 + seats.size() * crypto::Digest::kSizeBytes);
  writer.u32(owner.value())
      .u64(number)
      .u64(opened.value())
      .u16(threshold)
      .u32(static_cast<std::uint32_t>(seats.size()));
  for (const auto& seat : seats) writer.raw(seat.bytes());
  return writer.take();
}

Result<AccountValue> AccountValue::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  AccountValue value;
  value.owner = ParticipantId(reader.u32());
  value.number = reader.u64();
  value.opened = Height(reader.u64());
  value.threshold = reader.u16();
  const std::uint32_t count = reader.count(kAuthorityKeysMax, crypto::Digest::kSizeBytes);
  value.seats.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) value.seats.emplace_back(reader.digest());
  HP_TRY(finish(reader, "account entry"));
  return value;
}

Amount BalanceValue::balance() const {
  const auto rest = credits_posted.checked_sub(debits_posted);
  HP_ASSERT(rest.has_value(), "an account was debited by more than it was credited");
  return *rest;
}

Amount BalanceValue::available() const {
  const auto rest = balance().checked_sub(debits_pending);
  HP_ASSERT(rest.has_value(), "more is reserved than the account holds");
  return *rest;
}

Bytes BalanceValue::encode() const {
  Writer writer = versioned(kEncodedBytes);
  return writer.u8(0)
      .u16(0)
      .u128(debits_posted)
      .u128(credits_posted)
      .u128(debits_pending)
      .u128(credits_pending)
      .u64(last_height.value())
      .u64(entry_count)
      .digest(history_head)
      .take();
}

Result<BalanceValue> BalanceValue::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  BalanceValue value;
  if (reader.u8() != 0 || reader.u16() != 0) reader.mark_failed("has unknown flags");
  value.debits_posted = reader.u128();
  value.credits_posted = reader.u128();
  value.debits_pending = reader.u128();
  value.credits_pending = reader.u128();
  if (value.debits_posted > value.credits_posted) {
    reader.mark_failed("was debited by more than it was credited");
  } else if (value.debits_pending > value.balance()) {
    reader.mark_failed("has more reserved than it holds");
  }
  value.last_height = Height(reader.u64());
  value.entry_count = reader.u64();
  value.history_head = reader.digest();
  HP_TRY(finish(reader, "balance entry"));
  return value;
}

Bytes NonceValue::encode() const { return versioned(9).u64(next).take(); }

Result<NonceValue> NonceValue::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  NonceValue value;
  value.next = reader.u64();
  HP_TRY(finish(reader, "nonce entry"));
  return value;
}

Bytes BucketValue::encode() const { return versioned(41).digest(digest).u64(count).take(); }

Result<BucketValue> BucketValue::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  BucketValue value;
  value.digest = reader.digest();
  value.count = reader.u64();
  HP_TRY(finish(reader, "bucket entry"));
  return value;
}

Bytes ClockValue::encode() const {
  return versioned(17).u64(height.value()).u64(time.value()).take();
}

Result<ClockValue> ClockValue::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  ClockValue value;
  value.height = Height(reader.u64());
  value.time = TimestampMs(reader.u64());
  HP_TRY(finish(reader, "clock entry"));
  return value;
}

Bytes ReferenceValue::encode() const {
  return versioned(80)
      .digest(business_digest)
      .raw(first.txid.bytes())
      .u64(first.height.value())
      .u32(first.index)
      .u16(static_cast<std::uint16_t>(first.code))
      .take();
}

Result<ReferenceValue> ReferenceValue::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  ReferenceValue value;
  value.business_digest = reader.digest();
  value.first.txid = TxId(reader.digest());
  value.first.height = Height(reader.u64());
  value.first.index = reader.u32();
  value.first.code = read_code(reader);
  HP_TRY(finish(reader, "reference entry"));
  return value;
}

}  // namespace huangpu::ledger
