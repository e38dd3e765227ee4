#include "node/http/ops_server.hpp"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <thread>
#include <utility>

#include "node/http/ops_pages.hpp"
#include "node/telemetry/log.hpp"

namespace huangpu::node {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr std::uint32_t kHeaderBytesMax = 8 * 1024;
constexpr std::size_t kBufferBytesMax = 16 * 1024;
constexpr unsigned kRequestsPerConnectionMax = 1'000;
constexpr std::chrono::milliseconds kDescriptorPause{100};

struct Shared {
  OpsHandlers handlers;
  Milliseconds request_timeout{0};
  std::uint32_t connections_max = 0;
  std::atomic<std::uint32_t> connections = 0;
  std::atomic<std::uint64_t> requests = 0;
  std::atomic<std::uint64_t> refused_connections = 0;
  std::atomic<std::uint64_t> refused_requests = 0;
};

// One connection. Kept alive by its pending operation; everything happens on the server's thread.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, Shared& shared)
      : stream_(std::move(socket)), buffer_(kBufferBytesMax), shared_(shared) {
    ++shared_.connections;
  }
  ~Session() { --shared_.connections; }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void read() {
    parser_.emplace();
    parser_->header_limit(kHeaderBytesMax);
    parser_->body_limit(0);
    stream_.expires_after(shared_.request_timeout);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) {
                       self->on_read(error);
                     });
  }

 private:
  void on_read(beast::error_code error) {
    if (error == http::error::end_of_stream || error == beast::error::timeout ||
        error == asio::error::connection_reset) {
      if (parser_->got_some()) ++shared_.refused_requests;
      return close();
    }
    if (error) {
      ++shared_.refused_requests;
      return answer({400, "text/plain", "bad request\n"}, false, true);
    }
    ++shared_.requests;
    const auto& request = parser_->get();
    const bool is_head = request.method() == http::verb::head;
    if (request.method() != http::verb::get && !is_head) {
      return answer({405, "text/plain", "only GET and HEAD\n"}, false, true);
    }
    const auto target = std::string_view(request.target().data(), request.target().size());
    const bool last = !request.keep_alive() || ++served_ >= kRequestsPerConnectionMax;
    answer(ops_page(target.substr(0, target.find('?')), shared_.handlers), is_head, last);
  }

  void answer(const OpsPage& page, bool is_head, bool last) {
    response_ = {};
    response_.version(11);
    response_.result(page.status);
    response_.set(http::field::content_type, page.content_type);
    response_.set(http::field::cache_control, "no-store");
    if (page.status == 405) response_.set(http::field::allow, "GET, HEAD");
    response_.keep_alive(!last);
    response_.content_length(page.body.size());
    if (!is_head) response_.body() = page.body;
    stream_.expires_after(shared_.request_timeout);
    http::async_write(stream_, response_,
                      [self = shared_from_this(), last](beast::error_code error, std::size_t) {
                        if (error || last) return self->close();
                        self->read();
                      });
  }

  void close() {
    beast::error_code ignored;  // the other side may be gone already
    stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.close();
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::empty_body>> parser_;
  http::response<http::string_body> response_;
  unsigned served_ = 0;
  Shared& shared_;
};

}  // namespace

class OpsServer::Impl {
 public:
  Impl(const OpsSection& settings, OpsHandlers handlers) : acceptor_(context_), pause_(context_) {
    shared_.handlers = std::move(handlers);
    shared_.request_timeout = settings.request_timeout;
    shared_.connections_max = settings.connections_max;
  }

  ~Impl() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Status listen(const Endpoint& endpoint) {
    beast::error_code error;
    const auto address = asio::ip::make_address(endpoint.host, error);
    if (error) return fail(Errc::kConfig, "ops.listen: " + endpoint.host + " is no address");
    const tcp::endpoint local(address, endpoint.port);
    acceptor_.open(local.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(local, error);
    if (!error) acceptor_.listen(64, error);
    if (error) {
      const auto code = error == asio::error::address_in_use ? Errc::kAlreadyRunning : Errc::kIo;
      return fail(code, "ops.listen " + to_text(endpoint) + ": " + error.message());
    }
    port_ = acceptor_.local_endpoint().port();
    accept();
    thread_ = std::thread([this] { context_.run(); });
    return {};
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] OpsCounters counters() const {
    return {shared_.requests, shared_.refused_connections, shared_.refused_requests};
  }

 private:
  void accept() {
    acceptor_.async_accept([this](beast::error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) return accept_later(error);
      if (shared_.connections < shared_.connections_max) {
        std::make_shared<Session>(std::move(socket), shared_)->read();
      } else {
        ++shared_.refused_connections;
        log(LogLevel::kWarning, LogEvent::kOpsRefused, "too many connections on the ops port");
      }
      accept();
    });
  }

  // Out of descriptors: trying again at once would only burn the processor.
  void accept_later(beast::error_code error) {
    log(LogLevel::kWarning, LogEvent::kOpsRefused, "the ops port cannot accept",
        {{"error", error.message()}});
    pause_.expires_after(kDescriptorPause);
    pause_.async_wait([this](beast::error_code cancelled) {
      if (!cancelled) accept();
    });
  }

  Shared shared_;  // outlives the sessions that the context destroys
  asio::io_context context_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

Result<std::unique_ptr<OpsServer>> OpsServer::start(const OpsSection& settings,
                                                    OpsHandlers handlers) {
  auto impl = std::make_unique<Impl>(settings, std::move(handlers));
  HP_TRY(impl->listen(settings.listen));
  return std::unique_ptr<OpsServer>(new OpsServer(std::move(impl)));
}

OpsServer::OpsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
OpsServer::~OpsServer() = default;

std::uint16_t OpsServer::port() const { return impl_->port(); }
OpsCounters OpsServer::counters() const { return impl_->counters(); }

}  // namespace huangpu::node
