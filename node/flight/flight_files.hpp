// Flight recordings on disk: few, small, and not often (SPEC N-283, N-284).
//
//   <data>/flight/<wall ms>-<reason>.jsonl   at most kFiles; the oldest goes
//   <data>/flight/assertion.jsonl            of the last process that ended in an assertion
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "crypto/base/result.hpp"
#include "node/flight/flight_line.hpp"
#include "node/flight/flight_ring.hpp"

namespace huangpu::node {

[[nodiscard]] std::filesystem::path flight_folder(const std::filesystem::path& data_dir);

class FlightFiles {
 public:
  static constexpr std::size_t kFiles = 8;
  static constexpr std::uint64_t kIntervalMs = 60'000;  // of what nobody asked for

  // Both outlive this.
  FlightFiles(std::filesystem::path folder, FlightRing& ring)
      : folder_(std::move(folder)), ring_(ring) {}

  // The file's path, or nothing when the last one is too young. `asked`: a person wants it now.
  // Any thread but the core's: it writes to the disk.
  [[nodiscard]] Result<std::optional<std::filesystem::path>> write(FlightHeader header, bool asked);

  // From now on an abort of this process writes the ring first. One object per process.
  [[nodiscard]] Status catch_aborts(const FlightHeader& header);
  ~FlightFiles();
  FlightFiles(const FlightFiles&) = delete;
  FlightFiles& operator=(const FlightFiles&) = delete;

 private:
  [[nodiscard]] Status make_room() const;

  const std::filesystem::path folder_;
  FlightRing& ring_;
  std::mutex mutex_;
  std::optional<std::uint64_t> last_ms_;  // guarded
  bool catching_ = false;
};

// Names of the recordings in the folder, the oldest first; none when there is no folder.
[[nodiscard]] std::vector<std::string> flight_recordings(const std::filesystem::path& folder);

}  // namespace huangpu::node
