#include "tools/wallet/offline/opened_file.hpp"

#include "ledger/store/text_file.hpp"

namespace huangpu::tools {

OpenedFile::OpenedFile(std::filesystem::path from, TransactionFile content,
                       ledger::Genesis document)
    : path(std::move(from)),
      file(std::move(content)),
      genesis(std::move(document)),
      names(directory_of(file, genesis)) {}

Result<std::unique_ptr<OpenedFile>> OpenedFile::open(Session& session,
                                                     const std::filesystem::path& path,
                                                     const std::filesystem::path& genesis) {
  HP_TRY(session.open_if_there());
  HP_TRY_ASSIGN(const std::string text, ledger::read_text_file(path, kTransactionFileBytesMax));
  auto file = parse_transaction_file(text);
  if (!file) return fail(file.error(), path.string());
  std::string source = "given with --genesis";
  ledger::Genesis document;
  if (!genesis.empty()) {
    HP_TRY_ASSIGN(const std::string given,
                  ledger::read_text_file(genesis, ledger::kGenesisTextBytesMax));
    HP_TRY_ASSIGN(document, ledger::parse_genesis(given));
  } else if (session.has_wallet()) {
    document = session.genesis();
    source = "this wallet's own";
  } else if (!file->genesis.empty()) {
    HP_TRY_ASSIGN(document, ledger::parse_genesis(file->genesis));
    source = "carried by the file";
  } else {
    return fail(Errc::kInvalidArgument,
                path.string() +
                    ": the file does not carry its chain's genesis document, and without one "
                    "nobody can tell what it does; give it with --genesis");
  }
  std::unique_ptr<OpenedFile> opened(new OpenedFile(path, std::move(*file), std::move(document)));
  opened->genesis_source = std::move(source);
  auto forms =
      Forms::make(opened->file, {opened->genesis.suite, ledger::chain_id(opened->genesis)});
  if (!forms) return fail(forms.error(), path.string());
  opened->forms = std::move(*forms);
  return opened;
}

}  // namespace huangpu::tools
