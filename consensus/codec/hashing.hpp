// Every hash and every signed message of consensus, in one place (SPEC C-1, C-10..C-16).
//
// All pure; the suite comes with the chain context. Domain tags are plain ASCII in front of the
// hashed bytes.
#pragma once

#include <array>
#include <span>

#include "consensus/types/batch.hpp"
#include "consensus/types/block.hpp"
#include "consensus/types/commit.hpp"
#include "consensus/types/epoch.hpp"

namespace huangpu::consensus {

// "HP1" | kind u8 | genesis 32 | epoch u64 | position u64 | digest 32
inline constexpr std::size_t kSignedMessageBytes = 84;
using SignedMessageBytes = std::array<std::uint8_t, kSignedMessageBytes>;

// `position` is the view; the lane position for kBatch, 0 for kReady, the height for kCommit.
[[nodiscard]] SignedMessageBytes signing_message(SignedKind kind, const Digest& genesis,
                                                 Epoch epoch, std::uint64_t position,
                                                 const Digest& digest);

[[nodiscard]] Digest block_hash(SuiteId suite, const BlockHeader& header);  // "hp/blk"
[[nodiscard]] Digest body_root(SuiteId suite,
                               const Block& block);  // "hp/body": cut and system items
[[nodiscard]] Digest cut_root(SuiteId suite,
                              std::span<const LaneTip> tips);  // "hp/cut": one tip per lane
[[nodiscard]] Digest batch_digest(SuiteId suite, const BatchHeader& header);        // "hp/bat"
[[nodiscard]] Digest envelope_root(SuiteId suite, const EnvelopeList& envelopes);   // Merkle root
[[nodiscard]] Digest commit_digest(SuiteId suite, const CommitMessage& message);    // "hp/commit"
[[nodiscard]] Digest validator_set_hash(SuiteId suite, const ValidatorSet& set);    // "hp/valset"
[[nodiscard]] Digest parameters_hash(SuiteId suite, const ConsensusParameters& p);  // "hp/params"
[[nodiscard]] Digest epoch_hash(SuiteId suite, const EpochRecord& record);          // "hp/epoch"

// First 8 bytes, as LaneAck carries them.
[[nodiscard]] std::uint64_t digest_prefix(const Digest& digest);

}  // namespace huangpu::consensus
