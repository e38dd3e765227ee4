#include "ledger/state/proof.hpp"

#include <cstddef>

#include "crypto/base/codec.hpp"
#include "crypto/hash/hasher.hpp"
#include "ledger/state/node_hash.hpp"

namespace huangpu::ledger {
namespace {

using crypto::Digest;

constexpr std::uint8_t kFormatVersion = 1;
constexpr std::uint8_t kTerminalEmpty = 0;
constexpr std::uint8_t kTerminalLeaf = 1;

bool bitmap_bit(ByteView bitmap, std::size_t index) {
  return ((bitmap[index / 8] >> (7 - index % 8)) & 1) != 0;
}

bool share_prefix(const Digest& a, const Digest& b, std::size_t bits) {
  for (std::size_t i = 0; i < bits; ++i) {
    if (state_detail::key_bit(a, i) != state_detail::key_bit(b, i)) return false;
  }
  return true;
}

}  // namespace

Bytes encode(const StateProof& proof) {
  HP_ASSERT(proof.siblings.size() <= kStateProofDepthMax, "a state proof is deeper than its tree");
  Bytes bitmap((proof.siblings.size() + 7) / 8, 0);
  for (std::size_t i = 0; i < proof.siblings.size(); ++i) {
    if (!proof.siblings[i].is_zero()) {
      bitmap[i / 8] = static_cast<std::uint8_t>(bitmap[i / 8] | (0x80U >> (i % 8)));
    }
  }
  Writer writer;
  writer.u8(kFormatVersion).u16(static_cast<std::uint16_t>(proof.siblings.size())).raw(bitmap);
  for (const Digest& sibling : proof.siblings) {
    if (!sibling.is_zero()) writer.digest(sibling);
  }
  if (proof.terminal) {
    writer.u8(kTerminalLeaf).digest(proof.terminal->key_hash).digest(proof.terminal->value_hash);
  } else {
    writer.u8(kTerminalEmpty);
  }
  return writer.take();
}

Result<StateProof> decode_state_proof(ByteView bytes) {
  Reader reader(bytes);
  if (const std::uint8_t version = reader.u8(); reader.ok() && version != kFormatVersion) {
    return fail(Errc::kUnsupportedVersion,
                "state proof: format version " + std::to_string(version) + " is not known");
  }
  const std::size_t depth = reader.u16();
  if (depth > kStateProofDepthMax) reader.mark_failed("is deeper than 256 levels");
  const ByteView bitmap = reader.raw(reader.ok() ? (depth + 7) / 8 : 0);

  StateProof proof;
  if (reader.ok()) {
    proof.siblings.resize(depth);
    for (std::size_t i = 0; i < depth; ++i) {
      if (!bitmap_bit(bitmap, i)) continue;
      proof.siblings[i] = reader.digest();
      // The zero digest is spelled by a clear bit only: one proof, one encoding.
      if (reader.ok() && proof.siblings[i].is_zero())
        reader.mark_failed("spells an empty sibling out");
    }
    for (std::size_t i = depth; i < bitmap.size() * 8; ++i) {
      if (bitmap_bit(bitmap, i)) reader.mark_failed("has bits beyond its depth");
    }
  }
  const std::uint8_t terminal = reader.u8();
  if (terminal == kTerminalLeaf) {
    const Digest key_hash = reader.digest();
    proof.terminal = TerminalLeaf{key_hash, reader.digest()};
  } else if (terminal != kTerminalEmpty) {
    reader.mark_failed("has an unknown terminal");
  }
  HP_TRY(reader.finish("state proof"));
  return proof;
}

bool verify_state_proof(crypto::SuiteId suite, const Digest& root, ByteView key,
                        std::optional<ByteView> value, const StateProof& proof) {
  const std::size_t depth = proof.siblings.size();
  if (depth > kStateProofDepthMax) return false;
  const Digest key_hash = crypto::hash(suite, key);

  Digest node;
  if (proof.terminal) {
    const TerminalLeaf& leaf = *proof.terminal;
    if (value) {
      if (leaf.key_hash != key_hash || leaf.value_hash != crypto::hash(suite, *value)) return false;
    } else if (leaf.key_hash == key_hash || !share_prefix(leaf.key_hash, key_hash, depth)) {
      // Another leaf shows absence only where our key would have to stand.
      return false;
    }
    node = state_detail::leaf_hash(suite, leaf.key_hash, leaf.value_hash);
  } else if (value) {
    return false;
  }
  for (std::size_t i = depth; i-- > 0;) {
    node = state_detail::key_bit(key_hash, i)
               ? state_detail::inner_hash(suite, proof.siblings[i], node)
               : state_detail::inner_hash(suite, node, proof.siblings[i]);
  }
  return node == root;
}

}  // namespace huangpu::ledger
