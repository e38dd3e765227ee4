// SigningDesk: one key of a remote signer with its guard, its record and its lease (SPEC N-310,
// N-313).
//
// The order is the same as in a node: judge, write down and sync, sign, answer. Whoever asks, and
// however many ask at once, no two statements of the key that exclude each other are ever signed.
//
// Thread safe: requests of one key wait for each other.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "crypto/sign/signer.hpp"
#include "node/signer/lease.hpp"
#include "node/signer/sign_record_files.hpp"

namespace huangpu::node {

struct DeskStatistics {
  std::uint64_t signatures = 0;
  std::uint64_t refused = 0;
  View highest_view{0};
  Epoch epoch{0};
  std::string holder;  // of the lease
};

class SigningDesk {
 public:
  // `failed` is called once, with the first failure of the record: the process must end.
  SigningDesk(std::unique_ptr<crypto::Signer> key, std::unique_ptr<SignRecordFiles> record,
              std::uint64_t lease_ms, std::function<void(const Error&)> failed);

  [[nodiscard]] const crypto::PublicKey& public_key() const { return key_->public_key(); }
  [[nodiscard]] std::uint64_t lease_ms() const { return lease_.length_ms(); }

  // kWrongChain, or the lease's refusal.
  [[nodiscard]] Status attach(const crypto::Digest& genesis, ByteView instance,
                              const std::string& name, std::uint64_t now_ms);
  // An error for the whole request (no lease, record failed), or a result per statement.
  [[nodiscard]] Result<std::vector<Result<crypto::Signature>>> sign(
      ByteView instance, std::span<const consensus::SigningRequest> statements,
      std::uint64_t now_ms);

  [[nodiscard]] DeskStatistics statistics() const;

 private:
  mutable std::mutex mutex_;
  const std::unique_ptr<crypto::Signer> key_;
  const std::unique_ptr<SignRecordFiles> record_;
  Lease lease_;
  const std::function<void(const Error&)> failed_;
  bool broken_ = false;
  std::uint64_t signatures_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace huangpu::node
