// Genesis: the readable document from which a chain starts, its canonical bytes and its first state
// (SPEC L-80..L-86).
//
// The document is JSON ("format": "huangpu-genesis"); the canonical bytes are a fixed layout of our
// own, so that the chain id does not depend on spaces, key order or a JSON library.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/bytes.hpp"
#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "crypto/sign/public_key.hpp"
#include "crypto/suite.hpp"
#include "ledger/state/delta.hpp"
#include "ledger/types/ids.hpp"
#include "ledger/types/role.hpp"
#include "ledger/types/settings.hpp"

namespace huangpu::ledger {

struct GenesisParticipant {
  ParticipantId id;
  std::string code;  // BIC or another short name: A-Z 0-9, at most 11
  std::string name;  // printable UTF-8
  RoleSet roles;
  std::uint16_t management_threshold = 1;
  friend bool operator==(const GenesisParticipant&, const GenesisParticipant&) = default;
};

struct GenesisValidator {
  std::string name;  // a-z 0-9 '-', unique
  ParticipantId participant;
  crypto::PublicKey key;   // consensus
  crypto::Digest tls_pin;  // SHA-256 of the peer certificate's SubjectPublicKeyInfo
  friend bool operator==(const GenesisValidator&, const GenesisValidator&) = default;
};

struct GenesisKey {
  ParticipantId participant;
  crypto::PublicKey key;
  friend bool operator==(const GenesisKey&, const GenesisKey&) = default;
};

struct GenesisCertificate {
  CertificatePin pin;
  ParticipantId participant;
  Role role = Role::kParticipant;
  friend bool operator==(const GenesisCertificate&, const GenesisCertificate&) = default;
};

struct GenesisAsset {
  AssetId id;
  std::string code;  // A-Z 0-9, at most 12, unique
  std::uint8_t decimals = 0;
  ParticipantId issuer;
  friend bool operator==(const GenesisAsset&, const GenesisAsset&) = default;
};

// Accounts number .. number + count - 1. They start empty: money enters by issue only.
struct GenesisAccounts {
  ParticipantId participant;
  std::uint64_t number = 0;
  std::uint32_t count = 1;
  std::uint16_t threshold = 0;
  std::vector<crypto::KeyId> keys;  // ascending; of keys listed in this document
  friend bool operator==(const GenesisAccounts&, const GenesisAccounts&) = default;
};

struct Genesis {
  static constexpr std::uint32_t kFormatVersion = 1;

  crypto::SuiteId suite = crypto::SuiteId::kEd25519Sha256;
  std::string chain_name;
  TimestampMs time;
  ConsensusSettings consensus;
  LedgerSettings ledger;
  GovernanceSettings governance;
  std::vector<GenesisParticipant> participants;  // ascending by id
  std::vector<GenesisValidator> validators;      // the order is the validator index
  std::vector<GenesisKey> keys;
  std::vector<GenesisCertificate> certificates;
  std::vector<GenesisAsset> assets;  // ascending by id
  std::vector<GenesisAccounts> accounts;
  friend bool operator==(const Genesis&, const Genesis&) = default;
};

// Bounds of a document.
inline constexpr std::size_t kGenesisTextBytesMax = 64U << 20;
inline constexpr std::size_t kGenesisValidatorsMax = 128;
inline constexpr std::size_t kGenesisParticipantsMax = 10'000;
inline constexpr std::size_t kGenesisAccountsMax = 1'000'000;
inline constexpr std::size_t kGenesisItemsMax = 100'000;  // entries of any other list

// Reads a document. All errors at once, one per line, each with its JSON path:
// "participants[2].roles[0]: …". kUnsupportedVersion when format or version is another one,
// otherwise kConfig.
[[nodiscard]] Result<Genesis> parse_genesis(std::string_view text);

// The rules that make a genesis consistent (ids unique, references resolved, bounds): empty when it
// is.
[[nodiscard]] std::vector<std::string> check_genesis(const Genesis& genesis);

// Pretty, stable: the same genesis gives the same text, and parse_genesis reads it back.
[[nodiscard]] std::string to_json(const Genesis& genesis);

[[nodiscard]] Bytes canonical_bytes(const Genesis& genesis);
[[nodiscard]] ChainId chain_id(const Genesis& genesis);

// What the first epoch runs under.
[[nodiscard]] EpochSettings first_settings(const Genesis& genesis);

// The first state, at height 0. Requires check_genesis() to be empty.
[[nodiscard]] StateDelta genesis_entries(const Genesis& genesis);

}  // namespace huangpu::ledger
