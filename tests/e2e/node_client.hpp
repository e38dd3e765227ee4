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

// `nodes_max` 1: the chosen node only.
[[nodiscard]] inline Result<std::unique_ptr<node::Client>> connect_client(const Profile& profile,
                                                                          std::size_t first_node,
                                                                          std::size_t nodes_max) {
  node::ClientConfig config;
  for (std::size_t i = 0; i < profile.nodes.size() && i < nodes_max; ++i) {
    const ProfileNode& node = profile.nodes[(first_node + i) % profile.nodes.size()];
    config.endpoints.push_back({node.address, node.pin});
  }
  HP_TRY_ASSIGN(config.certificate_pem,
                ledger::read_text_file(profile.resolve(profile.certificate), crypto::kPemBytesMax));
  HP_TRY_ASSIGN(config.key_pem, crypto::load_private_pem(profile.resolve(profile.tls_key)));
  config.call_timeout = std::chrono::milliseconds(3'000);
  config.connect_timeout = std::chrono::milliseconds(500);
  return node::Client::connect(std::move(config));
}

}  // namespace huangpu::tools
