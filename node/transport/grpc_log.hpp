// Where gRPC's own messages go.
//
// By default gRPC writes to the error stream, and a stranger who sends garbage makes it write: a
// log that others can fill. The process therefore sets a sink, which may drop, count or limit what
// it is given.
#pragma once

#include <functional>
#include <string_view>

namespace huangpu::node {

// `severe` is gRPC's ERROR level; much of it is about misbehaving strangers and not about us.
using GrpcLogSink =
    std::function<void(bool severe, std::string_view file, int line, std::string_view text)>;

// For the whole process; call once before the first server or channel. The sink runs on gRPC
// threads.
void set_grpc_log_sink(GrpcLogSink sink);

}  // namespace huangpu::node
