#include "node/app/import_chain.hpp"

#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "ledger/genesis/genesis.hpp"
#include "ledger/store/archive.hpp"
#include "ledger/store/block_store.hpp"
#include "ledger/store/text_file.hpp"
#include "node/replica/first_epoch.hpp"
#include "tools/audit/finding.hpp"
#include "tools/audit/replay.hpp"
#include "tools/audit/store_source.hpp"

namespace huangpu::node {

namespace {

// A block store under a name that no node opens. It goes away again unless it is put in its place.
class UnprovenBlocks {
 public:
  UnprovenBlocks(ledger::FileSystem& files, std::filesystem::path place)
      : files_(files), place_(std::move(place)), folder_(place_.string() + ".partial") {}

  ~UnprovenBlocks() {
    if (!placed_) remove();
  }
  UnprovenBlocks(const UnprovenBlocks&) = delete;
  UnprovenBlocks& operator=(const UnprovenBlocks&) = delete;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  // An import that was killed leaves it behind; the next one begins anew. What cannot be removed
  // shows when the folder is made.
  void remove() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] Status put_in_place() {
    HP_TRY(files_.rename(folder_.string(), place_.string()));
    placed_ = true;
    return files_.sync_directory(place_.parent_path().string());
  }

 private:
  ledger::FileSystem& files_;
  std::filesystem::path place_;
  std::filesystem::path folder_;
  bool placed_ = false;
};

Status copy_records(ledger::ArchiveReader& archive, ledger::BlockStore& store) {
  for (;;) {
    HP_TRY_ASSIGN(const auto next, archive.next());
    if (!next) break;
    HP_TRY(store.append(next->record.key, next->record.payload));
  }
  HP_TRY(store.sync());
  return store.close();
}

Error refusal(const tools::Finding& finding) { return {finding.code, describe(finding)}; }

}  // namespace

Result<ImportResult> import_chain(const NodeConfig& config, const std::filesystem::path& archive,
                                  const std::function<void(Height done)>& progress) {
  ledger::FileSystem& files = ledger::posix_file_system();
  HP_TRY_ASSIGN(const std::string text,
                ledger::read_text_file(config.node.genesis, ledger::kGenesisTextBytesMax));
  HP_TRY_ASSIGN(const ledger::Genesis genesis, ledger::parse_genesis(text));
  const crypto::Digest chain_id = chain_context(genesis).genesis;

  const std::filesystem::path place = config.node.data_dir / "blocks";
  HP_TRY_ASSIGN(const bool has_blocks, files.exists(place.string()));
  if (has_blocks) {
    return fail(Errc::kAlreadyExists,
                place.string() + " exists: an archive is imported into a home without blocks");
  }
  HP_TRY_ASSIGN(const auto reader, ledger::ArchiveReader::open(files, archive.string()));
  if (reader->header().chain_id != chain_id) {
    return fail(Errc::kWrongChain, "the archive is of chain " + reader->header().chain_id.hex() +
                                       ", this home of chain " + chain_id.hex());
  }

  UnprovenBlocks unproven(files, place);
  unproven.remove();
  HP_TRY(files.create_directories(config.node.data_dir.string()));
  ImportResult imported;
  {
    ledger::BlockStoreOptions options;
    options.directory = unproven.folder().string();
    options.chain_id = chain_id;
    options.segment_bytes_max = config.storage.segment_bytes;
    HP_TRY_ASSIGN(const auto store, ledger::BlockStore::open(files, options));
    HP_TRY(copy_records(*reader, *store));
    imported.bytes = store->size_bytes();
  }

  // What is replayed is the copy: the very bytes that the node will read.
  auto source = tools::StoreSource::open(files, unproven.folder().string(), chain_id);
  if (!source) return tl::unexpected(refusal(source.error()));
  const tools::ReplayReport report =
      tools::replay(**source, genesis, {}, [&](const tools::ReplayProgress& now) {
        if (progress) progress(now.height);
      });
  source->reset();
  if (report.finding) return tl::unexpected(refusal(*report.finding));
  const tools::AuditFigures& figures = report.figures;
  // The network may have gone another way from a last block that is not final.
  if (figures.last == Height{0} || figures.finalized != figures.last) {
    return fail(Errc::kCorrupt,
                "the archive ends at height " + std::to_string(figures.last.value()) +
                    ", but nothing above height " + std::to_string(figures.finalized.value()) +
                    " is shown to be final; export it again");
  }
  HP_TRY(unproven.put_in_place());
  imported.last = figures.last;
  imported.transactions = figures.transactions;
  imported.state_root = figures.state_root;
  return imported;
}

}  // namespace huangpu::node
