// The values that the newest blocks replaced, so that state entries can be read as of a slightly
// older height (SPEC S-39).
//
// Not synchronised: the state store guards it with its reader lock.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "crypto/base/bytes.hpp"
#include "crypto/base/ids.hpp"
#include "ledger/store/bytes_map.hpp"

namespace huangpu::ledger {

class UndoLog {
 public:
  using Values = BytesMap<std::optional<Bytes>>;

  explicit UndoLog(std::uint32_t heights_max) : heights_max_(heights_max) {}

  // `before` holds the values that the block at `height` replaces; heights are consecutive.
  void push(Height height, Values before) {
    blocks_.push_back({height, std::move(before)});
    while (blocks_.size() > heights_max_) blocks_.pop_front();
  }

  // Null when no kept block above `height` changed the key: then its present value is the answer.
  [[nodiscard]] const std::optional<Bytes>* find(Height height, ByteView key) const {
    for (const Block& block : blocks_) {
      if (block.height <= height) continue;
      if (const auto it = block.before.find(key); it != block.before.end()) {
        return &it->second;
      }
    }
    return nullptr;
  }

  // Lowest height that can be answered for while the newest block is `tip`.
  [[nodiscard]] Height oldest(Height tip) const {
    return blocks_.empty() || blocks_.front().height > tip ? tip
                                                           : blocks_.front().height.previous();
  }

  [[nodiscard]] std::uint64_t entries() const {
    std::uint64_t count = 0;
    for (const Block& block : blocks_) count += block.before.size();
    return count;
  }

 private:
  struct Block {
    Height height;
    Values before;
  };

  std::uint32_t heights_max_;
  std::deque<Block> blocks_;  // ascending heights
};

}  // namespace huangpu::ledger
