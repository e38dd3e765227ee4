#include "tests/unit/tools/wallet/fake_chain.hpp"

#include "crypto/base/codec.hpp"
#include "crypto/hash/hasher.hpp"
#include "ledger/types/result_code.hpp"

namespace huangpu::tools::test {

using ledger::ResultCode;
using node::TransactionStage;
using node::TransactionUpdate;

class FakeChain::Stream final : public node::SubmitStream {
 public:
  Stream(FakeChain& chain, OnUpdate on_update) : chain_(chain), on_update_(std::move(on_update)) {}

  Status send(std::uint64_t sequence, ByteView envelope) override {
    if (ended_) return fail(Errc::kUnavailable, "the stream has ended");
    const std::size_t number = chain_.submissions++;
    if (chain_.before_submit) chain_.before_submit(number);
    const Bytes bytes = to_bytes(envelope);
    const auto& reference = chain_.signed_.at(bytes).reference;
    if (const auto used = chain_.used_.find(reference); used != chain_.used_.end()) {
      const bool same = used->second.operation == chain_.signed_.at(bytes).operation;
      tell(sequence, used->second.txid, TransactionStage::kRejected,
           same ? ResultCode::kReferenceRepeated : ResultCode::kReferenceConflict);
      return {};
    }
    switch (chain_.fate ? chain_.fate(number) : Fate::kSettle) {
      case Fate::kSettle:
        tell(sequence, {}, TransactionStage::kAdmitted, ResultCode::kSettled);
        chain_.act(bytes);
        tell(sequence, chain_.used_.at(reference).txid, TransactionStage::kFinal,
             ResultCode::kSettled);
        return {};
      case Fate::kLoseAnswer:
        tell(sequence, {}, TransactionStage::kAdmitted, ResultCode::kSettled);
        chain_.act(bytes);
        ended_ = true;
        return {};
      case Fate::kDie:
        ended_ = true;
        return {};
      case Fate::kExpire:
        tell(sequence, {}, TransactionStage::kExpired, ResultCode::kSettled);
        return {};
      case Fate::kBusy:
        tell(sequence, {}, TransactionStage::kRejected, ResultCode::kBusy);
        return {};
      case Fate::kExecuteExpired:
        tell(sequence, {}, TransactionStage::kFinal, ResultCode::kExpired);
        return {};
    }
    return {};
  }
  Status finish(std::chrono::milliseconds) override { return {}; }
  [[nodiscard]] bool has_ended() const override { return ended_; }

 private:
  void tell(std::uint64_t sequence, const ledger::TxId& txid, TransactionStage stage,
            ResultCode code) {
    TransactionUpdate update;
    update.txid = txid;
    update.stage = stage;
    update.code = static_cast<std::uint16_t>(code);
    update.height = Height{7};
    on_update_(sequence, update);
  }

  FakeChain& chain_;
  const OnUpdate on_update_;
  bool ended_ = false;
};

Result<std::unique_ptr<node::SubmitStream>> FakeChain::open_stream(
    node::SubmitStream::OnUpdate on_update, std::size_t) {
  ++streams_opened;
  return std::unique_ptr<node::SubmitStream>(std::make_unique<Stream>(*this, std::move(on_update)));
}

void FakeChain::act(const Bytes& envelope) {
  const Signed& what = signed_.at(envelope);
  Used used;
  used.txid = ledger::TxId{crypto::sha256(envelope)};
  used.operation = what.operation;
  used.result.txid = used.txid;
  used.result.height = Height{7};
  if (const auto* bulk = std::get_if<ledger::BulkTransfer>(&what.operation)) {
    used.result.record_codes = Bytes(bulk->records.size() / ledger::kBulkRecordBytes, 0);
  }
  used_[what.reference] = used;
  ++acted[what.reference.first];
}

Result<TransactionUpdate> FakeChain::find(const std::string& reference, std::uint32_t date) {
  const auto used = used_.find({reference, date});
  if (used == used_.end()) return fail(Errc::kNotFound, "no such transaction");
  TransactionUpdate update;
  update.txid = used->second.txid;
  update.stage = TransactionStage::kFinal;
  update.height = used->second.result.height;
  update.code = used->second.result.code;
  return update;
}

std::vector<Result<TransactionUpdate>> FakeChain::find_many(
    const std::vector<std::string>& references, std::uint32_t date) {
  std::vector<Result<TransactionUpdate>> answers;
  answers.reserve(references.size());
  for (const std::string& reference : references) answers.push_back(find(reference, date));
  return answers;
}

Result<PaymentChain::Proven> FakeChain::prove(const ledger::TxId& txid) {
  for (const auto& [reference, used] : used_) {
    if (used.txid == txid) return Proven{used.operation, used.result};
  }
  return fail(Errc::kNotFound, "no such transaction");
}

Result<Bytes> FakeChain::sign(const std::string& reference, std::uint32_t date,
                              const ledger::Operation& operation) {
  // A new window every time, hence a new envelope.
  Bytes envelope = Writer().blob(as_bytes(reference)).u32(date).u64(signed_.size()).take();
  signed_[envelope] = Signed{{reference, date}, operation};
  return envelope;
}

}  // namespace huangpu::tools::test
