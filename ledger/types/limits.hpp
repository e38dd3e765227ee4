// Bounds of everything a client may write into a transaction (SPEC L-12). Decoders refuse what
// exceeds them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace huangpu::ledger {

inline constexpr std::uint32_t kTransactionFormatVersion = 1;

inline constexpr std::size_t kEnvelopeBytesMax = 1U << 20;
inline constexpr std::size_t kEnvelopeSignaturesMax = 16;
inline constexpr std::size_t kPublicKeyBytesMax = 255;
inline constexpr std::size_t kSignatureBytesMax = 255;

inline constexpr std::size_t kBulkRecordBytes = 112;
inline constexpr std::size_t kBulkRecordsMax = 8190;

inline constexpr std::uint32_t kOpenAccountsMax = 8190;
inline constexpr std::size_t kAuthorityKeysMax = 16;

inline constexpr std::size_t kReferenceCharsMax = 35;
inline constexpr std::size_t kParticipantCodeCharsMax = 11;
inline constexpr std::size_t kAssetCodeCharsMax = 12;
inline constexpr std::size_t kNameCharsMax = 140;
inline constexpr unsigned kAssetDecimalsMax = 18;

// Waiting payments of all participants, and of one (SPEC Q-21).
inline constexpr std::size_t kWaitingPaymentsMax = 1'000'000;
inline constexpr std::size_t kWaitingPaymentsPerParticipantMax = 100'000;

// Open reserves of all participants, and of one (SPEC Q-101).
inline constexpr std::size_t kReservesMax = 1'000'000;
inline constexpr std::size_t kReservesPerParticipantMax = 100'000;

// Settlements that several parties agree on (SPEC ).
inline constexpr std::size_t kSettlementLegsMax = 64;
inline constexpr std::size_t kOpenSettlementsMax = 10'000;
inline constexpr std::size_t kOpenSettlementsPerParticipantMax = 1'000;
inline constexpr std::size_t kApprovedSettlementsMax = 1'000;

// How far ahead reserves and open settlements may expire.
inline constexpr std::uint64_t kExpiryDaysMax = 366;

// valid_until − block time (SPEC L-31); genesis may choose less.
inline constexpr std::uint32_t kReplayWindowSecondsMax = 120;
inline constexpr std::uint32_t kReferenceDaysMax = 3660;

}  // namespace huangpu::ledger
