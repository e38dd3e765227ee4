#include "tests/unit/node/transport/tls_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "tests/unit/node/transport/support.hpp"

namespace huangpu::node::test {

struct TlsClient::State {
  int socket = -1;
  SSL_CTX* context = nullptr;
  SSL* ssl = nullptr;
  bool handshaken = false;
};

TlsClient::TlsClient(std::uint16_t port, const Options& options)
    : state_(std::make_unique<State>()) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  State& s = *state_;
  s.context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_verify(s.context, SSL_VERIFY_NONE, nullptr);
  if (options.tls12_only) SSL_CTX_set_max_proto_version(s.context, TLS1_2_VERSION);
  if (options.own) {
    BIO* const cert_text = BIO_new_mem_buf(options.own->cert_pem.data(), -1);
    BIO* const key_text = BIO_new_mem_buf(options.own->key_pem.data(), -1);
    X509* const cert = PEM_read_bio_X509(cert_text, nullptr, nullptr, nullptr);
    EVP_PKEY* const key = PEM_read_bio_PrivateKey(key_text, nullptr, nullptr, nullptr);
    SSL_CTX_use_certificate(s.context, cert);
    SSL_CTX_use_PrivateKey(s.context, key);
    X509_free(cert);
    EVP_PKEY_free(key);
    BIO_free(cert_text);
    BIO_free(key_text);
  }
  s.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(s.socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    return;
  s.ssl = SSL_new(s.context);
  static constexpr unsigned char kAlpn[] = {2, 'h', '2'};
  SSL_set_alpn_protos(s.ssl, kAlpn, sizeof(kAlpn));
  SSL_set_fd(s.ssl, s.socket);
  s.handshaken = SSL_connect(s.ssl) == 1;
}

TlsClient::~TlsClient() {
  SSL_free(state_->ssl);
  SSL_CTX_free(state_->context);
  if (state_->socket >= 0) ::close(state_->socket);
}

bool TlsClient::handshaken() const { return state_->handshaken; }

bool TlsClient::send(const std::string& bytes) {
  return state_->handshaken &&
         SSL_write(state_->ssl, bytes.data(), static_cast<int>(bytes.size())) ==
             static_cast<int>(bytes.size());
}

bool TlsClient::closed_by_server() {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    pollfd waiting{.fd = state_->socket, .events = POLLIN, .revents = 0};
    if (SSL_pending(state_->ssl) == 0 && ::poll(&waiting, 1, 100) <= 0) continue;
    char buffer[4096];
    if (SSL_read(state_->ssl, buffer, sizeof(buffer)) <= 0) return true;
  }
  return false;
}

std::string http2_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                        const std::string& payload) {
  const auto byte = [](std::size_t value, int shift) { return static_cast<char>(value >> shift); };
  std::string frame;
  for (const int shift : {16, 8, 0}) frame += byte(payload.size(), shift);
  frame += static_cast<char>(type);
  frame += static_cast<char>(flags);
  for (const int shift : {24, 16, 8, 0}) frame += byte(stream, shift);
  return frame + payload;
}

std::string http2_preface() {
  constexpr std::uint8_t kSettings = 4;
  return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + http2_frame(kSettings, 0, 0, "");
}

std::string http2_request(std::uint32_t stream, const std::string& path) {
  constexpr std::uint8_t kHeaders = 1;
  constexpr std::uint8_t kEndHeaders = 4;
  // Literals without indexing; one-byte lengths suffice here.
  const auto literal = [](const std::string& name, const std::string& value) {
    return std::string(1, '\0') + static_cast<char>(name.size()) + name +
           static_cast<char>(value.size()) + value;
  };
  const std::string block = "\x83\x87" /* POST, https */ + literal(":path", path) +
                            literal(":authority", "x") + literal("te", "trailers") +
                            literal("content-type", "application/grpc");
  return http2_frame(kHeaders, kEndHeaders, stream, block);
}

std::string http2_reset(std::uint32_t stream) {
  constexpr std::uint8_t kReset = 3;
  return http2_frame(kReset, 0, stream, std::string("\0\0\0\x08", 4));
}

}  // namespace huangpu::node::test
