#include "huangpu/v1/status.grpc.pb.h"
#include "node/api/authorisation.hpp"
#include "node/convert/convert.hpp"
#include "node/rpc/services.hpp"
#include "node/rpc/unary.hpp"

namespace huangpu::node {
namespace {

class StatusService final : public v1::NodeStatus::CallbackService {
 public:
  explicit StatusService(RpcContext& rpc) : rpc_(rpc) {}

  // Answered on gRPC's thread, not on the pool: it must work while all stores are slow.
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const v1::NodeStatusRequest*,
                                v1::NodeStatusResponse* response) override {
    auto call = UnaryCall<v1::NodeStatusResponse>::begin(rpc_, context, response, "NodeStatus/Get");
    if (!call->is_open()) return call.get();
    if (authorise(call->caller(), Call::kReadStatus) == Verdict::kAllowed) {
      call->answer(to_proto(rpc_.backend.snapshot()));
    } else {
      call->fail_with({Errc::kDenied, "this role may not make this call"});
    }
    return call.get();
  }

 private:
  RpcContext& rpc_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_status_service(RpcContext& rpc) {
  return std::make_unique<StatusService>(rpc);
}

}  // namespace huangpu::node
