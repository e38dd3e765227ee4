// A history tree whose size, leaf and damage the input chooses: the true path verifies, a changed
// one never does.
//
// Layout of the input: leaf count - 1, index, then bytes that are added (xor) to the encoded path,
// repeated.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "crypto/base/assert.hpp"
#include "crypto/hash/hasher.hpp"
#include "crypto/hash/mmr.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace huangpu;
  using namespace huangpu::crypto;
  constexpr auto kSuite = SuiteId::kEd25519Sha256;
  if (size_bytes < 2) return 0;
  const std::uint64_t count = std::uint64_t{data[0]} + 1;
  const std::uint64_t index = data[1] % count;
  const ByteView damage(data + 2, size_bytes - 2);

  Mmr mmr(kSuite);
  std::vector<MmrNode> nodes;
  std::vector<Digest> leaves;
  for (std::uint64_t i = 0; i < count; ++i) {
    leaves.push_back(hash(kSuite, {ByteView(data, 1), Writer().u64(i).view()}));
    mmr.append(leaves.back(), &nodes);
  }
  const auto path = mmr.path(index, [&nodes](std::uint64_t position) {
    return std::optional<Digest>(nodes.at(position).digest);
  });
  HP_ASSERT(path && verify_mmr_path(kSuite, mmr.root(), leaves[index], *path),
            "a true path was refused");

  Bytes encoded = encode_merkle_path(*path);
  for (std::size_t i = 0; i < damage.size(); ++i) encoded[i % encoded.size()] ^= damage[i];
  const auto changed = decode_merkle_path(encoded);
  if (changed && *changed != *path) {
    HP_ASSERT(!verify_mmr_path(kSuite, mmr.root(), leaves[index], *changed),
              "a changed path was accepted");
  }
  return 0;
}
