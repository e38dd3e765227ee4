#include "ledger/rules/overlay.hpp"

#include <algorithm>
#include <string>

#include "ledger/types/state_key.hpp"

namespace huangpu::ledger {
namespace {

Bytes key_of(const ParticipantSlot& slot) { return participant_key(slot.id); }
Bytes key_of(const KeySlot& slot) { return key_key(slot.id); }
Bytes key_of(const CertificateSlot& slot) { return certificate_key(slot.id); }
Bytes key_of(const NonceSlot& slot) { return nonce_key(slot.id.account, slot.id.lane); }
Bytes key_of(const AssetSlot& slot) { return asset_key(slot.id); }
Bytes key_of(const AccountSlot& slot) { return account_key(slot.id); }
Bytes key_of(const BalanceSlot& slot) { return balance_key(slot.id.account, slot.id.asset); }

template <class SlotType>
void add_changes(const std::vector<SlotType*>& slots, std::vector<Change>& changes) {
  for (const SlotType* slot : slots) {
    changes.push_back(Change{key_of(*slot), slot->value.encode()});
  }
}

template <class SlotType>
void accept_all(std::vector<SlotType*>& slots) {
  for (SlotType* slot : slots) slot->changed = false;
  slots.clear();
}

}  // namespace

template <class SlotType>
SlotType& Overlay::Table<SlotType>::place() {
  if (vacant.empty()) return slots.emplace_back();
  SlotType& slot = *vacant.back();
  vacant.pop_back();
  slot.vacant = false;
  return slot;
}

// Every entry gets a second chance, so two rounds are enough. How many it forgot.
template <class SlotType>
std::size_t Overlay::Table<SlotType>::forget(std::size_t count) {
  std::size_t forgotten = 0;
  for (std::size_t steps = 2 * slots.size(); forgotten < count && steps > 0; --steps) {
    if (hand >= slots.size()) hand = 0;
    SlotType& slot = slots[hand++];
    if (slot.vacant || !slot.loaded || std::exchange(slot.recent, false)) continue;
    index.erase(slot.id);
    slot = SlotType{};
    slot.vacant = true;
    vacant.push_back(&slot);
    ++forgotten;
  }
  return forgotten;
}

template <class SlotType>
void Overlay::Table<SlotType>::clear() {
  index.clear();
  slots.clear();
  to_load.clear();
  vacant.clear();
  hand = 0;
}

Overlay::Overlay(crypto::SuiteId suite, StateReader& reader, bool keep_entries)
    : suite_(suite), reader_(reader), keep_entries_(keep_entries) {}

template <class SlotType>
SlotType& Overlay::touch_in(Table<SlotType>& table, const typename SlotType::Id& id) {
  const auto [place, added] = table.index.try_emplace(id, nullptr);
  if (added) {
    SlotType& slot = table.place();
    slot.id = id;
    place->second = &slot;
    table.to_load.push_back(&slot);
  }
  place->second->recent = true;
  return *place->second;
}

ParticipantSlot& Overlay::touch(ParticipantId id) { return touch_in(participants_, id); }
KeySlot& Overlay::touch(const crypto::KeyId& id) { return touch_in(keys_, id); }
CertificateSlot& Overlay::touch(const CertificatePin& id) { return touch_in(certificates_, id); }
NonceSlot& Overlay::touch(const NonceId& id) { return touch_in(nonces_, id); }
AssetSlot& Overlay::touch(AssetId id) { return touch_in(assets_, id); }
AccountSlot& Overlay::touch(const AccountId& id) { return touch_in(accounts_, id); }

BalanceSlot& Overlay::touch(const BalanceId& id) {
  BalanceSlot& slot = touch_in(balances_, id);
  if (slot.links != links_) {
    slot.account = &touch(id.account);
    slot.asset = &touch(id.asset);
    slot.links = links_;
  } else {
    slot.account->recent = true;
    slot.asset->recent = true;
  }
  return slot;
}

template <class SlotType>
void Overlay::list_keys(const Table<SlotType>& table, std::vector<Bytes>& keys) const {
  for (const SlotType* slot : table.to_load) keys.push_back(key_of(*slot));
}

template <class SlotType>
void Overlay::load(Table<SlotType>& table) {
  for (SlotType* slot : table.to_load) {
    slot->loaded = true;
    const auto stored = reader_.get(key_of(*slot));
    if (!stored) continue;
    auto value = SlotType::Value::decode(*stored);
    if (!value) {
      if (status_) status_ = fail(std::move(value).error(), "state");
      continue;
    }
    slot->value = *std::move(value);
    slot->exists = true;
  }
  table.to_load.clear();
}

void Overlay::load_touched(std::vector<Bytes> more) {
  std::vector<Bytes> keys = std::move(more);
  list_keys(participants_, keys);
  list_keys(keys_, keys);
  list_keys(certificates_, keys);
  list_keys(nonces_, keys);
  list_keys(assets_, keys);
  list_keys(accounts_, keys);
  list_keys(balances_, keys);
  if (keys.size() > 1) reader_.prefetch(keys);
  load(participants_);
  load(keys_);
  load(certificates_);
  load(nonces_);
  load(assets_);
  load(accounts_);
  load(balances_);
}

void Overlay::note_change(AssetSlot& slot) {
  if (!slot.changed) {
    slot.issued_before = slot.value.issued;
    slot.redeemed_before = slot.value.redeemed;
  }
  note_in(changed_assets_, slot);
}

void Overlay::note_change(BalanceSlot& slot) {
  if (!slot.changed) {
    slot.balance_before = slot.value.balance();
    slot.debits_pending_before = slot.value.debits_pending;
    slot.entry_count_before = slot.value.entry_count;
  }
  note_in(changed_balances_, slot);
}

void Overlay::post(BalanceSlot& slot, const HistoryEntry& line) {
  if (undoing_) undo_.push_back(Undo{&slot, slot.value, slot.exists});
  BalanceValue& value = change(slot);
  const bool debit = line.kind == EntryKind::kDebit || line.kind == EntryKind::kRedeemed;
  Amount& total = debit ? value.debits_posted : value.credits_posted;
  const auto sum = total.checked_add(line.amount);
  HP_ASSERT(sum.has_value(), "a posting was made without checking that it fits");
  total = *sum;
  HistoryEntry entry = line;
  entry.balance_after = value.balance();
  value.last_height = entry.height;
  ++value.entry_count;
  value.history_head = next_history_head(suite_, value.history_head, entry);
  if (keep_entries_) entries_.push_back(PlacedEntry{slot.id.account, slot.id.asset, entry});
}

void Overlay::set_pending(BalanceSlot& slot, Amount amount) {
  HP_ASSERT(!undoing_, "reserving is not undone");
  HP_ASSERT(slot.exists && amount <= slot.value.balance(), "more is reserved than is held");
  change(slot).debits_pending = amount;
}

void Overlay::begin_undo() {
  HP_ASSERT(!undoing_, "undo does not nest");
  undoing_ = true;
  entries_before_undo_ = entries_.size();
}

void Overlay::undo() {
  for (auto step = undo_.rbegin(); step != undo_.rend(); ++step) {
    step->slot->value = step->value;
    step->slot->exists = step->existed;
  }
  entries_.resize(entries_before_undo_);
  end_undo();
}

void Overlay::end_undo() {
  undo_.clear();
  undoing_ = false;
}

std::vector<Change> Overlay::take_changes() const {
  std::vector<Change> changes;
  changes.reserve(changed_balances_.size() + 64);
  add_changes(changed_participants_, changes);
  add_changes(changed_keys_, changes);
  add_changes(changed_certificates_, changes);
  add_changes(changed_nonces_, changes);
  add_changes(changed_accounts_, changes);
  add_changes(changed_assets_, changes);
  for (const BalanceSlot* slot : changed_balances_) {
    // A balance whose only lines were undone is as it was.
    if (slot->value.entry_count == slot->entry_count_before &&
        slot->value.debits_pending == slot->debits_pending_before) {
      continue;
    }
    changes.push_back(Change{key_of(*slot), slot->value.encode()});
  }
  std::ranges::sort(changes, {}, &Change::key);
  return changes;
}

void Overlay::accept() {
  accept_all(changed_participants_);
  accept_all(changed_keys_);
  accept_all(changed_certificates_);
  accept_all(changed_nonces_);
  accept_all(changed_accounts_);
  accept_all(changed_assets_);
  accept_all(changed_balances_);
  entries_.clear();
}

void Overlay::trim(std::size_t entries_max) {
  const std::size_t held = size();
  if (held <= entries_max) return;
  HP_ASSERT(changed_balances_.empty() && changed_accounts_.empty(), "a block is under way");
  const std::size_t excess = held - entries_max;
  std::size_t left = excess;
  // By share, rounded down so that a small table keeps its busy entries; the rest from the large
  // ones.
  const auto forget_share = [&](auto& table) {
    left -= table.forget(excess * table.index.size() / held);
  };
  forget_share(participants_);
  forget_share(keys_);
  forget_share(certificates_);
  forget_share(nonces_);
  forget_share(assets_);
  forget_share(accounts_);
  forget_share(balances_);
  left -= balances_.forget(left);
  left -= accounts_.forget(left);
  left -= nonces_.forget(left);
  ++links_;
}

void Overlay::clear() {
  changed_participants_.clear();
  changed_keys_.clear();
  changed_certificates_.clear();
  changed_nonces_.clear();
  changed_accounts_.clear();
  changed_assets_.clear();
  changed_balances_.clear();
  participants_.clear();
  keys_.clear();
  certificates_.clear();
  nonces_.clear();
  assets_.clear();
  accounts_.clear();
  balances_.clear();
  entries_.clear();
  end_undo();
  status_ = {};
}

std::size_t Overlay::size() const {
  return participants_.index.size() + keys_.index.size() + certificates_.index.size() +
         nonces_.index.size() + assets_.index.size() + accounts_.index.size() +
         balances_.index.size();
}

}  // namespace huangpu::ledger
