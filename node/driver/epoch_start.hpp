// Which epoch a node is in, told by its stores alone (SPEC N-346, N-347).
//
// The state knows the settings of every epoch; the block store knows whether the boundary is
// certified, and only then its epoch is over. Nothing else is remembered about epochs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/genesis/genesis.hpp"
#include "node/driver/node_stores.hpp"
#include "node/replica/epoch_plan.hpp"

namespace huangpu::node {

struct EpochStart {
  consensus::EpochRecord record;
  ledger::EpochSettings settings;
  SharedPlan plan;  // after the executed tip
  // The block the epoch starts from: genesis, or the boundary before it.
  Height height{0};
  crypto::Digest block;
  TimestampMs time{0};
  // The settings before, if this is not the first epoch.
  std::optional<ledger::EpochSettings> previous;
};

[[nodiscard]] Result<EpochStart> find_epoch(const NodeStores& stores,
                                            const ledger::Genesis& genesis);

// The place of the validator of this name, or the number of members: an observer.
[[nodiscard]] ValidatorIndex place_of(const ledger::EpochSettings& settings,
                                      const std::string& name);
// The name under which one of these keys is a member, now or in what is to come.
[[nodiscard]] std::optional<std::string> name_of_keys(const EpochStart& start,
                                                      std::span<const crypto::PublicKey> keys);

}  // namespace huangpu::node
