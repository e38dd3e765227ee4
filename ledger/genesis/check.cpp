// The rules that make a genesis consistent (SPEC L-84).
#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "crypto/base/civil.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/genesis/text_rules.hpp"
#include "ledger/types/limits.hpp"

namespace huangpu::ledger {
namespace {

class Check {
 public:
  explicit Check(const Genesis& genesis) : genesis_(genesis) {}

  std::vector<std::string> run() && {
    chain();
    settings();
    participants();
    keys();
    validators();
    certificates();
    assets();
    accounts();
    return std::move(errors_);
  }

 private:
  void expect(bool holds, const std::string& path, std::string_view what) {
    if (!holds) errors_.push_back(path + ": " + std::string(what));
  }
  static std::string item(std::string_view list, std::size_t index, std::string_view field = "") {
    std::string path = std::string(list) + "[" + std::to_string(index) + "]";
    if (!field.empty()) path += "." + std::string(field);
    return path;
  }
  const GenesisParticipant* find(ParticipantId id) const {
    const auto found = participants_.find(id);
    return found == participants_.end() ? nullptr : found->second;
  }
  bool is_asset_holder(ParticipantId id) const {
    const auto* participant = find(id);
    return participant != nullptr &&
           (participant->roles.has(Role::kParticipant) || participant->roles.has(Role::kIssuer));
  }

  void chain() {
    expect(is_label(genesis_.chain_name, 64), "chain_name", "must be 1 to 64 of a-z 0-9 -");
    expect(genesis_.time.value() != 0 && genesis_.time.value() / kMsPerDay <= kDayNumberMax, "time",
           "must lie after 1970 and before the year 10000");
  }

  void settings() {
    for (const std::string& error :
         settings_errors(genesis_.consensus, genesis_.ledger, genesis_.governance)) {
      errors_.push_back("parameters." + error);
    }
    const auto governors =
        std::ranges::count_if(genesis_.participants, [](const GenesisParticipant& participant) {
          return participant.roles.has(Role::kGovernor);
        });
    // Without governors nothing can ever be changed, which a network may want.
    expect(governors == 0 || genesis_.governance.approvals <= static_cast<std::uint32_t>(governors),
           "parameters.governance.approvals", "must not exceed the number of governors");
  }

  void participants() {
    const auto& list = genesis_.participants;
    expect(!list.empty() && list.size() <= kGenesisParticipantsMax, "participants",
           "must list 1 to " + std::to_string(kGenesisParticipantsMax));
    std::set<std::string> codes;
    ParticipantId previous;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto& participant = list[i];
      expect(participant.id > previous, item("participants", i, "id"), "ids must ascend from 1");
      previous = std::max(previous, participant.id);
      participants_.emplace(participant.id, &participant);
      expect(is_code(participant.code, kParticipantCodeCharsMax), item("participants", i, "code"),
             "must be 1 to 11 of A-Z 0-9");
      expect(codes.insert(participant.code).second, item("participants", i, "code"),
             "is used twice");
      expect(is_printable(participant.name, kNameCharsMax), item("participants", i, "name"),
             "must be 1 to 140 printable characters");
      expect(!participant.roles.empty(), item("participants", i, "roles"), "must not be empty");
      const auto key_count =
          std::ranges::count(genesis_.keys, participant.id, &GenesisKey::participant);
      expect(participant.management_threshold >= 1 &&
                 participant.management_threshold <= std::max<std::ptrdiff_t>(1, key_count),
             item("participants", i, "management_threshold"),
             "must be 1 to the participant's number of keys");
    }
  }

  void key(const crypto::PublicKey& key, const std::string& path) {
    if (auto status = key.check_for_registration(); !status) {
      errors_.push_back(path + ": " + status.error().message);
      return;
    }
    expect(keys_.insert(key.id()).second, path, "is used twice");
  }

  void keys() {
    const auto& list = genesis_.keys;
    expect(list.size() <= kGenesisItemsMax, "keys", "too many");
    for (std::size_t i = 0; i < list.size(); ++i) {
      expect(find(list[i].participant) != nullptr, item("keys", i, "participant"),
             "is not listed under participants");
      key(list[i].key, item("keys", i, "public_key"));
      signing_keys_.insert(list[i].key.id());
    }
  }

  void validators() {
    const auto& list = genesis_.validators;
    expect(!list.empty() && list.size() <= kGenesisValidatorsMax, "validators",
           "must list 1 to " + std::to_string(kGenesisValidatorsMax));
    std::set<std::string> names;
    std::set<crypto::Digest> pins;
    for (std::size_t i = 0; i < list.size(); ++i) {
      expect(is_label(list[i].name, 64), item("validators", i, "name"),
             "must be 1 to 64 of a-z 0-9 -");
      expect(names.insert(list[i].name).second, item("validators", i, "name"), "is used twice");
      expect(find(list[i].participant) != nullptr, item("validators", i, "participant"),
             "is not listed under participants");
      expect(list[i].key.suite() == genesis_.suite, item("validators", i, "public_key"),
             "must be of the chain's suite");
      key(list[i].key, item("validators", i, "public_key"));
      expect(!list[i].tls_pin.is_zero(), item("validators", i, "tls_pin"), "must not be zero");
      expect(pins.insert(list[i].tls_pin).second, item("validators", i, "tls_pin"),
             "is used twice");
    }
  }

  void certificates() {
    const auto& list = genesis_.certificates;
    expect(list.size() <= kGenesisItemsMax, "certificates", "too many");
    std::set<CertificatePin> pins;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto* participant = find(list[i].participant);
      expect(participant != nullptr, item("certificates", i, "participant"),
             "is not listed under participants");
      expect(participant == nullptr || participant->roles.has(list[i].role),
             item("certificates", i, "role"), "is not a role of the participant");
      expect(pins.insert(list[i].pin).second, item("certificates", i, "pin"), "is used twice");
    }
  }

  void assets() {
    const auto& list = genesis_.assets;
    expect(list.size() <= kGenesisItemsMax, "assets", "too many");
    std::set<std::string> codes;
    AssetId previous;
    for (std::size_t i = 0; i < list.size(); ++i) {
      expect(list[i].id > previous, item("assets", i, "id"), "ids must ascend from 1");
      previous = std::max(previous, list[i].id);
      expect(is_code(list[i].code, kAssetCodeCharsMax), item("assets", i, "code"),
             "must be 1 to 12 of A-Z 0-9");
      expect(codes.insert(list[i].code).second, item("assets", i, "code"), "is used twice");
      expect(list[i].decimals <= kAssetDecimalsMax, item("assets", i, "decimals"),
             "must be 0 to 18");
      const auto* issuer = find(list[i].issuer);
      expect(issuer != nullptr && issuer->roles.has(Role::kIssuer), item("assets", i, "issuer"),
             "is not a participant with the role issuer");
    }
  }

  void accounts() {
    const auto& list = genesis_.accounts;
    expect(list.size() <= kGenesisItemsMax, "accounts", "too many");
    std::uint64_t total = 0;
    std::vector<std::tuple<ParticipantId, std::uint64_t, std::size_t>> starts;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto& range = list[i];
      expect(is_asset_holder(range.participant), item("accounts", i, "participant"),
             "is not a participant with the role participant or issuer");
      const bool counted = range.count >= 1 && range.count <= kGenesisAccountsMax &&
                           range.number <= ~std::uint64_t{0} - (range.count - 1);
      expect(counted, item("accounts", i, "count"), "is out of range");
      total += range.count;
      if (counted) starts.emplace_back(range.participant, range.number, i);
      expect(range.keys.size() <= kAuthorityKeysMax && range.threshold <= range.keys.size() &&
                 (range.threshold != 0 || range.keys.empty()),
             item("accounts", i, "threshold"), "must be 1 to the number of keys, or both absent");
      expect(
          std::ranges::adjacent_find(range.keys, std::ranges::greater_equal{}) == range.keys.end(),
          item("accounts", i, "keys"), "must not repeat");
      for (std::size_t k = 0; k < range.keys.size(); ++k) {
        expect(signing_keys_.contains(range.keys[k]),
               item("accounts", i, "keys") + "[" + std::to_string(k) + "]",
               "is not the id of a key listed under keys");
      }
    }
    expect(total <= kGenesisAccountsMax, "accounts",
           "open more than " + std::to_string(kGenesisAccountsMax) + " accounts");
    no_overlap(std::move(starts));
  }

  void no_overlap(std::vector<std::tuple<ParticipantId, std::uint64_t, std::size_t>> starts) {
    std::ranges::sort(starts);
    for (std::size_t i = 1; i < starts.size(); ++i) {
      const auto& [owner, first, index] = starts[i - 1];
      const auto& [next_owner, next_first, next_index] = starts[i];
      const std::uint64_t last = first + (genesis_.accounts[index].count - 1);
      expect(owner != next_owner || next_first > last, item("accounts", next_index, "number"),
             "overlaps " + item("accounts", index));
    }
  }

  const Genesis& genesis_;
  std::vector<std::string> errors_;
  std::map<ParticipantId, const GenesisParticipant*> participants_;
  std::set<crypto::KeyId> keys_;          // of everybody: no key has two uses
  std::set<crypto::KeyId> signing_keys_;  // of participants
};

}  // namespace

std::vector<std::string> check_genesis(const Genesis& genesis) { return Check(genesis).run(); }

}  // namespace huangpu::ledger
