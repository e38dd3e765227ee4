// Signer and node over real TLS on loopback.
#include "node/signer/signer_server.hpp"

#include <algorithm>

#include "crypto/sign/verifier.hpp"
#include "crypto/tls/certificate.hpp"
#include "huangpu/v1/signer.pb.h"
#include "node/signer/remote_backend.hpp"
#include "node/signer/signer_wire.hpp"
#include "tests/unit/node/signer/support.hpp"

namespace huangpu::node {
namespace {

using consensus::SignedKind;

struct Tls {
  TlsMaterial material;
  crypto::Digest pin;
};
Tls make_tls(const std::string& name) {
  const auto made = crypto::make_certificate(name, {"127.0.0.1"}, 30);
  return {{made->key_pem, made->cert_pem}, crypto::spki_pin(made->cert_pem).value()};
}

class SignerServerTest : public DeskTest {
 protected:
  SignerServerTest() {
    auto key = crypto::LocalSigner::generate(crypto::SuiteId::kEd25519Sha256);
    public_key_ = (*key)->public_key();
    place_.key = public_key_.id();
    create();
    desk_ = std::make_unique<SigningDesk>(std::move(*key),
                                          SignRecordFiles::open(files_, place_).value(), 60'000,
                                          [](const Error&) {});
    serve(0);
  }
  void serve(std::uint16_t port) {
    SignerServerConfig config;
    config.host = "127.0.0.1";
    config.port = port;
    config.tls = server_tls_.material;
    config.clients = {node_tls_.pin};
    config.certificate_end = [this] { return certificate_end_; };
    auto server =
        SignerServer::start(std::move(config), {desk_.get()},
                            [this](const std::string& what) { notices_.push_back(what); });
    ASSERT_TRUE(server.has_value()) << server.error().message;
    server_ = std::move(*server);
    port_ = server_->port();
  }
  std::unique_ptr<RemoteBackend> dial(const Tls& tls) {
    RemoteSignerConfig config;
    config.endpoint = "127.0.0.1:" + std::to_string(port_);
    config.pin = server_tls_.pin;
    config.tls = tls.material;
    config.key = public_key_;
    config.genesis = place_.genesis;
    config.node_name = "node";
    config.server_end = [this](TimestampMs end) { told_end_ = end; };
    return RemoteBackend::open(std::move(config)).value();
  }

  const Tls server_tls_ = make_tls("signer");
  const Tls node_tls_ = make_tls("node");
  crypto::PublicKey public_key_;
  std::vector<std::string> notices_;
  std::unique_ptr<SignerServer> server_;
  std::uint16_t port_ = 0;
  TimestampMs certificate_end_{1'900'000'000'000};
  TimestampMs told_end_{0};
};

// SPEC N-314.
TEST_F(SignerServerTest, ANodeGetsSignaturesThatVerifyAndRefusalsThatSayWhy) {
  const auto backend = dial(node_tls_);
  ASSERT_TRUE(backend->first_attach(std::chrono::milliseconds(0)).has_value());
  const std::vector<consensus::SigningRequest> requests = {statement(SignedKind::kNotarize, 5, 1),
                                                           statement(SignedKind::kNotarize, 5, 2)};
  const auto results = backend->sign(requests);
  ASSERT_EQ(results.size(), 2u);
  ASSERT_TRUE(results[0].has_value()) << results[0].error().message;
  EXPECT_TRUE(crypto::verify(public_key_, requests[0].message(), *results[0]));
  EXPECT_EQ(results[1].error().code, Errc::kGuard);
  EXPECT_EQ(notices_.size(), 1u);
}

// SPEC N-317.
TEST_F(SignerServerTest, ANodeIsToldWhenTheSignersCertificateEnds) {
  const auto backend = dial(node_tls_);
  ASSERT_TRUE(backend->first_attach(std::chrono::milliseconds(0)).has_value());
  EXPECT_EQ(told_end_, certificate_end_);
}

TEST_F(SignerServerTest, ASecondNodeWithTheSameKeyIsRefusedWhileTheFirstIsThere) {
  const auto first = dial(node_tls_);
  ASSERT_TRUE(first->first_attach(std::chrono::milliseconds(0)).has_value());
  const auto second = dial(node_tls_);
  const auto refused = second->first_attach(std::chrono::milliseconds(0));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::kAlreadyRunning);
  const auto results = second->sign({{statement(SignedKind::kNotarize, 5, 1)}});
  EXPECT_EQ(results[0].error().code, Errc::kUnavailable);
}

// SPEC N-315.
TEST_F(SignerServerTest, AStrangerNeverReachesTheService) {
  const auto stranger = dial(make_tls("stranger"));
  const auto results = stranger->sign({{statement(SignedKind::kNotarize, 5, 1)}});
  ASSERT_FALSE(results[0].has_value());
  EXPECT_EQ(results[0].error().code, Errc::kUnavailable);
  EXPECT_EQ(desk_->statistics().signatures, 0u);
}

TEST_F(SignerServerTest, ASignerThatRestartsIsUsedAgain) {
  const auto backend = dial(node_tls_);
  ASSERT_TRUE(backend->first_attach(std::chrono::milliseconds(0)).has_value());
  server_.reset();
  EXPECT_FALSE(backend->sign({{statement(SignedKind::kNotarize, 5, 1)}})[0].has_value());
  serve(port_);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  bool back = false;
  while (!back && std::chrono::steady_clock::now() < end)
    back = backend->sign({{statement(SignedKind::kNotarize, 5, 1)}})[0].has_value();
  EXPECT_TRUE(back);
}

TEST_F(SignerServerTest, AnUnreachableSignerIsNoReasonNotToStart) {
  server_.reset();
  EXPECT_TRUE(dial(node_tls_)->first_attach(std::chrono::milliseconds(0)).has_value());
}

// SPEC N-316: arbitrary bytes are nothing a signer signs.
TEST(SignerWire, OnlyWholeTypedStatementsAreDecoded) {
  v1::SignRequest message;
  to_proto(
      SignCall{crypto::KeyId{digest_of(1)}, instance(1), {statement(SignedKind::kCommit, 7, 3)}},
      message);
  const auto back = from_proto(message);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->statements, std::vector{statement(SignedKind::kCommit, 7, 3)});
  const auto refused = [&message](auto&& change) {
    v1::SignRequest edited = message;
    change(edited);
    return !from_proto(edited).has_value();
  };
  EXPECT_TRUE(refused([](auto& m) { m.mutable_statements(0)->set_kind(7); }));
  EXPECT_TRUE(refused([](auto& m) { m.mutable_statements(0)->set_kind(0); }));
  EXPECT_TRUE(refused([](auto& m) { m.mutable_statements(0)->set_digest("x"); }));
  EXPECT_TRUE(refused([](auto& m) { m.set_genesis(""); }));
  EXPECT_TRUE(refused([](auto& m) { m.set_key_id(std::string(33, 'x')); }));
  EXPECT_TRUE(refused([](auto& m) { m.set_instance(""); }));
  EXPECT_TRUE(refused([](auto& m) { m.clear_statements(); }));
  EXPECT_TRUE(refused([](auto& m) {
    for (int i = 0; i < 64; ++i) *m.add_statements() = m.statements(0);
  }));
}

TEST(SignerWire, AnAnswerOfAnotherLengthIsAnErrorForEveryStatement) {
  v1::SignReply reply;
  reply.add_results();
  const auto results = from_proto(reply, 2);
  ASSERT_EQ(results.size(), 2u);
  EXPECT_FALSE(results[0].has_value());
  EXPECT_EQ(wire_error(9'999, "a\nb").code, Errc::kInternal);
  EXPECT_EQ(wire_error(9'999, "a\nb").message, "a?b");
}

}  // namespace
}  // namespace huangpu::node
