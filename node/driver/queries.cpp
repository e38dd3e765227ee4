#include "node/driver/queries.hpp"

#include <algorithm>
#include <shared_mutex>
#include <span>
#include <utility>

#include "consensus/codec/block_codec.hpp"
#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/epoch_codec.hpp"
#include "consensus/codec/hashing.hpp"
#include "crypto/base/civil.hpp"
#include "crypto/hash/hasher.hpp"
#include "crypto/hash/merkle.hpp"
#include "crypto/hash/mmr.hpp"
#include "ledger/codec/envelope.hpp"
#include "ledger/types/receipt.hpp"
#include "ledger/types/settlement_value.hpp"
#include "ledger/types/state_key.hpp"
#include "ledger/types/state_value.hpp"
#include "node/replica/epoch_plan.hpp"

namespace huangpu::node {

namespace {

constexpr std::size_t kCachedBlocksMax = 8;
// Of one answer, which with proofs must fit a message; and of one look into the store.
constexpr std::size_t kKeysMax = 100;
constexpr std::size_t kKeysLookedAtMax = 20'000;

}  // namespace

Result<TransactionUpdate> Queries::find_transaction(const ledger::TxId& txid) const {
  HP_TRY_ASSIGN(const auto place, parts_.state.find_transaction(txid.value()));
  if (!place) return fail(Errc::kNotFound, "no such transaction");
  HP_TRY_ASSIGN(const Bytes encoded, parts_.state.receipt(place->height, place->index));
  HP_TRY_ASSIGN(const ledger::Receipt receipt, ledger::decode_receipt(encoded));
  TransactionUpdate update;
  update.txid = txid;
  update.code = static_cast<std::uint16_t>(receipt.code);
  update.height = place->height;
  update.index = place->index;
  update.stage = TransactionStage::kExecuted;
  HP_TRY_ASSIGN(const consensus::CommitMessage commit, commit_at(place->height));
  HP_TRY_ASSIGN(const Bytes body, body_of(receipt, commit.epoch));
  HP_TRY_ASSIGN(const ledger::TransactionBody decoded, ledger::decode_body(body));
  update.submitter = decoded.submitter;
  if (place->height <= parts_.view.certified()) {
    update.stage = TransactionStage::kFinal;
    HP_TRY_ASSIGN(const auto certificate, parts_.blocks.certificate_for(place->height));
    update.certificate_height = certificate.message.height;
  }
  return update;
}

Result<ledger::TxId> Queries::find_reference(const ReferenceKey& reference) const {
  HP_TRY_ASSIGN(const std::uint32_t day, day_from_yyyymmdd(reference.date));
  HP_TRY_ASSIGN(const auto value,
                parts_.state.read(ledger::reference_key(day, reference.participant, reference.id)));
  if (!value) return fail(Errc::kNotFound, "no such reference");
  HP_TRY_ASSIGN(const auto entry, ledger::ReferenceValue::decode(*value));
  return entry.first.txid;
}

Result<consensus::CommitMessage> Queries::commit_at(Height height) const {
  HP_TRY_ASSIGN(const auto bytes, parts_.state.commit_message(height));
  if (!bytes) return fail(Errc::kNotFound, "no such block");
  return consensus::decode_commit_message(*bytes);
}

Result<StateAnswer> Queries::query(ByteView key, std::optional<Height> height,
                                   bool with_proof) const {
  const Height certified = parts_.view.certified();
  StateAnswer answer;
  answer.height = height.value_or(certified);
  if (answer.height > certified) {
    return fail(Errc::kOutOfRange,
                "height " + std::to_string(answer.height.value()) + " is not certified yet");
  }
  if (with_proof && answer.height == Height{0})
    return fail(Errc::kNotFound, "no certificate covers the state of genesis");
  HP_TRY_ASSIGN(answer.value, parts_.state.get_at(answer.height, key));
  if (!with_proof) return answer;
  {
    const std::shared_lock lock(parts_.view.tree_mutex());
    auto proof = parts_.tree.prove(answer.height, crypto::hash(parts_.chain.suite, {key}));
    if (!proof) {
      return fail(Errc::kOutOfRange, "the state tree of height " +
                                         std::to_string(answer.height.value()) +
                                         " is not kept any more; ask for a newer one");
    }
    answer.proof = ledger::encode(*proof);
  }
  HP_TRY_ASSIGN(answer.finality, finality(answer.height));
  return answer;
}

Result<KeyIds> Queries::keys_of(ledger::ParticipantId participant,
                                const std::optional<crypto::KeyId>& after) const {
  const Bytes prefix{static_cast<std::uint8_t>(ledger::StateTag::kKey)};
  const Bytes from = after ? ledger::key_key(*after) : Bytes{};
  KeyIds found;
  std::size_t looked_at = 0;
  Status damage;
  HP_TRY(parts_.state.visit(prefix, from, [&](ByteView key, ByteView value) {
    const auto entry = ledger::KeyValue::decode(value);
    const auto id = crypto::Digest::parse(key.subspan(prefix.size()));
    if (!entry || !id) {
      damage = fail(Errc::kCorrupt, "state store: an entry of a key does not decode");
      return false;
    }
    if (entry->participant == participant) found.ids.push_back(crypto::KeyId{*id});
    if (++looked_at < kKeysLookedAtMax && found.ids.size() < kKeysMax) return true;
    found.next = crypto::KeyId{*id};
    return false;
  }));
  HP_TRY(damage);
  return found;
}

Result<BlockAnswer> Queries::block(Height height) const {
  if (height == Height{0} || height > parts_.view.executed())
    return fail(Errc::kNotFound, "no such block");
  HP_TRY_ASSIGN(const consensus::BlockRecord record, parts_.blocks.block(height));
  HP_TRY_ASSIGN(const consensus::CommitMessage commit, commit_at(height));
  HP_TRY_ASSIGN(const auto receipts, parts_.state.receipts(height));
  BlockAnswer answer;
  answer.height = height;
  answer.block = consensus::encode(record.stored.block);
  answer.commit_message = consensus::encode(commit);
  answer.transaction_count = static_cast<std::uint32_t>(receipts.size());
  return answer;
}

Result<Bytes> Queries::body_of(const ledger::Receipt& receipt, Epoch epoch) const {
  // After its owner signed two batches for one position, only one of them was ordered, and it need
  // not be the first that came here. The id of a transaction is the hash of its body, so whichever
  // batch holds it gives the same body.
  HP_TRY_ASSIGN(const auto batches,
                parts_.blocks.forks({epoch, ValidatorIndex{receipt.lane}, receipt.position}));
  for (const consensus::Batch& batch : batches) {
    for (std::size_t i = 0; i < batch.envelopes.size(); ++i) {
      HP_TRY_ASSIGN(Bytes body, ledger::envelope_body(batch.envelopes[i]));
      if (ledger::transaction_id(parts_.ledger_chain, body) == receipt.txid) return body;
    }
  }
  return fail(Errc::kCorrupt, "the batch that a receipt names does not hold its transaction");
}

Result<std::vector<consensus::Batch>> Queries::batches_at(Height height) const {
  HP_TRY_ASSIGN(const consensus::BlockRecord record, parts_.blocks.block(height));
  HP_TRY_ASSIGN(const auto before, parts_.blocks.tips_before(record));
  return parts_.blocks.batches_of(record.stored.block, before);
}

Result<ReceiptAnswer> Queries::receipt(const ledger::TxId& txid) const {
  HP_TRY_ASSIGN(const auto place, parts_.state.find_transaction(txid.value()));
  if (!place || place->height > parts_.view.certified())
    return fail(Errc::kNotFound, "no final transaction of this id");
  HP_TRY_ASSIGN(std::vector<Bytes> receipts, parts_.state.receipts(place->height));
  if (place->index >= receipts.size())
    return fail(Errc::kCorrupt, "state store: receipts are missing");

  ReceiptAnswer answer;
  answer.height = place->height;
  answer.index = place->index;
  answer.path = crypto::encode_merkle_path(
      crypto::merkle_path(parts_.chain.suite, std::span<const Bytes>(receipts), place->index));
  HP_TRY_ASSIGN(const ledger::Receipt receipt, ledger::decode_receipt(receipts[place->index]));
  answer.code = static_cast<std::uint16_t>(receipt.code);

  HP_TRY_ASSIGN(const consensus::CommitMessage commit, commit_at(place->height));
  HP_TRY_ASSIGN(answer.body, body_of(receipt, commit.epoch));
  answer.receipt = std::move(receipts[place->index]);
  HP_TRY_ASSIGN(answer.finality, finality(place->height));
  return answer;
}

Result<std::shared_ptr<const FinalityRecords>> Queries::finality(Height height) const {
  const Height certified = parts_.view.certified();
  if (height == Height{0}) height = certified;
  if (height == Height{0} || height > certified)
    return fail(Errc::kNotFound, "no certificate covers this height yet");
  HP_TRY_ASSIGN(const consensus::CommitCertificate certificate,
                parts_.blocks.certificate_for(height));
  HP_TRY_ASSIGN(const consensus::CommitMessage commit, commit_at(height));
  auto records = std::make_shared<FinalityRecords>();
  records->height = height;
  records->commit_message = consensus::encode(commit);
  records->commit_certificate = consensus::encode(certificate);
  if (certificate.message.height != height) {
    records->certified_message = consensus::encode(certificate.message);
    // The certified message's history covers the heights below it; leaf i is height i + 1.
    const std::uint64_t count = certificate.message.height.value() - 1;
    HP_TRY_ASSIGN(const crypto::MmrPath path,
                  crypto::mmr_path(parts_.chain.suite, height.value() - 1, count,
                                   [&](std::uint64_t position) -> std::optional<crypto::Digest> {
                                     auto node = parts_.state.mmr_node(position);
                                     return node ? *node : std::nullopt;
                                   }));
    records->history_path = crypto::encode_merkle_path(path);
  }
  HP_TRY_ASSIGN(records->epochs, epoch_links(certificate.message.epoch));
  return std::shared_ptr<const FinalityRecords>(std::move(records));
}

// SPEC C-92: for each epoch before this one its certified boundary and the record that follows.
Result<std::vector<FinalityRecords::EpochLink>> Queries::epoch_links(Epoch epoch) const {
  const std::size_t count = epoch.value() - consensus::kFirstEpoch.value();
  std::vector<FinalityRecords::EpochLink> links;
  {
    const std::lock_guard lock(cache_mutex_);
    const std::span known(links_);
    const auto wanted = known.first(std::min(count, known.size()));
    links.assign(wanted.begin(), wanted.end());
  }
  if (links.size() == count) return links;
  while (links.size() < count) {
    HP_TRY_ASSIGN(auto link, epoch_link(Epoch{consensus::kFirstEpoch.value() + links.size() + 1}));
    links.push_back(std::move(link));
  }
  const std::lock_guard lock(cache_mutex_);
  if (links_.size() < links.size()) links_ = links;
  return links;
}

Result<FinalityRecords::EpochLink> Queries::epoch_link(Epoch epoch) const {
  HP_TRY_ASSIGN(const auto stored, parts_.state.read(ledger::epoch_key(epoch)));
  if (!stored) return fail(Errc::kCorrupt, "state store: an epoch is missing");
  HP_TRY_ASSIGN(const ledger::EpochValue value, ledger::EpochValue::decode(*stored));
  HP_TRY_ASSIGN(const consensus::EpochRecord record,
                epoch_record(parts_.chain.suite, epoch, value.settings));
  HP_TRY_ASSIGN(const auto certificate, parts_.blocks.certificate_for(value.start));
  return FinalityRecords::EpochLink{consensus::encode(certificate.message),
                                    consensus::encode(certificate), consensus::encode(record)};
}

// From the journal in the state, which keeps a day as long as its references.
Result<std::vector<ledger::PaymentEvent>> Queries::payment_events(Height height,
                                                                  TimestampMs time) const {
  std::vector<ledger::PaymentEvent> events;
  const std::uint32_t day = day_from_timestamp(time);
  HP_TRY_ASSIGN(const auto stored, parts_.state.read(ledger::journal_block_key(day, height)));
  if (!stored) return events;
  HP_TRY_ASSIGN(const auto index, ledger::JournalBlock::decode(*stored));
  events.reserve(index.payments.size());
  for (const ledger::TxId& payment : index.payments) {
    const auto number = static_cast<std::uint32_t>(events.size());
    HP_TRY_ASSIGN(const auto value,
                  parts_.state.read(ledger::journal_payment_key(day, payment, height, number)));
    // The whole day goes at once, so that it went between the two reads.
    if (!value) return std::vector<ledger::PaymentEvent>{};
    HP_TRY_ASSIGN(auto event, ledger::PaymentEvent::decode(*value));
    events.push_back(std::move(event));
  }
  return events;
}

Result<std::shared_ptr<const CertifiedBlock>> Queries::certified_block(Height height) const {
  if (height == Height{0} || height > parts_.view.certified())
    return fail(Errc::kNotFound, "no such certified block");
  {
    const std::lock_guard lock(cache_mutex_);
    if (const auto found = cache_.find(height); found != cache_.end()) return found->second;
  }
  HP_TRY_ASSIGN(const consensus::CommitMessage commit, commit_at(height));
  HP_TRY_ASSIGN(const auto batches, batches_at(height));
  HP_TRY_ASSIGN(std::vector<Bytes> receipts, parts_.state.receipts(height));

  auto block = std::make_shared<CertifiedBlock>();
  block->height = height;
  block->time = commit.timestamp;
  block->block_hash = commit.block_hash;
  block->transactions.reserve(receipts.size());
  std::size_t index = 0;
  for (const consensus::Batch& batch : batches) {
    for (std::size_t i = 0; i < batch.envelopes.size(); ++i, ++index) {
      if (index >= receipts.size())
        return fail(Errc::kCorrupt, "state store: receipts are missing");
      ExecutedTransaction transaction;
      HP_TRY_ASSIGN(transaction.body, ledger::envelope_body(batch.envelopes[i]));
      HP_TRY_ASSIGN(const ledger::Receipt receipt, ledger::decode_receipt(receipts[index]));
      transaction.txid = receipt.txid;
      transaction.receipt = std::move(receipts[index]);
      block->transactions.push_back(std::move(transaction));
    }
  }
  HP_TRY_ASSIGN(block->changes, payment_events(height, block->time));
  const std::lock_guard lock(cache_mutex_);
  cache_[height] = block;
  while (cache_.size() > kCachedBlocksMax) cache_.erase(cache_.begin());
  return std::shared_ptr<const CertifiedBlock>(std::move(block));
}

}  // namespace huangpu::node
