// The canonical bytes of a genesis and what is derived from them (SPEC L-82, L-83).
#include <algorithm>

#include "crypto/base/codec.hpp"
#include "crypto/hash/domain.hpp"
#include "crypto/hash/hasher.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/types/governance.hpp"
#include "ledger/types/state_key.hpp"
#include "ledger/types/state_value.hpp"

namespace huangpu::ledger {
namespace {

void write_text(Writer& writer, std::string_view text) { writer.blob(as_bytes(text)); }

template <class Item, class WriteItem>
void write_list(Writer& writer, const std::vector<Item>& items, WriteItem write_item) {
  writer.u32(static_cast<std::uint32_t>(items.size()));
  for (const auto& item : items) write_item(item);
}

void write_validators(Writer& writer, const std::vector<GenesisValidator>& validators) {
  write_list(writer, validators, [&writer](const GenesisValidator& validator) {
    write_text(writer, validator.name);
    writer.u32(validator.participant.value());
    validator.key.write(writer);
    writer.digest(validator.tls_pin);
  });
}

class Entries {
 public:
  void add(Bytes key, Bytes value) {
    delta_.changes.push_back(Change{std::move(key), std::move(value)});
  }
  StateDelta take() && {
    std::ranges::sort(delta_.changes, {}, &Change::key);
    return std::move(delta_);
  }

 private:
  StateDelta delta_;
};

void add_accounts(Entries& entries, crypto::SuiteId suite, const GenesisAccounts& range) {
  AccountValue value;
  value.owner = range.participant;
  value.threshold = range.threshold;
  value.seats = range.keys;
  for (std::uint32_t i = 0; i < range.count; ++i) {
    value.number = range.number + i;
    entries.add(account_key(account_id(suite, range.participant, value.number)), value.encode());
  }
}

}  // namespace

Bytes canonical_bytes(const Genesis& genesis) {
  Writer writer(4096);
  writer.u32(Genesis::kFormatVersion).u8(static_cast<std::uint8_t>(genesis.suite));
  write_text(writer, genesis.chain_name);
  writer.u64(genesis.time.value());
  write(writer, genesis.consensus);
  writer.u32(genesis.ledger.replay_window_seconds).u32(genesis.ledger.reference_days);
  writer.u32(genesis.governance.approvals).u32(genesis.governance.proposal_hours);
  write_list(writer, genesis.participants, [&writer](const GenesisParticipant& participant) {
    writer.u32(participant.id.value());
    write_text(writer, participant.code);
    write_text(writer, participant.name);
    writer.u32(participant.roles.bits()).u16(participant.management_threshold);
  });
  write_validators(writer, genesis.validators);
  write_list(writer, genesis.keys, [&writer](const GenesisKey& key) {
    writer.u32(key.participant.value());
    key.key.write(writer);
  });
  write_list(writer, genesis.certificates, [&writer](const GenesisCertificate& certificate) {
    writer.digest(certificate.pin.value())
        .u32(certificate.participant.value())
        .u8(static_cast<std::uint8_t>(certificate.role));
  });
  write_list(writer, genesis.assets, [&writer](const GenesisAsset& asset) {
    writer.u32(asset.id.value());
    write_text(writer, asset.code);
    writer.u8(asset.decimals).u32(asset.issuer.value());
  });
  write_list(writer, genesis.accounts, [&writer](const GenesisAccounts& range) {
    writer.u32(range.participant.value()).u64(range.number).u32(range.count).u16(range.threshold);
    write_list(writer, range.keys,
               [&writer](const crypto::KeyId& key) { writer.raw(key.bytes()); });
  });
  return writer.take();
}

ChainId chain_id(const Genesis& genesis) {
  return ChainId(
      crypto::hash(genesis.suite, {as_bytes(crypto::domain::kGenesis), canonical_bytes(genesis)}));
}

EpochSettings first_settings(const Genesis& genesis) {
  EpochSettings settings;
  settings.consensus = genesis.consensus;
  settings.ledger = genesis.ledger;
  settings.governance = genesis.governance;
  for (const GenesisValidator& listed : genesis.validators) {
    Member member;
    member.name = listed.name;
    member.participant = listed.participant;
    member.key = listed.key;
    member.tls_pin = listed.tls_pin;
    settings.members.push_back(std::move(member));
  }
  return settings;
}

StateDelta genesis_entries(const Genesis& genesis) {
  Entries entries;
  for (const auto& participant : genesis.participants) {
    ParticipantValue value;
    value.roles = participant.roles;
    value.management_threshold = participant.management_threshold;
    value.active_keys = static_cast<std::uint32_t>(
        std::ranges::count(genesis.keys, participant.id, &GenesisKey::participant));
    value.code = participant.code;
    value.name = participant.name;
    entries.add(participant_key(participant.id), value.encode());
  }
  for (const auto& key : genesis.keys) {
    KeyValue value;
    value.participant = key.participant;
    value.seat = key.key.id();
    value.key = key.key;
    entries.add(key_key(key.key.id()), value.encode());
  }
  for (const auto& certificate : genesis.certificates) {
    CertificateValue value;
    value.participant = certificate.participant;
    value.role = certificate.role;
    entries.add(certificate_key(certificate.pin), value.encode());
  }
  for (const auto& asset : genesis.assets) {
    AssetValue value;
    value.issuer = asset.issuer;
    value.decimals = asset.decimals;
    value.code = asset.code;
    entries.add(asset_key(asset.id), value.encode());
  }
  for (const auto& range : genesis.accounts) add_accounts(entries, genesis.suite, range);
  EpochsValue epochs;
  entries.add(epoch_key(epochs.current), EpochValue{Height(0), first_settings(genesis)}.encode());
  entries.add(epochs_key(), epochs.encode());
  ProposalsValue proposals;
  proposals.governors = static_cast<std::uint32_t>(
      std::ranges::count_if(genesis.participants, [](const GenesisParticipant& participant) {
        return participant.roles.has(Role::kGovernor);
      }));
  entries.add(proposals_key(), proposals.encode());
  entries.add(clock_key(), ClockValue{Height(0), genesis.time}.encode());
  return std::move(entries).take();
}

}  // namespace huangpu::ledger
