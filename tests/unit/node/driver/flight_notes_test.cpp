// What is kept of messages, and of garbage.
#include "node/driver/flight_notes.hpp"

#include <gtest/gtest.h>

#include "consensus/codec/message_codec.hpp"

namespace huangpu::node {
namespace {

TEST(FlightNotes, OfAVoteItsViewIsKept) {
  consensus::Vote vote;
  vote.view = View{812};
  vote.signature =
      crypto::Signature::from_raw(crypto::SuiteId::kEd25519Sha256, Bytes(64, 1)).value();
  const Bytes frame = consensus::encode_message(vote);

  const FlightRecord record = note_of_frame(FlightEvent::kReceived, 3, frame);

  EXPECT_EQ(record.view, 812u);
  EXPECT_EQ(record.peer, 3u);
  EXPECT_EQ(record.detail, static_cast<std::uint32_t>(consensus::MessageKind::kVote));
}

TEST(FlightNotes, OfGarbageNoMoreIsKeptThanItsFirstByte) {
  EXPECT_EQ(note_of_frame(FlightEvent::kReceived, 1, {}).detail, 0u);
  const Bytes torn_vote{2, 9, 9};
  EXPECT_EQ(note_of_frame(FlightEvent::kReceived, 1, torn_vote).view, 0u);
  const Bytes unknown(500, 0xee);
  EXPECT_EQ(note_of_frame(FlightEvent::kReceived, 1, unknown).detail, 0xeeu);
}

}  // namespace
}  // namespace huangpu::node
