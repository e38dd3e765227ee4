#include "tests/unit/node/rpc/network.hpp"

#include <chrono>
#include <stdexcept>
#include <thread>

namespace huangpu::node::test {

Party make_party(std::uint32_t participant, ledger::Role role) {
  auto certificate = crypto::make_certificate("party", {"127.0.0.1"}, 1);
  if (!certificate) throw std::runtime_error(certificate.error().message);
  Party party{std::move(*certificate), principal(participant, role)};
  party.principal.pin = *crypto::spki_pin(party.certificate.cert_pem);
  return party;
}

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

const Party& RpcTest::alice() {
  static const Party party = make_party(1);
  return party;
}
const Party& RpcTest::bob() {
  static const Party party = make_party(2);
  return party;
}
const Party& RpcTest::auditor() {
  static const Party party = make_party(9, ledger::Role::kAuditor);
  return party;
}
const Party& RpcTest::stranger() {
  static const Party party = make_party(66);
  return party;
}
const Party& RpcTest::node() {
  static const Party party = make_party(77);
  return party;
}

RpcTest::RpcTest() {
  chain_.genesis = small_genesis();
  chain_.text = "the genesis document";
  for (const auto* party : {&alice(), &bob(), &auditor()}) backend_.admit(party->principal);
  backend_.on_submit([](Bytes, const Principal&, FakeBackend::Answer done) {
    TransactionUpdate update;
    update.stage = TransactionStage::kAdmitted;
    done(update);
  });
  config_.api.listen = {"127.0.0.1", 0};
  config_.tls = {node().certificate.key_pem, node().certificate.cert_pem};
  for (auto* limits : {&config_.limits.participant, &config_.limits.auditor}) {
    limits->connection_bytes_per_second = 64 << 20;
    limits->connection_burst_bytes = 16 << 20;
    limits->envelope_bytes_per_second = 64 << 20;
    limits->signatures_per_second = 100'000;
  }
}

RpcTest::~RpcTest() {
  if (server_) server_->stop(std::chrono::milliseconds(0));
}

void RpcTest::start() {
  auto server =
      RpcServer::start(config_, RpcServerParts{backend_, tracker_, feed_, chain_, metrics_});
  if (!server) throw std::runtime_error(server.error().message);
  server_ = std::move(*server);
}

ClientConfig RpcTest::client_config(const Party& party) const {
  ClientConfig config;
  config.endpoints = {{"127.0.0.1:" + std::to_string(server_->port()), node().principal.pin}};
  config.certificate_pem = party.certificate.cert_pem;
  config.key_pem = party.certificate.key_pem;
  return config;
}

std::unique_ptr<Client> RpcTest::client(const Party& party) const {
  auto client = Client::connect(client_config(party));
  if (!client) throw std::runtime_error(client.error().message);
  return std::move(*client);
}

}  // namespace huangpu::node::test
