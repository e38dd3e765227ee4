// A genesis document from the cards of institutions that keep their keys to themselves (SPEC W-70
// to W-73).
//
// They agree on a draft: the genesis document without validators. Anybody may assemble, because
// everybody repeats it: the result depends on the draft and the set of cards only, so equal input
// gives an equal document and an equal chain id, which is what people compare.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ledger/genesis/genesis.hpp"
#include "tools/admin/card.hpp"

namespace huangpu::tools {

// The document, its validators in the order of their cards' names. kConfig naming everything that
// is wrong, one line each: two cards that share a name, key, pin or address, an unknown
// participant, a draft that lists validators, and what the rules of genesis refuse.
[[nodiscard]] Result<std::string> assemble_genesis(std::string_view draft, std::vector<Card> cards);

// That the document lists exactly the validators of these cards. kConfig naming every difference.
[[nodiscard]] Status check_cards(const ledger::Genesis& genesis, const std::vector<Card>& cards);

// Where one validator reaches the others, by index. check_cards() must hold.
[[nodiscard]] std::vector<node::PeerAddress> peer_addresses(const ledger::Genesis& genesis,
                                                            const std::vector<Card>& cards,
                                                            std::string_view self);
// The same as the `[[peers.validator]]` tables of its config.toml.
[[nodiscard]] std::string peer_tables(const ledger::Genesis& genesis,
                                      const std::vector<Card>& cards, std::string_view self);

}  // namespace huangpu::tools
