// Collects admitted envelopes and decides when they become the next batch of the own lane.
//
// An idle lane seals at once, so that a single payment does not wait; a busy lane waits for
// `linger_ms` or for a full batch, so that syncs and signatures are shared. Order of arrival is
// kept.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "consensus/core/params.hpp"
#include "node/replica/event.hpp"

namespace huangpu::node {

struct SealPolicy {
  std::uint32_t linger_ms = 2;
  std::uint64_t batch_bytes = 512u << 10;    // seal when this much waits
  std::uint64_t batch_bytes_max = 4u << 20;  // never more than this in one batch
  std::uint32_t batch_envelopes_max = 4'096;
  std::uint32_t batch_transfers_max = 65'536;
};

class LaneSealer {
 public:
  explicit LaneSealer(SealPolicy policy) : policy_(policy) {}

  void add(consensus::MonoMs now, AdmittedEnvelope envelope);

  // `unordered` own batches are on their way: with none, whatever waits is due.
  [[nodiscard]] bool due(consensus::MonoMs now, std::uint64_t unordered) const;
  [[nodiscard]] std::optional<consensus::MonoMs> deadline(std::uint64_t unordered) const;

  // The envelopes of the next batch, oldest first; at least one when any waits.
  [[nodiscard]] std::vector<AdmittedEnvelope> take();

  // All of them, when there will be no further batch.
  [[nodiscard]] std::vector<AdmittedEnvelope> take_all();

  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Waiting {
    consensus::MonoMs since;
    AdmittedEnvelope envelope;
  };
  const SealPolicy policy_;
  std::deque<Waiting> waiting_;
  std::uint64_t waiting_bytes_ = 0;
};

}  // namespace huangpu::node
