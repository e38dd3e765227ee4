#include "tests/unit/tools/audit/support.hpp"

#include <utility>

namespace huangpu::tools::test {

void build(ChainBuilder& chain, Height edited, const Edit& edit) {
  for (std::uint64_t height = 1; height <= kHeights; ++height) {
    PlannedBlock plan;
    switch (height) {
      case 1:
        plan.batches = {{.lane = 0, .envelopes = {chain.issue("alice", 1'000)}}};
        break;
      case 2:
        plan.batches = {
            {.lane = 1,
             .envelopes = {chain.transfer("alice", "bob", 10), chain.transfer("alice", "bob", 10)}},
            {.lane = 3, .envelopes = {chain.transfer("alice", "anna", 5)}}};
        plan.certificate = false;
        break;
      case 3:
        plan.batches = {{.lane = 1, .envelopes = {chain.transfer("bob", "alice", 1)}},
                        {.lane = 1, .envelopes = {chain.transfer("bob", "anna", 1)}}};
        plan.nullified_views = 1;
        break;
      case 4:
        plan.batches = {{.lane = 2, .envelopes = {chain.transfer("anna", "bob", 1'000)}}};
        plan.certificate = false;
        break;
      case 5:
        plan.finalization = false;
        break;
      default:
        plan.batches = {{.lane = 0, .envelopes = {chain.transfer("alice", "bob", 100)}}};
    }
    if (edit && Height(height) == edited) edit(plan, chain);
    chain.block(std::move(plan));
  }
}

ReplayReport replay_archive(ByteView archive, const ledger::Genesis& genesis,
                            const ReplayOptions& options) {
  ReplayReport report;
  auto source = ArchiveSource::from_bytes(archive);
  if (!source) {
    report.finding = std::move(source).error();
    return report;
  }
  if (auto own = genesis_of(**source, &genesis); !own) {
    report.finding = std::move(own).error();
    return report;
  }
  return replay(**source, genesis, options);
}

ReplayReport replay_archive(const Bytes& archive, const ReplayOptions& options) {
  ReplayReport report;
  auto source = ArchiveSource::from_bytes(archive);
  if (!source) {
    report.finding = std::move(source).error();
    return report;
  }
  auto genesis = genesis_of(**source, nullptr);
  if (!genesis) {
    report.finding = std::move(genesis).error();
    return report;
  }
  return replay(**source, *genesis, options);
}

std::size_t index_of(const std::vector<ArchiveEntry>& entries, Height height,
                     ledger::RecordKind kind) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].height == height && entries[i].key.kind == kind) return i;
  }
  ADD_FAILURE() << "no such entry";
  return 0;
}

}  // namespace huangpu::tools::test
