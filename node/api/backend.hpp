// What the client services need from the running node; the driver implements it (SPEC N-202).
//
// Ownership: the backend outlives every service that refers to it. Threads: every method may be
// called from any thread at any time, also while consensus stands still; reads may block on storage
// but never on consensus. Records are opaque bytes in the ledger's and consensus's fixed codecs, so
// that an answer can be verified by tools without this node. Errors: kNotFound for what does not
// exist (yet), kOutOfRange for a height that is no longer (or not yet) held, kUnavailable while the
// node cannot answer, kIo and kCorrupt from storage.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/base/bytes.hpp"
#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"
#include "crypto/sign/public_key.hpp"
#include "ledger/state/reader.hpp"
#include "ledger/types/ids.hpp"
#include "ledger/types/settlement_value.hpp"
#include "node/api/principal.hpp"
#include "node/api/transaction_stage.hpp"

namespace huangpu::node {

// The parts of huangpu.v1.FinalityProof. `certified_message` and `history_path` are empty when the
// certificate is for `height` itself.
struct FinalityRecords {
  Height height{0};
  Bytes commit_message;
  Bytes certified_message;
  Bytes commit_certificate;
  Bytes history_path;
  struct EpochLink {
    Bytes boundary_message;
    Bytes boundary_certificate;
    Bytes next_epoch_record;
  };
  std::vector<EpochLink> epochs;
};

struct StateAnswer {
  Height height{0};                                 // of the state that was read
  std::optional<Bytes> value;                       // nullopt: absent at that height
  Bytes proof;                                      // encoded state proof; empty unless asked for
  std::shared_ptr<const FinalityRecords> finality;  // null unless asked for
};

struct BlockAnswer {
  Height height{0};
  Bytes block;
  Bytes commit_message;
  std::uint32_t transaction_count = 0;
};

struct ReceiptAnswer {
  Height height{0};
  std::uint32_t index = 0;
  std::uint16_t code = 0;
  Bytes body;     // transaction body
  Bytes receipt;  // encoded receipt
  Bytes path;     // encoded Merkle path to the receipts root
  std::shared_ptr<const FinalityRecords> finality;
};

// One executed transaction of a certified block, as event streams read it. A block is read once and
// shared by all streams that are at its height.
struct ExecutedTransaction {
  ledger::TxId txid;
  Bytes body;
  Bytes receipt;
};

struct CertifiedBlock {
  Height height{0};
  TimestampMs time{0};
  crypto::Digest block_hash;
  std::vector<ExecutedTransaction> transactions;  // in execution order
  // What became of payments that waited, in order; behind the transactions in the order of events.
  // Kept as long as the journal, empty afterwards (SPEC N-218).
  std::vector<ledger::PaymentEvent> changes;
};

// Ids of keys, ascending. `next` is where to go on; nothing when all keys were looked at.
struct KeyIds {
  std::vector<crypto::KeyId> ids;
  std::optional<crypto::KeyId> next;
};

struct PeerCondition {
  std::uint16_t validator = 0;
  std::string name;
  bool connected = false;
  Height final_height{0};
  std::uint64_t last_heard_ms = 0;  // how long ago; 0 while never heard
  // As it told last; 0 and false while it told nothing.
  Height executed_height{0};
  Height certified_height{0};
  bool quarantined = false;
};

// The facts behind NodeSnapshot::waiting_for, for the sentences of remarks() (SPEC N-270).
struct ConsensusCondition {
  std::string reason;  // by the name that the engine gives it
  bool work = false;   // something waits to be ordered, executed or certified
  std::string leader;
  std::string next_leader;
  std::vector<std::string> awaited;  // the validators whose part is missing
  std::uint32_t enough = 0;          // so few of them would do; 0 while that is not known
  std::uint64_t view_ms = 0;         // in this view
  std::uint64_t final_ms = 0;        // since the final height rose, or work came after idleness
  std::uint64_t lag_blocks = 0;      // how far ordering may run ahead of certificates
  bool vote_sync_runs = false;
  std::uint64_t vote_sync_ms = 0;  // the sync of the vote log that runs, else the last one
};

// One check of readiness, as /readyz lists it.
struct ReadinessCheck {
  std::string name;
  bool ok = false;
  std::string detail;
};

struct NodeSnapshot {
  crypto::Digest chain_id;
  std::string chain_name;
  std::string node_name;
  std::uint16_t validator = 0;
  std::string version;  // of the software that answered; a backend leaves it empty
  std::uint32_t protocol_version = 1;
  std::uint64_t epoch = 0;
  std::uint64_t view = 0;
  std::uint64_t final_view = 0;  // of the newest finalized block: no vote for it or below any more
  std::uint16_t leader = 0;
  Height final_height{0};
  Height executed_height{0};
  Height certified_height{0};
  Height network_height{0};
  TimestampMs certified_time{0};
  bool quarantined = false;
  std::string waiting_for;  // why the height does not rise; empty when nothing waits
  ConsensusCondition consensus;
  std::vector<PeerCondition> peers;
  std::vector<ReadinessCheck> checks;  // ready when all are ok
  std::uint64_t pending_transactions = 0;
  std::uint64_t pending_bytes = 0;
  std::uint64_t uptime_ms = 0;
  std::uint64_t view_deadline_ms = 0;
};

[[nodiscard]] bool is_ready(const NodeSnapshot& snapshot);

// A transaction's own reference, unique per participant and day.
struct ReferenceKey {
  ledger::ParticipantId participant;
  std::string id;
  std::uint32_t date = 0;  // YYYYMMDD
};

class NodeBackend {
 public:
  virtual ~NodeBackend() = default;

  // One update per envelope, in their order.
  using SubmitDone = std::function<void(std::vector<TransactionUpdate>)>;

  // Admits envelopes, each for itself: size, format, chain, window, duplicates, `authorise(caller,
  // Call::kSubmit, submitter)`, then signatures, then a place in the own lane. Calls `done` exactly
  // once, from any thread, possibly before returning, with kAdmitted, kRejected (code and message
  // set) or, for an envelope seen before, the stage it has reached. A full queue is a rejection
  // with its own code, never a wait. The caller has been charged by the quotas already. One thread
  // checks all of them, so a few at a time is what callers should hand over.
  virtual void submit(std::vector<Bytes> envelopes, const Principal& caller, SubmitDone done) = 0;

  // From the stores: kFinal or kExecuted. kNotFound when this node has not executed it.
  virtual Result<TransactionUpdate> find_transaction(const ledger::TxId& txid) = 0;
  virtual Result<ledger::TxId> find_reference(const ReferenceKey& reference) = 0;

  // Reads one state key after `height`, or after the newest certified height. `with_proof` fills
  // proof and finality.
  virtual Result<StateAnswer> query(ByteView key, std::optional<Height> height,
                                    bool with_proof) = 0;

  // Keys that the participant has registered by now, from behind `after` on. Looks at no more than
  // a bounded number of entries, so that an answer may hold few ids, or none, and still have more.
  virtual Result<KeyIds> keys_of(ledger::ParticipantId participant,
                                 const std::optional<crypto::KeyId>& after) = 0;

  // The newest executed state, all of it from the end of one block; null never. For one answer: the
  // store keeps what later blocks replace for as long as it lives. One thread at a time.
  virtual std::unique_ptr<ledger::StateReader> state_snapshot() = 0;

  // Blocks at or below the final height.
  virtual Result<BlockAnswer> block(Height height) = 0;
  // With path and finality; kNotFound until a certificate covers it.
  virtual Result<ReceiptAnswer> receipt(const ledger::TxId& txid) = 0;
  // `height` 0 means the newest certified one; kNotFound above it.
  virtual Result<std::shared_ptr<const FinalityRecords>> finality(Height height) = 0;

  virtual Height certified_height() = 0;
  // A certified block with its transactions; kNotFound above the certified height.
  virtual Result<std::shared_ptr<const CertifiedBlock>> certified_block(Height height) = 0;

  // Never blocks on storage or consensus: answers within 200 ms whatever the node's condition.
  virtual NodeSnapshot snapshot() = 0;

  // See IdentityRegistry.
  virtual std::optional<Principal> identify(const crypto::Digest& pin) = 0;
};

}  // namespace huangpu::node
