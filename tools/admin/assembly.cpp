#include "tools/admin/assembly.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

namespace huangpu::tools {
namespace {

using Json = nlohmann::ordered_json;

class Problems {
 public:
  void add(std::string problem) { lines_ += (lines_.empty() ? "" : "\n") + std::move(problem); }
  [[nodiscard]] Status status() const {
    if (lines_.empty()) return {};
    return fail(Errc::kConfig, lines_);
  }

 private:
  std::string lines_;
};

// Two institutions that use the same key, certificate or address cannot both be themselves.
void check_distinct(const std::vector<Card>& cards, Problems& problems) {
  std::map<std::string, const Card*> seen;
  const auto claim = [&](const Card& card, const std::string& what, const std::string& value) {
    const auto [other, fresh] = seen.emplace(what + " " + value, &card);
    if (!fresh) {
      problems.add("cards " + other->second->name + " and " + card.name + " have the same " + what +
                   ": " + value);
    }
  };
  for (const Card& card : cards) {
    claim(card, "name", card.name);
    claim(card, "public key", card.key.to_string());
    claim(card, "peer pin", card.tls_pin.hex());
    claim(card, "address", node::to_text(card.peers));
  }
}

// Codes of the draft's participants; the rules of genesis judge the rest.
std::map<std::string, Json> participant_ids(const Json& draft) {
  std::map<std::string, Json> ids;
  const auto list = draft.find("participants");
  if (list == draft.end() || !list->is_array()) return ids;
  for (const Json& participant : *list) {
    if (!participant.is_object()) continue;
    const auto code = participant.find("code");
    const auto id = participant.find("id");
    if (code != participant.end() && code->is_string() && id != participant.end())
      ids.emplace(code->get<std::string>(), *id);
  }
  return ids;
}

const Card* card_named(const std::vector<Card>& cards, std::string_view name) {
  const auto found = std::ranges::find(cards, name, &Card::name);
  return found == cards.end() ? nullptr : &*found;
}

}  // namespace

Result<std::string> assemble_genesis(std::string_view draft, std::vector<Card> cards) {
  if (draft.size() > ledger::kGenesisTextBytesMax)
    return fail(Errc::kConfig, "the draft is too large for a genesis document");
  // No nesting deeper than a genesis document has: recursion stays bounded.
  constexpr int kDepthMax = 16;
  bool deep = false;
  Json document = Json::parse(
      draft,
      [&](int depth, Json::parse_event_t, Json&) {
        deep = deep || depth > kDepthMax;
        return depth <= kDepthMax;
      },
      /*allow_exceptions=*/false);
  if (!document.is_object() || deep)
    return fail(Errc::kConfig, "the draft is not a genesis document in JSON");
  Problems problems;
  if (const auto listed = document.find("validators");
      listed != document.end() && (!listed->is_array() || !listed->empty())) {
    problems.add("the draft lists validators already: they come from the cards");
  }
  std::ranges::sort(cards, {}, &Card::name);
  check_distinct(cards, problems);
  const auto ids = participant_ids(document);
  Json validators = Json::array();
  for (const Card& card : cards) {
    const auto participant = ids.find(card.participant);
    if (participant == ids.end()) {
      problems.add("card " + card.name + ": the draft has no participant \"" + card.participant +
                   "\"");
      continue;
    }
    validators.push_back({{"name", card.name},
                          {"participant", participant->second},
                          {"public_key", card.key.to_string()},
                          {"tls_pin", card.tls_pin.hex()}});
  }
  HP_TRY(problems.status());
  document["validators"] = std::move(validators);
  HP_TRY_ASSIGN(
      const ledger::Genesis genesis,
      ledger::parse_genesis(document.dump(-1, ' ', false, Json::error_handler_t::replace)));
  return ledger::to_json(genesis);
}

Status check_cards(const ledger::Genesis& genesis, const std::vector<Card>& cards) {
  Problems problems;
  check_distinct(cards, problems);
  std::map<ledger::ParticipantId, std::string> codes;
  for (const auto& participant : genesis.participants) codes[participant.id] = participant.code;
  for (const auto& validator : genesis.validators) {
    const Card* card = card_named(cards, validator.name);
    if (card == nullptr) {
      problems.add("no card of " + validator.name + ", which the genesis document lists");
      continue;
    }
    const auto compare = [&](const char* what, const std::string& listed, const std::string& told) {
      if (listed != told) {
        problems.add(validator.name + ": the document has " + what + " " + listed +
                     ", the card has " + told);
      }
    };
    compare("participant", codes[validator.participant], card->participant);
    compare("public key", validator.key.to_string(), card->key.to_string());
    compare("peer pin", validator.tls_pin.hex(), card->tls_pin.hex());
  }
  for (const Card& card : cards) {
    if (std::ranges::find(genesis.validators, card.name, &ledger::GenesisValidator::name) ==
        genesis.validators.end())
      problems.add("the genesis document does not list " + card.name);
  }
  return problems.status();
}

std::vector<node::PeerAddress> peer_addresses(const ledger::Genesis& genesis,
                                              const std::vector<Card>& cards,
                                              std::string_view self) {
  std::vector<node::PeerAddress> peers;
  for (std::size_t i = 0; i < genesis.validators.size(); ++i) {
    const Card* card = card_named(cards, genesis.validators[i].name);
    if (card == nullptr || card->name == self) continue;
    peers.push_back({static_cast<std::uint16_t>(i), card->peers});
  }
  return peers;
}

std::string peer_tables(const ledger::Genesis& genesis, const std::vector<Card>& cards,
                        std::string_view self) {
  std::string text;
  for (const node::PeerAddress& peer : peer_addresses(genesis, cards, self)) {
    text += "\n[[peers.validator]]  # " + genesis.validators[peer.index].name +
            "\nindex = " + std::to_string(peer.index) + "\nendpoint = \"" +
            node::to_text(peer.endpoint) + "\"\n";
  }
  return text;
}

}  // namespace huangpu::tools
