#include "tools/admin/genesis_commands.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "crypto/keystore/private_file.hpp"
#include "ledger/store/text_file.hpp"
#include "node/config/config.hpp"
#include "node/home/node_home.hpp"
#include "tools/admin/assembly.hpp"

namespace huangpu::tools {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kConfigBytesMax = 1u << 20;

Result<std::vector<Card>> read_cards(const std::vector<fs::path>& files) {
  std::vector<Card> cards;
  for (const fs::path& file : files) {
    HP_TRY_ASSIGN(const std::string text, ledger::read_text_file(file, kCardBytesMax));
    HP_TRY_ASSIGN(Card card, parse_card(text, file.string()));
    cards.push_back(std::move(card));
  }
  return cards;
}

void print_chain(const ledger::Genesis& genesis) {
  std::cout << "chain       " << genesis.chain_name << "\nid          "
            << ledger::chain_id(genesis).value().hex() << "\n";
  for (std::size_t i = 0; i < genesis.validators.size(); ++i) {
    const auto& validator = genesis.validators[i];
    std::cout << "validator " << i << " " << validator.name << "  " << validator.key.to_string()
              << "\n";
  }
}

bool same_peers(const std::vector<node::PeerAddress>& a, const std::vector<node::PeerAddress>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
    return x.index == y.index && x.endpoint == y.endpoint;
  });
}

}  // namespace

GenesisCommands::GenesisCommands(CLI::App& app) {
  card_ = app.add_subcommand("card", "What others need to know about a validator, as a file");
  card_->add_option("--home", home_, "The node home, made by `huangpu-node init`")->required();
  card_
      ->add_option("--participant", participant_, "Code of the institution in the genesis document")
      ->required();
  card_->add_option("--peers", peers_,
                    "HOST:PORT under which other validators reach it; default: [peers] listen");
  card_->add_option("--out", out_, "The card file to write")->required();

  CLI::App* genesis =
      app.add_subcommand("genesis", "A genesis document that several institutions make together")
          ->require_subcommand(1);
  assemble_ = genesis->add_subcommand("assemble", "Genesis document and peer tables from cards");
  assemble_->add_option("--draft", draft_, "The agreed document without validators")->required();
  assemble_->add_option("--out", out_, "The folder to make")->required();
  verify_ = genesis->add_subcommand("verify", "That a genesis document is made of these cards");
  verify_->add_option("--genesis", genesis_, "The genesis document")->required();
  verify_->add_option("--draft", draft_, "Also: that nothing but the validators was added to it");
  join_ = genesis->add_subcommand("join", "Verify, then complete this node home with the document");
  join_->add_option("--home", home_, "The node home, made by `huangpu-node init`")->required();
  join_->add_option("--genesis", genesis_, "The genesis document")->required();
  for (CLI::App* command : {assemble_, verify_, join_}) {
    command->add_option("--cards", cards_, "The card files of all validators")
        ->required()
        ->expected(1, 128);
  }
}

bool GenesisCommands::parsed() const {
  return card_->parsed() || assemble_->parsed() || verify_->parsed() || join_->parsed();
}

Status GenesisCommands::run() const {
  if (card_->parsed()) return write_card();
  if (assemble_->parsed()) return assemble();
  return verify_->parsed() ? verify() : join();
}

Status GenesisCommands::write_card() const {
  const fs::path home = fs::absolute(home_);
  HP_TRY_ASSIGN(const node::NodeConfig config, node::load_config(home / "config.toml", home));
  node::Endpoint peers = config.peers.listen;
  if (!peers_.empty()) {
    HP_TRY_ASSIGN(peers, node::parse_endpoint(peers_));
  }
  HP_TRY_ASSIGN(const Card card, card_of(config, participant_, peers));
  const std::string text = to_json(card);
  HP_TRY(parse_card(text, "the card"));
  HP_TRY(ledger::write_new_text_file(fs::absolute(out_), text));
  std::cout << text;
  return {};
}

Status GenesisCommands::assemble() const {
  HP_TRY_ASSIGN(const std::string draft,
                ledger::read_text_file(draft_, ledger::kGenesisTextBytesMax));
  HP_TRY_ASSIGN(const std::vector<Card> cards, read_cards(cards_));
  HP_TRY_ASSIGN(const std::string text, assemble_genesis(draft, cards));
  HP_TRY_ASSIGN(const ledger::Genesis genesis, ledger::parse_genesis(text));
  const fs::path folder = fs::absolute(out_);
  HP_TRY(ledger::write_new_text_file(folder / "genesis.json", text));
  for (const Card& card : cards) {
    HP_TRY(ledger::write_new_text_file(folder / "peers" / (card.name + ".toml"),
                                       peer_tables(genesis, cards, card.name)));
  }
  print_chain(genesis);
  std::cout << "genesis     " << (folder / "genesis.json").string() << "\npeers       "
            << (folder / "peers").string()
            << "\nEverybody verifies the document and compares the id by another way.\n";
  return {};
}

Status GenesisCommands::verify() const {
  HP_TRY_ASSIGN(const std::string text,
                ledger::read_text_file(genesis_, ledger::kGenesisTextBytesMax));
  HP_TRY_ASSIGN(const ledger::Genesis genesis, ledger::parse_genesis(text));
  HP_TRY_ASSIGN(const std::vector<Card> cards, read_cards(cards_));
  HP_TRY(check_cards(genesis, cards));
  if (!draft_.empty()) {
    HP_TRY_ASSIGN(const std::string draft,
                  ledger::read_text_file(draft_, ledger::kGenesisTextBytesMax));
    HP_TRY_ASSIGN(const std::string again, assemble_genesis(draft, cards));
    HP_TRY_ASSIGN(const ledger::Genesis expected, ledger::parse_genesis(again));
    if (ledger::chain_id(expected) != ledger::chain_id(genesis)) {
      return fail(Errc::kConfig, "the draft and the cards give chain id " +
                                     ledger::chain_id(expected).value().hex() +
                                     ", the genesis document has " +
                                     ledger::chain_id(genesis).value().hex());
    }
  }
  print_chain(genesis);
  return {};
}

Status GenesisCommands::join() const {
  HP_TRY_ASSIGN(const std::string text,
                ledger::read_text_file(genesis_, ledger::kGenesisTextBytesMax));
  HP_TRY_ASSIGN(const ledger::Genesis genesis, ledger::parse_genesis(text));
  HP_TRY_ASSIGN(const std::vector<Card> cards, read_cards(cards_));
  HP_TRY(check_cards(genesis, cards));

  const fs::path home = fs::absolute(home_);
  const fs::path file = home / "config.toml";
  HP_TRY_ASSIGN(const std::string config_text, ledger::read_text_file(file, kConfigBytesMax));
  HP_TRY_ASSIGN(const node::NodeConfig config, node::parse_config(config_text, home));
  HP_TRY_ASSIGN(const node::ValidatorCard own, node::read_card(config));
  const auto self = std::ranges::find(cards, own.name, &Card::name);
  if (self == cards.end() || self->key != own.key || self->tls_pin != own.tls_pin)
    return fail(Errc::kConfig, "none of the cards is that of this home (" + own.name + ")");

  // SPEC W-73. The file as the operator left it, and the tables behind it. What was written by an
  // earlier run that was cut short stays.
  const auto wanted = peer_addresses(genesis, cards, own.name);
  if (config.peers.validators.empty()) {
    const std::string joined = config_text + peer_tables(genesis, cards, own.name);
    HP_TRY(node::parse_config(joined, home));
    HP_TRY(crypto::write_private_file(file, as_bytes(joined), crypto::IfExists::kReplace));
  } else if (!same_peers(config.peers.validators, wanted)) {
    return fail(Errc::kConfig, file.string() +
                                   ": its [[peers.validator]] tables are not those of the cards; "
                                   "remove them and try again");
  }
  HP_TRY(node::install_genesis(config, text));
  print_chain(genesis);
  std::cout << "home        " << home.string() << "\n";
  return {};
}

}  // namespace huangpu::tools
