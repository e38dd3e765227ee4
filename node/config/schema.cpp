#include "node/config/schema.hpp"

#include <array>

namespace huangpu::node {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;
constexpr std::uint64_t kGiB = 1024 * kMiB;

// In the order of the enumerators.
constexpr std::array<std::string_view, 4> kLevelNames{"debug", "info", "warning", "error"};
constexpr std::array<std::string_view, 2> kFormatNames{"text", "json"};
constexpr std::array<std::string_view, 5> kNextKeyKindNames{"file", "pkcs11", "remote", "sdf",
                                                            "none"};
constexpr std::span<const std::string_view> kKeyKindNames = std::span(kNextKeyKindNames).first<4>();

template <class Enum>
void choose(KeyVisitor& visitor, const Key& key, Enum& value,
            std::span<const std::string_view> names) {
  auto index = static_cast<std::uint8_t>(value);
  visitor.choice(key, index, names);
  value = static_cast<Enum>(index);
}

void describe_node(NodeSection& node, KeyVisitor& v) {
  v.section("node", "This machine's part of the network.");
  v.text({"name", "Name in logs and in answers to status calls."}, node.name, 64);
  v.path({"genesis", "The genesis document."}, node.genesis, false);
  v.path({"data_dir", "Block store, state store and vote log."}, node.data_dir, false);
  v.count({"verify_threads", "Threads that check signatures; 0 means one per core."},
          node.verify_threads, 0, 256);
  v.count({"certificate_warning_days",
           "A warning is logged when a TLS certificate ends within so many days."},
          node.certificate_warning_days, 1, 3'650);
  v.duration({"stop_grace", "How long a stopping node lets running calls end."}, node.stop_grace,
             0ms, 10min);
}

void describe_peers(PeersSection& peers, KeyVisitor& v) {
  v.section("peers", "Connections between validators, always with mutual TLS.");
  v.endpoint({"listen", "Where other validators connect to."}, peers.listen);
  v.path({"tls_certificate", "Certificate whose key pin stands in the genesis document (PEM)."},
         peers.tls.certificate, false);
  v.path({"tls_key", "Its private key (PEM, readable by the owner only)."}, peers.tls.key, false);
  v.size({"bytes_per_second", "Raw bytes accepted from one peer."}, peers.bytes_per_second,
         64 * kKiB, 16 * kGiB);
  v.size({"queue_bytes", "Bytes that may wait to be sent to one peer."}, peers.queue_bytes,
         8 * kMiB, 4 * kGiB);
  v.duration({"reconnect_min", "First pause before dialling a lost peer again."},
             peers.reconnect_min, 10ms, 1min);
  v.duration({"reconnect_max", "Longest pause before dialling a lost peer again."},
             peers.reconnect_max, 10ms, 10min);
  v.duration({"silence_timeout", "A connection is closed when nothing was heard for so long."},
             peers.silence_timeout, 1s, 10min);
  v.count({"connections_max", "Open connections on the peers' port."}, peers.connections_max, 8,
          65'536);
}

void describe_client_api(ClientApiSection& api, KeyVisitor& v) {
  v.section("client_api", "The gRPC port for wallets, auditors and operators, with mutual TLS.");
  v.endpoint({"listen", "Where clients connect to."}, api.listen);
  v.path({"tls_certificate", "Certificate shown to clients, who know it by its key pin (PEM)."},
         api.tls.certificate, false);
  v.path({"tls_key", "Its private key (PEM, readable by the owner only)."}, api.tls.key, false);
  v.flag({"reflection", "Let clients list the services and their schema."}, api.reflection);
  v.count({"connections_max", "Open connections on this port."}, api.connections_max, 8, 65'536);
  v.count({"connections_per_address_max", "Open connections from one address."},
          api.connections_per_address_max, 1, 65'536);
  v.count({"accepts_per_second", "New connections taken per second."}, api.accepts_per_second, 1,
          100'000);
  v.duration({"first_byte_timeout", "A new connection must send something within this time."},
             api.first_byte_timeout, 100ms, 1min);
  v.duration({"identity_timeout", "TLS handshake and first call must be made within this time."},
             api.identity_timeout, 100ms, 5min);
  v.duration({"idle_timeout", "A connection without any byte for so long is closed."},
             api.idle_timeout, 1s, 24h);
  v.duration({"call_deadline", "Longest time for one answer; a client's shorter one holds."},
             api.call_deadline, 100ms, 5min);
  v.size({"memory_bytes_max", "Memory for all calls together, approximately."},
         api.memory_bytes_max, 16 * kMiB, 64 * kGiB);
  v.count({"stream_queue", "Messages that may wait on one stream before its reader is dropped."},
          api.stream_queue, 16, 100'000);
  v.count({"worker_threads", "Threads that read the stores for calls."}, api.worker_threads, 1, 64);
}

void describe_ops(OpsSection& ops, KeyVisitor& v) {
  v.section("ops",
            "HTTP for metrics and health, without TLS: keep it on loopback or behind a proxy.");
  v.endpoint({"listen", "Where /metrics, /livez, /readyz and /statusz are served."}, ops.listen);
  v.count({"connections_max", "Open connections on this port."}, ops.connections_max, 1, 4'096);
  v.duration({"request_timeout", "A request must be complete within this time."},
             ops.request_timeout, 100ms, 1min);
}

void describe_storage(StorageSection& storage, KeyVisitor& v) {
  v.section("storage", "Files and caches.");
  v.size({"segment_bytes", "Size at which the block store begins a new file."},
         storage.segment_bytes, 1 * kMiB, 4 * kGiB);
  v.size({"rocksdb_cache", "Block cache of the state store."}, storage.rocksdb_cache_bytes,
         8 * kMiB, 1024 * kGiB);
  v.size({"rocksdb_memtable", "Write buffer of each large column family of the state store."},
         storage.rocksdb_memtable_bytes, 1 * kMiB, 4 * kGiB);
  v.size({"state_cache", "Decoded state entries kept in memory."}, storage.state_cache_bytes,
         1 * kMiB, 1024 * kGiB);
  v.count({"recent_heights", "Newest heights at which balances and proofs can be read."},
          storage.recent_heights, 16, 10'000);
  v.size({"free_bytes_min", "Below this free space the node reports itself not ready."},
         storage.free_bytes_min, 0, 1024 * kGiB);
}

void describe_remote(RemoteSignerSection& remote, KeyVisitor& v) {
  v.endpoint({"endpoint", "Where huangpu-signer listens."}, remote.endpoint);
  v.text({"server_pin", "Pin of its certificate, 64 hexadecimal digits."}, remote.server_pin, 64);
  v.path({"tls_certificate", "Certificate shown to it, whose pin its configuration lists (PEM)."},
         remote.tls.certificate, false);
  v.path({"tls_key", "Its private key (PEM, readable by the owner only)."}, remote.tls.key, false);
  v.text({"public_key", "The consensus key that it holds, as \"suite:digits\"."}, remote.public_key,
         256);
  v.duration({"call_timeout", "Longest wait for one answer of the signer."}, remote.call_timeout,
             50ms, 1min);
}

void describe_signer(SignerSection& signer, KeyVisitor& v) {
  v.section("signer", "The key that votes, and the memory of what it signed.");
  choose(v,
         {"kind",
          "Where the key is: in a file, in a PKCS#11 token, or at a remote signer. \"sdf\" is "
          "reserved for devices of GM/T 0018 and refused."},
         signer.kind, kKeyKindNames);
  v.path(
      {"key",
       "Encrypted key file, or token key file, of the consensus key; empty with a remote signer."},
      signer.key, true);
  v.path({"passphrase_file",
          "File with the passphrase or PIN, readable by the owner only; empty: asked for on the "
          "terminal."},
         signer.passphrase_file, true);
  v.count({"passphrase_descriptor",
           "Open descriptor to read the passphrase or PIN from, instead of a file; 0: none."},
          signer.passphrase_descriptor, 0, 1'023);
  v.duration({"startup_watch",
              "After a restart, listens for another copy of its key for so long before it votes."},
             signer.startup_watch, 0ms, 10min);
  v.flag({"host_lock", "Refuses to start while another process of this machine uses the key."},
         signer.host_lock);
  v.path({"sign_state_dir",
          "Guard against signing twice; outside data_dir, best on its own volume, never restored."},
         signer.sign_state_dir, false);
  v.section("signer.remote", "The remote signer, when kind is \"remote\".");
  describe_remote(signer.remote, v);
}

}  // namespace

void describe_next_key(ConsensusKeySection& next, KeyVisitor& v) {
  v.section("signer.next",
            "The key this validator is to be rotated to, taken over in the epoch that names it. "
            "`huangpu-node next-key` prints both sections.");
  choose(v, {"kind", "Where that key is; it may be elsewhere than the key in office."}, next.kind,
         kNextKeyKindNames);
  v.path({"key", "Its key file or token key file."}, next.key, true);
  v.path({"passphrase_file", "File with its passphrase or PIN; empty: asked for on the terminal."},
         next.passphrase_file, true);
  v.count({"passphrase_descriptor", "Open descriptor to read that from instead; 0: none."},
          next.passphrase_descriptor, 0, 1'023);
  v.path({"sign_state_dir", "Its own guard against signing twice, made together with it."},
         next.sign_state_dir, true);
  v.section("signer.next.remote",
            "The remote signer of the next key, when its kind is \"remote\".");
  describe_remote(next.remote, v);
}

namespace {

void describe_log(LogSection& log, KeyVisitor& v) {
  v.section("log", "What the node tells about itself.");
  choose(v, {"level", "Least severity that is written."}, log.level, kLevelNames);
  choose(v, {"format", "Lines for people, or one JSON object per line."}, log.format, kFormatNames);
  v.path({"file", "Log file; empty: standard error."}, log.file, true);
  v.size({"file_bytes_max", "Size at which a new log file begins."}, log.file_bytes_max, 64 * kKiB,
         4 * kGiB);
  v.count({"files_max", "Log files kept, the current one included."}, log.files_max, 1, 1'000);
  v.count({"repeats_per_minute", "Lines of one event per minute; the rest is counted only."},
          log.repeats_per_minute, 1, 100'000);
}

}  // namespace

void describe_limits(IdentityLimits& limits, KeyVisitor& v) {
  v.size({"connection_bytes_per_second", "Raw bytes accepted on one connection."},
         limits.connection_bytes_per_second, 4 * kKiB, 16 * kGiB);
  v.size({"connection_burst", "Raw bytes accepted at once on one connection."},
         limits.connection_burst_bytes, 4 * kKiB, 4 * kGiB);
  v.count({"connections", "Open connections."}, limits.connections, 1, 4'096);
  v.count({"calls_per_second", "Calls begun."}, limits.calls_per_second, 1, 1'000'000);
  v.count({"signatures_per_second", "Signatures submitted for checking."},
          limits.signatures_per_second, 1, 10'000'000);
  v.size({"envelope_bytes_per_second", "Bytes of submitted envelopes."},
         limits.envelope_bytes_per_second, 64 * kKiB, 16 * kGiB);
  v.count({"concurrent_calls", "Calls that wait for an answer."}, limits.concurrent_calls, 1,
          100'000);
  v.count({"concurrent_streams", "Streams open."}, limits.concurrent_streams, 1, 10'000);
}

void describe(NodeConfig& config, KeyVisitor& v) {
  describe_node(config.node, v);
  describe_peers(config.peers, v);
  describe_client_api(config.client_api, v);
  describe_ops(config.ops, v);
  describe_storage(config.storage, v);
  describe_signer(config.signer, v);
  describe_next_key(config.signer.next, v);
  describe_log(config.log, v);

  auto& limits = config.limits;
  v.section("limits", "Bounds of the node as a whole.");
  v.count({"pending_transactions", "Admitted here and not yet ordered."},
          limits.pending_transactions, 100, 10'000'000);
  v.size({"pending_bytes", "Bytes of those."}, limits.pending_bytes, 4 * kMiB, 64 * kGiB);
  v.count({"tracked_transactions", "Transactions whose stage is remembered for watchers."},
          limits.tracked_transactions, 1'000, 10'000'000);
  v.count({"verify_queue", "Envelopes that wait for their signature check."}, limits.verify_queue,
          16, 1'000'000);
  v.section("limits.participant", "One identity with the role participant or issuer.");
  describe_limits(limits.participant, v);
  v.section("limits.auditor", "One identity with the role auditor.");
  describe_limits(limits.auditor, v);
  v.section("limits.supervisor", "One identity with the role supervisor.");
  describe_limits(limits.supervisor, v);
  v.section("limits.operator", "One identity with the role operator.");
  describe_limits(limits.operator_role, v);
}

}  // namespace huangpu::node
