#include "node/transport/grpc_log.hpp"

#include <grpc/support/log.h>

#include <utility>

namespace huangpu::node {
namespace {

// Never destroyed: gRPC's threads may write while the process ends.
GrpcLogSink& sink_storage() {
  static GrpcLogSink* const storage = new GrpcLogSink;
  return *storage;
}

void forward(gpr_log_func_args* args) {
  const GrpcLogSink& sink = sink_storage();
  if (sink) sink(args->severity == GPR_LOG_SEVERITY_ERROR, args->file, args->line, args->message);
}

}  // namespace

void set_grpc_log_sink(GrpcLogSink sink) {
  sink_storage() = std::move(sink);
  gpr_set_log_function(forward);
}

}  // namespace huangpu::node
