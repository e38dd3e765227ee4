#include "node/flight/flight_ring.hpp"

namespace huangpu::node {

const char* to_string(FlightEvent event) {
  switch (event) {
    case FlightEvent::kPeerUp:
      return "peer-up";
    case FlightEvent::kPeerDown:
      return "peer-down";
    case FlightEvent::kReceived:
      return "received";
    case FlightEvent::kSent:
      return "sent";
    case FlightEvent::kVoteWritten:
      return "vote-written";
    case FlightEvent::kVoteDurable:
      return "vote-durable";
    case FlightEvent::kView:
      return "view";
    case FlightEvent::kFinal:
      return "final";
    case FlightEvent::kExecuted:
      return "executed";
    case FlightEvent::kCertified:
      return "certified";
    case FlightEvent::kMisbehaved:
      return "misbehaved";
    case FlightEvent::kQuarantine:
      return "quarantine";
    case FlightEvent::kDiverged:
      return "diverged";
    case FlightEvent::kEpochEnd:
      return "epoch-end";
    case FlightEvent::kAlarm:
      return "alarm";
    case FlightEvent::kTrouble:
      return "trouble";
  }
  return "unknown";
}

void FlightRing::note(const FlightRecord& record) {
  const std::lock_guard lock(mutex_);
  records_[noted_ % kRecords] = record;
  ++noted_;
}

std::vector<FlightRecord> FlightRing::copy() const {
  std::vector<FlightRecord> out;
  out.reserve(kRecords);
  const std::lock_guard lock(mutex_);
  visit_unlocked([&](const FlightRecord& record) { out.push_back(record); });
  return out;
}

}  // namespace huangpu::node
