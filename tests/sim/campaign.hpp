// Many seeds in a row, what they add up to, and the log that long campaigns keep.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "tests/sim/seed_run.hpp"

namespace huangpu::sim {

// What seeds add up to.
struct Tally {
  std::uint64_t seeds = 0;
  std::uint64_t blocks = 0;
  std::uint64_t settled = 0;
  std::uint64_t nullified = 0;
  std::uint64_t simulated_ms = 0;
  std::uint64_t byzantine = 0;                 // seeds with Byzantine validators
  std::map<std::size_t, std::uint64_t> sizes;  // seeds by number of validators
  std::map<std::string, std::uint64_t> faults;

  void add(const SeedResult& result);
};

// The log of campaigns: one line per finished piece, appended and synced, so that a campaign that
// is ended at any moment goes on where its last line ends.
//
//   2026-11-23T15:00:00Z commit=c3cf4e6 seeds=1..500 n4=301 n7=122 n10=77 byzantine=249 blocks=…
//   wall_s=612 failures=none
class CampaignLog {
 public:
  explicit CampaignLog(std::string path) : path_(std::move(path)) {}

  // One past the highest seed of any line; 1 for a new log. Nothing if the file cannot be read or
  // has a line that this class did not write.
  [[nodiscard]] std::optional<std::uint64_t> next_seed() const;
  // False if it could not be written.
  [[nodiscard]] bool append(const std::string& commit, std::uint64_t first, std::uint64_t last,
                            const Tally& tally, double wall_seconds,
                            const std::string& failures) const;

 private:
  const std::string path_;
};

}  // namespace huangpu::sim
