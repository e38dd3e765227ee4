#include "node/driver/node_stores.hpp"

#include <utility>

#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/hashing.hpp"
#include "node/driver/stored_chain.hpp"
#include "node/replica/first_epoch.hpp"

namespace huangpu::node {

namespace {

ledger::StateStoreOptions state_options(const NodeStoresOptions& options,
                                        const ledger::Genesis& genesis) {
  ledger::StateStoreOptions state;
  state.directory = options.data_dir + "/state";
  state.chain_id = chain_context(genesis).genesis;
  state.undo_heights_max = options.recent_heights;
  state.cache_bytes = options.state_cache_bytes;
  state.block_cache_bytes = options.rocksdb_cache_bytes;
  state.write_buffer_bytes = options.rocksdb_memtable_bytes;
  return state;
}

// A result recorded or certified for this height that is not `message`: by which witness, or
// nothing.
Result<std::optional<std::pair<std::string, consensus::CommitMessage>>> contradiction(
    const StoredChain& chain, const consensus::CommitMessage& message) {
  using Found = std::optional<std::pair<std::string, consensus::CommitMessage>>;
  const auto certificate = chain.store().get_certificate(message.height);
  if (certificate) {
    HP_TRY_ASSIGN(const auto decoded, consensus::decode_commit_certificate(certificate->payload));
    if (decoded.message != message) return Found({"certificate of a quorum", decoded.message});
  } else if (certificate.error().code != Errc::kNotFound) {
    return tl::unexpected(certificate.error());
  }
  const auto recorded = chain.commit(message.height);
  if (recorded) {
    if (*recorded != message) return Found({"result recorded earlier", *recorded});
  } else if (recorded.error().code != Errc::kNotFound) {
    return tl::unexpected(recorded.error());
  }
  return Found{};
}

// The history range after the executed tip. Its nodes are not under the state root, so what they
// give is compared with the root that the tip's own commit message names.
Result<crypto::Mmr> load_history(const NodeStores& stores, const ledger::Genesis& genesis,
                                 const consensus::CommitMessage& tip) {
  HP_TRY_ASSIGN(crypto::Mmr history,
                crypto::Mmr::load(genesis.suite, tip.height.value() - 1,
                                  [&](std::uint64_t position) -> std::optional<crypto::Digest> {
                                    auto node = stores.state->mmr_node(position);
                                    return node ? *node : std::nullopt;
                                  }));
  if (history.root() != tip.history_root)
    return fail(Errc::kCorrupt, "state store: its history is not the one of its executed tip");
  history.append(consensus::commit_digest(genesis.suite, tip));
  return history;
}

// Commit messages are recorded without a sync of their own: a crash may lose those of the last
// heights in the block store while the state store kept them.
Status record_lost_commits(NodeStores& stores, Height tip) {
  std::vector<std::pair<Height, Bytes>> lost;
  for (Height height = tip; height > Height{0}; height = Height{height.value() - 1}) {
    const auto recorded = stores.blocks->get_commit(height);
    if (recorded) break;
    if (recorded.error().code != Errc::kNotFound) return tl::unexpected(recorded.error());
    HP_TRY_ASSIGN(auto message, stores.state->commit_message(height));
    if (!message) {
      return fail(Errc::kCorrupt, "state store: the result of height " +
                                      std::to_string(height.value()) + " is recorded nowhere");
    }
    lost.emplace_back(height, std::move(*message));
  }
  for (auto it = lost.rbegin(); it != lost.rend(); ++it)
    HP_TRY(stores.blocks->append_commit(it->first, it->second));
  return lost.empty() ? Status{} : stores.blocks->sync();
}

// What executes on top of the state.
Status make_executor(NodeStores& stores, const ledger::Genesis& genesis, crypto::Mmr history) {
  HP_TRY_ASSIGN(stores.executor, ledger::Executor::open(genesis, *stores.state, *stores.tree));
  HP_TRY_ASSIGN(stores.chain,
                ChainExecutor::open(chain_context(genesis), *stores.executor, std::move(history)));
  return {};
}

// The state at some height that agrees with the block store, or an error of code kCorrupt: throw it
// away.
Status load_state(NodeStores& stores, const ledger::Genesis& genesis,
                  const NodeStoresOptions& options) {
  HP_TRY_ASSIGN(stores.state, ledger::StateStore::open(state_options(options, genesis)));
  stores.tree = std::make_unique<ledger::StateTree>(genesis.suite);

  const std::optional<ledger::ExecTip> tip = stores.state->exec_tip();
  if (!tip) {
    HP_TRY_ASSIGN(ledger::GenesisState first, ledger::apply_genesis(genesis, *stores.tree));
    ledger::BlockCommit commit;
    commit.delta = std::move(first.entries);
    HP_TRY(stores.state->commit(commit));
    return make_executor(stores, genesis, crypto::Mmr(genesis.suite));
  }

  std::vector<ledger::LeafChange> leaves;
  HP_TRY(stores.state->for_each_leaf([&](ByteView key, ByteView value) {
    leaves.push_back(ledger::leaf_change(genesis.suite, key, value));
  }));
  const crypto::Digest root = stores.tree->rebuild(tip->height, std::move(leaves));
  if (tip->height == Height{0}) {
    ledger::StateTree fresh(genesis.suite);
    HP_TRY_ASSIGN(const ledger::GenesisState first, ledger::apply_genesis(genesis, fresh));
    if (root != first.state_root)
      return fail(Errc::kCorrupt, "state store: its entries are not those of genesis");
    return make_executor(stores, genesis, crypto::Mmr(genesis.suite));
  }
  auto message = consensus::decode_commit_message(tip->commit_message);
  if (!message)
    return fail(Errc::kCorrupt, "state store: executed tip: " + message.error().message);
  if (message->state_root != root) {
    return fail(Errc::kCorrupt, "state store: its entries do not give the root of height " +
                                    std::to_string(tip->height.value()));
  }
  const auto last = stores.blocks->last_block();
  if (!last || *last < tip->height) {
    return fail(Errc::kCorrupt, "state store: it is ahead of the block store");
  }
  const StoredChain chain(*stores.blocks, chain_info(genesis));
  HP_TRY_ASSIGN(const consensus::BlockRecord block, chain.block(tip->height));
  if (consensus::block_hash(genesis.suite, block.stored.block.header) != message->block_hash) {
    return fail(Errc::kCorrupt, "state store: it executed another block at height " +
                                    std::to_string(tip->height.value()));
  }
  HP_TRY_ASSIGN(const auto other, contradiction(chain, *message));
  if (other) {
    return fail(Errc::kCorrupt, "state store: its result of height " +
                                    std::to_string(tip->height.value()) + " is not the " +
                                    other->first);
  }
  HP_TRY(record_lost_commits(stores, tip->height));
  HP_TRY_ASSIGN(crypto::Mmr history, load_history(stores, genesis, *message));
  return make_executor(stores, genesis, std::move(history));
}

// Compares a re-executed result with what was recorded and certified for its height.
Status compare(const StoredChain& chain, const consensus::CommitMessage& computed) {
  HP_TRY_ASSIGN(const auto other, contradiction(chain, computed));
  if (!other) return {};
  return fail(Errc::kDiverged,
              "height " + std::to_string(computed.height.value()) +
                  ": this node computes state root " + computed.state_root.hex() +
                  " and receipts root " + computed.receipts_root.hex() + ", but the " +
                  other->first + " has state root " + other->second.state_root.hex() +
                  " and receipts root " + other->second.receipts_root.hex() +
                  ". Do not start it again on this machine before the cause is known");
}

}  // namespace

Status execute_stored_blocks(NodeStores& stores, const ledger::Genesis& genesis,
                             const std::function<Status(const BlockOutcome&)>& commit,
                             const RecoveryNote& note) {
  const std::optional<Height> last = stores.blocks->last_block();
  Height height = stores.executor->height();
  if (!last || height >= *last) return {};
  note("executing blocks " + std::to_string(height.value() + 1) + " to " +
       std::to_string(last->value()) + " again");
  const StoredChain chain(*stores.blocks, chain_info(genesis));
  std::optional<consensus::BlockRecord> previous;
  while (height < *last) {
    height = Height{height.value() + 1};
    HP_TRY_ASSIGN(consensus::BlockRecord record, chain.block(height));
    const consensus::Block& block = record.stored.block;
    HP_TRY_ASSIGN(const auto tips, previous ? StoredChain::tips_before(record, std::move(*previous))
                                            : chain.tips_before(record));
    HP_TRY_ASSIGN(auto batches, chain.decoded_batches_of(block, tips));
    HP_TRY_ASSIGN(const BlockOutcome outcome,
                  stores.chain->execute(block, consensus::block_hash(genesis.suite, block.header),
                                        std::move(batches)));
    HP_TRY(compare(chain, outcome.commit));
    HP_TRY(commit(outcome));
    if (const auto recorded = chain.commit(height); !recorded) {
      if (recorded.error().code != Errc::kNotFound) return tl::unexpected(recorded.error());
      HP_TRY(stores.blocks->append_commit(height, consensus::encode(outcome.commit)));
    }
    previous = std::move(record);
    if (height.value() % 10'000 == 0)
      note("executed up to block " + std::to_string(height.value()));
  }
  return stores.blocks->sync();
}

ledger::BlockCommit block_commit(const BlockOutcome& outcome) {
  ledger::BlockCommit commit;
  commit.height = outcome.commit.height;
  commit.delta = outcome.output.delta;
  commit.receipts.reserve(outcome.output.receipts.size());
  for (std::size_t i = 0; i < outcome.output.receipts.size(); ++i) {
    const ledger::Receipt& receipt = outcome.output.receipts[i];
    // A receipt that does not answer for its transaction (a duplicate) must not hide the one that
    // does. One that came too late may be either.
    commit.receipts.push_back({receipt.txid.value(), outcome.output.encoded_receipts[i],
                               ledger::is_answer(receipt.code),
                               receipt.code == ledger::ResultCode::kExpired});
  }
  commit.mmr_nodes = outcome.history_nodes;
  commit.commit_message = consensus::encode(outcome.commit);
  return commit;
}

Result<NodeStores> open_stores(ledger::FileSystem& files, const NodeStoresOptions& options,
                               const ledger::Genesis& genesis, const RecoveryNote& note) {
  NodeStores stores;
  ledger::BlockStoreOptions blocks;
  blocks.directory = options.data_dir + "/blocks";
  blocks.chain_id = chain_context(genesis).genesis;
  blocks.segment_bytes_max = options.segment_bytes;
  HP_TRY_ASSIGN(stores.blocks, ledger::BlockStore::open(files, blocks));
  if (const auto& report = stores.blocks->recovery(); report.cut_bytes > 0) {
    note("an unfinished record of " + std::to_string(report.cut_bytes) +
         " bytes was cut off the end of " + report.cut_file);
  }

  Status loaded = load_state(stores, genesis, options);
  if (!loaded && loaded.error().code == Errc::kCorrupt) {
    note("the state store is discarded and made again from the block store: " +
         loaded.error().message);
    stores.chain.reset();
    stores.executor.reset();
    stores.state.reset();
    HP_TRY(ledger::StateStore::destroy(options.data_dir + "/state"));
    loaded = load_state(stores, genesis, options);
  }
  HP_TRY(std::move(loaded));

  HP_TRY(execute_stored_blocks(
      stores, genesis,
      [&](const BlockOutcome& outcome) { return stores.state->commit(block_commit(outcome)); },
      note));
  return stores;
}

}  // namespace huangpu::node
