#include "node/transport/identity.hpp"

#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/server_context.h>

#include <atomic>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/tls/certificate.hpp"
#include "node/transport/grpc_runtime.hpp"

namespace huangpu::node {
namespace {

namespace tls = grpc::experimental;

class Counters final : public HandshakeCounters {
 public:
  [[nodiscard]] Values values() const override {
    return {.accepted = accepted,
            .refused_pin = refused_pin,
            .refused_certificate = refused_certificate};
  }
  std::atomic<std::uint64_t> accepted = 0;
  std::atomic<std::uint64_t> refused_pin = 0;
  std::atomic<std::uint64_t> refused_certificate = 0;
};

// Compares the key of the certificate shown with the registry, in the handshake (SPEC N-101). gRPC
// calls it also when a session is resumed.
class PinVerifier final : public tls::ExternalCertificateVerifier {
 public:
  PinVerifier(PinAuthority authority, std::shared_ptr<Counters> counters)
      : authority_(std::move(authority)), counters_(std::move(counters)) {}

  bool Verify(tls::TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* status) override {
    const grpc::string_ref pem = request->peer_cert();
    const auto pin = crypto::spki_pin(std::string_view(pem.data(), pem.size()));
    if (!pin) {
      ++counters_->refused_certificate;
      *status = grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "certificate not readable");
    } else if (!authority_(*pin)) {
      ++counters_->refused_pin;
      *status = grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "key not registered");
    } else {
      ++counters_->accepted;
      *status = grpc::Status::OK;
    }
    return true;  // decided here and now
  }

  void Cancel(tls::TlsCustomVerificationCheckRequest*) override {}  // nothing is ever pending

 private:
  const PinAuthority authority_;
  const std::shared_ptr<Counters> counters_;
};

Result<std::shared_ptr<tls::CertificateProviderInterface>> make_provider(const TlsMaterial& own) {
  keep_grpc_running();
  // gRPC would notice a bad pair only at the first connection.
  if (const Status matches = crypto::check_key_matches(own.key_pem, own.cert_pem); !matches) {
    return fail(matches.error(), "transport key and certificate");
  }
  return std::make_shared<tls::StaticDataCertificateProvider>(
      std::vector<tls::IdentityKeyCertPair>{{own.key_pem, own.cert_pem}});
}

}  // namespace

Result<ServerIdentity> make_server_identity(const TlsMaterial& own, PinAuthority authority) {
  HP_TRY_ASSIGN(const auto provider, make_provider(own));
  auto counters = std::make_shared<Counters>();

  tls::TlsServerCredentialsOptions options(provider);
  options.watch_identity_key_cert_pairs();
  // "Don't verify" is about chains of issuers, which mean nothing here; the verifier decides.
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
  options.set_certificate_verifier(
      tls::ExternalCertificateVerifier::Create<PinVerifier>(std::move(authority), counters));
  return ServerIdentity{tls::TlsServerCredentials(options), std::move(counters)};
}

Result<std::shared_ptr<grpc::ChannelCredentials>> make_channel_credentials(
    const TlsMaterial& own, const crypto::Digest& pin) {
  HP_TRY_ASSIGN(const auto provider, make_provider(own));
  const PinAuthority only_this = [pin](const crypto::Digest& shown) {
    return shown == pin ? std::optional<Identity>(Identity{}) : std::nullopt;
  };

  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(provider);
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(tls::ExternalCertificateVerifier::Create<PinVerifier>(
      only_this, std::make_shared<Counters>()));
  return tls::TlsCredentials(options);
}

Result<crypto::Digest> connection_identity(const grpc::ServerContextBase& context) {
  const auto auth = context.auth_context();
  if (!auth) return fail(Errc::kUnauthenticated, "the connection is not authenticated");
  const auto pems = auth->FindPropertyValues("x509_pem_cert");
  if (pems.size() != 1) return fail(Errc::kUnauthenticated, "the connection shows no certificate");
  return crypto::spki_pin(std::string_view(pems[0].data(), pems[0].size()));
}

}  // namespace huangpu::node
