// Ack vectors.
#include "tests/fuzz/consensus/round_trip.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using huangpu::consensus::MessageKind;
  huangpu::fuzz::message_round_trip(MessageKind::kAckVector, data, size_bytes);
  return 0;
}
