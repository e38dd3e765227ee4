// What a transaction file would do, in plain sentences, for people who are about to sign it (SPEC
// W-54, W-55).
//
// Every sentence is computed from the decoded canonical bytes and from the genesis document whose
// hash is the chain id in them. The accounts that the file names are only tried: a number is shown
// where it gives the id in the bytes. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "crypto/base/ids.hpp"
#include "ledger/genesis/genesis.hpp"
#include "tools/cli/directory.hpp"
#include "tools/wallet/offline/forms.hpp"

namespace huangpu::tools {

inline constexpr std::size_t kTransfersShown = 100;

struct ExplainOptions {
  TimestampMs now;                              // of this machine, for warnings only
  std::optional<ledger::ParticipantId> self;    // whose wallet this is, if it is one
  std::size_t transfers_max = kTransfersShown;  // of a bulk transfer; the totals are always of all
};

struct Explanation {
  std::vector<std::string> what;
  std::vector<std::string> who;
  std::vector<std::string> when;
  std::vector<std::string> where;
  std::vector<std::string> warnings;  // what is unusual; empty is good
};

// Names that the genesis document and the file give, each checked against the ids in the body.
[[nodiscard]] Directory directory_of(const TransactionFile& file, const ledger::Genesis& genesis);

// `names` is the directory of the same genesis.
[[nodiscard]] Explanation explain(const TransactionFile& file, const Forms& forms,
                                  const ledger::Genesis& genesis, const Directory& names,
                                  const ExplainOptions& options);

// "5f2c 0a1b …": for reading aloud.
[[nodiscard]] std::string grouped(const std::string& hex);

}  // namespace huangpu::tools
