// A node's folders on the real disk, filled from a chain that a test builds.
//
//   ChainBuilder chain;
//   chain.block({{{.lane = 0, .envelopes = {chain.issue("alice", 100)}}}});
//   NodeFolder folder(chain);
//   folder.write_blocks();
//   const auto stores = folder.open();
//
// Files disappear with the object.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "node/driver/node_stores.hpp"
#include "node/driver/start_state.hpp"
#include "node/driver/stored_chain.hpp"
#include "node/driver/vote_log_files.hpp"
#include "tests/support/chain_builder.hpp"
#include "tests/support/temporary_folder.hpp"

namespace huangpu::node::test {

using huangpu::test::ArchiveEntry;
using huangpu::test::ChainBuilder;

using huangpu::test::TemporaryFolder;

class NodeFolder {
 public:
  explicit NodeFolder(ChainBuilder& chain) : chain_(chain) {}

  using Keep = std::function<bool(const ArchiveEntry&)>;
  // Makes the block store anew from the chain's records that `keep` wants; all by default.
  void write_blocks(const Keep& keep = {});
  // The same behind what the block store holds.
  void append_blocks(const Keep& keep = {});
  // One batch above everything the chain ordered; signed by its owner or not. Its digest.
  crypto::Digest add_batch(std::uint16_t lane, LanePosition position,
                           const crypto::Digest& previous, const std::vector<Bytes>& envelopes,
                           bool with_signature);

  // As a node does at start; what it tells the operator is in notes().
  [[nodiscard]] Result<NodeStores> open();
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

  [[nodiscard]] VoteLogPlace votes_of(std::size_t validator) const;
  [[nodiscard]] StoredChain stored(const NodeStores& stores) const;
  [[nodiscard]] std::filesystem::path blocks() const { return folder_.path() / "data/blocks"; }
  [[nodiscard]] std::filesystem::path state() const { return folder_.path() / "data/state"; }
  [[nodiscard]] const std::filesystem::path& path() const { return folder_.path(); }

 private:
  [[nodiscard]] std::unique_ptr<ledger::BlockStore> block_store() const;

  ChainBuilder& chain_;
  TemporaryFolder folder_;
  std::vector<std::string> notes_;
};

// The chain's own statements, from what it recorded.
[[nodiscard]] consensus::CommitMessage commit_of(ChainBuilder& chain, Height height);
[[nodiscard]] consensus::BlockRecord block_of(ChainBuilder& chain, Height height);
// What the core would hand to execution.
[[nodiscard]] ExecuteBlock execution_of(ChainBuilder& chain, Height height);

}  // namespace huangpu::node::test
