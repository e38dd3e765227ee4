// Ed25519 keys that some libraries take and this ledger never does (SPEC K-41, K-43), for tests of
// every door through which a key comes in.
#pragma once

#include <array>

namespace huangpu::test {

struct UnusableKey {
  const char* what;
  const char* text;   // as documents and people write keys
  bool is_decodable;  // a value by itself, and refused when it is to be registered
};

inline constexpr std::array<UnusableKey, 5> kUnusableKeys = {{
    {"the neutral element",
     "ed25519-sha256:0100000000000000000000000000000000000000000000000000000000000000", false},
    {"a point of order 2",
     "ed25519-sha256:ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false},
    {"a point of order 8",
     "ed25519-sha256:26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", false},
    {"not canonical: y = p + 1",
     "ed25519-sha256:eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false},
    // The base point plus a point of order 8.
    {"mixed order",
     "ed25519-sha256:98519eadf35b995233b51b5cd23e9cc5a28b639b5a4af0ec903cb960d81b7819", true},
}};

}  // namespace huangpu::test
