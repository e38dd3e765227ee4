// How proposals and epochs stand in the state (SPEC L-123, L-127).
#include "ledger/types/governance.hpp"

#include "ledger/types/stored_value.hpp"

namespace huangpu::ledger {

Bytes ProposalValue::encode() const {
  Writer writer = versioned(256);
  writer.u32(proposer.value())
      .u64(proposed.value())
      .u64(expires.value())
      .u8(static_cast<std::uint8_t>(status))
      .u64(closed.value());
  write(writer, change);
  writer.u32(static_cast<std::uint32_t>(votes.size()));
  for (const GovernanceVote& vote : votes)
    writer.u32(vote.participant.value()).u8(vote.approve ? 1 : 0);
  return writer.take();
}

Result<ProposalValue> ProposalValue::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  ProposalValue value;
  value.proposer = ParticipantId(reader.u32());
  value.proposed = Height(reader.u64());
  value.expires = TimestampMs(reader.u64());
  const std::uint8_t status = reader.u8();
  if (status < 1 || status > 6) reader.mark_failed("has an unknown status");
  value.status = static_cast<ProposalStatus>(status);
  value.closed = Height(reader.u64());
  value.change = read_change(reader);
  const std::uint32_t count = reader.count(kProposalVotesMax, 5);
  value.votes.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const ParticipantId participant(reader.u32());
    value.votes.push_back({participant, reader.boolean()});
  }
  HP_TRY(finish(reader, "proposal entry"));
  return value;
}

Bytes ProposalsValue::encode() const {
  Writer writer = versioned(64);
  writer.u64(made).u32(governors).u32(static_cast<std::uint32_t>(open.size()));
  for (const OpenProposal& proposal : open)
    writer.u64(proposal.number).u64(proposal.expires.value());
  return writer.take();
}

Result<ProposalsValue> ProposalsValue::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  ProposalsValue value;
  value.made = reader.u64();
  value.governors = reader.u32();
  const std::uint32_t count = reader.count(kOpenProposalsMax, 16);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t number = reader.u64();
    value.open.push_back({number, TimestampMs(reader.u64())});
  }
  HP_TRY(finish(reader, "proposals entry"));
  return value;
}

Bytes EpochValue::encode() const {
  Writer writer = versioned(1024);
  writer.u64(start.value());
  write(writer, settings);
  return writer.take();
}

Result<EpochValue> EpochValue::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  EpochValue value;
  value.start = Height(reader.u64());
  value.settings = read_epoch_settings(reader);
  HP_TRY(finish(reader, "epoch entry"));
  return value;
}

Bytes EpochsValue::encode() const {
  Writer writer = versioned(1024);
  writer.u64(current.value()).u64(start.value()).u8(pending ? 1 : 0);
  if (pending) write(writer, *pending);
  writer.u32(static_cast<std::uint32_t>(ready.size()));
  for (const std::string& name : ready) writer.blob(as_bytes(name));
  writer.u8(announced ? 1 : 0);
  if (announced) {
    writer.u64(announced->end_at.value());
    write(writer, announced->settings);
  }
  return writer.take();
}

Result<EpochsValue> EpochsValue::decode(ByteView bytes) {
  Reader reader = versioned(bytes);
  EpochsValue value;
  value.current = Epoch(reader.u64());
  value.start = Height(reader.u64());
  if (reader.boolean()) value.pending = read_epoch_settings(reader);
  const std::uint32_t count = reader.count(kMembersMax, 4);
  for (std::uint32_t i = 0; i < count; ++i)
    value.ready.emplace_back(as_text(reader.blob(kMemberNameCharsMax)));
  if (reader.boolean()) {
    Announcement announced;
    announced.end_at = Height(reader.u64());
    announced.settings = read_epoch_settings(reader);
    value.announced = std::move(announced);
  }
  HP_TRY(finish(reader, "epochs entry"));
  return value;
}

}  // namespace huangpu::ledger
