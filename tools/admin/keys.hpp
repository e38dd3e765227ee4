// `huangpu-admin keys`: what a token can do, how fast a key signs, and a new key inside a token.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "crypto/base/result.hpp"

namespace huangpu::tools {

struct ProbePlan {
  std::filesystem::path module;    // of the token; or
  std::filesystem::path key;       // a key file or token key file, whose key is timed
  std::string token;               // label; empty: every token of the module
  std::filesystem::path pin_file;  // PIN or passphrase; empty: asked for on the terminal
  int pin_descriptor = -1;
  std::uint32_t seconds = 2;
  bool json = false;
};
// Prints to standard output.
[[nodiscard]] Status probe_keys(const ProbePlan& plan);

struct TokenKeyPlan {
  std::filesystem::path module;
  std::string token;
  std::string serial;
  std::string key;
  std::string purpose = "consensus";
  std::filesystem::path out;
  std::filesystem::path pin_file;
  int pin_descriptor = -1;
  bool json = false;
};
// Makes the pair in the token and the file that names it.
[[nodiscard]] Status new_token_key(const TokenKeyPlan& plan);

struct CertificatePlan {
  std::string name;
  std::filesystem::path out;  // OUT.crt and OUT.key
  std::vector<std::string> hosts;
  std::uint32_t days = 825;
  bool json = false;
};
// A fresh transport key with its certificate; prints the pin.
[[nodiscard]] Status new_certificate(const CertificatePlan& plan);

}  // namespace huangpu::tools
