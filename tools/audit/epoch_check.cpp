#include "tools/audit/epoch_check.hpp"

#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/hashing.hpp"
#include "consensus/codec/verify.hpp"
#include "crypto/sign/verifier.hpp"
#include "tools/verify/first_epoch.hpp"

namespace huangpu::tools {
namespace {

Finding wrong_epoch(const PendingBlock& block, std::string message, std::string expected,
                    std::string found) {
  Finding finding;
  finding.check = Check::kEpoch;
  finding.height = block.height;
  finding.offset = block.offset;
  finding.subject = "block " + std::to_string(block.height.value());
  finding.message = std::move(message);
  finding.expected = std::move(expected);
  finding.found = std::move(found);
  return finding;
}

}  // namespace

// SPEC A-31.
Checked<crypto::Digest> EpochCheck::end_at(const ledger::Executor& executor,
                                           const PendingBlock& block) const {
  const ledger::EpochsValue& epochs = executor.epochs();
  const consensus::BlockHeader& header = block.record.stored.block.header;
  const auto current = epoch_record(chain_.suite, epochs.current, executor.settings());
  if (!current || *current != *block.epoch) {
    return report(wrong_epoch(block, "the block is under another epoch record than the state has",
                              "epoch " + std::to_string(epochs.current.value()),
                              "epoch " + std::to_string(block.epoch->epoch.value())));
  }
  crypto::Digest expected;
  if (epochs.announced && epochs.announced->end_at == block.height) {
    const auto next = epoch_record(chain_.suite, epochs.current.next(), epochs.announced->settings);
    if (next) expected = consensus::epoch_hash(chain_.suite, *next);
  }
  if (header.next_epoch_hash != expected) {
    return report(wrong_epoch(block,
                              expected.is_zero()
                                  ? "the block ends the epoch, which nothing has announced"
                                  : "the block does not end the epoch as it was announced",
                              expected.hex(), header.next_epoch_hash.hex()));
  }
  return expected;
}

// SPEC A-32.
std::vector<std::string> EpochCheck::ready_in(const ledger::Executor& executor,
                                              const PendingBlock& block) const {
  std::vector<std::string> names;
  const ledger::EpochsValue& epochs = executor.epochs();
  const auto& items = block.record.stored.block.system;
  if (items.empty() || !epochs.pending) return names;
  const Epoch epoch(epochs.current.value() + (epochs.announced ? 2 : 1));
  const auto record = epoch_record(chain_.suite, epoch, *epochs.pending);
  if (!record) return names;
  const crypto::Digest hash = consensus::epoch_hash(chain_.suite, *record);
  const consensus::VerifyContext context{chain_, epoch, record->set, crypto::default_verifier()};
  for (const Bytes& item : items) {
    const auto ready = consensus::decode_system_item(item);
    if (!ready || ready->epoch_hash != hash || !consensus::verify_ready(context, *ready)) continue;
    names.push_back(record->set.at(ready->signer).name);
  }
  return names;
}

}  // namespace huangpu::tools
