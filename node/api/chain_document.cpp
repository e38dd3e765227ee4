#include "node/api/chain_document.hpp"

#include <utility>

namespace huangpu::node {

Result<ChainDocument> ChainDocument::read(std::string text) {
  HP_TRY_ASSIGN(auto genesis, ledger::parse_genesis(text));
  const ledger::ChainInfo chain{genesis.suite, ledger::chain_id(genesis)};
  return ChainDocument{std::move(genesis), std::move(text), chain};
}

}  // namespace huangpu::node
