#include "consensus/codec/message_codec.hpp"

#include <string>

#include "consensus/codec/batch_codec.hpp"
#include "consensus/codec/block_codec.hpp"
#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/evidence_codec.hpp"

namespace huangpu::consensus {

// What a correct node may have to say fits into what a channel carries (SPEC C-51).
static_assert(1 + kProposalBytesMax <= kControlMessageBytesMax);
static_assert(1 + kCommitCertificateBytesMax <= kControlMessageBytesMax);
static_assert(1 + kBatchHeaderBytes + Signature::kEncodedBytesMax + kBatchEnvelopesMax * 4 +
                  kBatchBytesMax <=
              kBulkMessageBytesMax);
static_assert(1 + 4 + kStoredBlockBytesMax + 1 + kCommitCertificateBytesMax <=
              kBulkMessageBytesMax);

namespace {

constexpr std::size_t kLaneAckBytes = 2 + 8 + 8;
// Header, no cut, no system items, the epoch's genesis as the parent, no finalization: a lower
// bound that block 1 of a young chain comes close to.
constexpr std::size_t kStoredBlockBytesMin = kBlockHeaderBytes + 4 + 4 + 1 + 4 + 1;

void write_lanes(Writer& out, const std::vector<LaneAck>& lanes) {
  out.u32(static_cast<std::uint32_t>(lanes.size()));
  for (const LaneAck& ack : lanes) {
    out.u16(ack.lane.value()).u64(ack.pos.value()).u64(ack.prefix);
  }
}

std::vector<LaneAck> read_lanes(Reader& in) {
  const std::uint32_t count = in.count(kValidatorsMax, kLaneAckBytes);
  std::vector<LaneAck> lanes;
  lanes.reserve(count);
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    LaneAck ack;
    ack.lane = ValidatorIndex{in.u16()};
    ack.pos = LanePosition{in.u64()};
    ack.prefix = in.u64();
    if (ack.lane.value() >= kValidatorsMax || (i > 0 && ack.lane <= lanes.back().lane)) {
      in.mark_failed("has lanes out of order or range");
    }
    lanes.push_back(ack);
  }
  return lanes;
}

void write(Writer& out, const AckVector& acks) {
  out.u64(acks.epoch.value());
  write_lanes(out, acks.lanes);
}

AckVector read_ack_vector(Reader& in) {
  AckVector acks;
  acks.epoch = Epoch{in.u64()};
  acks.lanes = read_lanes(in);
  return acks;
}

void write(Writer& out, const PeerStatus& status) {
  out.u64(status.epoch.value()).u64(status.view.value()).u64(status.final_view.value());
  out.u64(status.final_height.value()).u64(status.notarized_view.value());
  out.u64(status.nullified_view.value()).u64(status.executed_height.value());
  out.u64(status.certified_height.value()).u8(status.quarantined ? 1 : 0);
  out.u8(status.rejoin_view ? 1 : 0);
  if (status.rejoin_view) out.u64(status.rejoin_view->value());
  write_lanes(out, status.lanes);
}

PeerStatus read_status(Reader& in) {
  PeerStatus status;
  status.epoch = Epoch{in.u64()};
  status.view = View{in.u64()};
  status.final_view = View{in.u64()};
  status.final_height = Height{in.u64()};
  status.notarized_view = View{in.u64()};
  status.nullified_view = View{in.u64()};
  status.executed_height = Height{in.u64()};
  status.certified_height = Height{in.u64()};
  status.quarantined = in.boolean();
  if (in.boolean()) status.rejoin_view = View{in.u64()};
  status.lanes = read_lanes(in);
  return status;
}

void write(Writer& out, const GetCertificate& request) {
  out.u8(static_cast<std::uint8_t>(request.kind)).u64(request.epoch.value());
  out.u64(request.position);
}

GetCertificate read_get_certificate(Reader& in) {
  GetCertificate request;
  const std::uint8_t kind = in.u8();
  if ((kind < 2 || kind > 4) && kind != 8) in.mark_failed("has an unknown certificate kind");
  request.kind = static_cast<CertificateKind>(in.ok() ? kind : 2);
  request.epoch = Epoch{in.u64()};
  request.position = in.u64();
  return request;
}

void write(Writer& out, const GetBlocks& request) {
  out.u64(request.from.value()).u32(request.max_count);
}

GetBlocks read_get_blocks(Reader& in) {
  GetBlocks request;
  request.from = Height{in.u64()};
  request.max_count = in.u32();
  if (request.max_count == 0 || request.max_count > kBlocksPerReplyMax) {
    in.mark_failed("asks for no or too many blocks");
  }
  return request;
}

void write(Writer& out, const GetBlockByHash& request) { out.digest(request.hash); }

GetBlockByHash read_get_block_by_hash(Reader& in) { return {in.digest()}; }

void write(Writer& out, const BlocksReply& reply) {
  out.u32(static_cast<std::uint32_t>(reply.blocks.size()));
  for (const StoredBlock& stored : reply.blocks) write(out, stored);
  out.u8(reply.commit_certificate ? 1 : 0);
  if (reply.commit_certificate) write(out, *reply.commit_certificate);
}

BlocksReply read_blocks_reply(Reader& in) {
  BlocksReply reply;
  const std::uint32_t count = in.count(kBlocksPerReplyMax, kStoredBlockBytesMin);
  reply.blocks.reserve(count);
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    reply.blocks.push_back(read_stored_block(in));
    const std::uint64_t height = reply.blocks.back().block.header.height.value();
    // Subtraction instead of +1: the height is whatever the peer wrote.
    if (i > 0 && (height == 0 || height - 1 != reply.blocks[i - 1].block.header.height.value())) {
      in.mark_failed("has blocks that do not follow each other");
    }
  }
  if (in.boolean()) reply.commit_certificate = read_commit_certificate(in);
  return reply;
}

void write(Writer& out, const GetBatches& request) {
  out.u64(request.epoch.value()).u16(request.lane.value());
  out.u64(request.from.value()).u64(request.to.value());
}

GetBatches read_get_batches(Reader& in) {
  GetBatches request;
  request.epoch = Epoch{in.u64()};
  request.lane = ValidatorIndex{in.u16()};
  request.from = LanePosition{in.u64()};
  request.to = LanePosition{in.u64()};
  if (request.from.value() == 0 || request.to < request.from ||
      request.to.value() - request.from.value() >= kBatchesPerRequestMax) {
    in.mark_failed("asks for no or too many batches");
  }
  return request;
}

void write(Writer& out, const GetViewReport& request) { out.u64(request.nonce); }

GetViewReport read_get_view_report(Reader& in) { return {in.u64()}; }

void write(Writer& out, const ViewReport& report) {
  out.u64(report.nonce).u64(report.epoch.value()).u64(report.view.value());
  out.u8(report.quarantined ? 1 : 0).u8(report.entered_by ? 1 : 0);
  if (report.entered_by) write(out, *report.entered_by);
}

ViewReport read_view_report(Reader& in) {
  ViewReport report;
  report.nonce = in.u64();
  report.epoch = Epoch{in.u64()};
  report.view = View{in.u64()};
  report.quarantined = in.boolean();
  if (in.boolean()) report.entered_by = read_certificate(in);
  return report;
}

Result<Message> decode_small(MessageKind kind, ByteView payload) {
  Reader in(payload);
  const auto done = [&in](auto value, const char* what) -> Result<Message> {
    HP_TRY(in.finish(what));
    return Message(std::move(value));
  };
  switch (kind) {
    case MessageKind::kProposal:
      return done(read_proposal(in), "proposal");
    case MessageKind::kVote:
      return done(read_vote(in), "vote");
    case MessageKind::kCertificate:
      return done(read_certificate(in), "certificate");
    case MessageKind::kCommitVote:
      return done(read_commit_vote(in), "commit vote");
    case MessageKind::kCommitCertificate:
      return done(read_commit_certificate(in), "commit certificate");
    case MessageKind::kAckVector:
      return done(read_ack_vector(in), "ack vector");
    case MessageKind::kStatus:
      return done(read_status(in), "status");
    case MessageKind::kGetCertificate:
      return done(read_get_certificate(in), "certificate request");
    case MessageKind::kGetBlocks:
      return done(read_get_blocks(in), "blocks request");
    case MessageKind::kGetBlockByHash:
      return done(read_get_block_by_hash(in), "block request");
    case MessageKind::kBlocksReply:
      return done(read_blocks_reply(in), "blocks reply");
    case MessageKind::kGetBatches:
      return done(read_get_batches(in), "batches request");
    case MessageKind::kEvidence:
      return done(read_evidence(in), "evidence");
    case MessageKind::kGetViewReport:
      return done(read_get_view_report(in), "view report request");
    case MessageKind::kViewReport:
      return done(read_view_report(in), "view report");
    case MessageKind::kReady:
      return done(read_ready(in), "ready");
    case MessageKind::kBatch:
      break;  // keeps its buffer, decoded by the caller
  }
  return fail(Errc::kUnsupportedVersion,
              "message: unknown kind " + std::to_string(static_cast<unsigned>(kind)));
}

// Size bounds come first, so that no decoder sees more than its channel allows.
Result<MessageKind> kind_within_bounds(ByteView bytes) {
  if (bytes.empty()) return fail(Errc::kMalformed, "message: no bytes");
  const auto kind = static_cast<MessageKind>(bytes[0]);
  const bool bulk = channel_of(kind) == Channel::kBulk;
  if (bytes.size() > (bulk ? kBulkMessageBytesMax : kControlMessageBytesMax)) {
    return fail(Errc::kMalformed, "message: longer than its channel allows");
  }
  return kind;
}

}  // namespace

Bytes encode_message(const Message& message) {
  Writer out;
  out.u8(static_cast<std::uint8_t>(kind_of(message)));
  std::visit([&out](const auto& content) { write(out, content); }, message);
  return std::move(out).take();
}

Result<Message> decode_message(std::shared_ptr<const Bytes> bytes) {
  if (bytes == nullptr) return fail(Errc::kMalformed, "message: no bytes");
  HP_TRY_ASSIGN(const MessageKind kind, kind_within_bounds(*bytes));
  if (kind != MessageKind::kBatch) return decode_small(kind, ByteView(*bytes).subspan(1));
  HP_TRY_ASSIGN(Batch batch, decode_batch(std::move(bytes), 1));
  return Message(std::move(batch));
}

Result<Message> decode_message(ByteView bytes) {
  HP_TRY_ASSIGN(const MessageKind kind, kind_within_bounds(bytes));
  if (kind != MessageKind::kBatch) return decode_small(kind, bytes.subspan(1));
  return decode_message(std::make_shared<const Bytes>(to_bytes(bytes)));
}

}  // namespace huangpu::consensus
