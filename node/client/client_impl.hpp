// Inside of the client library: how a call is made on one endpoint and moved to another.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <memory>
#include <utility>

#include "huangpu/v1/events.grpc.pb.h"
#include "huangpu/v1/ledger.grpc.pb.h"
#include "huangpu/v1/settlement.grpc.pb.h"
#include "huangpu/v1/status.grpc.pb.h"
#include "huangpu/v1/transactions.grpc.pb.h"
#include "node/client/channel_pool.hpp"
#include "node/client/client.hpp"
#include "node/convert/convert.hpp"
#include "node/convert/error.hpp"
#include "node/convert/settlement_convert.hpp"

namespace huangpu::node {

using Deadline = std::chrono::system_clock::time_point;

class Client::Impl {
 public:
  Impl(ClientConfig config, std::unique_ptr<ChannelPool> pool)
      : config_(std::move(config)), pool_(std::move(pool)) {}

  [[nodiscard]] ChannelPool& pool() { return *pool_; }
  [[nodiscard]] const ClientConfig& config() const { return config_; }

  // Waits until the endpoint is connected, for at most the connect timeout and not beyond
  // `deadline`.
  [[nodiscard]] Result<std::shared_ptr<grpc::Channel>> connected(std::size_t endpoint,
                                                                 Deadline deadline);

  // One call on one endpoint.
  template <class Service, class Request, class Response>
  Result<Response> call_on(std::size_t endpoint, Deadline deadline,
                           grpc::Status (Service::Stub::*method)(grpc::ClientContext*,
                                                                 const Request&, Response*),
                           const Request& request) {
    HP_TRY_ASSIGN(const auto channel, connected(endpoint, deadline));
    return call_through<Service>(channel, endpoint, deadline, method, request);
  }

  // The same on an open connection.
  template <class Service, class Request, class Response>
  Result<Response> call_through(const std::shared_ptr<grpc::Channel>& channel, std::size_t endpoint,
                                Deadline deadline,
                                grpc::Status (Service::Stub::*method)(grpc::ClientContext*,
                                                                      const Request&, Response*),
                                const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(deadline);
    Response response;
    typename Service::Stub stub(channel);
    const auto status = (stub.*method)(&context, request, &response);
    if (status.ok()) return response;
    return tl::unexpected(with_address(error_of(status, context), endpoint));
  }

  // The same, on the next endpoint while one is unreachable; each at most once. For calls that may
  // be repeated.
  template <class Service, class Request, class Response>
  Result<Response> call(grpc::Status (Service::Stub::*method)(grpc::ClientContext*, const Request&,
                                                              Response*),
                        const Request& request) {
    const auto deadline = std::chrono::system_clock::now() + config_.call_timeout;
    Result<Response> result = fail(Errc::kUnauthenticated, "no endpoint");
    for (std::size_t tries = 0; tries < pool_->size(); ++tries) {
      const auto endpoint = pool_->preferred();
      const auto channel = connected(endpoint, deadline);
      auto next = channel ? call_through<Service>(*channel, endpoint, deadline, method, request)
                          : Result<Response>(tl::unexpected(channel.error()));
      if (next || (channel && !is_elsewhere(next.error().code))) return next;
      // Refused at the door only if every node's door was closed.
      if (result.error().code == Errc::kUnauthenticated ||
          next.error().code != Errc::kUnauthenticated) {
        result = std::move(next);
      }
      pool_->move_on_from(endpoint);
    }
    return result;
  }

  // Whether another endpoint might do better.
  [[nodiscard]] static bool is_elsewhere(Errc code) {
    return code == Errc::kUnavailable || code == Errc::kNotReady;
  }

  [[nodiscard]] Error with_address(Error error, std::size_t endpoint) const {
    if (is_elsewhere(error.code)) error.message = pool_->address(endpoint) + ": " + error.message;
    return error;
  }

 private:
  const ClientConfig config_;
  const std::unique_ptr<ChannelPool> pool_;
};

}  // namespace huangpu::node
