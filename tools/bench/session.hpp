// The load's participants: a bank per wallet of a network folder, each with its key, accounts and
// node.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "crypto/base/result.hpp"
#include "crypto/sign/signer.hpp"
#include "ledger/codec/transaction_builder.hpp"
#include "ledger/genesis/genesis.hpp"
#include "node/client/client.hpp"
#include "tools/cli/profile.hpp"

namespace huangpu::tools {

struct Bank {
  Profile profile;
  std::unique_ptr<crypto::LocalSigner> signer;
  std::unique_ptr<node::Client> client;
  std::vector<ledger::AccountId> accounts;
};

struct Session {
  ledger::Genesis genesis;
  ledger::ChainInfo chain;
  Bank issuer;  // of asset 1
  std::vector<Bank> banks;
  std::size_t validators = 0;
};

// Opens the wallets that `huangpu-admin network create` made: banks*, and the issuer of the first
// asset.
[[nodiscard]] Result<Session> open_session(const std::filesystem::path& network);

struct Funding {
  std::uint32_t accounts = 10'000;  // over all banks
  std::uint64_t units_each = 1'000'000;
};

// Opens the accounts and funds them, through the network. May be run again on the same network:
// what exists is used.
[[nodiscard]] Status prepare_accounts(Session& session, const Funding& funding);

// A signed envelope of `bank` that is valid from now on for as long as the chain allows, less a
// safety margin.
[[nodiscard]] Result<ledger::SignedTransaction> make_envelope(const Session& session, Bank& bank,
                                                              ledger::Operation operation);

// The same by any participant under any key.
[[nodiscard]] Result<ledger::SignedTransaction> make_envelope(const Session& session,
                                                              ledger::ParticipantId submitter,
                                                              crypto::Signer& signer,
                                                              ledger::Operation operation);

// The key with which the wallet signs, from its file as it is now.
[[nodiscard]] Result<std::unique_ptr<crypto::LocalSigner>> open_wallet_key(const Profile& profile);

[[nodiscard]] TimestampMs wall_now();

}  // namespace huangpu::tools
