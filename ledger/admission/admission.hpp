// Admission: the cheap checks a node makes before it spends a signature check and a place in its
// lane (SPEC L-90..L-94).
//
// Pure. Judges against the newest executed state, so an answer is a forecast: only execution
// decides. What would certainly be refused is refused here; what may yet become valid is let
// through.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/state/reader.hpp"
#include "ledger/types/receipt.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::ledger {

struct AdmissionAnswer {
  ResultCode code = ResultCode::kSettled;  // kSettled: admit it
  std::optional<FirstUse> first;  // the earlier use of the reference, for "repeated" and "conflict"

  [[nodiscard]] bool admitted() const { return code == ResultCode::kSettled; }
};

// `now` is the node's clock (or the last block's time, if that is later). In the order of SPEC
// L-22: window, submitter, signers, reference. Duplicates are the business of PendingIds.
[[nodiscard]] Result<AdmissionAnswer> check_admission(const DecodedEnvelope& envelope,
                                                      TimestampMs now,
                                                      const LedgerSettings& settings,
                                                      const StateReader& state);

// Ids that this node has taken in and whose window is still open: a bounded set that forgets by
// time.
class PendingIds {
 public:
  explicit PendingIds(std::size_t ids_max);
  ~PendingIds();
  PendingIds(PendingIds&&) noexcept;
  PendingIds& operator=(PendingIds&&) noexcept;

  enum class Outcome : std::uint8_t { kAdded, kKnown, kFull };
  [[nodiscard]] Outcome add(const TxId& txid, TimestampMs valid_until);
  // When an admitted envelope was dropped before it reached a batch.
  void remove(const TxId& txid, TimestampMs valid_until);
  [[nodiscard]] bool contains(const TxId& txid, TimestampMs valid_until) const;
  // Forgets every id whose window closed before `now`.
  void expire(TimestampMs now);
  [[nodiscard]] std::size_t size() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace huangpu::ledger
