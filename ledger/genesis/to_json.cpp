#include <nlohmann/json.hpp>

#include "crypto/base/civil.hpp"
#include "ledger/genesis/genesis.hpp"

namespace huangpu::ledger {
namespace {

// Keeps the order in which fields are written, so that the text is stable and reads well.
using Json = nlohmann::ordered_json;

Json consensus_json(const ConsensusSettings& settings) {
  return Json{{"finality_lag_blocks", settings.finality_lag_blocks},
              {"view_window", settings.view_window},
              {"propose_timeout_ms", settings.propose_timeout_ms},
              {"certify_timeout_ms", settings.certify_timeout_ms},
              {"repropose_timeout_ms", settings.repropose_timeout_ms},
              {"skip_timeout_ms", settings.skip_timeout_ms},
              {"backoff_cap", settings.backoff_cap},
              {"drift_max_ms", settings.drift_max_ms},
              {"linger_ms", settings.linger_ms},
              {"batch_bytes_max", settings.batch_bytes_max},
              {"batch_envelopes_max", settings.batch_envelopes_max},
              {"lane_unordered_max", settings.lane_unordered_max},
              {"cut_batches_max", settings.cut_batches_max},
              {"cut_transfers_max", settings.cut_transfers_max}};
}

Json roles_json(RoleSet roles) {
  Json list = Json::array();
  for (std::uint8_t number = 1; number < 32; ++number) {
    const auto role = role_from_number(number);
    if (role && roles.has(*role)) list.push_back(role_name(*role));
  }
  return list;
}

Json accounts_json(const GenesisAccounts& range) {
  Json entry = {{"participant", range.participant.value()}, {"number", range.number}};
  if (range.count != 1) entry["count"] = range.count;
  if (range.threshold != 0) {
    entry["threshold"] = range.threshold;
    entry["keys"] = Json::array();
    for (const auto& key : range.keys) entry["keys"].push_back(key.hex());
  }
  return entry;
}

}  // namespace

std::string to_json(const Genesis& genesis) {
  Json document;
  document["format"] = "huangpu-genesis";
  document["version"] = Genesis::kFormatVersion;
  document["chain_name"] = genesis.chain_name;
  document["suite"] = crypto::suite_name(genesis.suite);
  document["time"] = format_rfc3339(genesis.time);
  document["parameters"] = {
      {"consensus", consensus_json(genesis.consensus)},
      {"ledger",
       {{"replay_window_seconds", genesis.ledger.replay_window_seconds},
        {"reference_days", genesis.ledger.reference_days}}},
      {"governance",
       {{"approvals", genesis.governance.approvals},
        {"proposal_hours", genesis.governance.proposal_hours}}},
  };
  for (const char* list :
       {"participants", "validators", "keys", "certificates", "assets", "accounts"}) {
    document[list] = Json::array();
  }
  for (const auto& participant : genesis.participants) {
    document["participants"].push_back(
        {{"id", participant.id.value()},
         {"code", participant.code},
         {"name", participant.name},
         {"roles", roles_json(participant.roles)},
         {"management_threshold", participant.management_threshold}});
  }
  for (const auto& validator : genesis.validators) {
    document["validators"].push_back({{"name", validator.name},
                                      {"participant", validator.participant.value()},
                                      {"public_key", validator.key.to_string()},
                                      {"tls_pin", validator.tls_pin.hex()}});
  }
  for (const auto& key : genesis.keys) {
    document["keys"].push_back(
        {{"participant", key.participant.value()}, {"public_key", key.key.to_string()}});
  }
  for (const auto& certificate : genesis.certificates) {
    document["certificates"].push_back({{"pin", certificate.pin.hex()},
                                        {"participant", certificate.participant.value()},
                                        {"role", role_name(certificate.role)}});
  }
  for (const auto& asset : genesis.assets) {
    document["assets"].push_back({{"id", asset.id.value()},
                                  {"code", asset.code},
                                  {"decimals", asset.decimals},
                                  {"issuer", asset.issuer.value()}});
  }
  for (const auto& range : genesis.accounts) document["accounts"].push_back(accounts_json(range));
  // A name that is not UTF-8 would not pass check_genesis; shown rather than thrown at.
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace huangpu::ledger
