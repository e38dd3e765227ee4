// A wallet's key and certificate while somebody changes them.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "crypto/sign/signer.hpp"
#include "tools/bench/session.hpp"

namespace huangpu::tools {

// The key with which a wallet signs, read again from its file when the chain does not take it any
// more. Thread-safe.
class WalletKey {
 public:
  WalletKey(Profile profile, std::shared_ptr<crypto::Signer> first)
      : profile_(std::move(profile)), key_(std::move(first)) {}

  [[nodiscard]] std::shared_ptr<crypto::Signer> get() const {
    const std::lock_guard lock(mutex_);
    return key_;
  }

  // Reads the file, unless somebody else did since `used` was handed out. It may still hold the
  // same key: the wallet puts the new one there when its rotation is final and proven.
  [[nodiscard]] Status renew(const std::shared_ptr<crypto::Signer>& used) {
    const std::lock_guard lock(mutex_);
    if (key_ != used) return {};
    HP_TRY_ASSIGN(key_, open_wallet_key(profile_));
    return {};
  }

 private:
  const Profile profile_;
  mutable std::mutex mutex_;
  std::shared_ptr<crypto::Signer> key_;
};

}  // namespace huangpu::tools
