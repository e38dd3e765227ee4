// A transaction file together with the genesis document that gives its numbers their names.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "tools/wallet/offline/explain.hpp"
#include "tools/wallet/session.hpp"

namespace huangpu::tools {

// Parts refer to each other, so it stays where it was made.
struct OpenedFile {
  std::filesystem::path path;
  TransactionFile file;
  ledger::Genesis genesis;
  std::string genesis_source;  // for people: where the document came from
  Forms forms;
  Directory names;

  // The genesis document is the one given, else the wallet's, else the one the file carries;
  // whichever it is, its hash must be the chain id of the body (kWrongChain). kInvalidArgument when
  // there is none.
  [[nodiscard]] static Result<std::unique_ptr<OpenedFile>> open(
      Session& session, const std::filesystem::path& path, const std::filesystem::path& genesis);

 private:
  OpenedFile(std::filesystem::path from, TransactionFile content, ledger::Genesis document);
};

}  // namespace huangpu::tools
