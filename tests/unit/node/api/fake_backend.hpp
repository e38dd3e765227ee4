// A node without a network: a backend whose contents the test writes. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "ledger/codec/envelope.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/types/receipt.hpp"
#include "ledger/types/state_key.hpp"
#include "ledger/types/state_value.hpp"
#include "node/api/backend.hpp"
#include "tests/support/test_suite.hpp"
#include "tests/unit/node/api/answer_collector.hpp"

namespace huangpu::node::test {

inline crypto::Digest digest(std::uint8_t byte) {
  crypto::Digest::Array bytes{};
  bytes.fill(byte);
  return crypto::Digest(bytes);
}
inline ledger::TxId txid(std::uint8_t byte) { return ledger::TxId(digest(byte)); }

inline Principal principal(std::uint32_t participant,
                           ledger::Role role = ledger::Role::kParticipant) {
  return {ledger::ParticipantId(participant), role,
          digest(static_cast<std::uint8_t>(participant * 16 + static_cast<std::uint8_t>(role)))};
}

class FakeBackend final : public NodeBackend {
 public:
  using Answer = std::function<void(TransactionUpdate)>;
  using Submit = std::function<void(Bytes envelope, const Principal& caller, Answer answer)>;

  // --- what the test writes
  void on_submit(Submit submit) {
    const std::scoped_lock lock(mutex_);
    submit_ = std::move(submit);
  }
  void admit(const Principal& caller) {
    const std::scoped_lock lock(mutex_);
    identities_[caller.pin] = caller;
  }
  void revoke(const Principal& caller) {
    const std::scoped_lock lock(mutex_);
    identities_.erase(caller.pin);
  }
  void put(const Bytes& key, Bytes value) {
    const std::scoped_lock lock(mutex_);
    state_[key] = std::move(value);
  }
  ledger::AccountId open_account(std::uint32_t owner, std::uint64_t number) {
    const auto id =
        ledger::account_id(huangpu::test::test_suite(), ledger::ParticipantId(owner), number);
    ledger::AccountValue value;
    value.owner = ledger::ParticipantId(owner);
    value.number = number;
    put(ledger::account_key(id), value.encode());
    return id;
  }
  void set_balance(const ledger::AccountId& account, std::uint32_t asset, std::uint64_t units) {
    ledger::BalanceValue value;
    value.credits_posted = Amount::from_u64(units);
    put(ledger::balance_key(account, ledger::AssetId(asset)), value.encode());
  }
  void set_transaction(const TransactionUpdate& update) {
    const std::scoped_lock lock(mutex_);
    transactions_[update.txid] = update;
  }
  void set_reference(const std::string& id, const ledger::TxId& of) {
    const std::scoped_lock lock(mutex_);
    references_[id] = of;
  }
  // Appends the next certified block; each pair is a body and the code of its receipt.
  void add_block(
      const std::vector<std::pair<ledger::TransactionBody, ledger::Receipt>>& transactions,
      std::vector<ledger::PaymentEvent> changes = {}) {
    auto block = std::make_shared<CertifiedBlock>();
    const std::scoped_lock lock(mutex_);
    block->height = Height{blocks_.size() + 1};
    block->time = TimestampMs{1'000 * block->height.value()};
    std::uint32_t index = 0;
    for (auto [body, receipt] : transactions) {
      receipt.height = block->height;
      receipt.index = index++;
      const auto bytes = ledger::encode_body(body);
      if (!bytes) throw std::runtime_error(bytes.error().message);
      block->transactions.push_back({receipt.txid, *bytes, ledger::encode_receipt(receipt)});
    }
    for (auto& change : changes) change.height = block->height;
    block->changes = std::move(changes);
    blocks_.push_back(std::move(block));
  }
  void set_failure(Error error) {
    const std::scoped_lock lock(mutex_);
    failure_ = std::move(error);
  }
  NodeSnapshot status;              // set before the first call
  std::size_t keys_per_page = 100;  // likewise

  // --- NodeBackend
  void submit(std::vector<Bytes> envelopes, const Principal& caller, SubmitDone done) override {
    Submit submit;
    {
      const std::scoped_lock lock(mutex_);
      submit = submit_;
    }
    const auto answers = std::make_shared<AnswerCollector>(envelopes.size(), std::move(done));
    for (std::size_t i = 0; i < envelopes.size(); ++i) {
      submit(std::move(envelopes[i]), caller, answers->slot(i));
    }
  }
  Result<TransactionUpdate> find_transaction(const ledger::TxId& id) override {
    return find(transactions_, id);
  }
  Result<ledger::TxId> find_reference(const ReferenceKey& reference) override {
    return find(references_, reference.id);
  }
  Result<StateAnswer> query(ByteView key, std::optional<Height> height, bool with_proof) override {
    const std::scoped_lock lock(mutex_);
    if (failure_) return tl::unexpected(*failure_);
    StateAnswer answer;
    answer.height = height.value_or(Height{blocks_.size()});
    if (const auto found = state_.find(to_bytes(key)); found != state_.end()) {
      answer.value = found->second;
    }
    if (with_proof) {
      answer.proof = to_bytes("proof");
      answer.finality = std::make_shared<const FinalityRecords>(records(answer.height));
    }
    return answer;
  }
  Result<KeyIds> keys_of(ledger::ParticipantId participant,
                         const std::optional<crypto::KeyId>& after) override;
  // What put() wrote so far.
  std::unique_ptr<ledger::StateReader> state_snapshot() override;
  Result<BlockAnswer> block(Height height) override {
    const std::scoped_lock lock(mutex_);
    if (height.value() == 0 || height.value() > blocks_.size()) {
      return fail(Errc::kNotFound, "no such block");
    }
    BlockAnswer answer;
    answer.height = height;
    answer.block = to_bytes("block");
    answer.commit_message = to_bytes("message");
    return answer;
  }
  Result<ReceiptAnswer> receipt(const ledger::TxId& id) override {
    const std::scoped_lock lock(mutex_);
    for (const auto& block : blocks_) {
      for (std::uint32_t i = 0; i < block->transactions.size(); ++i) {
        const auto& transaction = block->transactions[i];
        if (transaction.txid != id) continue;
        ReceiptAnswer answer;
        answer.height = block->height;
        answer.index = i;
        answer.body = transaction.body;
        answer.receipt = transaction.receipt;
        answer.path = to_bytes("path");
        answer.finality = std::make_shared<const FinalityRecords>(records(block->height));
        return answer;
      }
    }
    return fail(Errc::kNotFound, "receipt not found in segment 7");
  }
  Result<std::shared_ptr<const FinalityRecords>> finality(Height height) override {
    const std::scoped_lock lock(mutex_);
    if (height.value() > blocks_.size()) return fail(Errc::kNotFound, "not certified");
    const auto wanted = height == Height{0} ? Height{blocks_.size()} : height;
    return std::make_shared<const FinalityRecords>(records(wanted));
  }
  Height certified_height() override {
    const std::scoped_lock lock(mutex_);
    return Height{blocks_.size()};
  }
  Result<std::shared_ptr<const CertifiedBlock>> certified_block(Height height) override {
    const std::scoped_lock lock(mutex_);
    if (height.value() == 0 || height.value() > blocks_.size()) {
      return fail(Errc::kOutOfRange, "not held");
    }
    return blocks_[height.value() - 1];
  }
  NodeSnapshot snapshot() override { return status; }
  std::optional<Principal> identify(const crypto::Digest& pin) override {
    const std::scoped_lock lock(mutex_);
    const auto found = identities_.find(pin);
    if (found == identities_.end()) return std::nullopt;
    return found->second;
  }

 private:
  template <class Map>
  Result<typename Map::mapped_type> find(const Map& map, const typename Map::key_type& key) {
    const std::scoped_lock lock(mutex_);
    const auto found = map.find(key);
    if (found == map.end()) return fail(Errc::kNotFound, "key not found in column family 3");
    return found->second;
  }
  static FinalityRecords records(Height height) {
    FinalityRecords result;
    result.height = height;
    result.commit_message = to_bytes("message");
    result.commit_certificate = to_bytes("certificate");
    return result;
  }

  std::mutex mutex_;
  Submit submit_;
  std::map<crypto::Digest, Principal> identities_;
  std::map<Bytes, Bytes> state_;
  std::map<ledger::TxId, TransactionUpdate> transactions_;
  std::map<std::string, ledger::TxId> references_;
  std::vector<std::shared_ptr<const CertifiedBlock>> blocks_;
  std::optional<Error> failure_;
};

// A chain with two assets, from which services take codes and names.
ledger::Genesis small_genesis();

// A transfer's body, complete enough to be encoded.
ledger::TransactionBody transfer_body(std::uint32_t submitter, const ledger::AccountId& debit,
                                      const ledger::AccountId& credit, std::uint64_t units);
ledger::TransactionBody bulk_body(std::uint32_t submitter,
                                  const std::vector<ledger::BulkRecord>& records);
ledger::Receipt receipt_of(const ledger::TxId& id,
                           ledger::ResultCode code = ledger::ResultCode::kSettled);

}  // namespace huangpu::node::test
