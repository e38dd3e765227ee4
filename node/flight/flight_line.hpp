// The text of a flight recording: JSON lines, one header and one line per record
// (docs/operator/guide.md, SPEC N-282).
//
// A line is made without allocation, so that a process that is going down can make it too.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/result.hpp"
#include "node/flight/flight_ring.hpp"

namespace huangpu::node {

inline constexpr std::size_t kFlightLineBytesMax = 256;
inline constexpr std::size_t kFlightFileBytesMax =
    (FlightRing::kRecords + 2) * kFlightLineBytesMax + (64u << 10);

// Writes the line with its end into `out`, of kFlightLineBytesMax or more; returns its length.
[[nodiscard]] std::size_t flight_line(const FlightRecord& record, std::span<char> out);

struct FlightHeader {
  std::string node;
  std::string version;
  std::string reason;  // stalled, failed, asked, quarantine or assertion
  std::uint64_t wall_ms = 0;
  std::vector<std::string> validators;  // names by place; empty when they were not known
};
[[nodiscard]] std::string flight_header(const FlightHeader& header);

// "vote", "commit-vote", …: what `detail` of a received or sent message says; "message 99" for
// what this build does not know.
[[nodiscard]] std::string message_name(std::uint32_t detail);

// A recording in a form for people. kMalformed names the line, kUnsupportedVersion the format.
[[nodiscard]] Result<std::string> describe_flight(std::string_view text);

}  // namespace huangpu::node
