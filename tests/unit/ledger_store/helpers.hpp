// Shared by the tests of ledger/store: small keys and payloads, and a folder of its own per test.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <string>

#include "crypto/hash/hasher.hpp"
#include "ledger/store/block_store.hpp"

namespace huangpu::test {

inline constexpr crypto::SuiteId kSuite = crypto::SuiteId::kEd25519Sha256;

using Rng = std::mt19937_64;

inline crypto::Digest digest_of(std::string_view text) {
  return crypto::hash(kSuite, as_bytes(text));
}

inline Bytes random_bytes(Rng& rng, std::size_t size_bytes) {
  Bytes bytes(size_bytes);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(rng());
  return bytes;
}

inline Bytes text(std::string_view characters) { return to_bytes(characters); }

inline ledger::BatchKey batch_key(std::uint16_t lane, std::uint64_t position,
                                  std::uint64_t epoch = 0) {
  return {Epoch(epoch), ValidatorIndex(lane), LanePosition(position)};
}

// Removed with everything in it afterwards.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "huangpu-store-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;  // a leftover in the temporary folder fails no test
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace huangpu::test
