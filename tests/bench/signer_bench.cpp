// One vote's signature, wherever the key is: what each place of the consensus key costs.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>
#include <optional>

#include "crypto/pkcs11/token_signer.hpp"
#include "crypto/tls/certificate.hpp"
#include "node/signer/remote_backend.hpp"
#include "node/signer/signer_server.hpp"
#include "tests/support/soft_token.hpp"

namespace huangpu {
namespace {

namespace fs = std::filesystem;

const crypto::Digest kGenesis(crypto::Digest::Array{0xc4});

consensus::SigningRequest vote(std::uint64_t view) {
  return {consensus::SignedKind::kNotarize, kGenesis, Epoch{1}, view,
          crypto::Digest(crypto::Digest::Array{1})};
}

std::unique_ptr<crypto::Signer> fresh_key() {
  return *crypto::LocalSigner::generate(crypto::SuiteId::kEd25519Sha256);
}

void sign_with_file_key(benchmark::State& state) {
  const auto key = fresh_key();
  std::uint64_t view = 1;
  for (auto _ : state) benchmark::DoNotOptimize(key->sign(vote(view++).message()));
}
BENCHMARK(sign_with_file_key);

void sign_with_softhsm_key(benchmark::State& state) {
  const testing::SoftToken token;
  if (!token.problem().empty()) return state.SkipWithError(token.problem().c_str());
  const auto pin = testing::SoftToken::pin();
  const auto made = crypto::generate_on_token(
      testing::SoftToken::place("bench", crypto::KeyPurpose::kConsensus), pin);
  if (!made) return state.SkipWithError(made.error().message.c_str());
  const auto key = crypto::open_token_signer(*made, pin);
  if (!key) return state.SkipWithError(key.error().message.c_str());
  std::uint64_t view = 1;
  for (auto _ : state) benchmark::DoNotOptimize((*key)->sign(vote(view++).message()));
}
BENCHMARK(sign_with_softhsm_key)->Unit(benchmark::kMicrosecond);

void judge_in_a_full_guard(benchmark::State& state) {
  consensus::SignGuard guard(kGenesis);
  std::uint64_t view = 1;
  for (; view <= 5'000; ++view) guard.add(vote(view));
  for (auto _ : state) {
    const auto request = vote(view++);
    benchmark::DoNotOptimize(guard.judge(request));
    guard.add(request);
  }
}
BENCHMARK(judge_in_a_full_guard);

// A desk whose record lies on this machine's disk, behind TLS on loopback.
class Remote {
 public:
  Remote() {
    std::string pattern = (fs::current_path() / "huangpu-signer-bench-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    auto key = fresh_key();
    key_ = key->public_key();
    node::SignRecordFiles::Place place;
    place.folder = (folder_ / "record").string();
    place.genesis = kGenesis;
    place.key = key_.id();
    auto& files = ledger::posix_file_system();
    if (!node::SignRecordFiles::create(files, place)) return;
    auto record = node::SignRecordFiles::open(files, place);
    if (!record) return;
    desk_ = std::make_unique<node::SigningDesk>(std::move(key), std::move(*record), 60'000,
                                                [](const Error&) {});
  }
  ~Remote() {
    backend_.reset();
    server_.reset();
    desk_.reset();
    std::error_code error;
    fs::remove_all(folder_, error);
  }
  node::SigningDesk* desk() { return desk_.get(); }
  node::RemoteBackend* connect() {
    const auto own = crypto::make_certificate("signer", {"127.0.0.1"}, 30);
    const auto peer = crypto::make_certificate("node", {"127.0.0.1"}, 30);
    node::SignerServerConfig server;
    server.host = "127.0.0.1";
    server.tls = {own->key_pem, own->cert_pem};
    server.clients = {*crypto::spki_pin(peer->cert_pem)};
    auto serving =
        node::SignerServer::start(std::move(server), {desk_.get()}, [](const std::string&) {});
    if (!serving) return nullptr;
    server_ = std::move(*serving);
    node::RemoteSignerConfig config;
    config.endpoint = "127.0.0.1:" + std::to_string(server_->port());
    config.pin = *crypto::spki_pin(own->cert_pem);
    config.tls = {peer->key_pem, peer->cert_pem};
    config.key = key_;
    config.genesis = kGenesis;
    auto backend = node::RemoteBackend::open(std::move(config));
    if (!backend || !(*backend)->first_attach(std::chrono::seconds(5))) return nullptr;
    backend_ = std::move(*backend);
    return backend_.get();
  }

 private:
  fs::path folder_;
  crypto::PublicKey key_;
  std::unique_ptr<node::SigningDesk> desk_;
  std::unique_ptr<node::SignerServer> server_;
  std::unique_ptr<node::RemoteBackend> backend_;
};

void judge_sync_and_sign_at_the_desk(benchmark::State& state) {
  Remote remote;
  const Bytes instance(16, 1);
  if (remote.desk() == nullptr || !remote.desk()->attach(kGenesis, instance, "bench", 0))
    return state.SkipWithError("no desk");
  std::uint64_t view = 1;
  for (auto _ : state) benchmark::DoNotOptimize(remote.desk()->sign(instance, {{vote(view++)}}, 0));
}
BENCHMARK(judge_sync_and_sign_at_the_desk)->Unit(benchmark::kMicrosecond)->UseRealTime();

void sign_at_a_remote_signer(benchmark::State& state) {
  Remote remote;
  node::RemoteBackend* const backend = remote.desk() == nullptr ? nullptr : remote.connect();
  if (backend == nullptr) return state.SkipWithError("no signer");
  const auto together = static_cast<std::uint64_t>(state.range(0));
  std::uint64_t view = 1;
  for (auto _ : state) {
    std::vector<consensus::SigningRequest> requests;
    for (std::uint64_t i = 0; i < together; ++i) requests.push_back(vote(view++));
    const auto results = backend->sign(requests);
    if (!results.front()) return state.SkipWithError(results.front().error().message.c_str());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(sign_at_a_remote_signer)->Arg(1)->Arg(3)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace huangpu

BENCHMARK_MAIN();
