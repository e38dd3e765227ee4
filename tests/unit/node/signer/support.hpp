// Statements and a desk on an injected disk, for the tests of the signer.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "crypto/sign/signer.hpp"
#include "node/signer/signing_desk.hpp"
#include "tests/support/fault_file_system.hpp"

namespace huangpu::node {

inline crypto::Digest digest_of(std::uint8_t number) {
  return crypto::Digest(crypto::Digest::Array{number});
}

inline consensus::SigningRequest statement(consensus::SignedKind kind, std::uint64_t position,
                                           std::uint8_t digest, std::uint64_t epoch = 1) {
  return {kind, digest_of(0xc4), Epoch{epoch}, position,
          digest == 0 ? crypto::Digest{} : digest_of(digest)};
}

inline std::unique_ptr<crypto::Signer> key(std::uint8_t number) {
  const Bytes seed(32, number);
  return *crypto::LocalSigner::from_seed(crypto::SuiteId::kEd25519Sha256,
                                         crypto::SecretBytes::copy_of(seed));
}

inline Bytes instance(std::uint8_t number) { return Bytes(16, number); }

class DeskTest : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kLeaseMs = 1'000;

  DeskTest() {
    place_.folder = "record";
    place_.genesis = digest_of(0xc4);
    place_.key = key(1)->public_key().id();
    place_.file_bytes = 64 * 1024;
  }
  void create() { ASSERT_TRUE(SignRecordFiles::create(files_, place_).has_value()); }
  Status open() {
    desk_.reset();
    auto record = SignRecordFiles::open(files_, place_);
    if (!record) return tl::unexpected<Error>(record.error());
    desk_ = std::make_unique<SigningDesk>(key(1), std::move(*record), kLeaseMs,
                                          [this](const Error& error) { failure_ = error; });
    return desk_->attach(place_.genesis, instance(1), "a", 0);
  }
  Result<crypto::Signature> sign(const consensus::SigningRequest& request) {
    const auto results = desk_->sign(instance(1), {{request}}, 0);
    if (!results) return tl::unexpected<Error>(results.error());
    return results->front();
  }

  test::FaultFileSystem files_;
  SignRecordFiles::Place place_;
  std::unique_ptr<SigningDesk> desk_;
  std::optional<Error> failure_;
};

}  // namespace huangpu::node
