// Signatures of both suites beside the libraries' own calls. The goal: a check through our Verifier
// within 5 % of the library, that is a share of at least 0.95.
#include <benchmark/benchmark.h>
#include <botan/pubkey.h>
#include <botan/sm2.h>
#include <sodium.h>

#include <vector>

#include "crypto/base/bytes.hpp"
#include "crypto/sign/signer.hpp"
#include "crypto/sign/verifier.hpp"
#include "tests/bench/paired.hpp"

namespace huangpu::crypto {
namespace {

SuiteId suite_of(const benchmark::State& state) {
  return *parse_suite(static_cast<std::uint64_t>(state.range(0)));
}

struct Signed {
  explicit Signed(SuiteId suite) : signer(*LocalSigner::generate(suite)) {}
  std::unique_ptr<LocalSigner> signer;
  Bytes message = Bytes(45, 3);  // a signing tag and a transaction id
  Signature signature = *signer->sign(message);
};

Botan::SM2_PublicKey botan_key(ByteView raw) {
  const Botan::EC_Group group("sm2p256v1");
  return Botan::SM2_PublicKey(group, group.OS2ECP(raw.data(), raw.size()));
}

void ed25519_check_beside_libsodium(benchmark::State& state) {
  const Signed sample(SuiteId::kEd25519Sha256);
  const PublicKey& key = sample.signer->public_key();
  const Verifier& verifier = default_verifier();
  bench::compare(
      state, 100,
      [&] { benchmark::DoNotOptimize(verifier.verify(key, sample.message, sample.signature)); },
      [&] {
        benchmark::DoNotOptimize(
            crypto_sign_verify_detached(sample.signature.bytes().data(), sample.message.data(),
                                        sample.message.size(), key.bytes().data()));
      });
}
BENCHMARK(ed25519_check_beside_libsodium);

// The library at its best: one verifier object, used again and again.
void sm2_check_beside_botan(benchmark::State& state) {
  const Signed sample(SuiteId::kSm2Sm3);
  const PublicKey& key = sample.signer->public_key();
  const Verifier& verifier = default_verifier();
  const auto theirs = botan_key(key.bytes());
  Botan::PK_Verifier botan(theirs, "1234567812345678,SM3");
  bench::compare(
      state, 40,
      [&] { benchmark::DoNotOptimize(verifier.verify(key, sample.message, sample.signature)); },
      [&] {
        benchmark::DoNotOptimize(botan.verify_message(sample.message.data(), sample.message.size(),
                                                      sample.signature.bytes().data(),
                                                      sample.signature.bytes().size()));
      });
}
BENCHMARK(sm2_check_beside_botan);

// A verifier object made for each check: what keeping prepared keys saves.
void sm2_check_with_a_fresh_botan_verifier(benchmark::State& state) {
  const Signed sample(SuiteId::kSm2Sm3);
  const auto key = botan_key(sample.signer->public_key().bytes());
  for (auto _ : state) {
    Botan::PK_Verifier botan(key, "1234567812345678,SM3");
    benchmark::DoNotOptimize(botan.verify_message(sample.message.data(), sample.message.size(),
                                                  sample.signature.bytes().data(),
                                                  sample.signature.bytes().size()));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(sm2_check_with_a_fresh_botan_verifier);

void sign(benchmark::State& state) {
  const Signed sample(suite_of(state));
  for (auto _ : state) benchmark::DoNotOptimize(sample.signer->sign(sample.message));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(sign)->ArgName("suite")->Arg(1)->Arg(2);

// As many keys as given, in turns: 1 and 1,000 are kept prepared, 2,000 are more than a thread
// keeps.
void check(benchmark::State& state) {
  const SuiteId suite = suite_of(state);
  std::vector<Signed> samples;
  for (std::int64_t i = 0; i < state.range(1); ++i) samples.emplace_back(suite);
  std::size_t next = 0;
  const auto one = [&] {
    const Signed& sample = samples[next];
    next = next + 1 == samples.size() ? 0 : next + 1;
    benchmark::DoNotOptimize(verify(sample.signer->public_key(), sample.message, sample.signature));
  };
  for (std::size_t i = 0; i < samples.size(); ++i) one();
  for (auto _ : state) one();
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(check)->ArgNames({"suite", "keys"})->ArgsProduct({{1, 2}, {1, 1000, 2000}});

void public_key_decode(benchmark::State& state) {
  const Bytes encoded = Signed(suite_of(state)).signer->public_key().encode();
  for (auto _ : state) benchmark::DoNotOptimize(PublicKey::decode(encoded));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(public_key_decode)->ArgName("suite")->Arg(1)->Arg(2);

}  // namespace
}  // namespace huangpu::crypto

BENCHMARK_MAIN();
