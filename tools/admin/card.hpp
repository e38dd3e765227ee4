// A validator's card: what an institution tells the others about its validator before there is a
// genesis document (docs/operator/guide.md). A JSON file, public, without any secret:
//
//   {"format": "huangpu-card", "version": 1, "name": "validator-a", "participant": "BANKA",
//    "public_key": "ed25519-sha256:…", "tls_pin": "…", "peers": "node-a.example:7701"}
//
// Cards travel by mail or a shared folder; whoever receives them compares them with their owners by
// another way. Nothing in a card is trusted before assembly checks the whole set.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"
#include "crypto/sign/public_key.hpp"
#include "node/config/config.hpp"

namespace huangpu::tools {

inline constexpr std::size_t kCardBytesMax = 4'096;

struct Card {
  std::string name;         // of the validator
  std::string participant;  // code of the institution in the genesis document
  crypto::PublicKey key;    // consensus
  crypto::Digest tls_pin;   // of the certificate shown to other validators
  node::Endpoint peers;     // where other validators reach it

  friend bool operator==(const Card&, const Card&) = default;
};

[[nodiscard]] std::string to_json(const Card& card);

// kMalformed, kUnsupportedVersion; `source` names the file in the message. Unknown and repeated
// fields are refused.
[[nodiscard]] Result<Card> parse_card(std::string_view text, std::string_view source);

// The card of an existing home. `peers` is the address as others see it, which may differ from the
// one the node listens on.
[[nodiscard]] Result<Card> card_of(const node::NodeConfig& config, std::string participant,
                                   const node::Endpoint& peers);

}  // namespace huangpu::tools
