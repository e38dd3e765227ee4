// Overlay: decoded state entries that rules read and change while a block executes (SPEC L-35).
//
// Entries are found by id in hash tables, decoded once, changed in place and encoded once at the
// end of the block. They stay decoded between blocks as a cache, whose size trim() bounds. Nothing
// iterates a hash table: changes are listed in the order in which they were made and sorted by
// state key at the end.
//
// Use: touch() what a block will need, load_touched() once (one prefetch for all), then execute. An
// entry that was not touched is loaded when asked for, so touching is a matter of speed only. Slots
// keep their address until trim() or clear().
#pragma once

#include <absl/container/flat_hash_map.h>

#include <deque>
#include <utility>
#include <vector>

#include "ledger/state/delta.hpp"
#include "ledger/state/reader.hpp"
#include "ledger/types/history_entry.hpp"
#include "ledger/types/state_value.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::ledger {

struct BalanceId {
  AccountId account;
  AssetId asset;
  friend bool operator==(const BalanceId&, const BalanceId&) = default;
  template <class H>
  friend H AbslHashValue(H state, const BalanceId& id) {
    return H::combine(std::move(state), id.account, id.asset);
  }
};

struct NonceId {
  AccountId account;
  std::uint32_t lane = 0;
  friend bool operator==(const NonceId&, const NonceId&) = default;
  template <class H>
  friend H AbslHashValue(H state, const NonceId& id) {
    return H::combine(std::move(state), id.account, id.lane);
  }
};

// What every cached entry knows about itself.
template <class IdType, class ValueType>
struct Slot {
  using Id = IdType;
  using Value = ValueType;

  Id id;
  Value value;          // meaningful when `exists`
  bool loaded = false;  // the store was asked
  bool exists = false;
  bool changed = false;  // in this block
  bool recent = false;   // touched since the clock's hand last passed
  bool vacant = false;   // forgotten; waits for another id
};

using ParticipantSlot = Slot<ParticipantId, ParticipantValue>;
using KeySlot = Slot<crypto::KeyId, KeyValue>;
using CertificateSlot = Slot<CertificatePin, CertificateValue>;
using NonceSlot = Slot<NonceId, NonceValue>;

struct AssetSlot : Slot<AssetId, AssetValue> {
  // Supply before this block's first change, for the conservation check.
  Amount issued_before;
  Amount redeemed_before;
};

struct AccountSlot : Slot<AccountId, AccountValue> {
  // The answer to "may this envelope debit the account", asked once per envelope.
  std::uint64_t judged_envelope = 0;
  ResultCode judgement = ResultCode::kSettled;
};

struct BalanceSlot : Slot<BalanceId, BalanceValue> {
  AccountSlot* account = nullptr;  // these two since the trim() that `links` counts
  AssetSlot* asset = nullptr;
  std::uint64_t links = 0;
  // Before this block's first change.
  Amount balance_before;
  Amount debits_pending_before;
  std::uint64_t entry_count_before = 0;
};

// A statement line with its place, for observers.
struct PlacedEntry {
  AccountId account;
  AssetId asset;
  HistoryEntry entry;
};

class Overlay {
 public:
  // The reader outlives the overlay. Entries are kept only if `keep_entries`.
  Overlay(crypto::SuiteId suite, StateReader& reader, bool keep_entries);

  ParticipantSlot& touch(ParticipantId id);
  KeySlot& touch(const crypto::KeyId& id);
  CertificateSlot& touch(const CertificatePin& id);
  NonceSlot& touch(const NonceId& id);
  AssetSlot& touch(AssetId id);
  AccountSlot& touch(const AccountId& id);
  BalanceSlot& touch(const BalanceId& id);  // and its account and asset
  // Loads everything touched so far; `more` are keys somebody else reads next.
  void load_touched(std::vector<Bytes> more);

  // The entry, loaded.
  template <class Id>
  auto& get(const Id& id) {
    auto& slot = touch(id);
    if (!slot.loaded) load_touched({});
    return slot;
  }

  // Every change of a slot's value goes through these.
  template <class SlotType>
  typename SlotType::Value& change(SlotType& slot) {
    note_change(slot);
    slot.exists = true;
    return slot.value;
  }

  // Books one line: amount, counters, hash chain. The caller has checked that it fits (SPEC L-61).
  void post(BalanceSlot& slot, const HistoryEntry& line);

  // Sets what is reserved of the position. The caller has checked that the account holds it. Not
  // between begin_undo() and its end.
  void set_pending(BalanceSlot& slot, Amount amount);

  // Balance changes since begin_undo() can be taken back as a whole. Not nested.
  void begin_undo();
  void undo();
  void end_undo();

  // Ends the block: its changes as sorted entries (balances and supply included).
  [[nodiscard]] std::vector<Change> take_changes() const;
  [[nodiscard]] const std::vector<BalanceSlot*>& changed_balances() const {
    return changed_balances_;
  }
  [[nodiscard]] const std::vector<AssetSlot*>& changed_assets() const { return changed_assets_; }
  [[nodiscard]] const std::vector<PlacedEntry>& entries() const { return entries_; }

  // The changes are in the state now; start the next block.
  void accept();
  // Between blocks: forgets entries until about `entries_max` are left, those first that were not
  // touched lately (the clock algorithm: one bit per entry, a hand per kind, cost in proportion to
  // what is forgotten).
  void trim(std::size_t entries_max);
  // Forgets everything, changes included.
  void clear();
  [[nodiscard]] std::size_t size() const;

  // kCorrupt once a stored value did not decode.
  [[nodiscard]] const Status& status() const { return status_; }
  [[nodiscard]] crypto::SuiteId suite() const { return suite_; }

 private:
  template <class SlotType>
  struct Table {
    absl::flat_hash_map<typename SlotType::Id, SlotType*> index;
    std::deque<SlotType> slots;  // stable addresses
    std::vector<SlotType*> to_load;
    std::vector<SlotType*> vacant;
    std::size_t hand = 0;

    SlotType& place();
    std::size_t forget(std::size_t count);
    void clear();
  };
  struct Undo {
    BalanceSlot* slot;
    BalanceValue value;
    bool existed;
  };

  template <class SlotType>
  SlotType& touch_in(Table<SlotType>& table, const typename SlotType::Id& id);
  template <class SlotType>
  void list_keys(const Table<SlotType>& table, std::vector<Bytes>& keys) const;
  template <class SlotType>
  void load(Table<SlotType>& table);
  template <class SlotType>
  static void note_in(std::vector<SlotType*>& list, SlotType& slot) {
    if (slot.changed) return;
    slot.changed = true;
    list.push_back(&slot);
  }

  void note_change(ParticipantSlot& slot) { note_in(changed_participants_, slot); }
  void note_change(KeySlot& slot) { note_in(changed_keys_, slot); }
  void note_change(CertificateSlot& slot) { note_in(changed_certificates_, slot); }
  void note_change(NonceSlot& slot) { note_in(changed_nonces_, slot); }
  void note_change(AccountSlot& slot) { note_in(changed_accounts_, slot); }
  void note_change(AssetSlot& slot);
  void note_change(BalanceSlot& slot);

  crypto::SuiteId suite_;
  StateReader& reader_;
  bool keep_entries_;
  Status status_;
  std::uint64_t links_ = 1;  // of balances to accounts and assets; a trim makes older ones stale

  Table<ParticipantSlot> participants_;
  Table<KeySlot> keys_;
  Table<CertificateSlot> certificates_;
  Table<NonceSlot> nonces_;
  Table<AssetSlot> assets_;
  Table<AccountSlot> accounts_;
  Table<BalanceSlot> balances_;

  std::vector<ParticipantSlot*> changed_participants_;
  std::vector<KeySlot*> changed_keys_;
  std::vector<CertificateSlot*> changed_certificates_;
  std::vector<NonceSlot*> changed_nonces_;
  std::vector<AccountSlot*> changed_accounts_;
  std::vector<AssetSlot*> changed_assets_;
  std::vector<BalanceSlot*> changed_balances_;

  bool undoing_ = false;
  std::vector<Undo> undo_;
  std::size_t entries_before_undo_ = 0;
  std::vector<PlacedEntry> entries_;
};

}  // namespace huangpu::ledger
