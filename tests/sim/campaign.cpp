#include "tests/sim/campaign.hpp"

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

namespace huangpu::sim {

void Tally::add(const SeedResult& result) {
  ++seeds;
  blocks += result.blocks;
  settled += result.settled;
  nullified += result.nullified_views;
  simulated_ms += result.simulated_ms;
  byzantine += result.byzantine > 0 ? 1 : 0;
  ++sizes[result.validators];
  for (std::size_t at = 0; at < result.faults.size();) {
    const std::size_t end = std::min(result.faults.find(',', at), result.faults.size());
    ++faults[result.faults.substr(at, end - at)];
    at = end + 1;
  }
}

std::optional<std::uint64_t> CampaignLog::next_seed() const {
  std::ifstream file(path_);
  if (!file) return std::uint64_t{1};
  std::uint64_t next = 1;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    unsigned long long first = 0;
    unsigned long long last = 0;
    const std::size_t at = line.find(" seeds=");
    if (at == std::string::npos ||
        std::sscanf(line.c_str() + at, " seeds=%llu..%llu", &first, &last) != 2 || last < first)
      return std::nullopt;
    next = std::max<std::uint64_t>(next, last + 1);
  }
  return next;
}

bool CampaignLog::append(const std::string& commit, std::uint64_t first, std::uint64_t last,
                         const Tally& tally, double wall_seconds,
                         const std::string& failures) const {
  const time_t now = time(nullptr);
  struct tm utc = {};
  gmtime_r(&now, &utc);
  char date[32];
  strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc);
  std::string line = std::string(date) + " commit=" + commit + " seeds=" + std::to_string(first) +
                     ".." + std::to_string(last);
  for (const auto& [size, count] : tally.sizes)
    line += " n" + std::to_string(size) + "=" + std::to_string(count);
  line += " byzantine=" + std::to_string(tally.byzantine) +
          " blocks=" + std::to_string(tally.blocks) +
          " simulated_s=" + std::to_string(tally.simulated_ms / 1'000) +
          " wall_s=" + std::to_string(static_cast<std::uint64_t>(wall_seconds)) +
          " failures=" + failures + "\n";
  std::ofstream file(path_, std::ios::app);
  file << line << std::flush;
  return file.good();
}

}  // namespace huangpu::sim
