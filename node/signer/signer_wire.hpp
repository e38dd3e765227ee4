// Messages of the remote signer to values and back (SPEC N-314). Bytes from the wire are judged
// here.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "consensus/safety/statement_signer.hpp"
#include "crypto/base/result.hpp"
#include "crypto/sign/public_key.hpp"

namespace huangpu::v1 {
class AttachRequest;
class SignReply;
class SignRequest;
}  // namespace huangpu::v1

namespace huangpu::node {

inline constexpr std::size_t kStatementsTogetherMax = 64;
inline constexpr std::size_t kInstanceBytes = 16;
inline constexpr std::size_t kSignerMessageBytesMax = 64 * 1024;

struct AttachCall {
  crypto::KeyId key;
  crypto::Digest genesis;
  Bytes instance;
  std::string name;
};
struct SignCall {
  crypto::KeyId key;
  Bytes instance;
  std::vector<consensus::SigningRequest> statements;  // 1 to kStatementsTogetherMax
};

// kMalformed or kOutOfRange; the sentence says which field.
[[nodiscard]] Result<AttachCall> from_proto(const v1::AttachRequest& message);
[[nodiscard]] Result<SignCall> from_proto(const v1::SignRequest& message);
// All statements are of one chain.
void to_proto(const SignCall& call, v1::SignRequest& message);

// The results of `count` statements, or the error of the request as a whole in each place.
[[nodiscard]] std::vector<Result<crypto::Signature>> from_proto(const v1::SignReply& message,
                                                                std::size_t count);
void to_proto(std::span<const Result<crypto::Signature>> results, v1::SignReply& message);

// A code of the wire as an error; an unknown number is kInternal.
[[nodiscard]] Error wire_error(std::uint32_t code, const std::string& sentence);

}  // namespace huangpu::node
