// Shared by the tests of crypto/: values from hexadecimal text, secrets.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <string>
#include <string_view>

#include "crypto/base/bytes.hpp"
#include "crypto/keystore/secret.hpp"
#include "tests/support/temporary_folder.hpp"

namespace huangpu::test {

inline Bytes hex(std::string_view text) {
  auto bytes = from_hex(text);
  EXPECT_TRUE(bytes.has_value()) << text;
  return bytes.value_or(Bytes{});
}

inline crypto::SecretBytes secret(std::string_view text) {
  return crypto::SecretBytes::copy_of(as_bytes(text));
}

}  // namespace huangpu::test
