#include "node/transport/identity.hpp"

#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/server_context.h>

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
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

// gRPC reads certificates that change from files only; these lie in memory and have no name.
class MemoryFile {
 public:
  MemoryFile() : fd_(memfd_create("huangpu-tls", MFD_CLOEXEC)) {}
  ~MemoryFile() {
    if (fd_ >= 0) close(fd_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }
  [[nodiscard]] Status write(const std::string& text) const {
    if (fd_ < 0 || ftruncate(fd_, 0) != 0 ||
        pwrite(fd_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
      return fail(Errc::kIo, "transport key: no memory to keep it in");
    }
    return {};
  }

 private:
  const int fd_;
};

class Reload final : public TlsReload {
 public:
  Status replace(const TlsMaterial& next) override {
    HP_TRY(crypto::check_key_matches(next.key_pem, next.cert_pem));
    const std::lock_guard lock(mutex_);
    HP_TRY(key_.write(next.key_pem));
    return cert_.write(next.cert_pem);
  }
  std::shared_ptr<tls::CertificateProviderInterface> provider() {
    const std::lock_guard lock(mutex_);
    constexpr unsigned kRefreshSeconds = 1;
    if (!provider_) {
      provider_ = std::make_shared<tls::FileWatcherCertificateProvider>(key_.path(), cert_.path(),
                                                                        kRefreshSeconds);
    }
    return provider_;
  }

 private:
  std::mutex mutex_;
  MemoryFile key_;
  MemoryFile cert_;
  std::shared_ptr<tls::CertificateProviderInterface> provider_;
};

Result<std::shared_ptr<tls::CertificateProviderInterface>> make_provider(const TlsMaterial& own) {
  keep_grpc_running();
  if (own.reload) return static_cast<Reload&>(*own.reload).provider();
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

Result<std::shared_ptr<TlsReload>> TlsReload::open(const TlsMaterial& first) {
  auto reload = std::make_shared<Reload>();
  HP_TRY(reload->replace(first));
  return reload;
}

Result<std::shared_ptr<grpc::ChannelCredentials>> make_channel_credentials(
    const TlsMaterial& own, const crypto::Digest& pin) {
  return make_channel_credentials(own, [pin](const crypto::Digest& shown) {
    return shown == pin ? std::optional<Identity>(Identity{}) : std::nullopt;
  });
}

Result<std::shared_ptr<grpc::ChannelCredentials>> make_channel_credentials(const TlsMaterial& own,
                                                                           PinAuthority authority) {
  HP_TRY_ASSIGN(const auto provider, make_provider(own));
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(provider);
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(tls::ExternalCertificateVerifier::Create<PinVerifier>(
      std::move(authority), std::make_shared<Counters>()));
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
