#include "node/driver/flight_notes.hpp"

#include "consensus/codec/message_codec.hpp"

namespace huangpu::node {

FlightRecord note_of_frame(FlightEvent event, std::uint16_t peer, ByteView frame) {
  FlightRecord record;
  record.event = event;
  record.peer = peer;
  if (frame.empty()) return record;
  record.detail = frame[0];
  const auto kind = static_cast<consensus::MessageKind>(frame[0]);
  if (kind != consensus::MessageKind::kVote && kind != consensus::MessageKind::kCommitVote)
    return record;
  // Both are short and of a fixed layout: decoding them costs nothing worth saving.
  const auto message = consensus::decode_message(frame);
  if (!message) return record;
  if (const auto* vote = std::get_if<consensus::Vote>(&*message)) {
    record.view = vote->view.value();
  } else if (const auto* commit = std::get_if<consensus::CommitVote>(&*message)) {
    record.height = commit->message.height.value();
  }
  return record;
}

}  // namespace huangpu::node
