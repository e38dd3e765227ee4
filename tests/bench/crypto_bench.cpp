// What our hashing costs over OpenSSL's, at the size of a tree node.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>

#include <array>

#include "crypto/base/bytes.hpp"
#include "crypto/hash/hasher.hpp"
#include "crypto/hash/merkle.hpp"
#include "tests/bench/paired.hpp"

namespace huangpu::crypto {
namespace {

SuiteId suite_of(const benchmark::State& state) {
  return *parse_suite(static_cast<std::uint64_t>(state.range(0)));
}

void hash_one_view(benchmark::State& state) {
  const SuiteId suite = suite_of(state);
  const Bytes data(static_cast<std::size_t>(state.range(1)), 7);
  for (auto _ : state) benchmark::DoNotOptimize(hash(suite, data));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hash_one_view)->ArgNames({"suite", "bytes"})->ArgsProduct({{1, 2}, {65, 192, 1024}});

// The form of every inner node: prefix, left, right.
void hash_inner_node(benchmark::State& state) {
  const SuiteId suite = suite_of(state);
  const Digest left = sha256(as_bytes("left"));
  const Digest right = sha256(as_bytes("right"));
  for (auto _ : state) benchmark::DoNotOptimize(merkle_inner(suite, left, right));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hash_inner_node)->ArgName("suite")->Arg(1)->Arg(2);

void openssl_sha256_reused_context_65_bytes(benchmark::State& state) {
  EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  const std::array<unsigned char, 65> data{};
  std::array<unsigned char, 32> digest{};
  for (auto _ : state) {
    EVP_DigestInit_ex2(context, algorithm, nullptr);
    EVP_DigestUpdate(context, data.data(), data.size());
    EVP_DigestFinal_ex(context, digest.data(), nullptr);
    benchmark::DoNotOptimize(digest);
  }
  EVP_MD_CTX_free(context);
  EVP_MD_free(algorithm);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(openssl_sha256_reused_context_65_bytes);

void openssl_sha256_one_shot_65_bytes(benchmark::State& state) {
  const std::array<unsigned char, 65> data{};
  std::array<unsigned char, 32> digest{};
  for (auto _ : state) {
    EVP_Q_digest(nullptr, "SHA256", nullptr, data.data(), data.size(), digest.data(), nullptr);
    benchmark::DoNotOptimize(digest);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(openssl_sha256_one_shot_65_bytes);

// The goal of both: at least 0.8 of OpenSSL's raw rate with a prefetched algorithm and a context
// that is reused.
void state_hash_beside_openssl(benchmark::State& state) {
  const SuiteId suite = suite_of(state);
  EVP_MD* const algorithm =
      EVP_MD_fetch(nullptr, suite == SuiteId::kSm2Sm3 ? "SM3" : "SHA256", nullptr);
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  EVP_DigestInit_ex2(context, algorithm, nullptr);
  const Digest left = sha256(as_bytes("left"));
  const Digest right = sha256(as_bytes("right"));
  const std::array<unsigned char, 65> data{};
  std::array<unsigned char, 32> digest{};
  bench::compare(
      state, 20'000, [&] { benchmark::DoNotOptimize(merkle_inner(suite, left, right)); },
      [&] {
        EVP_DigestInit_ex2(context, nullptr, nullptr);
        EVP_DigestUpdate(context, data.data(), data.size());
        EVP_DigestFinal_ex(context, digest.data(), nullptr);
        benchmark::DoNotOptimize(digest);
      });
  EVP_MD_CTX_free(context);
  EVP_MD_free(algorithm);
}
BENCHMARK(state_hash_beside_openssl)->ArgName("suite")->Arg(1)->Arg(2);

}  // namespace
}  // namespace huangpu::crypto

BENCHMARK_MAIN();
