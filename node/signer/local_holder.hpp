// A key in this process's memory: every signature at once (SPEC N-300).
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "node/signer/key_holder.hpp"

namespace huangpu::node {

class LocalHolder final : public KeyHolder {
 public:
  explicit LocalHolder(std::unique_ptr<crypto::Signer> key) : key_(std::move(key)) {}

  const crypto::PublicKey& public_key() const override { return key_->public_key(); }
  Result<crypto::Signature> sign(const consensus::SigningRequest& request) override {
    signatures_.fetch_add(1, std::memory_order_relaxed);
    return key_->sign(request.message());
  }
  void start(std::function<void()>) override {}
  void stop() override {}
  KeyHolderCondition condition() const override {
    return {true, "the key is in this process", signatures_.load(std::memory_order_relaxed), 0, 0};
  }

 private:
  const std::unique_ptr<crypto::Signer> key_;
  std::atomic<std::uint64_t> signatures_{0};
};

}  // namespace huangpu::node
