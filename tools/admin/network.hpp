// `huangpu-admin network create`: a whole network's folders from a few figures
// (docs/operator/guide.md).
//
//   DIR/genesis.json
//   DIR/nodes/<name>/      a node home per validator (node/home/node_home.hpp)
//   DIR/wallets/<code>/    a wallet per participant (tools/cli/profile.hpp)
//
// Whoever runs this holds every key for a moment: right for a laptop, a test bench or a pilot that
// hands each folder to its owner. Institutions that keep their keys to themselves make homes with
// `huangpu-node init` and exchange cards (genesis_commands.hpp).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "crypto/base/result.hpp"
#include "crypto/keystore/key_file.hpp"
#include "ledger/genesis/genesis.hpp"

namespace huangpu::tools {

struct NewNetwork {
  std::filesystem::path folder;
  std::string chain_name = "huangpu-local";
  std::uint32_t validators = 4;
  std::uint32_t banks = 0;         // 0: one per validator
  std::vector<std::string> hosts;  // address of each validator; empty: all on 127.0.0.1
  std::uint16_t base_port =
      7'700;  // local: validator i uses base + 10 i + {1, 2, 3}; spread: base + {1, 2, 3}
  std::vector<std::string> assets;  // CODE:DECIMALS, one issuer each; default CNY:2 and HKD:2
  bool evaluation_limits = false;   // every participant may send as fast as the machine takes it
  crypto::SuiteId suite = crypto::SuiteId::kEd25519Sha256;  // hashing and consensus of the chain
  std::optional<crypto::SuiteId> wallet_suite;              // keys of wallets; default: the chain's
  crypto::KdfCost cost;                                     // of sealing the keys
};

struct CreatedNetwork {
  ledger::Genesis genesis;
  std::vector<std::filesystem::path> nodes;
  std::vector<std::filesystem::path> wallets;
};

// kAlreadyExists if the folder is there and not empty.
[[nodiscard]] Result<CreatedNetwork> create_network(const NewNetwork& plan);

}  // namespace huangpu::tools
