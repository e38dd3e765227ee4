// Answers of the client services, as plain values: the node makes them, the client library hands
// them out (SPEC N-250).
//
// No protobuf here: tools see only these. Bytes are records in the fixed codecs of ledger and
// consensus; for whoever received them from a node they are untrusted until a verifier has checked
// them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/base/amount.hpp"
#include "crypto/base/bytes.hpp"
#include "crypto/base/ids.hpp"
#include "ledger/types/ids.hpp"
#include "ledger/types/state_value.hpp"
#include "node/api/backend.hpp"

namespace huangpu::node {

struct ReadOptions {
  std::optional<Height> height;  // the newest certified one when not set
  bool with_proof = false;
};

// The parts of huangpu.v1.StateProof.
struct StateProofRecords {
  Bytes key;
  std::optional<Bytes> value;
  Bytes proof;
  FinalityRecords finality;
};

struct BalanceAnswer {
  ledger::AccountId account;
  ledger::AssetId asset;
  Amount units;
  Amount debits_posted;
  Amount credits_posted;
  std::uint64_t entry_count = 0;
  Bytes history_head;
  Height last_height{0};
  Height height{0};  // of the state that was read
  std::optional<StateProofRecords> proof;
};

struct AccountAnswer {
  ledger::AccountId id;
  ledger::ParticipantId participant;
  std::uint64_t number = 0;
  std::uint32_t threshold = 0;
  std::vector<Bytes> authority_keys;  // key ids
  Height opened_height{0};
  Height height{0};
  std::optional<StateProofRecords> proof;
};

struct AssetAnswer {
  ledger::AssetId id;
  std::string code;
  std::uint32_t decimals = 0;
  ledger::ParticipantId issuer;
  Amount units_in_circulation;
  Height height{0};
  std::optional<StateProofRecords> proof;
};

struct ParticipantAnswer {
  ledger::ParticipantId id;
  std::string code;
  std::string name;
  std::vector<std::string> roles;
  std::uint32_t management_threshold = 0;
  std::uint32_t active_keys = 0;
  Height height{0};
  std::optional<StateProofRecords> proof;
};

struct KeyAnswer {
  crypto::KeyId id;
  ledger::ParticipantId participant;
  ledger::KeyStatus status = ledger::KeyStatus::kActive;
  crypto::KeyId seat;
  Height registered_height{0};
  crypto::PublicKey key;
  std::optional<StateProofRecords> proof;
};

// One page; nothing in `next` when it is the last one.
struct KeysAnswer {
  std::vector<KeyAnswer> keys;
  Height height{0};
  std::optional<crypto::KeyId> next;
};

// An entry of the state in its fixed codec.
struct StateEntryAnswer {
  Bytes value;
  std::optional<StateProofRecords> proof;
};

struct EpochsAnswer {
  StateEntryAnswer epochs;    // 'E'
  StateEntryAnswer settings;  // 'V' of the current epoch
  Height height{0};
};

struct ProposalAnswer {
  std::uint64_t number = 0;
  StateEntryAnswer entry;  // 'G'
};

// One page, ascending by number.
struct ProposalsAnswer {
  std::vector<ProposalAnswer> proposals;
  Height height{0};
  bool more = false;
};

struct GenesisAnswer {
  crypto::Digest chain_id;
  std::string document;
};

struct Position {
  Height height{0};
  std::uint32_t index = 0;
};

struct EventRequest {
  Position from;  // height 0: from the next final block on
  std::vector<ledger::AccountId> accounts;
  std::vector<ledger::AssetId> assets;
  std::vector<ledger::ParticipantId> participants;
  bool blocks = false;
};

struct Movement {
  std::uint32_t record = 0;
  std::optional<ledger::AccountId> debit;
  std::optional<ledger::AccountId> credit;
  ledger::AssetId asset;
  Amount units;
  std::uint16_t code = 0;
  Bytes end_to_end;
  std::string purpose;
};

struct Event {
  Position cursor;  // resume here
  bool is_block = false;
  Height height{0};
  std::uint32_t index = 0;
  TimestampMs time{0};
  Bytes block_hash;                     // blocks only
  std::uint32_t transaction_count = 0;  // blocks only
  ledger::TxId txid;
  ledger::ParticipantId submitter;
  std::string operation;
  std::uint16_t code = 0;
  std::string reference_id;
  std::uint32_t reference_date = 0;
  std::vector<Movement> movements;
  // A payment that waited changed its status: txid is the payment's, code the reason.
  std::optional<ledger::PaymentEvent> change;
};

}  // namespace huangpu::node
