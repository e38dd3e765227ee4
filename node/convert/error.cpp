#include "node/convert/error.hpp"

#include <grpcpp/client_context.h>
#include <grpcpp/server_context.h>

#include <charconv>

#include "ledger/types/result_code.hpp"
#include "node/telemetry/log.hpp"

namespace huangpu::node {
namespace {

grpc::StatusCode status_code(Errc code) {
  switch (code) {
    case Errc::kInvalidArgument:
    case Errc::kMalformed:
    case Errc::kUnsupportedVersion:
    case Errc::kWrongChain:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case Errc::kNotFound:
      return grpc::StatusCode::NOT_FOUND;
    case Errc::kAlreadyExists:
      return grpc::StatusCode::ALREADY_EXISTS;
    case Errc::kConflict:
      return grpc::StatusCode::FAILED_PRECONDITION;
    case Errc::kOutOfRange:
      return grpc::StatusCode::OUT_OF_RANGE;
    case Errc::kDenied:
      return grpc::StatusCode::PERMISSION_DENIED;
    case Errc::kUnauthenticated:
      return grpc::StatusCode::UNAUTHENTICATED;
    case Errc::kExhausted:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case Errc::kUnavailable:
    case Errc::kNotReady:
      return grpc::StatusCode::UNAVAILABLE;
    case Errc::kTimeout:
      return grpc::StatusCode::DEADLINE_EXCEEDED;
    case Errc::kCancelled:
      return grpc::StatusCode::CANCELLED;
    case Errc::kIo:
    case Errc::kDiskFull:
    case Errc::kCorrupt:
    case Errc::kDiverged:
    case Errc::kGuard:
    case Errc::kConfig:
    case Errc::kAlreadyRunning:
    case Errc::kInternal:
      return grpc::StatusCode::INTERNAL;
  }
  return grpc::StatusCode::INTERNAL;
}

Errc errc_of(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::INVALID_ARGUMENT:
      return Errc::kInvalidArgument;
    case grpc::StatusCode::NOT_FOUND:
      return Errc::kNotFound;
    case grpc::StatusCode::ALREADY_EXISTS:
      return Errc::kAlreadyExists;
    case grpc::StatusCode::FAILED_PRECONDITION:
    case grpc::StatusCode::ABORTED:
      return Errc::kConflict;
    case grpc::StatusCode::OUT_OF_RANGE:
      return Errc::kOutOfRange;
    case grpc::StatusCode::PERMISSION_DENIED:
      return Errc::kDenied;
    case grpc::StatusCode::UNAUTHENTICATED:
      return Errc::kUnauthenticated;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return Errc::kExhausted;
    case grpc::StatusCode::UNAVAILABLE:
      return Errc::kUnavailable;
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return Errc::kTimeout;
    case grpc::StatusCode::CANCELLED:
      return Errc::kCancelled;
    case grpc::StatusCode::UNIMPLEMENTED:
      return Errc::kUnsupportedVersion;
    default:
      return Errc::kInternal;
  }
}

constexpr std::uint16_t kErrcMax = static_cast<std::uint16_t>(Errc::kInternal);

}  // namespace

grpc::Status refuse_call(grpc::ServerContextBase& context, const Error& error,
                         std::string_view method) {
  context.AddTrailingMetadata(kCodeTrailer, std::to_string(static_cast<unsigned>(error.code)));
  const auto code = status_code(error.code);
  if (code != grpc::StatusCode::INTERNAL) return {code, error.message};
  // Paths and details of this machine are nobody else's business.
  log(LogLevel::kError, LogEvent::kCallFailed, error.message, {{"method", method}});
  return {code, "the node failed to answer: " + std::string(errc_text(error.code))};
}

grpc::Status refuse_call(grpc::ServerContextBase& context, const Throttled& throttled) {
  context.AddTrailingMetadata(
      kCodeTrailer, std::to_string(static_cast<unsigned>(ledger::ResultCode::kRateLimited)));
  context.AddTrailingMetadata(kRetryAfterTrailer, std::to_string(throttled.retry_after.count()));
  return {grpc::StatusCode::RESOURCE_EXHAUSTED, throttled.message};
}

Error error_of(const grpc::Status& status, const grpc::ClientContext& context) {
  Error error{errc_of(status.error_code()), status.error_message()};
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto found = trailers.find(kCodeTrailer);
  if (found == trailers.end()) return error;
  std::uint16_t number = 0;
  const auto* end = found->second.data() + found->second.size();
  const auto parsed = std::from_chars(found->second.data(), end, number);
  if (parsed.ec == std::errc{} && parsed.ptr == end && number > 0 && number <= kErrcMax) {
    error.code = static_cast<Errc>(number);
  }
  return error;
}

std::string_view status_name(grpc::StatusCode code) {
  constexpr std::string_view kNames[] = {"OK",
                                         "CANCELLED",
                                         "UNKNOWN",
                                         "INVALID_ARGUMENT",
                                         "DEADLINE_EXCEEDED",
                                         "NOT_FOUND",
                                         "ALREADY_EXISTS",
                                         "PERMISSION_DENIED",
                                         "RESOURCE_EXHAUSTED",
                                         "FAILED_PRECONDITION",
                                         "ABORTED",
                                         "OUT_OF_RANGE",
                                         "UNIMPLEMENTED",
                                         "INTERNAL",
                                         "UNAVAILABLE",
                                         "DATA_LOSS",
                                         "UNAUTHENTICATED"};
  const auto index = static_cast<std::size_t>(code);
  return index < std::size(kNames) ? kNames[index] : "UNKNOWN";
}

}  // namespace huangpu::node
