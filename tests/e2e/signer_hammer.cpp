// e2e-signer-hammer: nodes with one key that ask one signer for statements which exclude each
// other.
//
//   e2e-signer-hammer --endpoint HOST:PORT --signer-pin HEX --certificate FILE --tls-key FILE
//                     --key PUBLIC --chain HEX --record FILE [--nodes N] [--seed S]
//
// Every thread is a node of its own, with its own lease. All draw from the same few positions and
// two digests, so that most of what one asks for contradicts what another got. Runs until standard
// input ends. The record has one line per signature that verifies: KIND EPOCH POSITION DIGEST.
// Refusals and a signer that is away are expected; whoever reads the record judges it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <iostream>
#include <limits>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "crypto/sign/verifier.hpp"
#include "crypto/tls/certificate.hpp"
#include "ledger/store/text_file.hpp"
#include "node/signer/remote_backend.hpp"

namespace huangpu::node {
namespace {

using consensus::SignedKind;
using consensus::SigningRequest;

struct Options {
  std::string endpoint, signer_pin, certificate, tls_key, key, chain, record;
  std::size_t nodes = 4;
  std::uint64_t seed = 1;
};

constexpr std::uint64_t kPositions = 24;          // that are fought over at a time
constexpr std::uint64_t kSignaturesPerStep = 40;  // of all nodes, until the next position begins
constexpr std::uint64_t kRequestsPerTurn = 60;
constexpr std::chrono::milliseconds kAgain{20};
constexpr std::chrono::milliseconds kPause{1'500};  // past a lease of one second

struct Battlefield {
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> made{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> away{0};
  std::mutex mutex;
  std::ofstream record;       // guarded
  std::uint64_t invalid = 0;  // guarded
};

SigningRequest draw(std::mt19937_64& random, const crypto::Digest& chain, std::uint64_t first) {
  constexpr SignedKind kKinds[] = {SignedKind::kPropose, SignedKind::kNotarize,
                                   SignedKind::kNullify, SignedKind::kFinalize,
                                   SignedKind::kBatch,   SignedKind::kCommit};
  const SignedKind kind = kKinds[random() % std::size(kKinds)];
  crypto::Digest::Array digest{};
  if (kind != SignedKind::kNullify) digest[0] = static_cast<std::uint8_t>(1 + random() % 2);
  return {kind, chain, Epoch{1}, first + random() % kPositions, crypto::Digest(digest)};
}

void fight(RemoteBackend& backend, const crypto::Digest& chain, std::uint64_t seed,
           Battlefield& field) {
  std::mt19937_64 random(seed);
  for (std::uint64_t answered = 0; !field.stop;) {
    const std::uint64_t first = 1 + field.made / kSignaturesPerStep;
    std::vector<SigningRequest> requests;
    for (std::uint64_t i = 1 + random() % 8; i > 0; --i)
      requests.push_back(draw(random, chain, first));
    const auto results = backend.sign(requests);
    const bool has_lease = std::ranges::any_of(
        results, [](const auto& result) { return result || result.error().code == Errc::kGuard; });
    if (!has_lease) {
      std::this_thread::sleep_for(kAgain);
    } else if (++answered % kRequestsPerTurn == 0) {
      std::this_thread::sleep_for(kPause);  // so that another node gets the lease
    }
    const std::lock_guard lock(field.mutex);
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (!results[i]) {
        ++(results[i].error().code == Errc::kGuard ? field.refused : field.away);
        continue;
      }
      if (!crypto::verify(backend.public_key(), requests[i].message(), *results[i])) {
        ++field.invalid;
        continue;
      }
      ++field.made;
      field.record << static_cast<int>(requests[i].kind) << ' ' << requests[i].epoch.value() << ' '
                   << requests[i].position << ' ' << requests[i].digest.hex() << '\n';
    }
    field.record.flush();
  }
}

Result<RemoteSignerConfig> config_of(const Options& options, std::size_t index) {
  RemoteSignerConfig config;
  config.endpoint = options.endpoint;
  HP_TRY_ASSIGN(config.pin, crypto::Digest::parse_hex(options.signer_pin));
  HP_TRY_ASSIGN(config.tls.cert_pem,
                ledger::read_text_file(options.certificate, crypto::kPemBytesMax));
  HP_TRY_ASSIGN(config.tls.key_pem, crypto::load_private_pem(options.tls_key));
  HP_TRY_ASSIGN(config.key, crypto::PublicKey::parse(options.key));
  HP_TRY_ASSIGN(config.genesis, crypto::Digest::parse_hex(options.chain));
  config.node_name = "node-" + std::to_string(index);
  return config;
}

Status hammer(const Options& options) {
  Battlefield field;
  field.record.open(options.record, std::ios::trunc);
  std::vector<std::unique_ptr<RemoteBackend>> backends;
  for (std::size_t i = 0; i < options.nodes; ++i) {
    HP_TRY_ASSIGN(RemoteSignerConfig config, config_of(options, i));
    HP_TRY_ASSIGN(auto backend, RemoteBackend::open(std::move(config)));
    backends.push_back(std::move(backend));
  }
  HP_TRY_ASSIGN(const crypto::Digest chain, crypto::Digest::parse_hex(options.chain));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < backends.size(); ++i) {
    threads.emplace_back([&, i] { fight(*backends[i], chain, options.seed * 1'000 + i, field); });
  }
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());  // until it is closed
  field.stop = true;
  for (std::thread& thread : threads) thread.join();
  field.record.close();
  if (!field.record) return fail(Errc::kIo, options.record + ": cannot be written");
  std::cout << "{\"signatures\": " << field.made << ", \"refused\": " << field.refused
            << ", \"away\": " << field.away << ", \"invalid\": " << field.invalid << "}\n";
  return {};
}

int run(int argc, char** argv) {
  CLI::App app{"Asks a signer for statements that exclude each other.", "e2e-signer-hammer"};
  Options options;
  app.add_option("--endpoint", options.endpoint, "host:port of the signer")->required();
  app.add_option("--signer-pin", options.signer_pin, "Pin of the signer")->required();
  app.add_option("--certificate", options.certificate, "Certificate of a node")->required();
  app.add_option("--tls-key", options.tls_key, "Its key")->required();
  app.add_option("--key", options.key, "The public key asked for")->required();
  app.add_option("--chain", options.chain, "Id of the chain")->required();
  app.add_option("--record", options.record, "File of the signatures")->required();
  app.add_option("--nodes", options.nodes, "How many nodes there are")->capture_default_str();
  app.add_option("--seed", options.seed, "Draws the statements")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (const Status done = hammer(options); !done) {
    std::cerr << "e2e-signer-hammer: " << done.error().message << "\n";
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace huangpu::node

int main(int argc, char** argv) { return huangpu::node::run(argc, argv); }
