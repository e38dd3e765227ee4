// Makes a node's home folder: keys, TLS material, configuration, genesis, sign-state (SPEC
// N-60..N-63).
//
//   config.toml  genesis.json  keys/consensus.json  keys/passphrase  tls/peer.{crt,key}
//   tls/client.{crt,key} data/  sign-state/{a,b}.sign-state
//
// Two steps, because a genesis names the keys of all validators: create_node() makes what a
// validator tells the others (its card), install_genesis() completes the home once the document
// exists. Nothing is ever overwritten.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/result.hpp"
#include "crypto/keystore/key_file.hpp"
#include "crypto/keystore/secret.hpp"
#include "crypto/sign/public_key.hpp"
#include "node/config/config.hpp"

namespace huangpu::node {

// What a genesis document needs to know about a validator.
struct ValidatorCard {
  std::string name;
  crypto::PublicKey key;
  crypto::Digest tls_pin;  // of the certificate shown to other validators
  // Of the certificate shown to a remote signer; zero without one. Not for the genesis document.
  crypto::Digest signer_client_pin{};
};

struct NewNode {
  NodeConfig config;  // home and all paths; written to config.toml
  crypto::SuiteId suite = crypto::SuiteId::kEd25519Sha256;
  std::vector<std::string> hosts;  // names and addresses in the certificates
  // Seals the consensus key. Empty: a random one is made and kept in keys/passphrase, readable by
  // the owner only.
  crypto::SecretBytes passphrase;
  crypto::KdfCost cost;
  std::uint32_t certificate_days = 825;
};

// kAlreadyExists if the home holds a configuration, or a key where one would be made: with a key in
// a token or at a remote signer the configuration says where it is, and none is made.
[[nodiscard]] Result<ValidatorCard> create_node(const NewNode& node);

// Reads the card of an existing home.
[[nodiscard]] Result<ValidatorCard> read_card(const NodeConfig& config);

// Whether the document must list this home's key, or the chain is to take it in later by
// governance.
enum class JoinAs : std::uint8_t { kFounder, kNewcomer };

// Checks the document, that it lists this home's key (or does not, of a newcomer), and writes
// genesis.json and the first sign-state. Refused with kAlreadyExists when the home has a genesis:
// for a key that may have signed, a sign-state is never made anew.
[[nodiscard]] Status install_genesis(const NodeConfig& config, std::string_view genesis_text,
                                     JoinAs as = JoinAs::kFounder);

// The consensus key in a file or token, opened with the passphrase or PIN that the configuration
// points to, or asked for on the terminal. Not for a remote one.
[[nodiscard]] Result<std::unique_ptr<crypto::Signer>> open_consensus_key(
    const ConsensusKeySection& section);

}  // namespace huangpu::node
