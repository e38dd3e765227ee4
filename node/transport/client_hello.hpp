// Looks at the first bytes of a connection: is this a TLS 1.3 client?
//
// gRPC 1.51 has no switch for "TLS 1.3 only" and spends a connection on anyone who sends garbage. A
// server that knows TLS 1.3 picks it whenever the client offers it, so an offer of 1.3 in the
// ClientHello is enough. Total on any input; keeps nothing.
#pragma once

#include <cstddef>

#include "crypto/base/bytes.hpp"

namespace huangpu::node {

enum class Greeting { kNeedMore, kAccepted, kRefused };

// One TLS record: the most that has to be kept before an answer.
inline constexpr std::size_t kGreetingBytesMax = 5 + 16 * 1024;

// `received`: everything since the connection opened. Refuses as early as the bytes allow; a
// ClientHello split over several records is refused (no known client does it).
[[nodiscard]] Greeting inspect_greeting(ByteView received, bool require_tls13);

}  // namespace huangpu::node
