// A SoftHSM2 token in a temporary folder, for tests of PKCS#11: a real module, none of a vendor.
//
// SoftHSM2 reads SOFTHSM2_CONF when it is initialised, so the object sets that variable and is made
// before anything loads the module. One per process: a module is initialised once, and finds the
// tokens of its first folder.
#pragma once

#include <filesystem>
#include <string>

#include "crypto/base/result.hpp"
#include "crypto/keystore/secret.hpp"
#include "crypto/pkcs11/token_key.hpp"

namespace huangpu::testing {

class SoftToken {
 public:
  SoftToken();
  ~SoftToken();
  SoftToken(const SoftToken&) = delete;
  SoftToken& operator=(const SoftToken&) = delete;

  // Why there is no token; empty when there is one.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] static std::filesystem::path module();
  [[nodiscard]] static std::string label() { return "huangpu-test"; }
  [[nodiscard]] static crypto::SecretBytes pin();
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  // Where a key of this name would be; generate_on_token() makes it.
  [[nodiscard]] static crypto::TokenKey place(const std::string& key, crypto::KeyPurpose purpose);

 private:
  std::filesystem::path folder_;
  std::string problem_;
};

}  // namespace huangpu::testing
