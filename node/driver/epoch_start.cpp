#include "node/driver/epoch_start.hpp"

#include <algorithm>
#include <utility>

#include "consensus/codec/hashing.hpp"
#include "node/driver/stored_chain.hpp"
#include "node/replica/first_epoch.hpp"

namespace huangpu::node {

Result<EpochStart> find_epoch(const NodeStores& stores, const ledger::Genesis& genesis) {
  const ledger::Executor& executor = *stores.executor;
  EpochStart start;
  start.plan = stores.chain->plan();
  Epoch epoch = executor.epochs().current;
  const Height tip = executor.height();
  if (tip > Height{0} && tip == executor.epochs().start) {
    // The executed tip is a boundary: its epoch lasts until it is certified.
    const auto certificate = stores.blocks->get_certificate(tip);
    if (!certificate && certificate.error().code != Errc::kNotFound)
      return tl::unexpected(certificate.error());
    if (!certificate) epoch = epoch.previous();
  }
  HP_TRY_ASSIGN(ledger::EpochValue value, executor.epoch_value(epoch));
  HP_TRY_ASSIGN(start.record, epoch_record(genesis.suite, epoch, value.settings));
  start.settings = std::move(value.settings);
  start.height = value.start;
  if (start.height == Height{0}) {
    start.block = chain_context(genesis).genesis;
    start.time = genesis.time;
    return start;
  }
  const StoredChain chain(*stores.blocks, chain_info(genesis));
  HP_TRY_ASSIGN(const consensus::BlockRecord boundary, chain.block(start.height));
  start.block = consensus::block_hash(genesis.suite, boundary.stored.block.header);
  start.time = boundary.stored.block.header.timestamp;
  HP_TRY_ASSIGN(ledger::EpochValue before, executor.epoch_value(epoch.previous()));
  start.previous = std::move(before.settings);
  return start;
}

ValidatorIndex place_of(const ledger::EpochSettings& settings, const std::string& name) {
  const auto found = std::ranges::find(settings.members, name, &ledger::Member::name);
  return ValidatorIndex{static_cast<std::uint16_t>(found - settings.members.begin())};
}

std::optional<std::string> name_of_keys(const EpochStart& start,
                                        std::span<const crypto::PublicKey> keys) {
  const auto find = [&](const consensus::EpochRecord& record) -> std::optional<std::string> {
    for (const crypto::PublicKey& key : keys) {
      if (const auto index = record.set.index_of(key)) return record.set.at(*index).name;
    }
    return std::nullopt;
  };
  if (auto name = find(start.record)) return name;
  if (start.plan->next) {
    if (auto name = find(*start.plan->next)) return name;
  }
  if (start.plan->pending) {
    if (auto name = find(*start.plan->pending)) return name;
  }
  if (start.previous) {
    for (const ledger::Member& member : start.previous->members) {
      if (std::ranges::find(keys, member.key) != keys.end()) return member.name;
    }
  }
  return std::nullopt;
}

}  // namespace huangpu::node
