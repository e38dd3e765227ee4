// What SafetyRules asks for when it wants a signature: a statement, not bytes (SPEC C-160).
//
// Whoever holds the key builds the signed bytes itself and can judge what it signs. The key may be
// in this process, in a token or behind a wire, so a signature may be under way: kNotReady says so,
// and the same request is repeated after the event SignerAnswered.
#pragma once

#include <compare>
#include <cstdint>

#include "consensus/codec/hashing.hpp"
#include "crypto/sign/signer.hpp"

namespace huangpu::consensus {

struct SigningRequest {
  SignedKind kind{SignedKind::kNotarize};
  Digest genesis;
  Epoch epoch{kFirstEpoch};
  std::uint64_t position{0};  // view, lane position or height, by kind; 0 for ready
  Digest digest;

  [[nodiscard]] SignedMessageBytes message() const {
    return signing_message(kind, genesis, epoch, position, digest);
  }

  friend bool operator==(const SigningRequest&, const SigningRequest&) = default;
  friend auto operator<=>(const SigningRequest&, const SigningRequest&) = default;
};

class StatementSigner {
 public:
  virtual ~StatementSigner() = default;

  [[nodiscard]] virtual const crypto::PublicKey& public_key() const = 0;
  // Never blocks. kNotReady: asked for, the answer comes. kUnavailable: the holder of the key
  // cannot be reached now. kGuard: its guard refuses, for good. Others: as the holder says.
  [[nodiscard]] virtual Result<Signature> sign(const SigningRequest& request) = 0;
};

// A key in this process.
class KeyStatementSigner final : public StatementSigner {
 public:
  // `key` outlives this object.
  explicit KeyStatementSigner(crypto::Signer& key) : key_(key) {}
  const crypto::PublicKey& public_key() const override { return key_.public_key(); }
  Result<Signature> sign(const SigningRequest& request) override {
    return key_.sign(request.message());
  }

 private:
  crypto::Signer& key_;
};

}  // namespace huangpu::consensus
