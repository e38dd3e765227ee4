// Which chain a signature belongs to.
//
// Every consensus signature binds the genesis hash (SPEC C-1), and every hash uses the chain's
// suite. The two travel together so that no helper can mix the hash profile of one chain with the
// identity of another.
#pragma once

#include "crypto/base/ids.hpp"
#include "crypto/hash/digest.hpp"
#include "crypto/suite.hpp"

namespace huangpu::consensus {

using crypto::Digest;
using crypto::SuiteId;

struct ChainContext {
  SuiteId suite{SuiteId::kEd25519Sha256};
  Digest genesis;  // the chain id: hash of the canonical genesis bytes

  friend bool operator==(const ChainContext&, const ChainContext&) = default;
};

// Genesis plays the boundary block of the epoch before this one: height 0, view 0.
inline constexpr Epoch kFirstEpoch{1};

}  // namespace huangpu::consensus
