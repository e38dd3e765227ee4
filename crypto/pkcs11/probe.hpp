// What a token can do and how fast it signs, for `huangpu-admin keys probe` (SPEC K-88).
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "crypto/base/result.hpp"
#include "crypto/keystore/secret.hpp"
#include "crypto/pkcs11/token_key.hpp"
#include "crypto/sign/signer.hpp"

namespace huangpu::crypto {

struct ProbedMechanism {
  std::string name;  // "CKM_EDDSA", or its number
  bool signs = false;
  bool generates = false;
  bool in_hardware = false;  // as the token claims
};

struct ProbedObject {
  std::string kind;  // "private key", "public key", "certificate", "other"
  std::string type;  // "Ed25519", "EC", "RSA", "other"; empty for what is no key
  std::string label;
  std::string id;  // hexadecimal digits
};

struct ProbedToken {
  std::string label;
  std::string serial;
  std::string manufacturer;
  std::string model;
  bool login_required = false;
  bool pin_nearly_locked = false;
  std::vector<ProbedMechanism> mechanisms;
  std::vector<ProbedObject> objects;  // what is visible with the login given
};

// All tokens of a module. Private objects are listed for the token called `token` when a PIN is
// given; no other login is tried.
[[nodiscard]] Result<std::vector<ProbedToken>> probe_tokens(const std::filesystem::path& module,
                                                            const std::string& token,
                                                            const SecretBytes* pin);

struct SignSpeed {
  std::uint64_t signatures = 0;
  std::chrono::nanoseconds elapsed{0};
  std::chrono::nanoseconds median{0};
  std::chrono::nanoseconds slowest{0};
};

// Signs random messages of the length of a vote, one after the other, for about `duration`. The
// messages begin with a tag that nothing else uses, so that no signature made here means anything.
[[nodiscard]] Result<SignSpeed> measure_signer(Signer& signer, std::chrono::milliseconds duration);

}  // namespace huangpu::crypto
