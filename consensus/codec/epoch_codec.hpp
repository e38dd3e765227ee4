// Validator sets and epoch records as bytes (SPEC C-12).
#pragma once

#include "consensus/types/epoch.hpp"
#include "crypto/base/codec.hpp"

namespace huangpu::consensus {

void write(Writer& out, const ValidatorSet& set);
void write(Writer& out, const ConsensusParameters& parameters);
void write(Writer& out, const EpochRecord& record);
// Marks the reader failed if the set breaks a rule of ValidatorSet::make or the parameters one of
// `check`.
[[nodiscard]] ValidatorSet read_validator_set(Reader& in);
[[nodiscard]] ConsensusParameters read_parameters(Reader& in);
[[nodiscard]] EpochRecord read_epoch_record(Reader& in);

[[nodiscard]] Bytes encode(const EpochRecord& record);
[[nodiscard]] Result<EpochRecord> decode_epoch_record(ByteView bytes);

}  // namespace huangpu::consensus
