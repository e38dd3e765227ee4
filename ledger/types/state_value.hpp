// The values of the state: a version byte, then fixed-width big-endian fields (SPEC L-71..L-79).
//
// Each struct has encode() and a static decode(). Decoding is total; a stored value that does not
// decode is damage (kCorrupt), because only this code writes them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "crypto/base/amount.hpp"
#include "crypto/base/bytes.hpp"
#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"
#include "crypto/sign/public_key.hpp"
#include "ledger/types/ids.hpp"
#include "ledger/types/receipt.hpp"
#include "ledger/types/role.hpp"

namespace huangpu::ledger {

// 'P'. Keys are counted so that the last ones cannot be revoked by mistake.
struct ParticipantValue {
  RoleSet roles;
  std::uint16_t management_threshold = 1;  // own keys that must sign key and certificate changes
  std::uint32_t active_keys = 0;
  std::string code;  // BIC or other short name, unique
  std::string name;

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<ParticipantValue> decode(ByteView bytes);
  friend bool operator==(const ParticipantValue&, const ParticipantValue&) = default;
};

enum class KeyStatus : std::uint8_t { kActive = 1, kRotated = 2, kRevoked = 3 };

// 'K'. Never deleted: a key id is used once, for ever.
struct KeyValue {
  ParticipantId participant;
  KeyStatus status = KeyStatus::kActive;
  // The key's say in account authorities. A rotation hands it on; a fresh key's seat is its own id.
  crypto::KeyId seat;
  Height registered;
  crypto::PublicKey key;

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<KeyValue> decode(ByteView bytes);
  friend bool operator==(const KeyValue&, const KeyValue&) = default;
};

// 'I'
struct CertificateValue {
  ParticipantId participant;
  Role role = Role::kParticipant;
  bool active = true;
  Height registered;

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<CertificateValue> decode(ByteView bytes);
  friend bool operator==(const CertificateValue&, const CertificateValue&) = default;
};

// 'S'. Units in circulation are issued − redeemed, and equal the sum of all balances after every
// block.
struct AssetValue {
  ParticipantId issuer;
  std::uint8_t decimals = 0;
  Amount issued;
  Amount redeemed;
  std::string code;

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<AssetValue> decode(ByteView bytes);
  friend bool operator==(const AssetValue&, const AssetValue&) = default;
};

// 'A'
struct AccountValue {
  ParticipantId owner;
  std::uint64_t number = 0;
  Height opened;
  std::uint16_t threshold = 0;       // 0: any one active key of the owner
  std::vector<crypto::KeyId> seats;  // strictly ascending; empty exactly when threshold is 0

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<AccountValue> decode(ByteView bytes);
  friend bool operator==(const AccountValue&, const AccountValue&) = default;
};

// 'B': what one account holds of one asset. balance = credits_posted − debits_posted, never
// negative.
struct BalanceValue {
  static constexpr std::size_t kEncodedBytes = 116;  // 1 + 1 + 2 + 4 * 16 + 8 + 8 + 32

  Amount debits_posted;
  Amount credits_posted;
  Amount debits_pending;   // the sum of the open reserves of the position (SPEC Q-103)
  Amount credits_pending;  // always zero: a reserve is a matter of the debtor's position alone
  Height last_height;
  std::uint64_t entry_count = 0;
  crypto::Digest history_head;

  [[nodiscard]] Amount balance() const;
  // What debits may use: the balance less what is reserved.
  [[nodiscard]] Amount available() const;
  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<BalanceValue> decode(ByteView bytes);
  friend bool operator==(const BalanceValue&, const BalanceValue&) = default;
};

// 'N'
struct NonceValue {
  std::uint64_t next = 0;

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<NonceValue> decode(ByteView bytes);
  friend bool operator==(const NonceValue&, const NonceValue&) = default;
};

// 'R' and 'C': hash chain over the auxiliary entries of a bucket.
struct BucketValue {
  crypto::Digest digest;
  std::uint64_t count = 0;

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<BucketValue> decode(ByteView bytes);
  friend bool operator==(const BucketValue&, const BucketValue&) = default;
};

// 'T': the last executed block, so that a block can neither be skipped nor executed twice.
struct ClockValue {
  Height height;
  TimestampMs time;

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<ClockValue> decode(ByteView bytes);
  friend bool operator==(const ClockValue&, const ClockValue&) = default;
};

// 0x82: the first use of a client reference.
struct ReferenceValue {
  crypto::Digest business_digest;
  FirstUse first;

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<ReferenceValue> decode(ByteView bytes);
  friend bool operator==(const ReferenceValue&, const ReferenceValue&) = default;
};

}  // namespace huangpu::ledger
