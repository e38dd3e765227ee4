// Failures on the wire: gRPC status, numbered code and waiting time in trailers (SPEC N-226,
// N-227).
//
// `huangpu-code` is an Errc number below 1000, or an admission result code from 1000 on. Both
// directions are here, so that service and client cannot disagree.
#pragma once

#include <grpcpp/support/status.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "crypto/base/result.hpp"
#include "node/api/quota.hpp"

namespace grpc {
class ServerContextBase;
class ClientContext;
}  // namespace grpc

namespace huangpu::node {

inline constexpr char kCodeTrailer[] = "huangpu-code";
inline constexpr char kRetryAfterTrailer[] = "huangpu-retry-after-ms";

// Adds the trailers to the call and returns its status. Failures inside the node are logged and
// told to the client without their details.
[[nodiscard]] grpc::Status refuse_call(grpc::ServerContextBase& context, const Error& error,
                                       std::string_view method);
[[nodiscard]] grpc::Status refuse_call(grpc::ServerContextBase& context,
                                       const Throttled& throttled);

// The same on the client's side. Requires !status.ok().
[[nodiscard]] Error error_of(const grpc::Status& status, const grpc::ClientContext& context);

// "OK", "NOT_FOUND", ...: label of the request counter.
[[nodiscard]] std::string_view status_name(grpc::StatusCode code);

}  // namespace huangpu::node
