// The books of reserved funds and of open settlements, decoded and indexed (SPEC ).
//
// In memory for lookups by id and by expiry; in the state as entries of their own, from which
// load() restores everything. Changes of a block go to a list that the owner of the book writes.
// Nothing iterates a hash table.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "ledger/state/reader.hpp"
#include "ledger/types/agreed_value.hpp"

namespace huangpu::ledger {

// Encoded entries by key; nothing: deleted.
using EntryChanges = std::map<Bytes, std::optional<Bytes>>;

// What both books are: values by id with an owner and an expiry. Value is FundsReserve or
// OpenSettlement.
template <class Value>
class AgreedBook {
 public:
  explicit AgreedBook(EntryChanges& changes) : changes_(changes) {}

  // kCorrupt when an entry does not decode or stands under another key.
  [[nodiscard]] Status load(const StateReader& reader);
  void clear();

  [[nodiscard]] const Value* find(const TxId& id) const;
  [[nodiscard]] std::size_t open() const { return values_.size(); }
  [[nodiscard]] std::size_t open_of(ParticipantId participant) const;
  // The one that expired first before `now`, ties by id; null when none did.
  [[nodiscard]] const Value* first_expired(TimestampMs now) const;

  // Settlements that all approved, which wait for funds, by id.
  [[nodiscard]] const std::set<TxId>& complete() const { return complete_; }

  void add(Value value);
  // The new value has the old one's id and terms.
  void replace(Value value);
  void remove(const TxId& id);

 private:
  void insert(Value value);

  EntryChanges& changes_;
  absl::flat_hash_map<TxId, std::unique_ptr<Value>> values_;
  std::set<std::pair<std::uint64_t, TxId>> expiry_;  // ms
  absl::flat_hash_map<ParticipantId, std::size_t> open_of_;
  std::set<TxId> complete_;
};

using ReserveBook = AgreedBook<FundsReserve>;
using OpenSettlementBook = AgreedBook<OpenSettlement>;

}  // namespace huangpu::ledger
