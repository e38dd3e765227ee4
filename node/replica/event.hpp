// What can happen to a replica: the engine's world, plus the contents of batches (SPEC N-1..N-4).
//
// The driver turns sockets, disks, thread pools and clocks into these; the simulator does the same
// with virtual ones. Every event that answers an effect says so.
#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "consensus/core/params.hpp"
#include "consensus/types/batch.hpp"
#include "consensus/types/commit.hpp"
#include "crypto/base/result.hpp"
#include "ledger/types/transaction.hpp"
#include "node/replica/epoch_plan.hpp"

namespace huangpu::node {

// Bytes from an authenticated peer; nothing about them is checked yet.
struct FrameReceived {
  ValidatorIndex from{0};
  std::shared_ptr<const Bytes> bytes;
};

struct PeerUp {
  ValidatorIndex peer{0};
};

struct PeerDown {
  ValidatorIndex peer{0};
};

// An envelope that passed admission and whose signatures are verified.
struct AdmittedEnvelope {
  std::shared_ptr<const Bytes> bytes;
  ledger::DecodedEnvelope decoded;
};

struct Submitted {
  std::vector<AdmittedEnvelope> envelopes;
};

// Answers VerifyBatch. `refusal` says why a batch is not to be acknowledged; `forged`, that the
// owner did not make these bytes, so that the refusal speaks against the sender alone.
struct BatchVerified {
  consensus::BatchHeader header;
  crypto::Digest digest;
  crypto::Signature signature;
  std::shared_ptr<const ledger::DecodedBatch> decoded;  // null when refused
  std::shared_ptr<const Bytes> record;                  // what StoreBatch writes; null when refused
  std::optional<Error> refusal;
  bool forged{false};
  ValidatorIndex from{0};
};

// Answers StoreBatch.
struct BatchDurable {
  ValidatorIndex lane{0};
  LanePosition pos{0};
  crypto::Digest digest;
};

// Answers WriteFrame.
struct LogFrameDurable {
  std::uint64_t seq{0};
};

// Answers ExecuteBlock once the block is executed; heights ascend without gaps.
struct BlockExecuted {
  consensus::CommitMessage message;
  SharedPlan plan;  // after the block
};

// The block store has synced every block up to `height`.
struct BlocksDurable {
  Height height{0};
};

struct TimePassed {};

// The holder of the key answered, or can be reached again.
struct SignerAnswered {};

using ReplicaEvent =
    std::variant<FrameReceived, PeerUp, PeerDown, Submitted, BatchVerified, BatchDurable,
                 LogFrameDurable, BlockExecuted, BlocksDurable, TimePassed, SignerAnswered>;

}  // namespace huangpu::node
