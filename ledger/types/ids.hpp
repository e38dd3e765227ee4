// Names of the things on the ledger (SPEC L-2, L-3). Each is its own type; none converts to
// another.
#pragma once

#include <cstdint>

#include "crypto/base/strong.hpp"
#include "crypto/hash/digest.hpp"
#include "crypto/suite.hpp"

namespace huangpu::ledger {

// An institution, numbered by genesis (and later by governance). 0 is never used.
using ParticipantId = Strong<struct ParticipantIdTag, std::uint32_t>;

// Something that is issued and held: a currency of one issuer, later a security. 0 is never used.
using AssetId = Strong<struct AssetIdTag, std::uint32_t>;

// H("hp/account" ‖ participant u32 ‖ number u64): changing keys or authority never changes it (SPEC
// L-3).
using AccountId = Strong<struct AccountIdTag, crypto::Digest>;

// H("hp/tx" ‖ chain id ‖ body): signatures are outside, so nobody can make a second id of one body
// (SPEC L-11).
using TxId = Strong<struct TxIdTag, crypto::Digest>;

// H("hp/genesis" ‖ canonical genesis).
using ChainId = Strong<struct ChainIdTag, crypto::Digest>;

// SHA-256 of a certificate's SubjectPublicKeyInfo, whatever the chain's suite.
using CertificatePin = Strong<struct CertificatePinTag, crypto::Digest>;

[[nodiscard]] AccountId account_id(crypto::SuiteId suite, ParticipantId owner,
                                   std::uint64_t number);

}  // namespace huangpu::ledger
