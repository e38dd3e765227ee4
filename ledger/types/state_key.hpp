// The keys of the state: one tag byte, then the id (SPEC L-70).
//
// Tags below 0x80 are leaves of the state tree. Tags from 0x80 on are auxiliary: read and written
// by execution, bound to the tree only by the digests of their bucket.
#pragma once

#include <cstdint>

#include "crypto/base/bytes.hpp"
#include "crypto/base/ids.hpp"
#include "crypto/sign/public_key.hpp"
#include "ledger/types/ids.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::ledger {

enum class StateTag : std::uint8_t {
  kAccount = 'A',
  kBalance = 'B',
  kReferenceDay = 'C',
  kEpochs = 'E',
  kProposal = 'G',
  kCertificate = 'I',
  kKey = 'K',
  kNonce = 'N',
  kParticipant = 'P',
  kProposals = 'Q',
  kReplayBucket = 'R',
  kAsset = 'S',
  kClock = 'T',
  kEpoch = 'V',
  kWaiting = 'W',
  kLiquidity = 'L',
  kBilateralLimit = 'M',
  kResolution = 'X',
  kCarried = 'Y',
  kJournalDay = 'J',
  kReserve = 'H',
  kOpenSettlement = 'O',
  kReplayIds = 0x81,
  kReference = 0x82,
  kJournal = 0x84,
};

[[nodiscard]] Bytes participant_key(ParticipantId participant);            // 'P' ‖ u32
[[nodiscard]] Bytes key_key(const crypto::KeyId& key);                     // 'K' ‖ 32
[[nodiscard]] Bytes certificate_key(const CertificatePin& pin);            // 'I' ‖ 32
[[nodiscard]] Bytes asset_key(AssetId asset);                              // 'S' ‖ u32
[[nodiscard]] Bytes account_key(const AccountId& account);                 // 'A' ‖ 32
[[nodiscard]] Bytes balance_key(const AccountId& account, AssetId asset);  // 'B' ‖ 32 ‖ u32
// All balances of an account: the prefix of balance_key.
[[nodiscard]] Bytes balance_prefix(const AccountId& account);
[[nodiscard]] Bytes nonce_key(const AccountId& account, std::uint32_t lane);  // 'N' ‖ 32 ‖ u32
[[nodiscard]] Bytes replay_bucket_key(std::uint64_t second);                  // 'R' ‖ u64
[[nodiscard]] Bytes reference_day_key(std::uint32_t day);  // 'C' ‖ u32 days since 1970
[[nodiscard]] Bytes epoch_key(Epoch epoch);                // 'V' ‖ u64
[[nodiscard]] Bytes epochs_key();                          // 'E'
[[nodiscard]] Bytes proposals_key();                       // 'Q'
[[nodiscard]] Bytes proposal_key(std::uint64_t number);    // 'G' ‖ u64
[[nodiscard]] Bytes clock_key();                           // 'T'
// Auxiliary: ids that block `height` recorded in the bucket of `second`.
[[nodiscard]] Bytes replay_ids_key(std::uint64_t second, Height height);  // 0x81 ‖ u64 ‖ u64
[[nodiscard]] Bytes replay_ids_prefix(std::uint64_t second);
[[nodiscard]] Bytes replay_ids_prefix();  // of all buckets
// Auxiliary: 0x82 ‖ day u32 ‖ participant u32 ‖ id.
[[nodiscard]] Bytes reference_key(std::uint32_t day, ParticipantId participant,
                                  std::string_view id);
[[nodiscard]] Bytes reference_day_prefix(std::uint32_t day);

}  // namespace huangpu::ledger
