#include "consensus/codec/block_codec.hpp"

namespace huangpu::consensus {
namespace {

constexpr std::size_t kCertificateBytesMin = 1 + 8 + 8 + 32 + 2 + 1;

void write_optional(Writer& out, const std::optional<Certificate>& certificate) {
  out.u8(certificate ? 1 : 0);
  if (certificate) write(out, *certificate);
}

std::optional<Certificate> read_optional_certificate(Reader& in) {
  if (!in.boolean()) return std::nullopt;
  return read_certificate(in);
}

std::vector<CutEntry> read_cut(Reader& in) {
  const std::uint32_t count = in.count(kValidatorsMax, kCutEntryBytes);
  std::vector<CutEntry> cut;
  cut.reserve(count);
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    CutEntry entry;
    entry.lane = ValidatorIndex{in.u16()};
    entry.pos = LanePosition{in.u64()};
    entry.digest = in.digest();
    if (entry.lane.value() >= kValidatorsMax) in.mark_failed("has a cut entry of no lane");
    if (!cut.empty() && entry.lane <= cut.back().lane) {
      in.mark_failed("has cut entries out of order");
    }
    if (entry.pos.value() == 0) in.mark_failed("has a cut entry at position 0");
    cut.push_back(entry);
  }
  return cut;
}

std::vector<Bytes> read_system(Reader& in) {
  const std::uint32_t count = in.count(kSystemItemsMax, sizeof(std::uint32_t));
  std::vector<Bytes> items;
  items.reserve(count);
  std::size_t room = kSystemBytesMax;
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    const ByteView item = in.blob(room);
    room -= item.size();
    items.push_back(to_bytes(item));
  }
  return items;
}

template <class T, class ReadFunction>
Result<T> decode_whole(ByteView bytes, const char* what, ReadFunction read) {
  Reader in(bytes);
  T value = read(in);
  HP_TRY(in.finish(what));
  return value;
}

template <class T>
Bytes encode_whole(const T& value) {
  Writer out;
  write(out, value);
  return std::move(out).take();
}

}  // namespace

void write(Writer& out, const BlockHeader& header) {
  out.u16(header.version).digest(header.genesis).u64(header.epoch.value());
  out.digest(header.epoch_hash).u64(header.view.value()).u64(header.height.value());
  out.digest(header.parent_hash).u64(header.parent_view.value()).u16(header.proposer.value());
  out.u64(header.timestamp.value()).digest(header.cut_root).digest(header.body_root);
  out.u8(header.flags).digest(header.next_epoch_hash);
}

BlockHeader read_block_header(Reader& in) {
  BlockHeader header;
  header.version = in.u16();
  if (header.version != kBlockVersion) in.mark_failed("has an unknown block version");
  header.genesis = in.digest();
  header.epoch = Epoch{in.u64()};
  header.epoch_hash = in.digest();
  header.view = View{in.u64()};
  header.height = Height{in.u64()};
  header.parent_hash = in.digest();
  header.parent_view = View{in.u64()};
  header.proposer = ValidatorIndex{in.u16()};
  header.timestamp = TimestampMs{in.u64()};
  header.cut_root = in.digest();
  header.body_root = in.digest();
  header.flags = in.u8();
  if ((header.flags & ~(kBlockBoundary | kBlockHeartbeat)) != 0) {
    in.mark_failed("has unknown block flags");
  }
  header.next_epoch_hash = in.digest();
  return header;
}

void write_body(Writer& out, const Block& block) {
  out.u32(static_cast<std::uint32_t>(block.cut.size()));
  for (const CutEntry& entry : block.cut) {
    out.u16(entry.lane.value()).u64(entry.pos.value()).digest(entry.digest);
  }
  out.u32(static_cast<std::uint32_t>(block.system.size()));
  for (const Bytes& item : block.system) out.blob(item);
}

void write(Writer& out, const Block& block) {
  write(out, block.header);
  write_body(out, block);
}

Block read_block(Reader& in) {
  Block block;
  block.header = read_block_header(in);
  block.cut = read_cut(in);
  block.system = read_system(in);
  return block;
}

void write(Writer& out, const Justification& justification) {
  write_optional(out, justification.parent);
  out.u32(static_cast<std::uint32_t>(justification.nullifications.size()));
  for (const Certificate& certificate : justification.nullifications) write(out, certificate);
}

Justification read_justification(Reader& in) {
  const std::size_t before = in.remaining();
  Justification justification;
  justification.parent = read_optional_certificate(in);
  if (justification.parent && justification.parent->kind == VoteKind::kNullify) {
    in.mark_failed("justifies its parent by a nullification");
  }
  const std::uint32_t count = in.count(kNullificationsMax, kCertificateBytesMin);
  justification.nullifications.reserve(count);
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    justification.nullifications.push_back(read_certificate(in));
    const Certificate& last = justification.nullifications.back();
    if (last.kind != VoteKind::kNullify) in.mark_failed("has a gap that is not nullified");
    if (i > 0 && last.view <= justification.nullifications[i - 1].view) {
      in.mark_failed("has nullifications out of order");
    }
    if (before - in.remaining() > kJustificationBytesMax) {
      in.mark_failed("has a justification beyond its bound");
    }
  }
  return justification;
}

void write(Writer& out, const Proposal& proposal) {
  out.u64(proposal.epoch.value()).u64(proposal.view.value());
  write(out, proposal.block);
  write(out, proposal.justification);
  proposal.signature.write(out);
}

Proposal read_proposal(Reader& in) {
  Proposal proposal;
  proposal.epoch = Epoch{in.u64()};
  proposal.view = View{in.u64()};
  proposal.block = read_block(in);
  proposal.justification = read_justification(in);
  proposal.signature = read_signature(in);
  return proposal;
}

void write(Writer& out, const StoredBlock& stored) {
  write(out, stored.block);
  write(out, stored.justification);
  write_optional(out, stored.finalization);
}

StoredBlock read_stored_block(Reader& in) {
  StoredBlock stored;
  stored.block = read_block(in);
  stored.justification = read_justification(in);
  stored.finalization = read_optional_certificate(in);
  if (stored.finalization && stored.finalization->kind != VoteKind::kFinalize) {
    in.mark_failed("has a finalization of another kind");
  }
  return stored;
}

Bytes encode(const BlockHeader& header) { return encode_whole(header); }
Bytes encode(const Block& block) { return encode_whole(block); }
Bytes encode(const Justification& justification) { return encode_whole(justification); }
Bytes encode(const StoredBlock& stored) { return encode_whole(stored); }

Result<BlockHeader> decode_block_header(ByteView bytes) {
  return decode_whole<BlockHeader>(bytes, "block header", read_block_header);
}
Result<Block> decode_block(ByteView bytes) {
  return decode_whole<Block>(bytes, "block", read_block);
}
Result<Justification> decode_justification(ByteView bytes) {
  return decode_whole<Justification>(bytes, "justification", read_justification);
}
Result<StoredBlock> decode_stored_block(ByteView bytes) {
  return decode_whole<StoredBlock>(bytes, "stored block", read_stored_block);
}

}  // namespace huangpu::consensus
