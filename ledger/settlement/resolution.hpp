// Resolution of queues: which items settle with the liquidity there is (SPEC Q-5..Q-13).
//
// Strict stage. Included is a set of items such that in every queue the included items are a
// prefix, every position keeps its floor (what reserves must be left) and every limit holds, where
// all included items settle at one instant. If two sets are feasible so is their union: a
// position's own prefix is one of the two, and it receives at least as much. So there is a greatest
// feasible set. Starting from everything and cutting the tail of any queue that cannot pay never
// cuts below it, whichever queue is cured first: the result is unique, and reached in linear time
// because every item is cut at most once. (Bech and Soramaki, "Gridlock resolution in interbank
// payment systems", 2001, taken here to items with legs in several assets.)
//
// Relaxed stage. Only normal items may be passed over, and only after the strict stage has found
// all that it can.
//
// Every function is pure and counts steps, never time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "ledger/settlement/problem.hpp"

namespace huangpu::ledger::settlement {

// Numbers are part of the record of a batch (SPEC Q-13).
enum class Stage : std::uint8_t {
  kEntry = 1,         // a payment settled as it was entered; never a batch
  kFifo = 2,          // heads of queues, one by one
  kOffset = 3,        // two participants' payments to each other
  kMultilateral = 4,  // the greatest feasible set of all queues
  kRelaxed = 5,       // the same without normal items that are hopeless for now
  kBypass = 6,        // normal items one by one, past normal items that do not fit
};

struct Batch {
  Stage stage = Stage::kFifo;
  std::vector<std::uint32_t> settled;  // items, ascending
  std::uint64_t steps = 0;             // items looked at and items cut
};

// The next deficit to cure: given how many wait, which one. For tests of the independence of order.
using CureOrder = std::function<std::size_t(std::size_t waiting)>;

// Heads of queues that can pay settle one by one until none can. An item is at the head when it is
// so in every queue it stands in. The order of settlement does not change the result.
[[nodiscard]] Batch settle_fifo(Problem& problem);

// The greatest feasible set of the strict stage, settled at one instant. `skip` (may be empty)
// marks items that are treated as if they stood in no queue.
[[nodiscard]] Batch settle_multilateral(Problem& problem,
                                        const std::vector<std::uint8_t>& skip = {},
                                        const CureOrder& order = {});

// Marks normal items that no feasible set contains: they need more than their position holds and
// could receive from everything that is not marked itself.
[[nodiscard]] std::vector<std::uint8_t> hopeless_items(const Problem& problem);

// Normal items in queue order, each alone, where nothing of a higher class waits in its queues.
[[nodiscard]] Batch settle_bypass(Problem& problem);

struct RunOptions {
  bool relaxed = true;  // the relaxed stage and bypass after the strict stage
  std::uint32_t rounds_max = 8;
};

// FIFO, multilateral, then relaxed and bypass, repeated until nothing settles or the rounds are
// used up. Batches that settled nothing are left out; their steps count in the total.
struct RunResult {
  std::vector<Batch> batches;  // in the order in which they settled
  std::uint64_t steps = 0;
  bool at_rest = true;  // another run on the same would settle nothing
};
[[nodiscard]] RunResult run(Problem& problem, const RunOptions& options = {});

}  // namespace huangpu::ledger::settlement
