#include "node/config/config.hpp"

#include <charconv>

#include "node/config/schema.hpp"

namespace huangpu::node {
namespace {

// Wallets are many and small; auditors and operators are few and read much.
IdentityLimits reader_limits() {
  IdentityLimits limits;
  limits.connection_bytes_per_second = 4ull << 20;
  limits.connection_burst_bytes = 1ull << 20;
  limits.calls_per_second = 1'000;
  limits.concurrent_calls = 64;
  limits.concurrent_streams = 16;
  return limits;
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto malformed = [&] {
    return fail(Errc::kMalformed, "must be host:port, such as \"127.0.0.1:7701\"");
  };
  std::string_view host;
  std::string_view port_text;
  if (text.starts_with('[')) {
    const auto close = text.find("]:");
    if (close == std::string_view::npos) return malformed();
    host = text.substr(1, close - 1);
    port_text = text.substr(close + 2);
    if (host.find(':') == std::string_view::npos) return malformed();
  } else {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) {
      return malformed();
    }
    host = text.substr(0, colon);
    port_text = text.substr(colon + 1);
  }
  if (host.empty() || host.size() > 253) return malformed();
  for (const char c : host) {
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == ':';
    if (!allowed) return malformed();
  }
  std::uint16_t port = 0;
  const auto [end, error] =
      std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (error != std::errc{} || end != port_text.data() + port_text.size()) return malformed();
  return Endpoint{std::string(host), port};
}

std::string to_text(const Endpoint& endpoint) {
  const bool ipv6 = endpoint.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

const IdentityLimits& LimitsSection::for_role(ledger::Role role) const {
  switch (role) {
    case ledger::Role::kParticipant:
    case ledger::Role::kIssuer:
    case ledger::Role::kGovernor:
      return participant;
    case ledger::Role::kOperator:
      return operator_role;
    case ledger::Role::kAuditor:
      return auditor;
    case ledger::Role::kSupervisor:
      return supervisor;
  }
  return participant;
}

const IdentityLimits& LimitsSection::for_identity(const Principal& caller) const {
  for (const auto& identity : identities) {
    if (identity.pin == caller.pin) return identity.limits;
  }
  return for_role(caller.role);
}

NodeConfig default_config(const std::filesystem::path& home) {
  NodeConfig config;
  config.home = home;
  config.node.genesis = home / "genesis.json";
  config.node.data_dir = home / "data";
  config.peers.tls = {home / "tls" / "peer.crt", home / "tls" / "peer.key"};
  config.client_api.tls = {home / "tls" / "client.crt", home / "tls" / "client.key"};
  config.signer.key = home / "keys" / "consensus.json";
  config.signer.sign_state_dir = home / "sign-state";
  config.signer.remote.tls = {home / "tls" / "signer.crt", home / "tls" / "signer.key"};
  config.signer.next.remote.tls = config.signer.remote.tls;
  config.limits.auditor = reader_limits();
  config.limits.supervisor = reader_limits();
  config.limits.operator_role = reader_limits();
  return config;
}

}  // namespace huangpu::node
