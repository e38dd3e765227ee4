#include "tests/unit/node/driver/node_folder.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "consensus/codec/batch_codec.hpp"
#include "consensus/codec/batch_record.hpp"
#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/hashing.hpp"
#include "consensus/light/batch_order.hpp"
#include "ledger/codec/batch.hpp"
#include "ledger/store/file_system.hpp"
#include "node/replica/first_epoch.hpp"

namespace huangpu::node::test {

std::unique_ptr<ledger::BlockStore> NodeFolder::block_store() const {
  ledger::BlockStoreOptions options;
  options.directory = blocks().string();
  options.chain_id = chain_.chain().genesis;
  return ledger::BlockStore::open(ledger::posix_file_system(), options).value();
}

void NodeFolder::write_blocks(const Keep& keep) {
  std::filesystem::remove_all(blocks());
  std::filesystem::create_directories(blocks());
  append_blocks(keep);
}

void NodeFolder::append_blocks(const Keep& keep) {
  const auto store = block_store();
  for (const ArchiveEntry& entry : chain_.entries()) {
    if (keep && !keep(entry)) continue;
    const Status added = store->append(entry.key, entry.payload);
    EXPECT_TRUE(added) << added.error().message;
  }
  EXPECT_TRUE(store->sync());
  EXPECT_TRUE(store->close());
}

crypto::Digest NodeFolder::add_batch(std::uint16_t lane, LanePosition position,
                                     const crypto::Digest& previous,
                                     const std::vector<Bytes>& envelopes, bool with_signature) {
  const auto list = consensus::EnvelopeList::copy_of(envelopes);
  consensus::BatchPlan plan;
  plan.chain = chain_.chain();
  plan.lane = ValidatorIndex{lane};
  plan.pos = position;
  plan.prev_digest = previous;
  plan.transfer_count = static_cast<std::uint32_t>(envelopes.size());
  const consensus::BatchHeader header = consensus::make_batch_header(plan, list);
  const crypto::Digest digest = consensus::batch_digest(chain_.chain().suite, header);

  const auto store = block_store();
  const ledger::BatchKey key{header.epoch, header.lane, header.pos};
  EXPECT_TRUE(store->append_batch(key, digest, consensus::encode_batch_record(header, list)));
  if (with_signature) {
    const auto message =
        consensus::signing_message(consensus::SignedKind::kBatch, chain_.chain().genesis,
                                   header.epoch, position.value(), digest);
    const auto signature = chain_.validator(lane).sign(message).value();
    EXPECT_TRUE(store->append_batch_signature(key, digest, signature.encode()));
  }
  EXPECT_TRUE(store->sync());
  EXPECT_TRUE(store->close());
  return digest;
}

Result<NodeStores> NodeFolder::open() {
  notes_.clear();
  NodeStoresOptions options;
  options.data_dir = (folder_.path() / "data").string();
  options.state_cache_bytes = 1u << 20;
  options.rocksdb_cache_bytes = 1u << 20;
  options.rocksdb_memtable_bytes = 1u << 20;
  std::filesystem::create_directories(options.data_dir);
  return open_stores(ledger::posix_file_system(), options, chain_.genesis(),
                     [this](const std::string& sentence) { notes_.push_back(sentence); });
}

VoteLogPlace NodeFolder::votes_of(std::size_t validator) const {
  VoteLogPlace place;
  place.votes_dir = (folder_.path() / "data/votes").string();
  place.sign_state_dir = (folder_.path() / "sign-state").string();
  place.chain = chain_.chain();
  place.key = chain_.validator(validator).public_key().id();
  place.segment_bytes = 64u << 10;
  return place;
}

StoredChain NodeFolder::stored(const NodeStores& stores) const {
  return StoredChain(*stores.blocks, chain_info(chain_.genesis()));
}

namespace {

const ArchiveEntry& entry_of(ChainBuilder& chain, Height height, ledger::RecordKind kind) {
  for (const ArchiveEntry& entry : chain.entries()) {
    if (entry.height == height && entry.key.kind == kind) return entry;
  }
  ADD_FAILURE() << "the chain has no such record";
  return chain.entries().front();
}

}  // namespace

consensus::CommitMessage commit_of(ChainBuilder& chain, Height height) {
  return consensus::decode_commit_message(
             entry_of(chain, height, ledger::RecordKind::kCommit).payload)
      .value();
}

consensus::BlockRecord block_of(ChainBuilder& chain, Height height) {
  return consensus::decode_block_record(entry_of(chain, height, ledger::RecordKind::kBlock).payload)
      .value();
}

ExecuteBlock execution_of(ChainBuilder& chain, Height height) {
  consensus::BlockRecord record = block_of(chain, height);
  ExecuteBlock block;
  block.hash = consensus::block_hash(chain.chain().suite, record.stored.block.header);
  block.stored = std::move(record.stored);
  block.tips = std::move(record.tips);
  // The builder records batches in the order of execution.
  for (const ArchiveEntry& entry : chain.entries()) {
    if (entry.height != height || entry.key.kind != ledger::RecordKind::kBatch) continue;
    const auto batch =
        consensus::decode_batch_record(std::make_shared<const Bytes>(entry.payload)).value();
    const auto envelopes = batch.envelopes.views();
    auto decoded = ledger::decode_batch(chain_info(chain.genesis()), batch.header.lane.value(),
                                        batch.header.pos, envelopes);
    block.batches.push_back(
        std::make_shared<const ledger::DecodedBatch>(std::move(decoded).value()));
  }
  return block;
}

}  // namespace huangpu::node::test
