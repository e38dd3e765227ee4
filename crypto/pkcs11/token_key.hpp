// Token keys: a private key that lives in a PKCS#11 token, and the small file that says where (SPEC
// K-80..K-83).
//
//   {"format":"huangpu-token-key","version":1,"purpose":"consensus","suite":"ed25519-sha256",
//    "public_key":hex,"module":"/usr/lib/softhsm/libsofthsm2.so","token":"label","serial":"",
//    "key":"label","id":hex}
//
// The file stands where a key file would stand. It holds no secret, yet it names code that this
// process will run, so it is read under the same conditions as a key file (owner, mode). The public
// key in it is what everybody else knows; a token that holds another key is refused.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"
#include "crypto/keystore/key_file.hpp"
#include "crypto/sign/public_key.hpp"

namespace huangpu::crypto {

struct TokenKey {
  KeyPurpose purpose = KeyPurpose::kConsensus;
  PublicKey public_key;
  std::filesystem::path module;  // shared object of the vendor, or p11-kit-proxy.so
  std::string token;             // label
  std::string serial;            // empty: any token of that label
  std::string key;               // label of the private key object
  Bytes id;                      // CKA_ID; empty: any

  friend bool operator==(const TokenKey&, const TokenKey&) = default;
};

[[nodiscard]] std::string format_token_key(const TokenKey& key);
// Total; refuses unknown fields, and an unknown version by name.
[[nodiscard]] Result<TokenKey> parse_token_key(std::string_view text);

[[nodiscard]] Status save_token_key(const TokenKey& key, const std::filesystem::path& path);
[[nodiscard]] Result<TokenKey> load_token_key(const std::filesystem::path& path,
                                              KeyPurpose expected);

}  // namespace huangpu::crypto
