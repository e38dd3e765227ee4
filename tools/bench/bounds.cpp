#include "tools/bench/bounds.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <optional>
#include <random>
#include <utility>

#include "crypto/hash/hasher.hpp"
#include "crypto/sign/signer.hpp"
#include "crypto/sign/verifier.hpp"
#include "ledger/codec/transaction_builder.hpp"
#include "ledger/executor/executor.hpp"
#include "ledger/store/file_system.hpp"

namespace huangpu::tools {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// The state in a map: what an executor costs without any store behind it.
class MapReader final : public ledger::StateReader {
 public:
  std::optional<Bytes> get(ByteView key) const override {
    const auto found = entries_.find(Bytes(key.begin(), key.end()));
    return found == entries_.end() ? std::nullopt : std::optional(found->second);
  }
  void scan(ByteView prefix, const Visitor& visit) const override {
    const Bytes first(prefix.begin(), prefix.end());
    for (auto it = entries_.lower_bound(first); it != entries_.end(); ++it) {
      if (it->first.size() < first.size() ||
          !std::equal(first.begin(), first.end(), it->first.begin()))
        return;
      if (!visit(it->first, it->second)) return;
    }
  }
  void apply(const ledger::StateDelta& delta) {
    for (const Bytes& prefix : delta.erased_aux_prefixes) {
      auto it = entries_.lower_bound(prefix);
      while (it != entries_.end() && it->first.size() >= prefix.size() &&
             std::equal(prefix.begin(), prefix.end(), it->first.begin())) {
        it = entries_.erase(it);
      }
    }
    for (const auto& change : delta.changes) {
      if (change.value) {
        entries_[change.key] = *change.value;
      } else {
        entries_.erase(change.key);
      }
    }
  }

 private:
  std::map<Bytes, Bytes> entries_;
};

struct World {
  ledger::Genesis genesis;
  std::unique_ptr<crypto::LocalSigner> issuer;
  std::unique_ptr<crypto::LocalSigner> bank;
  std::vector<ledger::AccountId> accounts;
};

constexpr ledger::ParticipantId kIssuer{1};
constexpr ledger::ParticipantId kBank{2};
constexpr ledger::AssetId kAsset{1};

ledger::BulkRecord transfer(const ledger::AccountId& debit, const ledger::AccountId& credit,
                            std::uint64_t units) {
  ledger::BulkRecord record;
  record.debit = debit;
  record.credit = credit;
  record.amount = Amount::from_u64(units);
  record.asset = kAsset;
  return record;
}

Result<World> make_world(std::uint32_t accounts) {
  World world;
  ledger::Genesis& genesis = world.genesis;
  HP_TRY_ASSIGN(world.issuer, crypto::LocalSigner::generate(genesis.suite));
  HP_TRY_ASSIGN(world.bank, crypto::LocalSigner::generate(genesis.suite));
  genesis.chain_name = "executor-alone";
  genesis.time = TimestampMs{1'000'000'000'000};
  ledger::GenesisParticipant issuer{kIssuer, "ISSUER", "Issuer", {}, 1};
  issuer.roles.add(ledger::Role::kIssuer);
  ledger::GenesisParticipant bank{kBank, "BANK", "Bank", {}, 1};
  bank.roles.add(ledger::Role::kParticipant);
  genesis.participants = {issuer, bank};
  HP_TRY_ASSIGN(const auto validator_key, crypto::LocalSigner::generate(genesis.suite));
  genesis.validators = {{"only", kBank, validator_key->public_key(),
                         crypto::hash(genesis.suite, {as_bytes("no peers")})}};
  genesis.keys = {{kIssuer, world.issuer->public_key()}, {kBank, world.bank->public_key()}};
  genesis.assets = {{kAsset, "CNY", 2, kIssuer}};
  ledger::GenesisAccounts opened;
  opened.participant = kBank;
  opened.number = 1;
  opened.count = accounts;
  genesis.accounts = {opened};
  for (std::uint32_t i = 1; i <= accounts; ++i)
    world.accounts.push_back(ledger::account_id(genesis.suite, kBank, i));
  return world;
}

// Executes blocks of the given operations as if their signatures were verified.
class Alone {
 public:
  static Result<std::unique_ptr<Alone>> open(const World& world) {
    auto alone = std::unique_ptr<Alone>(new Alone(world));
    HP_TRY_ASSIGN(const auto first, ledger::apply_genesis(world.genesis, alone->tree_));
    alone->reader_.apply(first.entries);
    HP_TRY_ASSIGN(alone->executor_,
                  ledger::Executor::open(world.genesis, alone->reader_, alone->tree_));
    return alone;
  }

  Result<std::shared_ptr<const ledger::DecodedBatch>> batch(
      std::vector<ledger::Operation> operations, ledger::ParticipantId submitter,
      crypto::Signer& signer) {
    const ledger::ChainInfo chain{world_.genesis.suite, ledger::chain_id(world_.genesis)};
    auto batch = std::make_shared<ledger::DecodedBatch>();
    batch->position = LanePosition{++position_};
    for (ledger::Operation& operation : operations) {
      ledger::TransactionBuilder builder(chain, submitter);
      builder.valid(TimestampMs{time_}, TimestampMs{time_ + 60'000 + next_++ % 50'000})
          .operation(std::move(operation));
      crypto::Signer* one = &signer;
      HP_TRY_ASSIGN(const auto made,
                    ledger::sign_transaction(std::move(builder), std::span(&one, 1)));
      HP_TRY_ASSIGN(auto decoded, ledger::decode_envelope(chain, made.envelope));
      batch->envelopes.push_back(std::move(decoded));
    }
    return std::shared_ptr<const ledger::DecodedBatch>(std::move(batch));
  }

  Result<std::uint64_t> execute(std::shared_ptr<const ledger::DecodedBatch> batch) {
    ledger::BlockInput input;
    time_ += 10;
    input.context = {Height{++height_}, TimestampMs{time_}, Epoch{1}};
    input.batches = {std::move(batch)};
    HP_TRY_ASSIGN(const ledger::BlockOutput output, executor_->execute(input));
    const auto begin = Clock::now();
    reader_.apply(output.delta);
    storing_ += seconds_since(begin);
    return output.settled_transfers;
  }

  [[nodiscard]] double seconds_storing() const { return storing_; }

 private:
  explicit Alone(const World& world)
      : world_(world), tree_(world.genesis.suite), time_(world.genesis.time.value()) {}

  const World& world_;
  ledger::StateTree tree_;
  MapReader reader_;
  std::unique_ptr<ledger::Executor> executor_;
  std::uint64_t height_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t next_ = 0;
  std::uint64_t time_;
  double storing_ = 0;
};

struct Slice {
  double done = 0;
  double seconds = 0;
};

Result<std::vector<Slice>> verify_slices(crypto::SuiteId suite) {
  HP_TRY_ASSIGN(const auto signer, crypto::LocalSigner::generate(suite));
  const Bytes message(64, 7);
  HP_TRY_ASSIGN(const auto signature, signer->sign(message));
  std::vector<Slice> slices(10);
  for (Slice& slice : slices) {
    const auto begin = Clock::now();
    while (slice.seconds < 0.1) {
      for (int i = 0; i < 50; ++i) {
        slice.done += crypto::verify(signer->public_key(), message, signature) ? 1 : 0;
      }
      slice.seconds = seconds_since(begin);
    }
  }
  return slices;
}

Result<std::vector<Slice>> executor_slices(std::uint32_t accounts, std::uint64_t seed) {
  HP_TRY_ASSIGN(const World world, make_world(accounts));
  HP_TRY_ASSIGN(const auto alone, Alone::open(world));
  std::mt19937_64 random(seed);
  constexpr std::uint64_t kUnitsEach = 1'000'000;
  ledger::Issue issue{kAsset, world.accounts.front(), Amount::from_u64(kUnitsEach * accounts)};
  HP_TRY_ASSIGN(auto issued, alone->batch({issue}, kIssuer, *world.issuer));
  HP_TRY(alone->execute(std::move(issued)));
  for (std::size_t first = 1; first < world.accounts.size(); first += ledger::kBulkRecordsMax) {
    ledger::BulkTransfer spread;
    const std::size_t last =
        std::min<std::size_t>(world.accounts.size(), first + ledger::kBulkRecordsMax);
    for (std::size_t i = first; i < last; ++i) {
      ledger::append_record(spread.records,
                            transfer(world.accounts.front(), world.accounts[i], kUnitsEach));
    }
    HP_TRY_ASSIGN(auto batch, alone->batch({std::move(spread)}, kBank, *world.bank));
    HP_TRY(alone->execute(std::move(batch)));
  }

  std::vector<std::shared_ptr<const ledger::DecodedBatch>> load;
  constexpr int kBatches = 24;
  for (int i = 0; i < kBatches; ++i) {
    ledger::BulkTransfer bulk;
    for (std::uint32_t k = 0; k < ledger::kBulkRecordsMax; ++k) {
      const std::size_t from = random() % world.accounts.size();
      const std::size_t to =
          (from + 1 + random() % (world.accounts.size() - 1)) % world.accounts.size();
      ledger::append_record(bulk.records, transfer(world.accounts[from], world.accounts[to], 1));
    }
    HP_TRY_ASSIGN(auto batch, alone->batch({std::move(bulk)}, kBank, *world.bank));
    load.push_back(std::move(batch));
  }
  // A few blocks each.
  constexpr std::size_t kSliceBlocks = 6;
  std::vector<Slice> slices;
  for (std::size_t first = 0; first + kSliceBlocks <= load.size(); first += kSliceBlocks) {
    const double stored_before = alone->seconds_storing();
    const auto begin = Clock::now();
    std::uint64_t transfers = 0;
    for (std::size_t i = first; i < first + kSliceBlocks; ++i) {
      HP_TRY_ASSIGN(const std::uint64_t settled, alone->execute(std::move(load[i])));
      transfers += settled;
    }
    const double seconds = seconds_since(begin) - (alone->seconds_storing() - stored_before);
    slices.push_back({static_cast<double>(transfers), seconds});
  }
  return slices;
}

// `measure` on every core at once; the mean over all slices and the best of them.
template <class Measure>
Result<Rate> on_all_cores(unsigned cores, const Measure& measure) {
  std::vector<std::future<Result<std::vector<Slice>>>> running;
  for (unsigned i = 0; i < cores; ++i) running.push_back(std::async(std::launch::async, measure));
  Rate rate;
  Slice all;
  std::optional<Error> failure;
  for (auto& one : running) {
    const auto slices = one.get();
    if (!slices) {
      failure = slices.error();
      continue;
    }
    for (const Slice& slice : *slices) {
      all.done += slice.done;
      all.seconds += slice.seconds;
      rate.best = std::max(rate.best, slice.done / slice.seconds);
    }
  }
  if (failure) return tl::unexpected(*failure);
  rate.mean = all.done / all.seconds;
  return rate;
}

}  // namespace

Rate together(const Rate& before, const Rate& after) {
  return {(before.mean + after.mean) / 2, std::max(before.best, after.best)};
}

Result<Rate> verify_rate(crypto::SuiteId suite, unsigned cores) {
  return on_all_cores(cores, [suite] { return verify_slices(suite); });
}

Result<Rate> executor_rate(std::uint32_t accounts, std::uint64_t seed, unsigned cores) {
  return on_all_cores(cores, [=] { return executor_slices(accounts, seed); });
}

Result<std::vector<double>> sync_micros(const std::filesystem::path& folder, std::size_t count) {
  ledger::FileSystem& files = ledger::posix_file_system();
  const std::string path = (folder / "sync-probe").string();
  static_cast<void>(files.remove(path));  // of an interrupted run; a new file is made next
  std::vector<double> micros;
  {
    HP_TRY_ASSIGN(const auto file, files.open(path, ledger::OpenMode::kCreateNew));
    const Bytes block(4'096, 1);
    const ByteView part(block);
    for (std::size_t i = 0; i < count; ++i) {
      const auto begin = Clock::now();
      HP_TRY(file->write_at((i % 64) * block.size(), std::span(&part, 1)));
      HP_TRY(file->sync());
      if (i >= 64) micros.push_back(seconds_since(begin) * 1e6);  // the first round makes the file
    }
  }
  HP_TRY(files.remove(path));
  std::sort(micros.begin(), micros.end());
  return micros;
}

}  // namespace huangpu::tools
