// The operations port over real loopback sockets.
#include "node/http/ops_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace huangpu::node {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Ops : public ::testing::Test {
 protected:
  Ops() {
    settings_.listen = {"127.0.0.1", 0};
    settings_.request_timeout = Milliseconds(300);
    settings_.connections_max = 4;
    snapshot_.node_name = "node \xff 1";
    snapshot_.final_height = Height{12};
    snapshot_.checks = {{"synced", true, ""}, {"disk", false, "2 GiB left\nof 1 TiB"}};
  }
  void start() {
    auto server =
        OpsServer::start(settings_, {[] { return std::string("huangpu_x 1\n"); },
                                     [this] { return alive_; }, [this] { return snapshot_; }});
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  tcp::socket connect() {
    tcp::socket socket(context_);
    socket.connect({asio::ip::make_address("127.0.0.1"), server_->port()});
    return socket;
  }
  // Sends raw bytes and reads until the server closes.
  std::string exchange(const std::string& request) {
    auto socket = connect();
    boost::system::error_code error;
    asio::write(socket, asio::buffer(request), error);
    return read_all(socket);
  }
  static std::string read_all(tcp::socket& socket) {
    std::string answer;
    boost::system::error_code error;
    asio::read(socket, asio::dynamic_buffer(answer), error);
    return answer;
  }
  std::string get(const std::string& path) {
    return exchange("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  }

  asio::io_context context_;
  OpsSection settings_;
  Status alive_;
  NodeSnapshot snapshot_;
  std::unique_ptr<OpsServer> server_;
};

TEST_F(Ops, ServesMetricsInPrometheusText) {
  start();

  const auto answer = get("/metrics");

  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("text/plain; version=0.0.4"));
  EXPECT_THAT(answer, HasSubstr("\r\n\r\nhuangpu_x 1\n"));
}

TEST_F(Ops, ListsEveryCheckAndIsReadyOnlyWhenAllAreOk) {
  start();
  EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(get("/readyz"),
              HasSubstr("ok   synced\nFAIL disk: 2 GiB left of 1 TiB\nnot ready\n"));

  snapshot_.checks[1].ok = true;

  EXPECT_THAT(get("/readyz?verbose"), StartsWith("HTTP/1.1 200"));
}

TEST_F(Ops, TellsWhatDoesNotWorkWhenNotAlive) {
  start();
  EXPECT_THAT(get("/livez"), StartsWith("HTTP/1.1 200"));

  alive_ = fail(Errc::kTimeout, "the event loop stands still");

  EXPECT_THAT(get("/livez"), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(get("/livez"), HasSubstr("the event loop stands still"));
}

TEST_F(Ops, GivesTheStatusAsJsonWhateverTextIsInIt) {
  start();

  const auto answer = get("/statusz");
  const auto json = nlohmann::json::parse(answer.substr(answer.find("\r\n\r\n")));

  EXPECT_EQ(json["final_height"], 12);
  EXPECT_EQ(json["ready"], false);
  EXPECT_EQ(json["checks"].size(), 2u);
}

TEST_F(Ops, AnswersHeadWithoutABody) {
  start();

  const auto answer = exchange("HEAD /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

  EXPECT_THAT(answer, HasSubstr("Content-Length: 12\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(Ops, KeepsAConnectionOpenForTheNextRequest) {
  start();

  const auto answer = exchange(
      "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
      "GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

  EXPECT_THAT(answer, HasSubstr("200 OK"));
  EXPECT_THAT(answer, HasSubstr("404 Not Found"));
}

TEST_F(Ops, RefusesOtherMethodsBodiesAndGarbage) {
  start();
  for (const auto* method : {"POST", "PUT", "DELETE", "OPTIONS", "BREW"}) {
    const auto answer = exchange(std::string(method) + " /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(answer, ::testing::AnyOf(StartsWith("HTTP/1.1 405"), StartsWith("HTTP/1.1 400")))
        << method;
  }
  EXPECT_THAT(exchange("GET /metrics HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"),
              StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(exchange("\x16\x03\x01 hello\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_GE(server_->counters().refused_requests, 2u);
}

TEST_F(Ops, RefusesLargeHeaders) {
  start();

  const auto answer = exchange("GET / HTTP/1.1\r\nX: " + std::string(10'000, 'a') +
                               "\r\nConnection: close\r\n\r\n");

  EXPECT_THAT(answer, ::testing::AnyOf(StartsWith("HTTP/1.1 400"), ::testing::IsEmpty()));
  EXPECT_EQ(server_->counters().refused_requests, 1u);
  EXPECT_EQ(server_->counters().requests, 0u);
}

TEST_F(Ops, ClosesAConnectionThatSendsTooSlowly) {
  start();
  auto socket = connect();
  asio::write(socket, asio::buffer(std::string("GET /livez HTTP/1.1\r\nHo")));

  const auto begun = std::chrono::steady_clock::now();
  const auto answer = read_all(socket);

  EXPECT_TRUE(answer.empty());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
}

TEST_F(Ops, BoundsItsConnectionsAndRecovers) {
  settings_.request_timeout = Milliseconds(60'000);
  start();
  {
    std::vector<tcp::socket> open;
    for (int i = 0; i < 4; ++i) open.push_back(connect());
    auto refused = connect();
    EXPECT_TRUE(read_all(refused).empty());
    EXPECT_EQ(server_->counters().refused_connections, 1u);
  }
  // The four are noticed as closed after this one is accepted or refused; at most a few tries.
  std::string answer;
  for (int tries = 0; tries < 1'000 && answer.empty(); ++tries) answer = get("/livez");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
}

TEST_F(Ops, ReportsAPortInUse) {
  start();
  settings_.listen.port = server_->port();

  const auto second = OpsServer::start(settings_, {});

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kAlreadyRunning);
}

TEST_F(Ops, WantsANumericAddress) {
  settings_.listen.host = "localhost.example";

  EXPECT_EQ(OpsServer::start(settings_, {}).error().code, Errc::kConfig);
}

}  // namespace
}  // namespace huangpu::node
