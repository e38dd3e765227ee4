// One client port over a fake backend, with certificates made for the test.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "crypto/tls/certificate.hpp"
#include "node/client/client.hpp"
#include "node/rpc/rpc_server.hpp"
#include "tests/unit/node/api/fake_backend.hpp"

namespace huangpu::node::test {

// A TLS key with the identity it stands for.
struct Party {
  crypto::CertificateMaterial certificate;
  Principal principal;
};

[[nodiscard]] Party make_party(std::uint32_t participant,
                               ledger::Role role = ledger::Role::kParticipant);

// Waits for a condition that another thread brings about; false after ten seconds.
[[nodiscard]] bool eventually(const std::function<bool()>& condition);

class RpcTest : public ::testing::Test {
 protected:
  RpcTest();
  ~RpcTest() override;

  // With config_ as the test left it.
  void start();
  [[nodiscard]] ClientConfig client_config(const Party& party) const;
  [[nodiscard]] std::unique_ptr<Client> client(const Party& party) const;

  // Parties are made once per process: keys take time.
  static const Party& alice();    // participant 1
  static const Party& bob();      // participant 2
  static const Party& auditor();  // participant 9
  static const Party& stranger();
  static const Party& node();

  FakeBackend backend_;
  TransactionTracker tracker_;
  FinalityFeed feed_;
  ChainDocument chain_;
  Metrics metrics_;
  RpcServerConfig config_;
  std::unique_ptr<RpcServer> server_;
};

}  // namespace huangpu::node::test
