// A wallet's connection to the nodes of its profile, beginning with a chosen one.
#pragma once

#include <chrono>
#include <cstddef>

#include "crypto/keystore/private_file.hpp"
#include "crypto/tls/certificate.hpp"
#include "ledger/store/text_file.hpp"
#include "node/client/client.hpp"
#include "tools/cli/profile.hpp"

namespace huangpu::tools {

// How long a client waits for a node before it goes to the next one.
struct ClientPatience {
  std::chrono::milliseconds connect{500};
  std::chrono::milliseconds call{3'000};
};
// Where there is no other node to go to: longer than a busy machine makes anybody wait.
inline constexpr ClientPatience kLongPatience{std::chrono::milliseconds(60'000),
                                              std::chrono::milliseconds(60'000)};

// `nodes_max` 1: the chosen node only.
[[nodiscard]] inline Result<std::unique_ptr<node::Client>> connect_client(
    const Profile& profile, std::size_t first_node, std::size_t nodes_max,
    const ClientPatience& patience = {}) {
  node::ClientConfig config;
  for (std::size_t i = 0; i < profile.nodes.size() && i < nodes_max; ++i) {
    const ProfileNode& node = profile.nodes[(first_node + i) % profile.nodes.size()];
    config.endpoints.push_back({node.address, node.pin});
  }
  HP_TRY_ASSIGN(config.certificate_pem,
                ledger::read_text_file(profile.resolve(profile.certificate), crypto::kPemBytesMax));
  HP_TRY_ASSIGN(config.key_pem, crypto::load_private_pem(profile.resolve(profile.tls_key)));
  config.call_timeout = patience.call;
  config.connect_timeout = patience.connect;
  return node::Client::connect(std::move(config));
}

}  // namespace huangpu::tools
