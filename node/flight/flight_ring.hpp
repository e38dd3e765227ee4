// The last events of consensus at this node, in a fixed piece of memory (SPEC N-280, N-281).
//
// A record is a handful of numbers: no contents of instructions, no names, no amounts, no keys. The
// ring never grows and never waits for anything but another thread's copy of one record.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace huangpu::node {

// Numbers and names (to_string) are an interface of the files; never reuse one.
enum class FlightEvent : std::uint8_t {
  kPeerUp = 1,
  kPeerDown = 2,
  kReceived = 3,     // detail: message kind; of votes and commit votes with view or height
  kSent = 4,         // likewise; peer kNobody: to all
  kVoteWritten = 5,  // to the vote log, before it is signed; view: the highest in it
  kVoteDurable = 6,  // the vote log has synced; detail: milliseconds it took
  kView = 7,         // a view was entered
  kFinal = 8,        // a block went to execution
  kExecuted = 9,
  kCertified = 10,
  kMisbehaved = 11,  // the peer sent what no correct one sends
  kQuarantine = 12,
  kDiverged = 13,
  kEpochEnd = 14,
  kAlarm = 15,
  kTrouble = 16,  // the ring was written to a file
};

[[nodiscard]] const char* to_string(FlightEvent event);

inline constexpr std::uint16_t kNobody = 0xffff;

struct FlightRecord {
  std::uint64_t wall_ms = 0;
  std::uint64_t view = 0;    // of the event, else the one this node was in
  std::uint64_t height = 0;  // of the event, else the final one here
  std::uint32_t detail = 0;
  std::uint16_t peer = kNobody;  // place in the epoch's set
  FlightEvent event = FlightEvent::kView;

  friend bool operator==(const FlightRecord&, const FlightRecord&) = default;
};
static_assert(sizeof(FlightRecord) == 32);

class FlightRing {
 public:
  static constexpr std::size_t kRecords = 16'384;  // 512 KiB

  // Any thread.
  void note(const FlightRecord& record);
  // The oldest first. Any thread.
  [[nodiscard]] std::vector<FlightRecord> copy() const;

  // For a process that is going down: calls `visit` for each record, the oldest first, without
  // lock or allocation. A record that another thread is just writing may be half old, half new.
  template <class Visit>
  void visit_unlocked(Visit&& visit) const {
    const std::uint64_t count = noted_;
    for (std::uint64_t i = count > kRecords ? count - kRecords : 0; i < count; ++i)
      visit(records_[i % kRecords]);
  }

 private:
  mutable std::mutex mutex_;
  std::array<FlightRecord, kRecords> records_{};  // guarded by mutex_
  std::uint64_t noted_ = 0;                       // guarded by mutex_
};

}  // namespace huangpu::node
