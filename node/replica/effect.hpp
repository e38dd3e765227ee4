// What a replica wants done, in this order (SPEC N-1..N-4). Nothing here waits; answers come as
// later events.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "consensus/core/effect.hpp"
#include "consensus/types/message.hpp"
#include "crypto/base/bytes.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::node {

// Send one encoded message. No recipient named: to every connected peer.
struct Transmit {
  std::optional<ValidatorIndex> to;
  consensus::Channel channel{consensus::Channel::kControl};
  std::shared_ptr<const Bytes> bytes;
};

// Check owner signature, root, counts and every client signature, off the core thread; answer
// BatchVerified.
struct VerifyBatch {
  consensus::Batch batch;
  crypto::Digest digest;
  ValidatorIndex from{0};  // who sent it
};

// Append to the lane's log and sync; answer BatchDurable. A foreign batch comes with its owner's
// signature.
struct StoreBatch {
  consensus::BatchHeader header;
  crypto::Digest digest;
  crypto::Signature signature;  // empty for the own lane: the owner signs after this is durable
  std::shared_ptr<const Bytes> record;
};

// Append the owner's signature of a stored batch; nothing waits for it.
struct StoreBatchSignature {
  consensus::BatchHeader header;
  crypto::Digest digest;
  crypto::Signature signature;
};

// Store a finalized block, execute it, answer BlockExecuted; and BlocksDurable when the store has
// synced it. Blocks come in order of height.
struct ExecuteBlock {
  consensus::StoredBlock stored;
  crypto::Digest hash;
  std::vector<consensus::LaneTip> tips;  // of all lanes, after this block
  std::vector<std::shared_ptr<const ledger::DecodedBatch>> batches;  // in execution order
};

// Everything up to this certificate's height is final: store it, then tell clients.
struct CertifyHeight {
  consensus::CommitCertificate certificate;
};

// Answer a peer from the stores, or not at all. Bounded per peer by the driver.
struct Serve {
  ValidatorIndex to{0};
  std::variant<consensus::GetBlocks, consensus::GetBatches, consensus::GetCertificate,
               consensus::GetBlockByHash>
      request;
};

// These envelopes left the queue of admitted ones for a batch.
struct EnvelopesSealed {
  std::uint64_t count{0};
  std::uint64_t bytes{0};
};

using ReplicaEffect =
    std::variant<consensus::WriteFrame, consensus::WriteSignState, Transmit, VerifyBatch,
                 StoreBatch, StoreBatchSignature, ExecuteBlock, CertifyHeight, Serve,
                 EnvelopesSealed, consensus::EvidenceFound, consensus::Diverged,
                 consensus::QuarantineEntered, consensus::DisconnectPeer, consensus::EpochEnded,
                 consensus::Alarm>;
using ReplicaEffects = std::vector<ReplicaEffect>;

}  // namespace huangpu::node
