#include "ledger/executor/executor.hpp"

#include <algorithm>
#include <string>

#include "crypto/base/mutant.hpp"
#include "crypto/hash/merkle.hpp"
#include "ledger/executor/conservation.hpp"
#include "ledger/executor/transaction_runner.hpp"
#include "ledger/rules/settlement_run.hpp"
#include "ledger/types/state_key.hpp"

namespace huangpu::ledger {

class Executor::Impl {
 public:
  Impl(const Genesis& genesis, StateReader& reader, StateTree& tree, ExecutorOptions options)
      : suite_(genesis.suite),
        reader_(reader),
        tree_(tree),
        options_(options),
        overlay_(genesis.suite, reader, options.observer != nullptr),
        ring_(genesis.suite),
        references_(genesis.suite, genesis.ledger.reference_days, reader),
        governance_(reader),
        settlement_(genesis.suite, genesis.ledger.reference_days, reader) {}

  Status load() {
    const auto stored = reader_.get(clock_key());
    HP_TRY(reader_.health());
    if (!stored) return fail(Errc::kCorrupt, "the state has no clock: genesis was not applied");
    HP_TRY_ASSIGN(clock_, ClockValue::decode(*stored));
    HP_TRY(ring_.load(reader_));
    HP_TRY(governance_.load());
    HP_TRY(settlement_.load());
    return reader_.health();
  }

  Result<BlockOutput> execute(const BlockInput& input) {
    HP_TRY(check_next(input.context));
    overlay_.trim(options_.cached_entries_max);
    if (!settlement_loaded_) HP_TRY(reload_settlement());
    auto output = run(input);
    if (!output) {
      ring_.undo();
      overlay_.clear();
      references_.end_block();
      governance_.undo();
      settlement_loaded_ = false;
      return output;
    }
    // Nothing below can fail: the block stands.
    output->state_root = tree_.apply(input.context.height, leaf_changes(suite_, output->delta));
    ring_.accept(input.context.height, input.context.time);
    references_.end_block();
    governance_.accept();
    settlement_.accept();
    notify();
    overlay_.accept();
    clock_ = ClockValue{input.context.height, input.context.time};
    return output;
  }

  [[nodiscard]] const ClockValue& clock() const { return clock_; }
  [[nodiscard]] const GovernanceBook& governance() const { return governance_; }
  [[nodiscard]] Result<EpochValue> epoch_value(Epoch epoch) const {
    const auto stored = reader_.get(epoch_key(epoch));
    HP_TRY(reader_.health());
    if (!stored)
      return fail(Errc::kCorrupt, "the state has no epoch " + std::to_string(epoch.value()));
    return EpochValue::decode(*stored);
  }

 private:
  // After a block that failed, the book is as the state has it again.
  Status reload_settlement() {
    HP_TRY(settlement_.load());
    HP_TRY(reader_.health());
    settlement_loaded_ = true;
    return {};
  }

  Status check_next(const BlockContext& context) const {
    if (context.height != clock_.height.next()) {
      return fail(Errc::kInvalidArgument, "block " + std::to_string(context.height.value()) +
                                              " does not follow block " +
                                              std::to_string(clock_.height.value()));
    }
    if (context.time <= clock_.time) {
      return fail(Errc::kInvalidArgument, "block " + std::to_string(context.height.value()) +
                                              " is not later than the block before");
    }
    if (context.epoch != governance_.epochs().current) {
      return fail(Errc::kInvalidArgument,
                  "block " + std::to_string(context.height.value()) + " is of epoch " +
                      std::to_string(context.epoch.value()) + ", the state of epoch " +
                      std::to_string(governance_.epochs().current.value()));
    }
    return {};
  }

  Result<BlockOutput> run(const BlockInput& input) {
    BlockOutput output;
    governance_.declare_ready(input.ready);
    // Settings are constant within an epoch: what this block accepts cannot change its own rules.
    TransactionRunner runner(RunnerParts{governance_.current().ledger, overlay_, ring_, references_,
                                         governance_, settlement_},
                             input.context, serial_);
    runner.prepare(input.batches);
    settlement_.begin_block(input.context.height, input.context.time, clock_.time);
    Settler settler(overlay_, settlement_);
    settler.begin_block();
    for (const auto& batch : input.batches) {
      for (const auto& envelope : batch->envelopes) {
        HP_TRY_ASSIGN(auto receipt, runner.run(*batch, envelope));
        output.settled_transfers += settled_transfers(receipt, envelope.transfer_count);
        output.encoded_receipts.push_back(encode_receipt(receipt));
        output.receipts.push_back(std::move(receipt));
      }
    }
    // Planted bug: an order that differs from process to process.
    if (HP_MUTANT(21)) std::ranges::sort(output.encoded_receipts, {}, std::ranges::data);
    output.receipts_root =
        crypto::merkle_root(suite_, std::span<const Bytes>(output.encoded_receipts));
    settler.end_block();
    output.settled_transfers += settlement_.settled_in_block();
    governance_.end_block(input.context.height, input.context.time);
    output.epochs_changed = governance_.epochs_changed();
    HP_TRY(overlay_.status());
    HP_TRY(governance_.status());
    HP_TRY(check_conservation(output));
    HP_TRY(write_delta(input.context, output.delta));
    HP_TRY(reader_.health());
    return output;
  }

  // SPEC L-62: always on. Sums the balances, whatever the operations believed they did.
  Status check_conservation(BlockOutput& output) const {
    BlockConservation check;
    for (const BalanceSlot* slot : overlay_.changed_balances()) {
      check.balance_changed(slot->id.asset, slot->balance_before, slot->value.balance());
    }
    for (const AssetSlot* slot : overlay_.changed_assets()) {
      const auto issued = slot->value.issued.checked_sub(slot->issued_before);
      const auto redeemed = slot->value.redeemed.checked_sub(slot->redeemed_before);
      if (!issued || !redeemed) return fail(Errc::kDiverged, "a count of issued units went down");
      check.supply_changed(slot->id, *issued, *redeemed);
      output.supply.push_back(SupplyChange{slot->id, slot->value.issued, slot->value.redeemed});
    }
    std::ranges::sort(output.supply, {}, &SupplyChange::asset);
    return check.verdict();
  }

  Status write_delta(const BlockContext& context, StateDelta& delta) const {
    delta.changes = overlay_.take_changes();
    ring_.write_changes(context.height, context.time, delta);
    HP_TRY(references_.write_changes(context.height, clock_.time, context.time, delta));
    governance_.write_changes(delta);
    HP_TRY(settlement_.write_changes(clock_.time, delta));
    delta.changes.push_back(Change{clock_key(), ClockValue{context.height, context.time}.encode()});
    std::ranges::sort(delta.changes, {}, &Change::key);
    return check_delta(delta);
  }

  void notify() const {
    if (options_.observer == nullptr) return;
    for (const auto& placed : overlay_.entries()) {
      options_.observer->on_entry(placed.account, placed.asset, placed.entry);
    }
  }

  crypto::SuiteId suite_;
  StateReader& reader_;
  StateTree& tree_;
  ExecutorOptions options_;
  Overlay overlay_;
  ReplayRing ring_;
  ReferenceBook references_;
  GovernanceBook governance_;
  SettlementBook settlement_;
  bool settlement_loaded_ = true;
  ClockValue clock_;
  std::uint64_t serial_ = 0;
};

Executor::Executor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Executor::~Executor() = default;

Result<std::unique_ptr<Executor>> Executor::open(const Genesis& genesis, StateReader& reader,
                                                 StateTree& tree, ExecutorOptions options) {
  auto impl = std::make_unique<Impl>(genesis, reader, tree, options);
  HP_TRY(impl->load());
  return std::unique_ptr<Executor>(new Executor(std::move(impl)));
}

Result<BlockOutput> Executor::execute(const BlockInput& input) { return impl_->execute(input); }

Height Executor::height() const { return impl_->clock().height; }
TimestampMs Executor::time() const { return impl_->clock().time; }
const EpochsValue& Executor::epochs() const { return impl_->governance().epochs(); }
const EpochSettings& Executor::settings() const { return impl_->governance().current(); }
Result<EpochValue> Executor::epoch_value(Epoch epoch) const { return impl_->epoch_value(epoch); }

Result<GenesisState> apply_genesis(const Genesis& genesis, StateTree& tree) {
  if (const auto errors = check_genesis(genesis); !errors.empty()) {
    return fail(Errc::kConfig, "genesis: " + errors.front());
  }
  GenesisState state;
  state.entries = genesis_entries(genesis);
  state.state_root = tree.rebuild(Height(0), leaf_changes(genesis.suite, state.entries));
  return state;
}

}  // namespace huangpu::ledger
