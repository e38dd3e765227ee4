#include "ledger/rules/bulk_transfer.hpp"

#include "ledger/rules/transfer.hpp"
#include "ledger/types/bulk_record.hpp"

namespace huangpu::ledger {
namespace {

constexpr auto kSettledByte = static_cast<std::uint8_t>(ResultCode::kSettled);
constexpr auto kUndoneByte = static_cast<std::uint8_t>(ResultCode::kUndone);

class Bulk {
 public:
  Bulk(TxContext& context, const BulkTransfer& bulk, BulkSlots slots, Bytes& codes)
      : context_(context),
        records_(BulkRecords::trusted(bulk.records)),
        slots_(slots),
        codes_(codes) {
    codes_.assign(records_.count(), kSettledByte);
  }

  void each_for_itself() {
    for (std::size_t i = 0; i < records_.count(); ++i)
      codes_[i] = byte_of(settle(i, records_.at(i)));
  }

  void in_chains() {
    for (std::size_t first = 0; first < records_.count();) first = chain(first, end_of(first));
  }

  // The code of the record that stopped it, if one did.
  ResultCode all_or_nothing() {
    chain(0, records_.count());
    for (const std::uint8_t code : codes_) {
      if (code != kSettledByte && code != kUndoneByte) return static_cast<ResultCode>(code);
    }
    return ResultCode::kSettled;
  }

  [[nodiscard]] ResultCode summary() const {
    std::size_t settled = 0;
    for (const std::uint8_t code : codes_) settled += code == kSettledByte ? 1 : 0;
    if (settled == codes_.size()) return ResultCode::kSettled;
    return settled == 0 ? ResultCode::kNoneSettled : ResultCode::kPartlySettled;
  }

 private:
  static std::uint8_t byte_of(ResultCode code) { return static_cast<std::uint8_t>(code); }

  ResultCode settle(std::size_t i, const BulkRecord& record) {
    return move(context_,
                Movement{*slots_[2 * i], *slots_[2 * i + 1], record.amount,
                         static_cast<std::uint32_t>(i), record.end_to_end, record.purpose});
  }

  [[nodiscard]] std::size_t end_of(std::size_t first) const {
    std::size_t last = first;
    while (records_.at(last).linked) ++last;  // the last record is never linked (SPEC L-14)
    return last + 1;
  }

  // Records [first, end) all settle, or none does: the one that could not keeps its code, the
  // others are undone.
  std::size_t chain(std::size_t first, std::size_t end) {
    if (end - first == 1) {
      codes_[first] = byte_of(settle(first, records_.at(first)));
      return end;
    }
    context_.state.begin_undo();
    for (std::size_t i = first; i < end; ++i) {
      const ResultCode code = settle(i, records_.at(i));
      if (code == ResultCode::kSettled) continue;
      context_.state.undo();
      for (std::size_t k = first; k < end; ++k) codes_[k] = kUndoneByte;
      codes_[i] = byte_of(code);
      return end;
    }
    context_.state.end_undo();
    return end;
  }

  TxContext& context_;
  BulkRecords records_;
  BulkSlots slots_;
  Bytes& codes_;
};

}  // namespace

ResultCode apply_bulk_transfer(TxContext& context, const BulkTransfer& bulk, BulkSlots slots,
                               Bytes& record_codes) {
  Bulk run(context, bulk, slots, record_codes);
  switch (bulk.mode) {
    case BulkMode::kIndependent:
      run.each_for_itself();
      break;
    case BulkMode::kAllOrNothing:
      return run.all_or_nothing();
    case BulkMode::kLinked:
      run.in_chains();
      break;
  }
  return run.summary();
}

}  // namespace huangpu::ledger
