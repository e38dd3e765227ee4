// What the flight recorder keeps of a message (SPEC N-280): its kind, and of votes their view or
// height. Other kinds are not looked into.
//
// Pure; any thread.
#pragma once

#include "crypto/base/bytes.hpp"
#include "node/flight/flight_ring.hpp"

namespace huangpu::node {

// `frame` is an encoded message, perhaps garbage from a peer.
[[nodiscard]] FlightRecord note_of_frame(FlightEvent event, std::uint16_t peer, ByteView frame);

}  // namespace huangpu::node
