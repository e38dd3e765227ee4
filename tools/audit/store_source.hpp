// Reads a chain from a node's block store, read-only, also while the node runs.
#pragma once

#include "ledger/store/block_store.hpp"
#include "tools/audit/chain_source.hpp"

namespace huangpu::tools {

class StoreSource final : public ChainSource {
 public:
  // `folder` holds the segment files: "blocks" in a node's data folder.
  [[nodiscard]] static Checked<std::unique_ptr<StoreSource>> open(ledger::FileSystem& files,
                                                                  const std::string& folder,
                                                                  const crypto::Digest& chain_id);

  [[nodiscard]] Checked<std::optional<Piece>> block(Height height) override;
  [[nodiscard]] Checked<std::vector<Piece>> batches(const consensus::Block& block,
                                                    std::span<const consensus::LaneTip> before,
                                                    std::span<const consensus::BatchPlace> order,
                                                    std::uint64_t bytes_max) override;
  [[nodiscard]] Checked<std::optional<Piece>> commit(Height height) override;
  [[nodiscard]] Checked<std::optional<Piece>> certificate(Height height) override;
  [[nodiscard]] Checked<std::vector<Piece>> others(Height height) override;
  [[nodiscard]] SourceProgress progress() const override;

 private:
  explicit StoreSource(std::unique_ptr<ledger::BlockStore> store);

  std::unique_ptr<ledger::BlockStore> store_;
  Height last_{0};                   // when the store was opened: a running node adds more
  std::optional<Epoch> next_epoch_;  // the current block is a boundary
  Height current_{0};
};

}  // namespace huangpu::tools
