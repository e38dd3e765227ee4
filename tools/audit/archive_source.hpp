// Reads a chain from an archive (docs/protocol/archive.md).
#pragma once

#include "ledger/genesis/genesis.hpp"
#include "ledger/store/archive.hpp"
#include "tools/audit/chain_source.hpp"

namespace huangpu::tools {

class ArchiveSource final : public ChainSource {
 public:
  // The document it carries is in header(); whoever replays decides whether to believe it.
  [[nodiscard]] static Checked<std::unique_ptr<ArchiveSource>> open(ledger::FileSystem& files,
                                                                    const std::string& path);
  // Over bytes that outlive the source.
  [[nodiscard]] static Checked<std::unique_ptr<ArchiveSource>> from_bytes(ByteView bytes);

  [[nodiscard]] const ledger::ArchiveHeader& header() const { return reader_->header(); }

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
  explicit ArchiveSource(std::unique_ptr<ledger::ArchiveReader> reader)
      : reader_(std::move(reader)) {}

  [[nodiscard]] Checked<void> fill();
  // The next record if it is of this kind and height; nothing otherwise.
  [[nodiscard]] Checked<std::optional<Piece>> take(ledger::RecordKind kind, Height height);
  // "… stands where … belongs", or that the archive ends.
  [[nodiscard]] Finding misplaced(Height height, const std::string& wanted) const;

  std::unique_ptr<ledger::ArchiveReader> reader_;
  std::optional<ledger::ArchiveRecord> next_;
  std::vector<Piece> others_;  // met so far at the current height
  std::uint64_t others_bytes_ = 0;
};

// The genesis the archive starts from: its own document, whose hash must be the chain id in its
// header, and the chain id of `given` if the auditor brought a document. A document that does not
// parse is damage.
[[nodiscard]] Checked<ledger::Genesis> genesis_of(const ArchiveSource& archive,
                                                  const ledger::Genesis* given);

}  // namespace huangpu::tools
