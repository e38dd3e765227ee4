#include "node/app/export_chain.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "consensus/codec/batch_record.hpp"
#include "consensus/codec/hashing.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/store/archive.hpp"
#include "ledger/store/block_store.hpp"
#include "ledger/store/text_file.hpp"
#include "node/driver/stored_chain.hpp"
#include "node/replica/first_epoch.hpp"

namespace huangpu::node {

namespace {

constexpr std::uint64_t kProgressEvery = 256;

ledger::RecordKey key_of(ledger::RecordKind kind, Height height) {
  ledger::RecordKey key;
  key.kind = kind;
  key.height = height;
  return key;
}

// The newest certified height whose own result is recorded: while a node runs, or after a crash, a
// certificate may be ahead of it.
Height last_exportable(const ledger::BlockStore& store) {
  const Height certified = store.last_certificate().value_or(Height{0});
  Height height = std::min(certified, store.last_commit().value_or(Height{0}));
  while (height > Height{0} && !store.get_certificate(height)) height = Height{height.value() - 1};
  return height;
}

}  // namespace

Result<ExportResult> export_chain(const NodeConfig& config, const std::filesystem::path& out,
                                  const std::function<void(Height done, Height last)>& progress) {
  ledger::FileSystem& files = ledger::posix_file_system();
  HP_TRY_ASSIGN(const std::string text,
                ledger::read_text_file(config.node.genesis, ledger::kGenesisTextBytesMax));
  HP_TRY_ASSIGN(const ledger::Genesis genesis, ledger::parse_genesis(text));

  ledger::BlockStoreOptions options;
  options.directory = (config.node.data_dir / "blocks").string();
  options.chain_id = chain_context(genesis).genesis;
  options.read_only = true;
  HP_TRY_ASSIGN(const auto store, ledger::BlockStore::open(files, options));
  const StoredChain chain(*store, chain_info(genesis));
  const Height last = last_exportable(*store);
  if (last == Height{0}) return fail(Errc::kNotFound, "there is no certified block to export yet");

  ledger::ArchiveHeader header;
  header.suite = genesis.suite;
  header.chain_id = options.chain_id;
  header.genesis = to_bytes(as_bytes(text));
  HP_TRY_ASSIGN(const auto writer, ledger::ArchiveWriter::create(files, out.string(), header));

  std::optional<consensus::BlockRecord> previous;
  for (std::uint64_t number = 1; number <= last.value(); ++number) {
    const Height height{number};
    HP_TRY_ASSIGN(const ledger::Record block, store->get_block(height));
    HP_TRY_ASSIGN(consensus::BlockRecord record, consensus::decode_block_record(block.payload));
    HP_TRY(writer->add(height, block.key, block.payload));
    HP_TRY_ASSIGN(const auto tips, previous ? StoredChain::tips_before(record, std::move(*previous))
                                            : chain.tips_before(record));
    HP_TRY_ASSIGN(const auto batches, chain.batches_of(record.stored.block, tips));
    for (const consensus::Batch& batch : batches) {
      ledger::RecordKey key;
      key.kind = ledger::RecordKind::kBatch;
      key.epoch = batch.header.epoch;
      key.lane = batch.header.lane;
      key.position = batch.header.pos;
      key.digest = consensus::batch_digest(genesis.suite, batch.header);
      HP_TRY(
          writer->add(height, key, consensus::encode_batch_record(batch.header, batch.envelopes)));
    }
    HP_TRY_ASSIGN(const ledger::Record commit, store->get_commit(height));
    HP_TRY(writer->add(height, key_of(ledger::RecordKind::kCommit, height), commit.payload));
    const auto certificate = store->get_certificate(height);
    if (certificate) {
      HP_TRY(writer->add(height, key_of(ledger::RecordKind::kCertificate, height),
                         certificate->payload));
    } else if (certificate.error().code != Errc::kNotFound) {
      return tl::unexpected(certificate.error());
    }
    if ((record.stored.block.header.flags & consensus::kBlockBoundary) != 0) {
      // Who reads on needs the record that the boundary names.
      HP_TRY_ASSIGN(const ledger::Record next,
                    store->get_epoch(record.stored.block.header.epoch.next()));
      HP_TRY(writer->add(height, next.key, next.payload));
    }
    previous = std::move(record);
    if (number % kProgressEvery == 0) progress(height, last);
  }
  HP_TRY(writer->finish());
  progress(last, last);
  return ExportResult{last, writer->records(), writer->bytes()};
}

}  // namespace huangpu::node
