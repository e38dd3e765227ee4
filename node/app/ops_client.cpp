#include "node/app/ops_client.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace huangpu::node {

namespace asio = boost::asio;
namespace beast = boost::beast;

namespace {

constexpr std::size_t kBodyBytesMax = 4u << 20;

}  // namespace

Result<OpsAnswer> ops_get(const Endpoint& endpoint, const std::string& target,
                          Milliseconds timeout) {
  const auto failed = [&](const boost::system::error_code& error) {
    return fail(error == beast::error::timeout ? Errc::kTimeout : Errc::kUnavailable,
                "no node answers on " + to_text(endpoint) + ": " + error.message());
  };
  boost::system::error_code error;
  const auto address = asio::ip::make_address(endpoint.host, error);
  if (error)
    return fail(Errc::kConfig, "operations address " + endpoint.host + ": " + error.message());

  // The stream's deadline only works for asynchronous operations, so each is started and the loop
  // is run.
  asio::io_context loop;
  beast::tcp_stream stream(loop);
  const auto run = [&](auto&& operation) {
    boost::system::error_code outcome;
    stream.expires_after(timeout);
    operation([&outcome](const boost::system::error_code& result, auto&&...) { outcome = result; });
    loop.restart();
    loop.run();
    return outcome;
  };
  error = run([&](auto done) {
    stream.async_connect(asio::ip::tcp::endpoint(address, endpoint.port), done);
  });
  if (error) return failed(error);

  beast::http::request<beast::http::empty_body> request(beast::http::verb::get, target, 11);
  request.set(beast::http::field::host, to_text(endpoint));
  error = run([&](auto done) { beast::http::async_write(stream, request, done); });
  if (error) return failed(error);

  beast::flat_buffer buffer;
  beast::http::response_parser<beast::http::string_body> response;
  response.body_limit(kBodyBytesMax);
  error = run([&](auto done) { beast::http::async_read(stream, buffer, response, done); });
  if (error) return failed(error);
  return OpsAnswer{static_cast<int>(response.get().result_int()), std::move(response.get().body())};
}

}  // namespace huangpu::node
