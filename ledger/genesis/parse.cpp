// Reads the genesis document and reports every error with its path (SPEC L-81, L-85).
#include <algorithm>
#include <concepts>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "crypto/base/civil.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/types/limits.hpp"

namespace huangpu::ledger {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kDepthMax = 16;

using Errors = std::vector<std::string>;

// One JSON value with its path. Reading what is not there or of another type records an error and
// gives a default.
class Node {
 public:
  Node(const Json* value, std::string path, Errors& errors)
      : value_(value), path_(std::move(path)), errors_(&errors) {}

  [[nodiscard]] bool present() const { return value_ != nullptr; }

  // Refuses every field that is not in `known`.
  void only(std::initializer_list<std::string_view> known) const {
    if (value_ == nullptr) return;
    if (!value_->is_object()) return error("must be an object");
    for (const auto& [name, unused] : value_->items()) {
      if (std::ranges::find(known, std::string_view(name)) == known.end()) {
        errors_->push_back(join(name) + ": unknown field");
      }
    }
  }
  [[nodiscard]] Node optional(std::string_view name) const {
    const Json* child = nullptr;
    if (value_ != nullptr && value_->is_object()) {
      const auto found = value_->find(name);
      if (found != value_->end()) child = &*found;
    }
    return Node(child, join(name), *errors_);
  }
  [[nodiscard]] Node required(std::string_view name) const {
    Node node = optional(name);
    if (!node.present() && value_ != nullptr) node.error("is missing");
    return node;
  }
  [[nodiscard]] std::vector<Node> list(std::size_t count_max) const {
    std::vector<Node> nodes;
    if (value_ == nullptr) return nodes;
    if (!value_->is_array()) {
      error("must be a list");
      return nodes;
    }
    if (value_->size() > count_max) {
      error("has more than " + std::to_string(count_max) + " entries");
      return nodes;
    }
    for (std::size_t i = 0; i < value_->size(); ++i) {
      nodes.emplace_back(&(*value_)[i], path_ + "[" + std::to_string(i) + "]", *errors_);
    }
    return nodes;
  }
  [[nodiscard]] std::string text() const {
    if (value_ == nullptr) return {};
    if (value_->is_string()) return value_->get<std::string>();
    error("must be a text");
    return {};
  }
  template <std::unsigned_integral T>
  [[nodiscard]] T number(T fallback = 0) const {
    if (value_ == nullptr) return fallback;
    if (value_->is_number_unsigned()) {
      const auto number = value_->get<std::uint64_t>();
      if (number <= std::numeric_limits<T>::max()) return static_cast<T>(number);
    }
    error("must be a whole number of 0 to " + std::to_string(std::numeric_limits<T>::max()));
    return fallback;
  }
  // A text that `parse` turns into a value.
  template <class Parse>
  [[nodiscard]] auto parsed(Parse parse) const ->
      typename decltype(parse(std::string()))::value_type {
    const std::string source = text();
    if (value_ == nullptr || !value_->is_string()) return {};
    auto result = parse(source);
    if (result) return *std::move(result);
    error(result.error().message);
    return {};
  }
  void error(std::string_view what) const { errors_->push_back(path_ + ": " + std::string(what)); }

 private:
  [[nodiscard]] std::string join(std::string_view name) const {
    return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
  }

  const Json* value_;
  std::string path_;
  Errors* errors_;
};

// The JSON library keeps the last of two equal keys; a document that says two things is refused
// instead.
class DuplicateCheck {
 public:
  explicit DuplicateCheck(Errors& errors) : errors_(errors) {}

  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    if (static_cast<std::size_t>(depth) > kDepthMax && !too_deep_) {
      too_deep_ = true;
      errors_.push_back("document: nested too deeply");
    }
    if (event == Json::parse_event_t::object_start) open_.emplace_back();
    if (event == Json::parse_event_t::object_end && !open_.empty()) open_.pop_back();
    if (event == Json::parse_event_t::key && !open_.empty() &&
        !open_.back().insert(parsed.get<std::string>()).second) {
      errors_.push_back(parsed.get<std::string>() + ": given twice in one object");
    }
    return !too_deep_;
  }

 private:
  Errors& errors_;
  bool too_deep_ = false;
  std::vector<std::set<std::string>> open_;
};

Result<Role> role_of(std::string_view name) {
  const auto role = parse_role(name);
  if (!role) return fail(Errc::kConfig, "unknown role");
  return *role;
}

Result<crypto::Digest> digest_of(std::string_view text) { return crypto::Digest::parse_hex(text); }
Result<crypto::PublicKey> key_of(std::string_view text) { return crypto::PublicKey::parse(text); }

void read_number(const Node& section, std::string_view name, std::uint32_t& target) {
  target = section.optional(name).number<std::uint32_t>(target);
}

// Absent parameters keep their defaults.
ConsensusSettings read_consensus(const Node& node) {
  node.only({"finality_lag_blocks", "view_window", "propose_timeout_ms", "certify_timeout_ms",
             "repropose_timeout_ms", "skip_timeout_ms", "backoff_cap", "drift_max_ms", "linger_ms",
             "batch_bytes_max", "batch_envelopes_max", "lane_unordered_max", "cut_batches_max",
             "cut_transfers_max"});
  ConsensusSettings settings;
  read_number(node, "finality_lag_blocks", settings.finality_lag_blocks);
  read_number(node, "view_window", settings.view_window);
  read_number(node, "propose_timeout_ms", settings.propose_timeout_ms);
  read_number(node, "certify_timeout_ms", settings.certify_timeout_ms);
  read_number(node, "repropose_timeout_ms", settings.repropose_timeout_ms);
  read_number(node, "skip_timeout_ms", settings.skip_timeout_ms);
  read_number(node, "backoff_cap", settings.backoff_cap);
  read_number(node, "drift_max_ms", settings.drift_max_ms);
  read_number(node, "linger_ms", settings.linger_ms);
  read_number(node, "batch_bytes_max", settings.batch_bytes_max);
  read_number(node, "batch_envelopes_max", settings.batch_envelopes_max);
  read_number(node, "lane_unordered_max", settings.lane_unordered_max);
  read_number(node, "cut_batches_max", settings.cut_batches_max);
  read_number(node, "cut_transfers_max", settings.cut_transfers_max);
  return settings;
}

LedgerSettings read_ledger(const Node& node) {
  node.only({"replay_window_seconds", "reference_days"});
  LedgerSettings settings;
  read_number(node, "replay_window_seconds", settings.replay_window_seconds);
  read_number(node, "reference_days", settings.reference_days);
  return settings;
}

GovernanceSettings read_governance(const Node& node) {
  node.only({"approvals", "proposal_hours"});
  GovernanceSettings settings;
  read_number(node, "approvals", settings.approvals);
  read_number(node, "proposal_hours", settings.proposal_hours);
  return settings;
}

ParticipantId read_participant_id(const Node& node) {
  return ParticipantId(node.required("participant").number<std::uint32_t>());
}

GenesisParticipant read_participant(const Node& node) {
  node.only({"id", "code", "name", "roles", "management_threshold"});
  GenesisParticipant participant;
  participant.id = ParticipantId(node.required("id").number<std::uint32_t>());
  participant.code = node.required("code").text();
  participant.name = node.required("name").text();
  for (const Node& entry : node.required("roles").list(16)) {
    const auto role = parse_role(entry.text());
    if (!role) {
      entry.error("unknown role");
    } else if (participant.roles.has(*role)) {
      entry.error("is listed twice");
    } else {
      participant.roles.add(*role);
    }
  }
  participant.management_threshold = node.optional("management_threshold").number<std::uint16_t>(1);
  return participant;
}

GenesisValidator read_validator(const Node& node) {
  node.only({"name", "participant", "public_key", "tls_pin"});
  GenesisValidator validator;
  validator.name = node.required("name").text();
  validator.participant = read_participant_id(node);
  validator.key = node.required("public_key").parsed(key_of);
  validator.tls_pin = node.required("tls_pin").parsed(digest_of);
  return validator;
}

GenesisKey read_key(const Node& node) {
  node.only({"participant", "public_key"});
  GenesisKey key;
  key.participant = read_participant_id(node);
  key.key = node.required("public_key").parsed(key_of);
  return key;
}

GenesisCertificate read_certificate(const Node& node) {
  node.only({"pin", "participant", "role"});
  GenesisCertificate certificate;
  certificate.pin = CertificatePin(node.required("pin").parsed(digest_of));
  certificate.participant = read_participant_id(node);
  certificate.role = node.required("role").parsed(role_of);
  return certificate;
}

GenesisAsset read_asset(const Node& node) {
  node.only({"id", "code", "decimals", "issuer"});
  GenesisAsset asset;
  asset.id = AssetId(node.required("id").number<std::uint32_t>());
  asset.code = node.required("code").text();
  asset.decimals = node.required("decimals").number<std::uint8_t>();
  asset.issuer = ParticipantId(node.required("issuer").number<std::uint32_t>());
  return asset;
}

GenesisAccounts read_accounts(const Node& node) {
  node.only({"participant", "number", "count", "threshold", "keys"});
  GenesisAccounts range;
  range.participant = read_participant_id(node);
  range.number = node.required("number").number<std::uint64_t>();
  range.count = node.optional("count").number<std::uint32_t>(1);
  range.threshold = node.optional("threshold").number<std::uint16_t>(0);
  for (const Node& entry : node.optional("keys").list(kAuthorityKeysMax)) {
    range.keys.emplace_back(entry.parsed(digest_of));
  }
  std::ranges::sort(range.keys);  // people list keys in any order
  return range;
}

template <class Item, class ReadItem>
void read_list(const Node& node, std::size_t count_max, std::vector<Item>& target,
               ReadItem read_item) {
  for (const Node& entry : node.list(count_max)) target.push_back(read_item(entry));
}

Genesis read_genesis(const Node& document) {
  document.only({"format", "version", "chain_name", "suite", "time", "parameters", "participants",
                 "validators", "keys", "certificates", "assets", "accounts"});
  Genesis genesis;
  genesis.chain_name = document.required("chain_name").text();
  genesis.suite = document.required("suite").parsed(
      [](std::string_view name) { return crypto::parse_suite_name(name); });
  genesis.time =
      document.required("time").parsed([](std::string_view text) { return parse_rfc3339(text); });
  const Node parameters = document.optional("parameters");
  parameters.only({"consensus", "ledger", "governance"});
  genesis.consensus = read_consensus(parameters.optional("consensus"));
  genesis.ledger = read_ledger(parameters.optional("ledger"));
  genesis.governance = read_governance(parameters.optional("governance"));
  read_list(document.required("participants"), kGenesisParticipantsMax, genesis.participants,
            read_participant);
  read_list(document.required("validators"), kGenesisValidatorsMax, genesis.validators,
            read_validator);
  read_list(document.required("keys"), kGenesisItemsMax, genesis.keys, read_key);
  read_list(document.optional("certificates"), kGenesisItemsMax, genesis.certificates,
            read_certificate);
  read_list(document.required("assets"), kGenesisItemsMax, genesis.assets, read_asset);
  read_list(document.optional("accounts"), kGenesisItemsMax, genesis.accounts, read_accounts);
  return genesis;
}

// Format and version come first: what another version means by its fields is not ours to judge.
Status check_format(const Json& document) {
  if (!document.is_object()) return fail(Errc::kConfig, "genesis document is not a JSON object");
  const auto format = document.find("format");
  if (format == document.end() || !format->is_string() || *format != "huangpu-genesis") {
    return fail(Errc::kUnsupportedVersion, "genesis document: format is not \"huangpu-genesis\"");
  }
  const auto version = document.find("version");
  if (version == document.end() || !version->is_number_unsigned() ||
      version->get<std::uint64_t>() != Genesis::kFormatVersion) {
    const std::string found =
        version != document.end() && version->is_number_unsigned() ? version->dump() : "no number";
    return fail(Errc::kUnsupportedVersion,
                "genesis document: version " + found + " is unknown; this build reads 1");
  }
  return {};
}

std::string lines(const Errors& errors) {
  constexpr std::size_t kShownMax = 100;
  std::string text;
  for (std::size_t i = 0; i < errors.size() && i < kShownMax; ++i) {
    if (i != 0) text += "\n";
    text += errors[i];
  }
  if (errors.size() > kShownMax) {
    text += "\nand " + std::to_string(errors.size() - kShownMax) + " more";
  }
  return text;
}

}  // namespace

Result<Genesis> parse_genesis(std::string_view text) {
  if (text.size() > kGenesisTextBytesMax) {
    return fail(Errc::kConfig, "genesis document is longer than 64 MiB");
  }
  Errors errors;
  DuplicateCheck duplicates(errors);
  const Json document = Json::parse(
      text,
      [&duplicates](int depth, Json::parse_event_t event, Json& parsed) {
        return duplicates(depth, event, parsed);
      },
      /*allow_exceptions=*/false);
  if (document.is_discarded()) {
    return fail(Errc::kConfig, errors.empty() ? "genesis document is not JSON" : lines(errors));
  }
  HP_TRY(check_format(document));
  Genesis genesis = read_genesis(Node(&document, "", errors));
  // Cross-checks on half-read data would only repeat the first errors in other words.
  if (errors.empty()) errors = check_genesis(genesis);
  if (!errors.empty()) return fail(Errc::kConfig, lines(errors));
  return genesis;
}

}  // namespace huangpu::ledger
