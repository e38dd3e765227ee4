// Shared by the tests of the audit: the chain they spoil, and how they speak of findings.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/support/chain_builder.hpp"
#include "tools/audit/archive_source.hpp"
#include "tools/audit/replay.hpp"

namespace huangpu::tools::test {

using huangpu::test::ArchiveEntry;
using huangpu::test::ChainBuilder;
using huangpu::test::PlannedBatch;
using huangpu::test::PlannedBlock;

// Changes the plan of one height before it is made.
using Edit = std::function<void(PlannedBlock&, ChainBuilder&)>;

// Six heights, four lanes, eight transactions: an issue and transfers; view 3 is nullified before
// block 3; heights 2 and 4 have no commit certificate, height 5 no finalization.
inline constexpr std::uint64_t kHeights = 6;
void build(ChainBuilder& chain, Height edited = Height(0), const Edit& edit = {});

[[nodiscard]] ReplayReport replay_archive(ByteView archive, const ledger::Genesis& genesis,
                                          const ReplayOptions& options = {});
// Of an archive whose genesis is its own.
[[nodiscard]] ReplayReport replay_archive(const Bytes& archive, const ReplayOptions& options = {});

// Where an entry of a kind stands at a height. The test fails when it does not.
[[nodiscard]] std::size_t index_of(const std::vector<ArchiveEntry>& entries, Height height,
                                   ledger::RecordKind kind);

MATCHER(IsClean, "is clean") {
  if (!arg.finding) return true;
  *result_listener << describe(*arg.finding);
  return false;
}

MATCHER_P3(FindsAt, height, check, code,
           "finds " + std::string(name(check)) + " at height " + std::to_string(height)) {
  if (!arg.finding) {
    *result_listener << "which is clean";
    return false;
  }
  *result_listener << describe(*arg.finding);
  return arg.finding->height.value() == static_cast<std::uint64_t>(height) &&
         arg.finding->check == check && arg.finding->code == code;
}

}  // namespace huangpu::tools::test

namespace huangpu::tools {

inline void PrintTo(const ReplayReport& report, std::ostream* out) {
  *out << (report.finding ? describe(*report.finding) : "a clean report");
}

}  // namespace huangpu::tools
