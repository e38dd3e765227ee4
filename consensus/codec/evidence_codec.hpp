// Evidence as bytes (SPEC C-61).
#pragma once

#include "consensus/types/evidence.hpp"
#include "crypto/base/codec.hpp"

namespace huangpu::consensus {

void write(Writer& out, const Evidence& evidence);
[[nodiscard]] Evidence read_evidence(Reader& in);
[[nodiscard]] Bytes encode(const Evidence& evidence);
[[nodiscard]] Result<Evidence> decode_evidence(ByteView bytes);

}  // namespace huangpu::consensus
