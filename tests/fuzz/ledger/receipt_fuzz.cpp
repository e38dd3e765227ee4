// No bytes crash the decoders of receipts, statement lines and state values; what they accept is
// canonical.
#include <cstddef>
#include <cstdint>

#include "crypto/base/assert.hpp"
#include "ledger/types/governance.hpp"
#include "ledger/types/history_entry.hpp"
#include "ledger/types/receipt.hpp"
#include "ledger/types/settlement_value.hpp"
#include "ledger/types/state_value.hpp"

namespace {

using namespace huangpu;
using namespace huangpu::ledger;

template <class Value>
void check_value(ByteView input) {
  const auto value = Value::decode(input);
  HP_ASSERT(!value || value->encode() == to_bytes(input), "an accepted value is not canonical");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const ByteView input(data, size_bytes);
  if (const auto receipt = decode_receipt(input)) {
    HP_ASSERT(encode_receipt(*receipt) == to_bytes(input), "an accepted receipt is not canonical");
  }
  if (const auto entry = decode_history_entry(input)) {
    HP_ASSERT(encode_history_entry(*entry) == to_bytes(input), "an accepted line is not canonical");
  }
  check_value<ParticipantValue>(input);
  check_value<KeyValue>(input);
  check_value<CertificateValue>(input);
  check_value<AssetValue>(input);
  check_value<AccountValue>(input);
  check_value<BalanceValue>(input);
  check_value<NonceValue>(input);
  check_value<BucketValue>(input);
  check_value<ClockValue>(input);
  check_value<EpochValue>(input);
  check_value<EpochsValue>(input);
  check_value<ProposalValue>(input);
  check_value<ProposalsValue>(input);
  check_value<ReferenceValue>(input);
  check_value<WaitingPayment>(input);
  check_value<LiquidityValue>(input);
  check_value<BilateralLimitValue>(input);
  check_value<ResolutionValue>(input);
  check_value<PaymentEvent>(input);
  check_value<JournalBlock>(input);
  check_value<BatchEvent>(input);
  return 0;
}
