// The configuration of one node: an immutable value read from one TOML file (SPEC N-230..N-236).
//
// Only what concerns this machine is here; everything that all validators must agree on is on the
// chain. Every key has a default that is safe on a laptop, listeners are on loopback.
// docs/operator/config.md describes each key; a test keeps it in step with this file.
//
// Relative paths in the file are relative to the node's home folder; the loaded value holds
// absolute ones.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"
#include "node/api/principal.hpp"

namespace huangpu::node {

using Milliseconds = std::chrono::milliseconds;

inline constexpr std::uint32_t kConfigFormatVersion = 1;

// A listening or dialled address. Text form host:port, an IPv6 host in brackets.
struct Endpoint {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text);
[[nodiscard]] std::string to_text(const Endpoint& endpoint);

struct TlsFiles {
  std::filesystem::path certificate;  // PEM
  std::filesystem::path key;          // PEM, readable by the owner only
};

struct NodeSection {
  std::string name = "node";
  std::filesystem::path genesis;
  std::filesystem::path data_dir;
  std::uint32_t verify_threads = 0;             // 0: one per core
  std::uint32_t certificate_warning_days = 60;  // before the end of a TLS certificate
  Milliseconds stop_grace{10'000};
};

struct PeerAddress {
  std::uint16_t index = 0;  // of the validator in the genesis document
  Endpoint endpoint;
  // While the validator changes its transport key: the pin of the new one, accepted beside that of
  // the chain.
  std::optional<crypto::Digest> next_tls_pin{};
};

struct PeersSection {
  Endpoint listen{"127.0.0.1", 7701};
  TlsFiles tls;
  std::uint64_t bytes_per_second = 256ull << 20;  // from one peer
  std::uint64_t queue_bytes = 32ull << 20;        // waiting for one peer
  Milliseconds reconnect_min{100};
  Milliseconds reconnect_max{5'000};
  Milliseconds silence_timeout{10'000};
  std::uint32_t connections_max = 512;
  std::vector<PeerAddress> validators;
};

struct ClientApiSection {
  Endpoint listen{"127.0.0.1", 7702};
  TlsFiles tls;
  bool reflection = false;
  std::uint32_t connections_max = 1024;
  std::uint32_t connections_per_address_max = 256;
  std::uint32_t accepts_per_second = 500;
  Milliseconds first_byte_timeout{5'000};
  Milliseconds identity_timeout{10'000};
  Milliseconds idle_timeout{600'000};
  Milliseconds call_deadline{10'000};  // of unary calls; a shorter one of the client holds
  std::uint64_t memory_bytes_max = 128ull << 20;
  std::uint32_t stream_queue = 1'024;  // messages waiting on one stream
  std::uint32_t worker_threads = 2;    // that read the stores for calls
};

struct OpsSection {
  Endpoint listen{"127.0.0.1", 7703};
  std::uint32_t connections_max = 64;
  Milliseconds request_timeout{5'000};
};

struct StorageSection {
  std::uint64_t segment_bytes = 64ull << 20;
  std::uint64_t rocksdb_cache_bytes = 256ull << 20;
  std::uint64_t rocksdb_memtable_bytes = 64ull << 20;
  std::uint64_t state_cache_bytes = 256ull << 20;
  std::uint32_t recent_heights = 256;  // for which reads and proofs at a height are possible
  std::uint64_t free_bytes_min = 1ull
                                 << 30;  // below it the node is not ready and takes no transactions
};

// Where a consensus key is. A device of GM/T 0018 (SDF) has a name here and is refused by it;
// "none" is for the next key only.
enum class KeyKind : std::uint8_t { kFile, kPkcs11, kRemote, kSdf, kNone };

struct RemoteSignerSection {
  Endpoint endpoint{"127.0.0.1", 7710};
  std::string server_pin;  // of the signer's certificate, hexadecimal digits
  TlsFiles tls;            // the node's own, known to the signer by its pin
  std::string public_key;  // of the consensus key, "suite:digits"
  Milliseconds call_timeout{2'000};
};

// One consensus key and the memory of what it signed.
struct ConsensusKeySection {
  KeyKind kind = KeyKind::kFile;
  std::filesystem::path key;  // encrypted key file, or token key file
  // Where the passphrase or PIN is: a file readable by the owner only, or an open descriptor.
  // Neither: asked for on the terminal at start.
  std::filesystem::path passphrase_file;
  std::uint32_t passphrase_descriptor = 0;  // 0: none
  RemoteSignerSection remote;
  std::filesystem::path sign_state_dir;  // best on a volume of its own, never in a backup
};

struct SignerSection : ConsensusKeySection {
  Milliseconds startup_watch{3'000};  // listens for another copy of the key before it votes
  bool host_lock = true;              // one process per key on this machine
  // The key this validator is to be rotated to, of whatever kind: taken over in the epoch that
  // names it (SPEC N-353).
  ConsensusKeySection next{KeyKind::kNone, {}, {}, 0, {}, {}};
};

enum class LogFormat : std::uint8_t { kText, kJson };
enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

struct LogSection {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kText;
  std::filesystem::path file;  // empty: standard error
  std::uint64_t file_bytes_max = 64ull << 20;
  std::uint32_t files_max = 8;
  std::uint32_t repeats_per_minute = 60;  // of one event before it is suppressed and counted
};

// What one identity may use of this node. Rates are refilled evenly, a burst of one second's worth
// may come at once.
struct IdentityLimits {
  std::uint64_t connection_bytes_per_second = 256 * 1024;  // raw bytes received, TLS included
  std::uint64_t connection_burst_bytes = 64 * 1024;
  std::uint32_t connections = 16;
  std::uint32_t calls_per_second = 200;
  std::uint32_t signatures_per_second = 500;
  std::uint64_t envelope_bytes_per_second = 1ull << 20;
  std::uint32_t concurrent_calls = 32;
  std::uint32_t concurrent_streams = 8;

  friend bool operator==(const IdentityLimits&, const IdentityLimits&) = default;
};

// Exceptions to the limits of a role, for one certificate. Keys that the table leaves out keep the
// role's value.
struct IdentityOverride {
  crypto::Digest pin;
  ledger::Role role = ledger::Role::kParticipant;  // whose limits are the base
  IdentityLimits limits;
};

struct LimitsSection {
  std::uint32_t pending_transactions = 100'000;  // admitted here and not yet ordered
  std::uint64_t pending_bytes = 256ull << 20;
  std::uint32_t tracked_transactions = 200'000;
  std::uint32_t verify_queue = 20'000;  // envelopes waiting for signature checks
  IdentityLimits participant;
  IdentityLimits auditor;
  IdentityLimits supervisor;
  IdentityLimits operator_role;  // [limits.operator]
  std::vector<IdentityOverride> identities;

  // Issuers are participants with more rights, not more bandwidth.
  [[nodiscard]] const IdentityLimits& for_role(ledger::Role role) const;
  // The limits that hold for a caller: its own if listed, else those of its role.
  [[nodiscard]] const IdentityLimits& for_identity(const Principal& caller) const;
};

struct NodeConfig {
  std::filesystem::path home;  // not a key: the folder the file was loaded for
  NodeSection node;
  PeersSection peers;
  ClientApiSection client_api;
  OpsSection ops;
  StorageSection storage;
  SignerSection signer;
  LogSection log;
  LimitsSection limits;
};

// The defaults of a home folder: genesis.json, data/, sign-state/, keys/consensus.json,
// tls/peer.{crt,key}, tls/client.{crt,key}.
[[nodiscard]] NodeConfig default_config(const std::filesystem::path& home);

// Reads a configuration text. On failure kConfig (kUnsupportedVersion for an unknown
// format_version), whose message holds every error found, one per line, as `source:line:column:
// sentence`.
[[nodiscard]] Result<NodeConfig> parse_config(std::string_view text,
                                              const std::filesystem::path& home,
                                              std::string_view source = "config.toml");

// Reads the file; kIo when it cannot be read. The file is at most 1 MiB.
[[nodiscard]] Result<NodeConfig> load_config(const std::filesystem::path& file,
                                             const std::filesystem::path& home);

// The text of a complete configuration file with a comment on each section; reading it gives an
// equal value. Paths below the home folder are written relative to it.
[[nodiscard]] std::string config_text(const NodeConfig& config);

// Only [signer.next] and [signer.next.remote] of it.
[[nodiscard]] std::string next_key_text(const NodeConfig& config);

}  // namespace huangpu::node
