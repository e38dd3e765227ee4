#include "consensus/codec/hashing.hpp"

#include <algorithm>

#include "consensus/codec/batch_codec.hpp"
#include "consensus/codec/block_codec.hpp"
#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/epoch_codec.hpp"
#include "crypto/base/codec.hpp"
#include "crypto/base/mutant.hpp"
#include "crypto/hash/domain.hpp"
#include "crypto/hash/hasher.hpp"
#include "crypto/hash/merkle.hpp"

namespace huangpu::consensus {
namespace {

Digest tagged(SuiteId suite, std::string_view tag, const Writer& content) {
  return crypto::hash(suite, {as_bytes(tag), content.view()});
}

}  // namespace

SignedMessageBytes signing_message(SignedKind kind, const Digest& genesis, Epoch epoch,
                                   std::uint64_t position, const Digest& digest) {
  Writer out(kSignedMessageBytes);
  out.tag(crypto::domain::kConsensus).u8(static_cast<std::uint8_t>(kind));
  out.digest(HP_MUTANT(11) ? Digest{} : genesis);
  out.u64(HP_MUTANT(10) ? 0 : epoch.value()).u64(position).digest(digest);
  HP_ASSERT(out.size() == kSignedMessageBytes, "the signed message has a fixed length");
  SignedMessageBytes bytes;
  std::copy(out.view().begin(), out.view().end(), bytes.begin());
  return bytes;
}

Digest block_hash(SuiteId suite, const BlockHeader& header) {
  Writer out;
  write(out, header);
  return tagged(suite, crypto::domain::kBlock, out);
}

Digest body_root(SuiteId suite, const Block& block) {
  Writer out;
  write_body(out, block);
  return tagged(suite, crypto::domain::kBody, out);
}

Digest cut_root(SuiteId suite, std::span<const LaneTip> tips) {
  Writer out;
  out.u16(static_cast<std::uint16_t>(tips.size()));
  for (const LaneTip& tip : tips) out.u64(tip.pos.value()).digest(tip.digest);
  return tagged(suite, crypto::domain::kCut, out);
}

Digest batch_digest(SuiteId suite, const BatchHeader& header) {
  Writer out;
  write(out, header);
  return tagged(suite, crypto::domain::kBatch, out);
}

Digest envelope_root(SuiteId suite, const EnvelopeList& envelopes) {
  const std::vector<ByteView> views = envelopes.views();
  return crypto::merkle_root(suite, std::span<const ByteView>(views));
}

Digest commit_digest(SuiteId suite, const CommitMessage& message) {
  Writer out;
  write(out, message);
  return tagged(suite, crypto::domain::kCommit, out);
}

Digest validator_set_hash(SuiteId suite, const ValidatorSet& set) {
  Writer out;
  write(out, set);
  return tagged(suite, crypto::domain::kValidatorSet, out);
}

Digest parameters_hash(SuiteId suite, const ConsensusParameters& parameters) {
  Writer out;
  write(out, parameters);
  return tagged(suite, crypto::domain::kParameters, out);
}

Digest epoch_hash(SuiteId suite, const EpochRecord& record) {
  Writer out;
  out.digest(validator_set_hash(suite, record.set));
  out.digest(parameters_hash(suite, record.parameters));
  out.u32(record.revision).digest(record.settings);
  return tagged(suite, crypto::domain::kEpoch, out);
}

std::uint64_t digest_prefix(const Digest& digest) {
  std::uint64_t prefix = 0;
  for (const std::uint8_t byte : digest.bytes().first(8)) prefix = (prefix << 8) | byte;
  return prefix;
}

}  // namespace huangpu::consensus
