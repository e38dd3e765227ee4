// State tree: updates per second in blocks of 10,000, beside the raw rate of the 65-byte hashes it
// consists of. Counters: memory per entry, bytes of an encoded proof.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>

#include "crypto/hash/hasher.hpp"
#include "ledger/state/tree.hpp"

namespace {

using huangpu::Height;
using huangpu::crypto::Digest;
using huangpu::crypto::SuiteId;
using huangpu::ledger::LeafChange;
using huangpu::ledger::StateTree;

constexpr std::size_t kBlockUpdates = 10'000;

Digest random_digest(std::mt19937_64& rng) {
  Digest::Array bytes;
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(rng());
  return Digest(bytes);
}

std::vector<LeafChange> random_leaves(std::size_t count, std::mt19937_64& rng) {
  std::vector<LeafChange> leaves(count);
  for (LeafChange& leaf : leaves) leaf = {random_digest(rng), random_digest(rng)};
  return leaves;
}

void hash_65_bytes(benchmark::State& state) {
  const auto suite = static_cast<SuiteId>(state.range(0));
  std::array<std::uint8_t, 65> input{};
  for (auto _ : state) {
    const Digest digest = huangpu::crypto::hash(suite, huangpu::ByteView(input));
    std::copy_n(digest.array().begin(), 32, input.begin() + 1);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hash_65_bytes)->Arg(1)->Arg(2);

void apply_block(benchmark::State& state) {
  const auto suite = static_cast<SuiteId>(state.range(1));
  std::mt19937_64 rng(1);
  const auto leaves = random_leaves(static_cast<std::size_t>(state.range(0)), rng);
  StateTree tree(suite);
  tree.rebuild(Height(0), leaves);
  std::vector<std::vector<LeafChange>> blocks(8);
  for (auto& block : blocks) {
    std::sample(leaves.begin(), leaves.end(), std::back_inserter(block), kBlockUpdates, rng);
    for (LeafChange& change : block) change.value_hash = random_digest(rng);
    std::ranges::sort(block, {}, &LeafChange::key_hash);
  }
  std::uint64_t height = 0;
  for (auto _ : state) {
    ++height;
    benchmark::DoNotOptimize(tree.apply(Height(height), blocks[height % blocks.size()]));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(blocks[0].size()));
  state.counters["bytes_per_entry"] =
      static_cast<double>(tree.usage().bytes) / static_cast<double>(leaves.size());
}
BENCHMARK(apply_block)
    ->Args({10'000, 1})
    ->Args({1'000'000, 1})
    ->Args({1'000'000, 2})
    ->Unit(benchmark::kMillisecond);

void rebuild(benchmark::State& state) {
  std::mt19937_64 rng(1);
  const auto leaves = random_leaves(static_cast<std::size_t>(state.range(0)), rng);
  for (auto _ : state) {
    StateTree tree(SuiteId::kEd25519Sha256);
    benchmark::DoNotOptimize(tree.rebuild(Height(0), leaves));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(rebuild)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void prove(benchmark::State& state) {
  std::mt19937_64 rng(1);
  const auto leaves = random_leaves(static_cast<std::size_t>(state.range(0)), rng);
  StateTree tree(SuiteId::kEd25519Sha256);
  tree.rebuild(Height(0), leaves);
  std::size_t bytes = 0;
  for (auto _ : state) {
    bytes = encode(tree.prove(Height(0), leaves[rng() % leaves.size()].key_hash).value()).size();
  }
  state.counters["proof_bytes"] = static_cast<double>(bytes);
}
BENCHMARK(prove)->Arg(1'000'000);

}  // namespace

BENCHMARK_MAIN();
