#include "tools/admin/card.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "node/home/node_home.hpp"

namespace huangpu::tools {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;

// Flat by format: deeper input is cut off where it begins, and a field given twice is refused.
Json parse_flat(std::string_view text, bool& repeated) {
  std::set<std::string> seen;
  return Json::parse(
      text,
      [&](int depth, Json::parse_event_t event, Json& value) {
        if (event == Json::parse_event_t::key && !seen.insert(value.get<std::string>()).second)
          repeated = true;
        return depth <= 1;
      },
      /*allow_exceptions=*/false);
}

}  // namespace

std::string to_json(const Card& card) {
  const Json out = {{"format", "huangpu-card"},
                    {"version", kVersion},
                    {"name", card.name},
                    {"participant", card.participant},
                    {"public_key", card.key.to_string()},
                    {"tls_pin", card.tls_pin.hex()},
                    {"peers", node::to_text(card.peers)}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Card> parse_card(std::string_view text, std::string_view source) {
  const auto malformed = [&](const std::string& why) {
    return fail(Errc::kMalformed, std::string(source) + ": " + why);
  };
  if (text.size() > kCardBytesMax) return malformed("too large for a card");
  bool repeated = false;
  const Json document = parse_flat(text, repeated);
  if (!document.is_object()) return malformed("is not a card: a JSON object was expected");
  const auto text_of = [&](const char* field) -> Result<std::string> {
    const auto found = document.find(field);
    if (found == document.end() || !found->is_string())
      return malformed(std::string("\"") + field + "\" is missing or not a text");
    return found->get<std::string>();
  };
  HP_TRY_ASSIGN(const std::string format, text_of("format"));
  if (format != "huangpu-card") return malformed("is not a card but \"" + format + "\"");
  const auto version = document.find("version");
  if (version == document.end() || !version->is_number_unsigned())
    return malformed("\"version\" is missing or not a number");
  if (version->get<std::uint64_t>() != kVersion) {
    return fail(Errc::kUnsupportedVersion,
                std::string(source) + ": card version " + version->dump() + " is unknown");
  }
  if (repeated || document.size() != 7) return malformed("has fields that a card has not");

  // These are written into other people's files and commands.
  const auto plain = [](std::string_view value, std::string_view alphabet) {
    return !value.empty() && value.size() <= 64 &&
           value.find_first_not_of(alphabet) == std::string_view::npos;
  };
  Card card;
  HP_TRY_ASSIGN(card.name, text_of("name"));
  HP_TRY_ASSIGN(card.participant, text_of("participant"));
  HP_TRY_ASSIGN(const std::string key, text_of("public_key"));
  HP_TRY_ASSIGN(const std::string pin, text_of("tls_pin"));
  HP_TRY_ASSIGN(const std::string peers, text_of("peers"));
  if (!plain(card.name, "abcdefghijklmnopqrstuvwxyz0123456789-"))
    return malformed("name: must be 1 to 64 of a-z 0-9 -");
  if (!plain(card.participant, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"))
    return malformed("participant: must be a code of A-Z 0-9");
  auto parsed_key = crypto::PublicKey::parse(key);
  if (!parsed_key) return malformed("public_key: " + parsed_key.error().message);
  card.key = *parsed_key;
  auto parsed_pin = crypto::Digest::parse_hex(pin);
  if (!parsed_pin) return malformed("tls_pin: " + parsed_pin.error().message);
  card.tls_pin = *parsed_pin;
  auto endpoint = node::parse_endpoint(peers);
  if (!endpoint) return malformed("peers: " + endpoint.error().message);
  card.peers = *endpoint;
  return card;
}

Result<Card> card_of(const node::NodeConfig& config, std::string participant,
                     const node::Endpoint& peers) {
  HP_TRY_ASSIGN(const node::ValidatorCard own, node::read_card(config));
  return Card{own.name, std::move(participant), own.key, own.tls_pin, peers};
}

}  // namespace huangpu::tools
