#include "tests/unit/node/api/fake_backend.hpp"

namespace huangpu::node::test {
namespace {

class MapSnapshot final : public ledger::StateReader {
 public:
  explicit MapSnapshot(std::map<Bytes, Bytes> entries) : entries_(std::move(entries)) {}

  std::optional<Bytes> get(ByteView key) const override {
    const auto found = entries_.find(to_bytes(key));
    if (found == entries_.end()) return std::nullopt;
    return found->second;
  }
  void scan(ByteView prefix, const Visitor& visit) const override {
    for (auto it = entries_.lower_bound(to_bytes(prefix)); it != entries_.end(); ++it) {
      const ByteView key(it->first);
      if (key.size() < prefix.size() || !equal(key.subspan(0, prefix.size()), prefix)) break;
      if (!visit(key, it->second)) break;
    }
  }

 private:
  const std::map<Bytes, Bytes> entries_;
};

}  // namespace

std::unique_ptr<ledger::StateReader> FakeBackend::state_snapshot() {
  const std::scoped_lock lock(mutex_);
  return std::make_unique<MapSnapshot>(state_);
}

Result<KeyIds> FakeBackend::keys_of(ledger::ParticipantId participant,
                                    const std::optional<crypto::KeyId>& after) {
  const std::scoped_lock lock(mutex_);
  KeyIds found;
  for (const auto& [key, value] : state_) {
    if (key[0] != static_cast<std::uint8_t>(ledger::StateTag::kKey)) continue;
    const crypto::KeyId id{crypto::Digest::from(ByteView(key).subspan(1))};
    if ((after && id <= *after) ||
        ledger::KeyValue::decode(value).value().participant != participant) {
      continue;
    }
    found.ids.push_back(id);
    if (found.ids.size() < keys_per_page) continue;
    found.next = id;
    break;
  }
  return found;
}

ledger::Genesis small_genesis() {
  ledger::Genesis genesis;
  genesis.chain_name = "test";
  genesis.participants.push_back({ledger::ParticipantId(1), "BANKA", "Bank A", {}, 1});
  genesis.participants.push_back({ledger::ParticipantId(2), "BANKB", "Bank B", {}, 1});
  genesis.assets.push_back({ledger::AssetId(1), "CNY", 2, ledger::ParticipantId(1)});
  genesis.assets.push_back({ledger::AssetId(2), "USD", 2, ledger::ParticipantId(1)});
  return genesis;
}

namespace {

ledger::TransactionBody body_of(std::uint32_t submitter) {
  ledger::TransactionBody body;
  body.chain = ledger::ChainId(digest(0x77));
  body.submitter = ledger::ParticipantId(submitter);
  body.valid_from = TimestampMs{1'000};
  body.valid_until = TimestampMs{60'000};
  body.signers = {crypto::KeyId(digest(0x55))};
  body.reference = ledger::ClientReference{"INV-1", 20261123};
  return body;
}

}  // namespace

ledger::TransactionBody transfer_body(std::uint32_t submitter, const ledger::AccountId& debit,
                                      const ledger::AccountId& credit, std::uint64_t units) {
  auto body = body_of(submitter);
  body.operation =
      ledger::Transfer{debit, credit, ledger::AssetId(1), Amount::from_u64(units), {}, {}};
  return body;
}

ledger::TransactionBody bulk_body(std::uint32_t submitter,
                                  const std::vector<ledger::BulkRecord>& records) {
  auto body = body_of(submitter);
  ledger::BulkTransfer bulk;
  for (const auto& record : records) ledger::append_record(bulk.records, record);
  body.operation = std::move(bulk);
  return body;
}

ledger::Receipt receipt_of(const ledger::TxId& id, ledger::ResultCode code) {
  ledger::Receipt receipt;
  receipt.txid = id;
  receipt.height = Height{1};
  receipt.position = LanePosition{1};
  receipt.code = code;
  return receipt;
}

}  // namespace huangpu::node::test
