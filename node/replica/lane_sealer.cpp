#include "node/replica/lane_sealer.hpp"

#include <utility>

namespace huangpu::node {

void LaneSealer::add(consensus::MonoMs now, AdmittedEnvelope envelope) {
  waiting_bytes_ += envelope.bytes->size();
  waiting_.push_back({now, std::move(envelope)});
}

bool LaneSealer::due(consensus::MonoMs now, std::uint64_t unordered) const {
  if (waiting_.empty()) return false;
  return unordered == 0 || waiting_bytes_ >= policy_.batch_bytes ||
         waiting_.size() >= policy_.batch_envelopes_max ||
         now >= waiting_.front().since + policy_.linger_ms;
}

std::optional<consensus::MonoMs> LaneSealer::deadline(std::uint64_t unordered) const {
  if (waiting_.empty()) return std::nullopt;
  return unordered == 0 ? waiting_.front().since : waiting_.front().since + policy_.linger_ms;
}

std::vector<AdmittedEnvelope> LaneSealer::take() {
  std::vector<AdmittedEnvelope> taken;
  std::uint64_t bytes = 0;
  std::uint64_t transfers = 0;
  while (!waiting_.empty() && taken.size() < policy_.batch_envelopes_max) {
    const AdmittedEnvelope& next = waiting_.front().envelope;
    const std::uint64_t next_bytes = next.bytes->size();
    const std::uint64_t next_transfers = next.decoded.transfer_count;
    if (!taken.empty() && (bytes + next_bytes > policy_.batch_bytes_max ||
                           transfers + next_transfers > policy_.batch_transfers_max)) {
      break;
    }
    bytes += next_bytes;
    transfers += next_transfers;
    waiting_bytes_ -= next_bytes;
    taken.push_back(std::move(waiting_.front().envelope));
    waiting_.pop_front();
    // A full batch is enough; what is left makes the next one.
    if (bytes >= policy_.batch_bytes) break;
  }
  return taken;
}

std::vector<AdmittedEnvelope> LaneSealer::take_all() {
  std::vector<AdmittedEnvelope> taken;
  taken.reserve(waiting_.size());
  for (Waiting& each : waiting_) taken.push_back(std::move(each.envelope));
  waiting_.clear();
  waiting_bytes_ = 0;
  return taken;
}

}  // namespace huangpu::node
