#include "tests/sim/clients.hpp"

#include <array>
#include <utility>

#include "crypto/base/assert.hpp"
#include "ledger/codec/transaction_builder.hpp"
#include "ledger/types/bulk_record.hpp"

namespace huangpu::sim {

namespace {

constexpr std::uint64_t kEarlyMs = 10'000;  // clocks of validators may be behind
constexpr std::uint64_t kLifeMs = 90'000;
constexpr std::uint32_t kReferenceDay = 2026'11'23;

}  // namespace

Clients::Clients(Scheduler& scheduler, const SimChain& chain, Random random, Submit submit)
    : scheduler_(scheduler), chain_(chain), random_(random), submit_(std::move(submit)) {}

TimestampMs Clients::wall() const {
  return TimestampMs{chain_.genesis.time.value() + scheduler_.now() / kMillisecond};
}

void Clients::start(Micros mean) { tick(mean, ++load_); }

void Clients::tick(Micros mean, std::uint64_t load) {
  scheduler_.after(random_.between(1, 2 * mean), [this, mean, load] {
    if (load != load_) return;
    submit_one();
    tick(mean, load);
  });
}

void Clients::retry_every(Micros pause) {
  scheduler_.after(pause, [this, pause] {
    for (auto at = open_.begin(); at != open_.end();) {
      if (at->second.until < wall()) {
        at = open_.erase(at);  // it may still be final; nobody waits for it any more
      } else {
        send(at->second.envelope);
        ++at;
      }
    }
    retry_every(pause);
  });
}

ledger::Operation Clients::draw(std::size_t& participant) {
  const auto any = [&]() -> const SimAccount& {
    return chain_.accounts[random_.below(chain_.accounts.size())];
  };
  const auto asset = [&] { return chain_.assets[random_.below(chain_.assets.size())]; };
  const std::uint64_t kind = random_.below(100);
  // The first ones fill the accounts.
  if (submitted_ < 2 * chain_.accounts.size() || kind < 8) {
    participant = 0;
    return ledger::Issue{asset(), any().id, Amount::from_u64(random_.between(1, 1'000'000))};
  }
  if (kind < 12) {
    participant = 0;
    return ledger::Redeem{asset(), chain_.accounts[0].id,
                          Amount::from_u64(random_.between(1, 100'000))};
  }
  const SimAccount& debit = any();
  participant = debit.participant;
  if (kind < 30) {
    ledger::BulkTransfer bulk;
    const std::array modes = {ledger::BulkMode::kIndependent, ledger::BulkMode::kAllOrNothing,
                              ledger::BulkMode::kLinked};
    bulk.mode = modes[random_.below(modes.size())];
    const std::uint64_t count = random_.between(1, 12);
    for (std::uint64_t i = 0; i < count; ++i) {
      ledger::BulkRecord record;
      record.debit = debit.id;
      record.credit = any().id;
      record.asset = asset();
      record.amount = Amount::from_u64(random_.between(0, 50'000));
      record.linked =
          bulk.mode == ledger::BulkMode::kLinked && i + 1 < count && random_.chance(500);
      ledger::append_record(bulk.records, record);
    }
    return bulk;
  }
  return ledger::Transfer{
      debit.id, any().id, asset(), Amount::from_u64(random_.between(0, 100'000)), {}, {}};
}

void Clients::submit_one() {
  std::size_t participant = 0;
  ledger::Operation operation = draw(participant);
  std::optional<std::uint64_t> reference;
  if (lost_ && random_.chance(300)) {
    participant = lost_->participant;
    operation = std::move(lost_->operation);
    reference = lost_->reference;
    lost_.reset();
  } else if (random_.chance(200)) {
    reference = submitted_ + 1;
    if (random_.chance(300)) lost_ = {participant, operation, *reference};
  }
  submit(participant, std::move(operation), reference);
}

void Clients::submit(std::size_t participant, ledger::Operation operation,
                     std::optional<std::uint64_t> reference) {
  ++submitted_;
  const SimParticipant& by = chain_.participants[participant];
  const TimestampMs until{wall().value() + kLifeMs + random_.below(1'000)};
  ledger::TransactionBuilder builder(chain_.info, by.id);
  // The number makes two transactions of the same content different ones.
  builder.valid(TimestampMs{wall().value() - kEarlyMs - submitted_}, until)
      .operation(std::move(operation));
  if (reference) builder.reference("R" + std::to_string(*reference), kReferenceDay);
  std::array<crypto::Signer*, 1> signers = {by.signer};
  auto made = ledger::sign_transaction(std::move(builder), signers);
  HP_ASSERT(made.has_value(), "a client makes well-formed transactions");
  auto decoded = ledger::decode_envelope(chain_.info, made->envelope);
  HP_ASSERT(decoded.has_value(), "what was built decodes");
  node::AdmittedEnvelope envelope{std::make_shared<const Bytes>(std::move(made->envelope)),
                                  std::move(*decoded)};
  send(envelope);
  open_.emplace(made->txid, Open{std::move(envelope), until});
}

void Clients::send(const node::AdmittedEnvelope& envelope) {
  const std::size_t nodes = chain_.validators.size();
  const std::size_t first = random_.below(nodes);
  // Whoever is refused tries the next node; some send to several at once.
  std::size_t copies = random_.chance(100) ? 2 : 1;
  for (std::size_t i = 0; i < nodes && copies > 0; ++i) {
    if (submit_((first + i) % nodes, envelope)) --copies;
  }
}

void Clients::on_executed(std::size_t /*node*/, const ExecutedBlock& block) {
  const Height height = block.outcome.commit.height;
  if (height <= final_) return;  // executed again after a restart
  const auto [at, first] = answers_.try_emplace(height);
  if (!first) return;
  for (const ledger::Receipt& receipt : block.outcome.output.receipts) {
    if (ledger::is_answer(receipt.code)) at->second.push_back(receipt.txid);
  }
}

void Clients::on_final(std::size_t /*node*/, Height height) {
  if (height <= final_) return;
  final_ = height;
  for (auto at = answers_.begin(); at != answers_.end() && at->first <= height;
       at = answers_.erase(at)) {
    for (const ledger::TxId& txid : at->second) open_.erase(txid);
  }
}

}  // namespace huangpu::sim
