// Encoded tree paths: one encoding per path, and verification is total.
#include <cstddef>
#include <cstdint>

#include "crypto/base/assert.hpp"
#include "crypto/hash/merkle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace huangpu;
  constexpr auto kSuite = crypto::SuiteId::kEd25519Sha256;
  const ByteView input(data, size_bytes);
  const auto path = crypto::decode_merkle_path(input);
  if (path) {
    HP_ASSERT(equal(crypto::encode_merkle_path(*path), input), "a tree path has two encodings");
    HP_ASSERT(!crypto::verify_merkle_path(kSuite, crypto::Digest::zero(), input, *path),
              "a tree path leads to the root of nothing");
  }
  return 0;
}
