// How fast one core executes transfers, with the state in memory: the bound that end-to-end figures
// are held against.
//
// items_per_second counts transfers. A block is executed with its conservation check, receipts root
// and state root; decoding and the store are outside.
#include <benchmark/benchmark.h>

#include <absl/container/flat_hash_map.h>

#include <random>
#include <stdexcept>

#include "crypto/sign/signer.hpp"
#include "ledger/codec/batch.hpp"
#include "ledger/codec/transaction_builder.hpp"
#include "ledger/executor/executor.hpp"

namespace huangpu::ledger {
namespace {

constexpr AssetId kAsset(1);
constexpr ParticipantId kBank(1);

std::unique_ptr<crypto::LocalSigner> signer(std::uint8_t number) {
  return crypto::LocalSigner::from_seed(crypto::SuiteId::kEd25519Sha256,
                                        crypto::SecretBytes::copy_of(Bytes(32, number)))
      .value();
}

class HashState final : public StateReader {
 public:
  std::optional<Bytes> get(ByteView key) const override {
    const auto place = entries_.find(std::string(as_text(key)));
    if (place == entries_.end()) return std::nullopt;
    return place->second;
  }
  void scan(ByteView, const Visitor&) const override {
  }  // used at start-up only, when nothing is there
  void commit(const StateDelta& delta) {
    for (const auto& change : delta.changes) {
      if (change.value) entries_[std::string(as_text(change.key))] = *change.value;
    }
  }

 private:
  absl::flat_hash_map<std::string, Bytes> entries_;
};

// One bank, one asset, `accounts` accounts that each hold plenty.
class Bank {
 public:
  explicit Bank(std::size_t accounts) : key_(signer(1)), tree_(crypto::SuiteId::kEd25519Sha256) {
    Genesis genesis;
    genesis.chain_name = "bench";
    genesis.time = TimestampMs(1'795'435'200'000);
    genesis.participants.push_back({kBank, "BANK", "Bank", {}, 1});
    genesis.participants[0].roles.add(Role::kParticipant).add(Role::kIssuer);
    genesis.keys.push_back({kBank, key_->public_key()});
    genesis.validators.push_back(
        {"v0", kBank, signer(2)->public_key(), crypto::Digest::from(Bytes(32, 7))});
    genesis.assets.push_back({kAsset, "CNY", 2, kBank});
    genesis.accounts.push_back({kBank, 0, static_cast<std::uint32_t>(accounts), 0, {}});
    chain_ = ChainInfo{genesis.suite, chain_id(genesis)};
    state_.commit(apply_genesis(genesis, tree_).value().entries);
    executor_ = Executor::open(genesis, state_, tree_).value();
    time_ = genesis.time;
    for (std::size_t i = 0; i < accounts; ++i) {
      accounts_.push_back(account_id(genesis.suite, kBank, i));
    }
    fund();
  }

  DecodedEnvelope envelope(Operation operation, std::optional<ClientReference> reference = {}) {
    TransactionBuilder builder(chain_, kBank);
    builder.valid(TimestampMs(time_.value() - ++counter_), TimestampMs(time_.value() + 100'000))
        .signer(key_->public_key().id())
        .operation(std::move(operation));
    if (reference) builder.reference(reference->id, reference->date);
    const auto transaction = builder.build().value();
    const auto signature =
        crypto::Signature::from_raw(crypto::SuiteId::kEd25519Sha256, Bytes(64, 1)).value();
    const auto bytes = assemble(transaction, {{key_->public_key(), signature}}).value().envelope;
    return decode_envelope(chain_, bytes).value();
  }
  DecodedEnvelope bulk(std::size_t count) {
    BulkTransfer operation;
    operation.records.reserve(count * kBulkRecordBytes);
    for (std::size_t i = 0; i < count; ++i) {
      BulkRecord record;
      std::tie(record.debit, record.credit) = pair();
      record.amount = Amount::from_u64(1);
      record.asset = kAsset;
      append_record(operation.records, record);
    }
    return envelope(operation);
  }
  DecodedEnvelope single() {
    const auto [debit, credit] = pair();
    return envelope(Transfer{debit, credit, kAsset, Amount::from_u64(1), {}, {}});
  }

  // Payments of far more than anybody holds, by all accounts but one: they stand.
  void queue(std::size_t count) {
    auto batch = std::make_shared<DecodedBatch>();
    for (std::size_t i = 0; i < count; ++i) {
      Payment payment;
      payment.debit = accounts_[1 + i % (accounts_.size() - 1)];
      payment.credit = accounts_[0];  // which pays nobody, so that nothing resolves
      payment.asset = kAsset;
      payment.amount = Amount::from_u64(std::uint64_t{1} << 62);
      batch->envelopes.push_back(envelope(payment, ClientReference{std::to_string(i), 20261123}));
    }
    execute(batch);
  }

  std::uint64_t execute(std::shared_ptr<const DecodedBatch> batch) {
    time_ = TimestampMs(time_.value() + 1);
    const auto output = executor_->execute(
        {{executor_->height().next(), time_, executor_->epochs().current}, {std::move(batch)}});
    if (!output) throw std::runtime_error(output.error().message);
    state_.commit(output->delta);
    return output->settled_transfers;
  }

 private:
  std::pair<AccountId, AccountId> pair() {
    std::uniform_int_distribution<std::size_t> any(0, accounts_.size() - 1);
    const std::size_t debit = any(random_);
    std::size_t credit = any(random_);
    if (credit == debit) credit = (credit + 1) % accounts_.size();
    return {accounts_[debit], accounts_[credit]};
  }
  void fund() {
    auto batch = std::make_shared<DecodedBatch>();
    batch->envelopes.push_back(envelope(Issue{
        kAsset, accounts_[0], Amount::from_u64(accounts_.size() * std::uint64_t{1'000'000'000})}));
    for (std::size_t first = 1; first < accounts_.size(); first += kBulkRecordsMax) {
      BulkTransfer operation;
      const std::size_t end = std::min(accounts_.size(), first + kBulkRecordsMax);
      for (std::size_t i = first; i < end; ++i) {
        BulkRecord record;
        record.debit = accounts_[0];
        record.credit = accounts_[i];
        record.amount = Amount::from_u64(1'000'000'000);
        record.asset = kAsset;
        append_record(operation.records, record);
      }
      batch->envelopes.push_back(envelope(operation));
    }
    execute(batch);
  }

  std::unique_ptr<crypto::LocalSigner> key_;
  StateTree tree_;
  HashState state_;
  ChainInfo chain_;
  std::unique_ptr<Executor> executor_;
  std::vector<AccountId> accounts_;
  TimestampMs time_;
  std::uint64_t counter_ = 0;
  std::mt19937_64 random_{42};
};

void run(benchmark::State& bench, Bank& bank, std::size_t envelopes, std::size_t records) {
  std::uint64_t settled = 0;
  for (auto _ : bench) {
    bench.PauseTiming();
    auto batch = std::make_shared<DecodedBatch>();
    for (std::size_t i = 0; i < envelopes; ++i) {
      batch->envelopes.push_back(records == 0 ? bank.single() : bank.bulk(records));
    }
    bench.ResumeTiming();
    settled += bank.execute(std::move(batch));
  }
  bench.SetItemsProcessed(static_cast<std::int64_t>(settled));
}

// Blocks of 8 bulk transfers of 8,190 records each; argument: accounts.
void BM_Bulk(benchmark::State& bench) {
  Bank bank(static_cast<std::size_t>(bench.range(0)));
  run(bench, bank, 8, kBulkRecordsMax);
}
BENCHMARK(BM_Bulk)->Arg(100)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

// The same beside payments that stand in the queues of all 10,000 accounts, resolved when due;
// argument: how many stand.
void BM_BulkBesideQueues(benchmark::State& bench) {
  Bank bank(10'000);
  bank.queue(static_cast<std::size_t>(bench.range(0)));
  run(bench, bank, 8, kBulkRecordsMax);
}
BENCHMARK(BM_BulkBesideQueues)->Arg(0)->Arg(50'000)->Unit(benchmark::kMillisecond);

// Blocks of 4,096 transfers with a signature each (not verified here).
void BM_Single(benchmark::State& bench) {
  Bank bank(static_cast<std::size_t>(bench.range(0)));
  run(bench, bank, 4096, 0);
}
BENCHMARK(BM_Single)->Arg(10'000)->Unit(benchmark::kMillisecond);

// Decoding an envelope that carries one transfer, or 8,190.
void BM_DecodeSingle(benchmark::State& bench) {
  const auto key = signer(1);
  const ChainInfo chain;
  Transfer transfer;
  transfer.amount = Amount::from_u64(1);
  crypto::Signer* signers[] = {key.get()};
  const auto bytes =
      sign_transaction(TransactionBuilder(chain, kBank).operation(transfer), signers)->envelope;
  for (auto _ : bench) benchmark::DoNotOptimize(decode_envelope(chain, bytes));
  bench.SetItemsProcessed(bench.iterations());
}
BENCHMARK(BM_DecodeSingle);

void BM_DecodeBulk(benchmark::State& bench) {
  const auto key = signer(1);
  const ChainInfo chain;
  BulkTransfer bulk;
  for (std::size_t i = 0; i < kBulkRecordsMax; ++i) append_record(bulk.records, BulkRecord{});
  crypto::Signer* signers[] = {key.get()};
  const auto bytes =
      sign_transaction(TransactionBuilder(chain, kBank).operation(bulk), signers)->envelope;
  for (auto _ : bench) benchmark::DoNotOptimize(decode_envelope(chain, bytes));
  bench.SetItemsProcessed(bench.iterations() * static_cast<std::int64_t>(kBulkRecordsMax));
}
BENCHMARK(BM_DecodeBulk)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace huangpu::ledger

BENCHMARK_MAIN();
