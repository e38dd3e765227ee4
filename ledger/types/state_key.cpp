#include "ledger/types/state_key.hpp"

#include "crypto/base/codec.hpp"

namespace huangpu::ledger {
namespace {

Writer tagged(StateTag tag) {
  Writer writer(48);
  writer.u8(static_cast<std::uint8_t>(tag));
  return writer;
}

}  // namespace

Bytes participant_key(ParticipantId participant) {
  return tagged(StateTag::kParticipant).u32(participant.value()).take();
}

Bytes key_key(const crypto::KeyId& key) { return tagged(StateTag::kKey).raw(key.bytes()).take(); }

Bytes certificate_key(const CertificatePin& pin) {
  return tagged(StateTag::kCertificate).raw(pin.bytes()).take();
}

Bytes asset_key(AssetId asset) { return tagged(StateTag::kAsset).u32(asset.value()).take(); }

Bytes account_key(const AccountId& account) {
  return tagged(StateTag::kAccount).raw(account.bytes()).take();
}

Bytes balance_key(const AccountId& account, AssetId asset) {
  return tagged(StateTag::kBalance).raw(account.bytes()).u32(asset.value()).take();
}

Bytes balance_prefix(const AccountId& account) {
  return tagged(StateTag::kBalance).raw(account.bytes()).take();
}

Bytes nonce_key(const AccountId& account, std::uint32_t lane) {
  return tagged(StateTag::kNonce).raw(account.bytes()).u32(lane).take();
}

Bytes replay_bucket_key(std::uint64_t second) {
  return tagged(StateTag::kReplayBucket).u64(second).take();
}

Bytes reference_day_key(std::uint32_t day) {
  return tagged(StateTag::kReferenceDay).u32(day).take();
}

Bytes epoch_key(Epoch epoch) { return tagged(StateTag::kEpoch).u64(epoch.value()).take(); }

Bytes epochs_key() { return tagged(StateTag::kEpochs).take(); }

Bytes proposals_key() { return tagged(StateTag::kProposals).take(); }

Bytes proposal_key(std::uint64_t number) { return tagged(StateTag::kProposal).u64(number).take(); }

Bytes clock_key() { return tagged(StateTag::kClock).take(); }

Bytes replay_ids_key(std::uint64_t second, Height height) {
  return tagged(StateTag::kReplayIds).u64(second).u64(height.value()).take();
}

Bytes replay_ids_prefix(std::uint64_t second) {
  return tagged(StateTag::kReplayIds).u64(second).take();
}

Bytes replay_ids_prefix() { return tagged(StateTag::kReplayIds).take(); }

Bytes reference_key(std::uint32_t day, ParticipantId participant, std::string_view id) {
  return tagged(StateTag::kReference).u32(day).u32(participant.value()).tag(id).take();
}

Bytes reference_day_prefix(std::uint32_t day) {
  return tagged(StateTag::kReference).u32(day).take();
}

}  // namespace huangpu::ledger
