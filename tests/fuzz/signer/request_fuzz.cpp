// Requests to a remote signer, from bytes to statements (SPEC N-316): what decodes is a statement
// of a known kind, and survives the way back.
#include <cstdint>

#include "crypto/base/assert.hpp"
#include "huangpu/v1/signer.pb.h"
#include "node/signer/signer_wire.hpp"

using namespace huangpu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > node::kSignerMessageBytesMax) return 0;
  v1::SignRequest request;
  if (request.ParseFromArray(data, static_cast<int>(size))) {
    if (const auto call = node::from_proto(request)) {
      v1::SignRequest again;
      node::to_proto(*call, again);
      const auto back = node::from_proto(again);
      HP_ASSERT(back.has_value() && back->statements == call->statements,
                "a decoded request survives the way back");
    }
  }
  v1::AttachRequest attach;
  if (attach.ParseFromArray(data, static_cast<int>(size)))
    static_cast<void>(node::from_proto(attach));
  v1::SignReply reply;
  if (reply.ParseFromArray(data, static_cast<int>(size)))
    HP_ASSERT(node::from_proto(reply, 3).size() == 3, "one answer per statement");
  return 0;
}
