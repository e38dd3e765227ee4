// What our wrappers cost over the libraries they wrap: hashing at the size of a tree node, and
// signatures.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <sodium.h>

#include <array>

#include "crypto/base/bytes.hpp"
#include "crypto/hash/hasher.hpp"
#include "crypto/hash/merkle.hpp"
#include "crypto/sign/signer.hpp"
#include "crypto/sign/verifier.hpp"

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

struct Signed {
  std::unique_ptr<LocalSigner> signer = *LocalSigner::generate(SuiteId::kEd25519Sha256);
  Bytes message = Bytes(45, 3);  // a signing tag and a transaction id
  Signature signature = *signer->sign(message);
};

void ed25519_sign(benchmark::State& state) {
  const Signed sample;
  for (auto _ : state) benchmark::DoNotOptimize(sample.signer->sign(sample.message));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ed25519_sign);

void ed25519_verify(benchmark::State& state) {
  const Signed sample;
  const PublicKey& key = sample.signer->public_key();
  for (auto _ : state) benchmark::DoNotOptimize(verify(key, sample.message, sample.signature));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ed25519_verify);

void ed25519_verify_libsodium(benchmark::State& state) {
  const Signed sample;
  const ByteView key = sample.signer->public_key().bytes();
  for (auto _ : state) {
    benchmark::DoNotOptimize(crypto_sign_verify_detached(
        sample.signature.bytes().data(), sample.message.data(), sample.message.size(), key.data()));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ed25519_verify_libsodium);

void public_key_decode(benchmark::State& state) {
  const Bytes encoded = Signed().signer->public_key().encode();
  for (auto _ : state) benchmark::DoNotOptimize(PublicKey::decode(encoded));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(public_key_decode);

}  // namespace
}  // namespace huangpu::crypto

BENCHMARK_MAIN();
