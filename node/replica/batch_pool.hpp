// The contents of batches between their arrival and their execution.
//
// For each lane: which batches are in verification, being stored, or held with decoded contents.
// Several digests may stand at one position when an owner equivocates; the chain decides which one
// counts. Bounded by the lane window: a batch outside it is not taken unless it was asked for, and
// without a bound only by the digest that a fetch named.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "consensus/types/batch.hpp"
#include "consensus/types/block.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::node {

// A batch that is verified and durable.
struct PooledBatch {
  consensus::BatchHeader header;
  crypto::Digest digest;
  crypto::Signature signature;
  std::shared_ptr<const ledger::DecodedBatch> decoded;
};

class BatchPool {
 public:
  struct Limits {
    std::uint64_t positions_ahead_max = 64;  // per lane, above the delivered position
    std::uint64_t bytes_max = 64u << 20;     // per lane, decoded and waiting
    std::size_t alternatives_max = 2;        // digests at one position
  };

  BatchPool(std::size_t lanes, Limits limits);

  // Delivered positions at start.
  void set_delivered(std::span<const consensus::LaneTip> tips);

  enum class Intake : std::uint8_t {
    kTaken,    // verify it
    kKnown,    // in verification or being stored
    kHeld,     // verified and durable already
    kRefused,  // outside the window, too many alternatives, no room, or refused before
  };
  enum class Asked : std::uint8_t {
    kNo,     // a broadcast: window, bytes and alternatives are bounded
    kPlace,  // in the range of a fetch: outside the window too, with kAskedFactor times the bytes
    kByDigest,  // named by the chain itself, so that nobody crowds it out
  };
  static constexpr std::uint64_t kAskedFactor = 4;
  [[nodiscard]] Intake take(const consensus::BatchHeader& header, const crypto::Digest& digest,
                            Asked asked);

  // Verification gave contents; kept until durable.
  void verified(PooledBatch batch);
  // Verification showed that the sender made it up: it says nothing about the batch of this digest,
  // which may still come.
  void forged(ValidatorIndex lane, LanePosition pos, const crypto::Digest& digest);
  // Verification refused what the owner signed: it is not looked at again.
  void refused(ValidatorIndex lane, LanePosition pos, const crypto::Digest& digest);
  // The stored batch, or null if it is not known (delivered meanwhile).
  [[nodiscard]] const PooledBatch* durable(ValidatorIndex lane, LanePosition pos,
                                           const crypto::Digest& digest);

  [[nodiscard]] const PooledBatch* held(ValidatorIndex lane, LanePosition pos,
                                        const crypto::Digest& digest) const;

  // Takes out the batches of a lane up to `tip`, ascending from the delivered position, following
  // the links down from the tip's digest; everything at or below is forgotten. All of them are
  // held: the engine said so.
  [[nodiscard]] std::vector<PooledBatch> deliver(ValidatorIndex lane,
                                                 const consensus::LaneTip& tip);

 private:
  enum class State : std::uint8_t { kVerifying, kStoring, kHeld, kRefused };
  struct Entry {
    State state = State::kVerifying;
    std::uint64_t bytes = 0;
    PooledBatch batch;
  };
  using Alternatives = std::map<crypto::Digest, Entry>;
  struct Lane {
    LanePosition delivered{0};
    std::uint64_t bytes = 0;
    std::map<LanePosition, Alternatives> positions;
  };

  [[nodiscard]] Entry* find(ValidatorIndex lane, LanePosition pos, const crypto::Digest& digest);

  const Limits limits_;
  std::vector<Lane> lanes_;
};

}  // namespace huangpu::node
