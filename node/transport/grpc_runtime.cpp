#include "node/transport/grpc_runtime.hpp"

#include <grpc/grpc.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <memory>

namespace huangpu::node {
namespace {

// A channel takes hold of the callback threads at its first callback call and lets go when it is
// destroyed, which this one never is. Without credentials it leads nowhere and the call fails at
// once.
struct Anchor {
  std::shared_ptr<grpc::Channel> channel = grpc::CreateChannel("", nullptr);
  grpc::ClientContext context;
  grpc::Slice nothing{""};
  grpc::ByteBuffer request{&nothing, 1};
  grpc::ByteBuffer response;
};

Anchor* drop_anchor() {
  grpc_init();
  auto* const anchor = new Anchor;
  grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer> stub(anchor->channel);
  stub.UnaryCall(&anchor->context, "/anchor", grpc::StubOptions(), &anchor->request,
                 &anchor->response, [](const grpc::Status&) {});
  return anchor;
}

}  // namespace

void keep_grpc_running() {
  // Nothing reads it but leak checkers, for whom the compiler must not drop it.
  static Anchor* volatile anchor = drop_anchor();
  static_cast<void>(anchor);
}

}  // namespace huangpu::node
