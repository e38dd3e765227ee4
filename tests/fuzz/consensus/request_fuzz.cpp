// Status, requests and their replies.
#include "tests/fuzz/consensus/round_trip.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using huangpu::consensus::MessageKind;
  huangpu::fuzz::message_round_trip(MessageKind::kStatus, data, size_bytes);
  huangpu::fuzz::message_round_trip(MessageKind::kGetCertificate, data, size_bytes);
  huangpu::fuzz::message_round_trip(MessageKind::kGetBlocks, data, size_bytes);
  huangpu::fuzz::message_round_trip(MessageKind::kGetBlockByHash, data, size_bytes);
  huangpu::fuzz::message_round_trip(MessageKind::kBlocksReply, data, size_bytes);
  huangpu::fuzz::message_round_trip(MessageKind::kGetBatches, data, size_bytes);
  huangpu::fuzz::message_round_trip(MessageKind::kGetViewReport, data, size_bytes);
  huangpu::fuzz::message_round_trip(MessageKind::kViewReport, data, size_bytes);
  huangpu::fuzz::message_round_trip(MessageKind::kReady, data, size_bytes);
  return 0;
}
