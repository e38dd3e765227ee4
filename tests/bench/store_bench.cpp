// State store and block store on the disk of the temporary folder: commit of a block that changes
// 10,000 balance entries, reading all leaves back, and appending batches with and without a sync.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <set>
#include <string>

#include "crypto/base/assert.hpp"
#include "crypto/base/codec.hpp"
#include "crypto/hash/hasher.hpp"
#include "ledger/state/tree.hpp"
#include "ledger/store/block_store.hpp"
#include "ledger/store/state_store.hpp"

namespace {

using namespace huangpu;
using namespace huangpu::ledger;

constexpr std::uint64_t kChanges = 10'000;
constexpr std::size_t kValueBytes = 192;

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "huangpu-bench-XXXXXX").string();
    HP_ASSERT(::mkdtemp(name.data()) != nullptr, "no temporary folder");
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;  // a leftover in the temporary folder harms no figure
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// 37 bytes: tag, account digest, asset.
Bytes balance_key(std::uint64_t number) {
  Writer seed;
  seed.u64(number);
  Writer writer;
  writer.u8('B').digest(crypto::sha256(seed.view())).u32(1);
  return writer.take();
}

std::unique_ptr<StateStore> open_state(const Folder& folder) {
  StateStoreOptions options;
  options.directory = folder.path() + "/state";
  options.sync_interval_ms = ~0ULL >> 20;
  auto store = StateStore::open(options);
  HP_ASSERT(store.has_value(), "the state store does not open");
  return std::move(*store);
}

// Random values under exactly kChanges distinct keys of 0 .. entries - 1.
BlockCommit random_block(Height height, std::uint64_t entries, std::mt19937_64& rng) {
  std::set<std::uint64_t> numbers;
  while (numbers.size() < kChanges) numbers.insert(rng() % entries);
  BlockCommit block;
  block.height = height;
  block.commit_message = Bytes(250);
  for (const std::uint64_t number : numbers) {
    Bytes value(kValueBytes);
    for (auto& byte : value) byte = static_cast<std::uint8_t>(rng());
    block.delta.changes.push_back({balance_key(number), std::move(value)});
  }
  std::ranges::sort(block.delta.changes, less, &Change::key);
  return block;
}

// Every entry is there before anything is measured. Returns the height reached.
Height fill(StateStore& store, std::uint64_t entries) {
  std::mt19937_64 rng(2);
  Height height{0};
  for (std::uint64_t i = 0; i < entries;) {
    BlockCommit block;
    block.height = ++height;
    for (std::uint64_t n = 0; n < 50'000 && i < entries; ++n, ++i) {
      Bytes value(kValueBytes);
      for (auto& byte : value) byte = static_cast<std::uint8_t>(rng());
      block.delta.changes.push_back({balance_key(i), std::move(value)});
    }
    std::ranges::sort(block.delta.changes, less, &Change::key);
    HP_ASSERT(store.commit(block).has_value(), "a commit failed");
  }
  return height;
}

// Overwrites 10,000 entries of a store that holds as many as the argument says.
void commit_block(benchmark::State& state) {
  const Folder folder;
  const auto store = open_state(folder);
  const auto entries = static_cast<std::uint64_t>(state.range(0));
  Height height = fill(*store, entries);
  std::mt19937_64 rng(1);
  for (auto _ : state) {
    state.PauseTiming();
    const BlockCommit block = random_block(++height, entries, rng);
    std::vector<Bytes> keys;
    for (const Change& change : block.delta.changes) keys.push_back(change.key);
    store->prefetch(keys);  // execution has read what it changes
    state.ResumeTiming();
    HP_ASSERT(store->commit(block).has_value(), "a commit failed");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kChanges));
}
BENCHMARK(commit_block)->Arg(10'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond)->Iterations(60);

// Reads 10,000 entries after a restart: our caches are empty, the kernel's page cache is not.
void prefetch_after_restart(benchmark::State& state) {
  const Folder folder;
  const auto entries = static_cast<std::uint64_t>(state.range(0));
  static_cast<void>(fill(*open_state(folder), entries));
  const auto store = open_state(folder);
  std::mt19937_64 rng(1);
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<Bytes> keys;
    for (std::uint64_t i = 0; i < kChanges; ++i) keys.push_back(balance_key(rng() % entries));
    state.ResumeTiming();
    store->prefetch(keys);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kChanges));
}
BENCHMARK(prefetch_after_restart)->Arg(1'000'000)->Unit(benchmark::kMillisecond)->Iterations(10);

// What a node does at start: the store opened, all leaves read and hashed, the tree built.
void rebuild_tree_after_restart(benchmark::State& state) {
  const Folder folder;
  const auto entries = static_cast<std::uint64_t>(state.range(0));
  static_cast<void>(fill(*open_state(folder), entries));
  for (auto _ : state) {
    const auto store = open_state(folder);
    std::vector<LeafChange> leaves;
    leaves.reserve(entries);
    const Status read = store->for_each_leaf([&](ByteView key, ByteView value) {
      leaves.push_back(leaf_change(crypto::SuiteId::kEd25519Sha256, key, value));
    });
    HP_ASSERT(read.has_value() && leaves.size() == entries, "the leaves cannot be read");
    StateTree tree(crypto::SuiteId::kEd25519Sha256);
    benchmark::DoNotOptimize(tree.rebuild(Height(1), std::move(leaves)));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(rebuild_tree_after_restart)->Arg(1'000'000)->Unit(benchmark::kMillisecond)->Iterations(2);

// Arguments: bytes per batch, batches per sync (0 = never).
void append_batches(benchmark::State& state) {
  const Folder folder;
  BlockStoreOptions options;
  options.directory = folder.path() + "/blocks";
  auto store = BlockStore::open(posix_file_system(), options);
  HP_ASSERT(store.has_value(), "the block store does not open");
  const Bytes bytes(static_cast<std::size_t>(state.range(0)), 7);
  const std::int64_t group = state.range(1);
  std::uint64_t position = 0;
  for (auto _ : state) {
    ++position;
    const BatchKey key{Epoch(0), ValidatorIndex(0), LanePosition(position)};
    const crypto::Digest digest = crypto::sha256(balance_key(position));
    HP_ASSERT((*store)->append_batch(key, digest, bytes).has_value(), "an append failed");
    if (group > 0 && position % static_cast<std::uint64_t>(group) == 0) {
      HP_ASSERT((*store)->sync().has_value(), "a sync failed");
    }
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(append_batches)
    ->Args({1'000, 0})
    ->Args({1'000, 1})
    ->Args({128 << 10, 0})
    ->Args({128 << 10, 4})
    ->Unit(benchmark::kMicrosecond)
    ->Iterations(1000);

// Opening checks every record; argument: MiB held.
void open_block_store(benchmark::State& state) {
  const Folder folder;
  BlockStoreOptions options;
  options.directory = folder.path() + "/blocks";
  {
    auto store = BlockStore::open(posix_file_system(), options);
    HP_ASSERT(store.has_value(), "the block store does not open");
    const Bytes bytes(32 << 10, 7);
    for (std::uint64_t i = 1; i <= static_cast<std::uint64_t>(state.range(0)) * 32; ++i) {
      const BatchKey key{Epoch(0), ValidatorIndex(0), LanePosition(i)};
      HP_ASSERT((*store)->append_batch(key, crypto::sha256(balance_key(i)), bytes).has_value(),
                "an append failed");
    }
  }
  for (auto _ : state) {
    auto store = BlockStore::open(posix_file_system(), options);
    HP_ASSERT(store.has_value(), "the block store does not open again");
  }
  state.SetBytesProcessed(state.iterations() * (state.range(0) << 20));
}
BENCHMARK(open_block_store)->Arg(256)->Unit(benchmark::kMillisecond)->Iterations(2);

}  // namespace

BENCHMARK_MAIN();
