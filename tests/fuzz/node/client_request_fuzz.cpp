// No message crashes the conversions at the client port, in either direction; what a client accepts
// converts back to what a node could have sent. The first byte chooses the message.
#include <google/protobuf/message_lite.h>

#include <cstddef>
#include <cstdint>

#include "crypto/base/assert.hpp"
#include "node/api/transactions_api.hpp"
#include "node/convert/agreed_convert.hpp"
#include "node/convert/convert.hpp"
#include "node/convert/settlement_convert.hpp"

namespace {

using namespace huangpu;
using namespace huangpu::node;

template <class Message>
void check(ByteView bytes) {
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  const auto value = from_proto(message);
  if (!value) return;
  const auto sent = to_proto(*value);
  const auto again = from_proto(sent);
  HP_ASSERT(again.has_value(), "an accepted message is refused after conversion");
  HP_ASSERT(to_proto(*again).SerializeAsString() == sent.SerializeAsString(),
            "conversion is not stable");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  if (size_bytes == 0) return 0;
  const ByteView body(data + 1, size_bytes - 1);
  switch (data[0] % 20) {
    case 0:
      check<v1::SubscribeRequest>(body);
      break;
    case 1:
      check<v1::TransactionUpdate>(body);
      break;
    case 2:
      check<v1::SubscribeResponse>(body);
      break;
    case 3:
      check<v1::NodeStatusResponse>(body);
      break;
    case 4:
      check<v1::Balance>(body);
      break;
    case 5:
      check<v1::Account>(body);
      break;
    case 6:
      check<v1::Asset>(body);
      break;
    case 7:
      check<v1::GetReceiptResponse>(body);
      break;
    case 8: {
      v1::FinalityProof proof;
      if (proof.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
        static_cast<void>(to_proto(from_proto(proof)));
      }
      break;
    }
    case 10:
      check<v1::ForecastRequest>(body);
      break;
    case 11:
      check<v1::GetPaymentResponse>(body);
      break;
    case 12:
      check<v1::ListQueueResponse>(body);
      break;
    case 13:
      check<v1::GetLiquidityResponse>(body);
      break;
    case 14:
      check<v1::ForecastResponse>(body);
      break;
    case 16:
      check<v1::GetReserveResponse>(body);
      break;
    case 17:
      check<v1::ListReservesResponse>(body);
      break;
    case 18:
      check<v1::GetSettlementResponse>(body);
      break;
    case 19:
      check<v1::ListSettlementsResponse>(body);
      break;
    default:
      HP_ASSERT(count_signatures(body) <= 17, "more signatures than are ever counted");
  }
  return 0;
}
