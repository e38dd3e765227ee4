// The parts a replay is made of.
#include <atomic>
#include <latch>

#include "consensus/core/leader_schedule.hpp"
#include "crypto/hash/hasher.hpp"
#include "tests/unit/tools/audit/support.hpp"
#include "tools/audit/leader_order.hpp"
#include "tools/audit/state_map.hpp"
#include "tools/audit/worker_pool.hpp"

namespace huangpu::tools {
namespace {

using crypto::SuiteId;

TEST(LeaderOrder, IsThatOfTheEngine) {
  for (const unsigned validators : {1U, 2U, 4U, 7U, 100U, 128U}) {
    for (const std::uint32_t window : {1U, 3U}) {
      const crypto::Digest start =
          crypto::hash(SuiteId::kEd25519Sha256, as_bytes(std::to_string(validators)));
      const LeaderOrder audited(SuiteId::kEd25519Sha256, start, validators, window);
      const consensus::LeaderSchedule engine(SuiteId::kEd25519Sha256, start, validators, window);
      for (std::uint64_t view = 1; view < 400; ++view) {
        ASSERT_EQ(audited.leader(View(view)), engine.leader(View(view)));
      }
    }
  }
}

TEST(StateMap, ShowsWhatWasCommittedAndDropsAuxiliaryPrefixes) {
  StateMap state;
  ledger::StateDelta first;
  first.changes = {{{'A', 1}, Bytes{10}},
                   {{'A', 2}, Bytes{20}},
                   {{0x81, 1, 1}, Bytes{1}},
                   {{0x81, 1, 2}, Bytes{2}},
                   {{0x81, 2, 1}, Bytes{3}}};
  state.commit(first);
  ledger::StateDelta second;
  second.erased_aux_prefixes = {{0x81, 1}};
  second.changes = {{{'A', 1}, std::nullopt}, {{'A', 2}, Bytes{21}}};
  state.commit(second);

  EXPECT_EQ(state.get(Bytes{'A', 1}), std::nullopt);
  EXPECT_EQ(state.get(Bytes{'A', 2}), Bytes{21});
  EXPECT_EQ(state.get(Bytes{0x81, 1, 2}), std::nullopt);
  EXPECT_EQ(state.get(Bytes{0x81, 2, 1}), Bytes{3});
  EXPECT_EQ(state.size(), 2U);
}

TEST(StateMap, ScansLeavesAndAuxiliaryEntriesInTheOrderOfKeys) {
  StateMap state;
  ledger::StateDelta delta;
  for (std::uint8_t i = 0; i < 50; ++i) delta.changes.push_back({{'B', i}, Bytes{i}});
  for (std::uint8_t i = 0; i < 50; ++i) delta.changes.push_back({{0x82, i}, Bytes{i}});
  state.commit(delta);

  for (const std::uint8_t tag : {std::uint8_t{'B'}, std::uint8_t{0x82}}) {
    std::vector<std::uint8_t> seen;
    state.scan(Bytes{tag}, [&](ByteView key, ByteView) {
      seen.push_back(key[1]);
      return seen.size() < 40;
    });
    ASSERT_EQ(seen.size(), 40U);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  }
}

TEST(WorkerPool, RunsEveryJobThoughItsQueueIsShort) {
  constexpr int kJobs = 1'000;
  std::atomic<int> sum = 0;
  std::latch done(kJobs);
  WorkerPool pool(3, 2);
  for (int i = 1; i <= kJobs; ++i) {
    pool.submit([&sum, &done, i] {
      sum += i;
      done.count_down();
    });
  }
  done.wait();
  EXPECT_EQ(sum, kJobs * (kJobs + 1) / 2);
}

}  // namespace
}  // namespace huangpu::tools
