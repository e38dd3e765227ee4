// Prepares the consensus key that this validator is to be rotated to (SPEC N-65, N-353).
//
// It may be of another kind than the key in office: a new key file under keys/, a key in a token,
// or one at a remote signer. Whatever it is, it gets a sign-state folder of its own here. The
// configuration is not touched; what to write into it is in the answer.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "crypto/base/result.hpp"
#include "crypto/keystore/key_file.hpp"
#include "crypto/sign/public_key.hpp"
#include "node/config/config.hpp"

namespace huangpu::node {

// A key that a remote signer holds already, as `huangpu-signer` prints it.
struct RemoteKeyPlan {
  std::string public_key;  // "suite:digits"
  // Empty: the signer of the key in office, which must then be remote.
  std::string server_pin;
  std::optional<Endpoint> endpoint;
};

// At most one of token and remote; neither: a key file is made.
struct NextKeyPlan {
  std::filesystem::path token_key;
  std::filesystem::path pin_file;  // empty: that of the key in office if that is in a token too
  std::optional<RemoteKeyPlan> remote;
  crypto::KdfCost cost;
};

struct NextKey {
  crypto::PublicKey key;
  ConsensusKeySection section;  // for [signer.next]
  // Of the certificate shown to the remote signer, for [[client]] of its configuration; else zero.
  // The certificate is made when the home has none.
  crypto::Digest signer_client_pin{};
};

// kConfig for a plan that cannot be, a key of another suite than the chain's, or the key in office;
// kAlreadyExists when this home has a sign-state of that key.
[[nodiscard]] Result<NextKey> make_next_key(const NodeConfig& config, const NextKeyPlan& plan);

}  // namespace huangpu::node
