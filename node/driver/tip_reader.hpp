// The state after the newest executed block, for any thread: what admission and the certificate
// registry read.
#pragma once

#include "ledger/state/reader.hpp"
#include "ledger/store/state_store.hpp"

namespace huangpu::node {

// Reads single entries; each call may see a newer block than the one before. A failed read is
// remembered in health().
class TipReader final : public ledger::StateReader {
 public:
  explicit TipReader(const ledger::StateStore& state) : state_(state) {}

  [[nodiscard]] std::optional<Bytes> get(ByteView key) const override;
  // Not used by admission; the executor's reader scans.
  void scan(ByteView prefix, const Visitor& visit) const override;
  [[nodiscard]] Status health() const override { return health_; }

 private:
  const ledger::StateStore& state_;
  mutable Status health_;
};

}  // namespace huangpu::node
