// A certificate that changes while servers and channels live.
#include <gtest/gtest.h>

#include <mutex>
#include <optional>

#include "crypto/tls/certificate.hpp"
#include "tests/unit/node/transport/echo_server.hpp"
#include "tests/unit/node/transport/support.hpp"

namespace huangpu::node::test {
namespace {

std::shared_ptr<TlsReload> attach_reload(TlsMaterial& material) {
  auto reload = TlsReload::open(material);
  EXPECT_TRUE(reload) << reload.error().message;
  material.reload = reload.value_or(nullptr);
  return material.reload;
}

// The pin that a server shows to a connection made now.
crypto::Digest pin_shown(EchoServer& echo, const Party& client) {
  std::mutex mutex;
  crypto::Digest shown;
  const auto credentials = make_channel_credentials(
      client.tls, [&](const crypto::Digest& pin) -> std::optional<Identity> {
        const std::lock_guard lock(mutex);
        shown = pin;
        return Identity{};
      });
  EXPECT_TRUE(credentials) << credentials.error().message;
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  EXPECT_TRUE(
      echo_once(grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(echo.server->port()),
                                          *credentials, arguments))
          .ok());
  const std::lock_guard lock(mutex);
  return shown;
}

// A server whose certificate can be replaced, and a client that it admits.
class TlsReloadTest : public ::testing::Test {
 protected:
  std::shared_ptr<TlsReload> reload_;
  Party first_;
  EchoServer echo_{[this](GrpcServerConfig& config) {
    first_.tls = config.tls;
    first_.pin = crypto::spki_pin(config.tls.cert_pem).value();
    reload_ = attach_reload(config.tls);
  }};
  const Party client_ = echo_.admit("client");
};

// SPEC N-132.
TEST_F(TlsReloadTest, NewConnectionsShowTheNewCertificateAndStandingOnesGoOn) {
  ASSERT_EQ(pin_shown(echo_, client_), first_.pin);
  grpc::ClientContext context;
  const auto channel = echo_.channel(client_);
  const auto standing = v1::PeerBulk::NewStub(channel)->Exchange(&context);
  v1::PeerFrame frame;
  frame.add_payloads("before");
  ASSERT_TRUE(standing->Write(frame));
  ASSERT_TRUE(standing->Read(&frame));

  const Party second = make_party("second");
  ASSERT_TRUE(reload_->replace(second.tls));

  EXPECT_TRUE(eventually([&] { return pin_shown(echo_, client_) == second.pin; }));
  ASSERT_TRUE(standing->Write(frame)) << "the connection that stood was closed";
  ASSERT_TRUE(standing->Read(&frame));
  EXPECT_EQ(frame.payloads(0), "before");
  standing->WritesDone();
  EXPECT_TRUE(standing->Finish().ok());
}

TEST_F(TlsReloadTest, AKeyThatDoesNotBelongToItsCertificateChangesNothing) {
  const Party second = make_party("second");
  TlsMaterial mixed = second.tls;
  mixed.key_pem = make_party("third").tls.key_pem;
  EXPECT_EQ(reload_->replace(mixed).error().code, Errc::kConflict);
  EXPECT_FALSE(reload_->replace({.key_pem = "", .cert_pem = ""}));
  EXPECT_FALSE(reload_->replace({.key_pem = second.tls.key_pem, .cert_pem = "no certificate"}));
  EXPECT_EQ(pin_shown(echo_, client_), first_.pin);

  // What is whole is taken all the same afterwards.
  ASSERT_TRUE(reload_->replace(second.tls));
  EXPECT_TRUE(eventually([&] { return pin_shown(echo_, client_) == second.pin; }));
}

TEST_F(TlsReloadTest, AClientShowsItsNewCertificateOnNewConnectionsToo) {
  Party client = echo_.admit("changing");
  const auto reload = attach_reload(client.tls);
  const auto called_as = [&] {
    EXPECT_TRUE(echo_once(echo_.channel(client)).ok());
    const std::lock_guard lock(echo_.service.mutex);
    return echo_.service.caller->pin;
  };
  ASSERT_EQ(called_as(), client.pin);
  const Party next = echo_.admit("next");
  ASSERT_TRUE(reload->replace(next.tls));
  EXPECT_TRUE(eventually([&] { return called_as() == next.pin; }));
}

// The order that operators follow: the new pin is registered first, the old one revoked last.
TEST_F(TlsReloadTest, ARevokedOldCertificateEndsItsConnectionsAndTheNewOneGoesOn) {
  Party client = echo_.admit("changing");
  const auto reload = attach_reload(client.tls);
  const auto standing = echo_.channel(client);
  ASSERT_TRUE(echo_once(standing).ok());
  const Party next = echo_.admit("next");
  ASSERT_TRUE(reload->replace(next.tls));
  ASSERT_TRUE(eventually([&] {
    EXPECT_TRUE(echo_once(echo_.channel(client)).ok());
    const std::lock_guard lock(echo_.service.mutex);
    return echo_.service.caller->pin == next.pin;
  }));

  echo_.revoke(client);
  EXPECT_GE(echo_.server->recheck(), 1U);

  // The channel that was made with the old certificate connects anew, with the new one.
  EXPECT_TRUE(eventually([&] { return echo_once(standing).ok(); }));
  const std::lock_guard lock(echo_.service.mutex);
  EXPECT_EQ(echo_.service.caller->pin, next.pin);
}

}  // namespace
}  // namespace huangpu::node::test
