// The services of the client port. Each borrows the context, which outlives it.
#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "node/rpc/context.hpp"

namespace huangpu::node {

[[nodiscard]] std::unique_ptr<grpc::Service> make_transactions_service(RpcContext& rpc);
[[nodiscard]] std::unique_ptr<grpc::Service> make_ledger_service(RpcContext& rpc);
[[nodiscard]] std::unique_ptr<grpc::Service> make_events_service(RpcContext& rpc);
[[nodiscard]] std::unique_ptr<grpc::Service> make_settlement_service(RpcContext& rpc);
[[nodiscard]] std::unique_ptr<grpc::Service> make_status_service(RpcContext& rpc);

}  // namespace huangpu::node
