#include "ledger/rules/agreed_book.hpp"

#include "crypto/base/assert.hpp"

namespace huangpu::ledger {
namespace {

Bytes key_of(const FundsReserve& value) {
  return reserve_key(value.terms.debit, value.terms.asset, value.id);
}
Bytes key_of(const OpenSettlement& value) { return open_settlement_key(value.id); }

bool is_complete(const FundsReserve& /*value*/) { return false; }
bool is_complete(const OpenSettlement& value) { return value.complete(); }

Bytes prefix_of(const FundsReserve* /*kind*/) { return reserve_prefix(); }
Bytes prefix_of(const OpenSettlement* /*kind*/) { return open_settlement_prefix(); }

}  // namespace

template <class Value>
Status AgreedBook<Value>::load(const StateReader& reader) {
  clear();
  Status status;
  reader.scan(prefix_of(static_cast<const Value*>(nullptr)),
              [this, &status](ByteView key, ByteView bytes) {
                auto value = Value::decode(bytes);
                if (!value) {
                  status = fail(std::move(value).error(), "state");
                } else if (!equal(key_of(*value), key)) {
                  status = fail(Errc::kCorrupt, "state: an agreement stands under another key");
                } else if (values_.contains(value->id)) {
                  status = fail(Errc::kCorrupt, "state: an agreement is there twice");
                } else {
                  insert(*std::move(value));
                }
                return status.has_value();
              });
  return status;
}

template <class Value>
void AgreedBook<Value>::clear() {
  values_.clear();
  expiry_.clear();
  open_of_.clear();
  complete_.clear();
}

template <class Value>
const Value* AgreedBook<Value>::find(const TxId& id) const {
  const auto place = values_.find(id);
  return place == values_.end() ? nullptr : place->second.get();
}

template <class Value>
std::size_t AgreedBook<Value>::open_of(ParticipantId participant) const {
  const auto place = open_of_.find(participant);
  return place == open_of_.end() ? 0 : place->second;
}

template <class Value>
const Value* AgreedBook<Value>::first_expired(TimestampMs now) const {
  if (expiry_.empty() || expiry_.begin()->first >= now.value()) return nullptr;
  return find(expiry_.begin()->second);
}

template <class Value>
void AgreedBook<Value>::insert(Value value) {
  const TxId id = value.id;
  expiry_.emplace(value.terms.expires.value(), id);
  ++open_of_[value.participant];
  if (is_complete(value)) complete_.insert(id);
  const bool added = values_.emplace(id, std::make_unique<Value>(std::move(value))).second;
  HP_ASSERT(added, "a transaction brought two agreements");
}

template <class Value>
void AgreedBook<Value>::add(Value value) {
  changes_[key_of(value)] = value.encode();
  insert(std::move(value));
}

template <class Value>
void AgreedBook<Value>::replace(Value value) {
  changes_[key_of(value)] = value.encode();
  if (is_complete(value)) complete_.insert(value.id);
  Value& present = *values_.at(value.id);
  present = std::move(value);
}

template <class Value>
void AgreedBook<Value>::remove(const TxId& id) {
  const auto place = values_.find(id);
  HP_ASSERT(place != values_.end(), "an agreement ended twice");
  const Value& value = *place->second;
  changes_[key_of(value)] = std::nullopt;
  expiry_.erase({value.terms.expires.value(), id});
  complete_.erase(id);
  const auto count = open_of_.find(value.participant);
  if (--count->second == 0) open_of_.erase(count);
  values_.erase(place);
}

template class AgreedBook<FundsReserve>;
template class AgreedBook<OpenSettlement>;

}  // namespace huangpu::ledger
