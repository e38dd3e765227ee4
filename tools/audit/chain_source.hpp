// Where an audit reads a chain from: an archive, or the block store of a node (SPEC A-2).
//
// A source delivers records in the order of heights and locates damage; whether they are the chain
// is for the replay to decide. One thread.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "consensus/light/batch_order.hpp"
#include "consensus/types/block.hpp"
#include "ledger/store/record.hpp"
#include "tools/audit/finding.hpp"

namespace huangpu::tools {

struct Piece {
  ledger::Record record;
  std::optional<std::uint64_t> offset;  // of the record in the archive
};

struct SourceProgress {
  std::uint64_t done = 0;
  std::uint64_t total = 0;  // in the unit of `done`: bytes of an archive, heights of a store
};

class ChainSource {
 public:
  virtual ~ChainSource() = default;

  // The calls for one height come in this order, heights ascending from 1 without gaps.

  // Nothing after the last block.
  [[nodiscard]] virtual Checked<std::optional<Piece>> block(Height height) = 0;
  // The batches of the block in the order of `order`; `before` are the lane tips before the block.
  // Payloads together have at most `bytes_max` bytes.
  [[nodiscard]] virtual Checked<std::vector<Piece>> batches(
      const consensus::Block& block, std::span<const consensus::LaneTip> before,
      std::span<const consensus::BatchPlace> order, std::uint64_t bytes_max) = 0;
  [[nodiscard]] virtual Checked<std::optional<Piece>> commit(Height height) = 0;
  [[nodiscard]] virtual Checked<std::optional<Piece>> certificate(Height height) = 0;
  // Epoch records and evidence that stand at this height.
  [[nodiscard]] virtual Checked<std::vector<Piece>> others(Height height) = 0;

  [[nodiscard]] virtual SourceProgress progress() const = 0;
};

}  // namespace huangpu::tools
