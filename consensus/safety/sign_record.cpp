#include "consensus/safety/sign_record.hpp"

#include <algorithm>
#include <string>

#include "crypto/base/codec.hpp"
#include "crypto/base/crc32c.hpp"

namespace huangpu::consensus {
namespace {

constexpr std::string_view kFileMagic = "HPSR";
constexpr std::string_view kBlockMagic = "HPSG";
constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 4 + 2 + 2 + 32 + 32 + 8 + 4;
constexpr std::size_t kEntryBytes = 1 + 1 + 8 + 8 + 32;
constexpr std::size_t kBlockHeadBytes = 4 + 2 + 2 + 8;
constexpr std::size_t kCrcBytes = 4;
static_assert(kBlockHeadBytes + kSignEntriesPerBlock * kEntryBytes + kCrcBytes <= kSignBlockBytes);

tl::unexpected<Error> corrupt(const std::string& what) {
  return fail(Errc::kCorrupt, "signing record: " + what);
}

bool is_kind(std::uint8_t byte) {
  return (byte >= 1 && byte <= 6) || byte == static_cast<std::uint8_t>(SignedKind::kCommit);
}

Result<SignEntry> read_entry(Reader& in) {
  SignEntry entry;
  const std::uint8_t type = in.u8();
  const std::uint8_t what = in.u8();
  entry.epoch = Epoch{in.u64()};
  entry.position = in.u64();
  entry.digest = in.digest();
  if (type < 1 || type > 3) return corrupt("an entry of an unknown type");
  entry.type = static_cast<SignEntry::Type>(type);
  if (entry.type == SignEntry::Type::kStatement) {
    if (!is_kind(what)) return corrupt("a statement of an unknown kind");
    entry.kind = static_cast<SignedKind>(what);
  } else {
    if (what < 1 || what > 3 || !entry.digest.is_zero()) return corrupt("a floor of nothing");
    entry.floor_of = static_cast<SignedClass>(what);
  }
  return entry;
}

void write_entry(Writer& out, const SignEntry& entry) {
  const bool statement = entry.type == SignEntry::Type::kStatement;
  out.u8(static_cast<std::uint8_t>(entry.type));
  out.u8(statement ? static_cast<std::uint8_t>(entry.kind)
                   : static_cast<std::uint8_t>(entry.floor_of));
  out.u64(entry.epoch.value()).u64(entry.position).digest(entry.digest);
}

Bytes padded(Writer& out, std::size_t size) {
  Bytes bytes = out.take();
  bytes.resize(size, 0);
  return bytes;
}

}  // namespace

Bytes encode(const SignRecordHeader& header) {
  Writer out(kSignBlockBytes);
  out.tag(kFileMagic).u16(kVersion).u16(0).digest(header.genesis).digest(header.key.value());
  out.u64(header.number).u32(header.snapshot_blocks);
  out.u32(crc32c(out.view()));
  return padded(out, kSignBlockBytes);
}

Result<SignRecordHeader> decode_sign_record_header(ByteView block) {
  if (block.size() != kSignBlockBytes) return corrupt("no whole header");
  Reader in(block);
  const ByteView magic = in.raw(kFileMagic.size());
  const std::uint16_t version = in.u16();
  in.u16();
  SignRecordHeader header;
  header.genesis = in.digest();
  header.key = crypto::KeyId{in.digest()};
  header.number = in.u64();
  header.snapshot_blocks = in.u32();
  if (as_text(magic) != kFileMagic || in.u32() != crc32c(block.first(kHeaderBytes)))
    return corrupt("no readable header");
  if (version != kVersion) {
    return fail(Errc::kUnsupportedVersion,
                "signing record: version " + std::to_string(version) + " is not known here");
  }
  if (header.snapshot_blocks > kSnapshotBlocksMax) return corrupt("an impossible header");
  return header;
}

Bytes encode_sign_blocks(std::span<const SignEntry> entries, std::uint64_t seq) {
  Bytes out;
  while (!entries.empty()) {
    const auto part = entries.first(std::min(entries.size(), kSignEntriesPerBlock));
    entries = entries.subspan(part.size());
    Writer block(kSignBlockBytes);
    block.tag(kBlockMagic).u16(kVersion).u16(static_cast<std::uint16_t>(part.size())).u64(seq++);
    for (const SignEntry& entry : part) write_entry(block, entry);
    Bytes bytes = padded(block, kSignBlockBytes - kCrcBytes);
    Writer crc;
    crc.u32(crc32c(bytes));
    bytes.insert(bytes.end(), crc.view().begin(), crc.view().end());
    for (int copy = 0; copy < 2; ++copy) out.insert(out.end(), bytes.begin(), bytes.end());
  }
  return out;
}

Result<SignBlock> decode_sign_block(ByteView block) {
  if (block.size() != kSignBlockBytes) return corrupt("no whole block");
  Reader in(block);
  const ByteView magic = in.raw(kBlockMagic.size());
  Reader crc(block.last(kCrcBytes));
  if (as_text(magic) != kBlockMagic || crc.u32() != crc32c(block.first(block.size() - kCrcBytes)))
    return corrupt("no readable block");
  if (in.u16() != kVersion)
    return fail(Errc::kUnsupportedVersion, "signing record: a block of an unknown version");
  const std::size_t count = in.u16();
  SignBlock out;
  out.seq = in.u64();
  if (count == 0 || count > kSignEntriesPerBlock) return corrupt("an impossible block");
  for (std::size_t i = 0; i < count; ++i) {
    HP_TRY_ASSIGN(SignEntry entry, read_entry(in));
    out.entries.push_back(entry);
  }
  return out;
}

// Of a block and its copy: whichever is whole.
struct SignPair {
  Result<SignBlock> block;
  bool copy_damaged;
};
SignPair decode_sign_pair(ByteView pair) {
  auto first = decode_sign_block(pair.first(kSignBlockBytes));
  auto second = decode_sign_block(pair.last(kSignBlockBytes));
  const bool damaged = first.has_value() != second.has_value();
  return {first || !second ? std::move(first) : std::move(second), damaged};
}

Result<SignRecord> replay_sign_record(ByteView file, const Digest& genesis,
                                      const crypto::KeyId& key) {
  HP_TRY_ASSIGN(const SignRecordHeader header,
                decode_sign_record_header(file.first(std::min(file.size(), kSignBlockBytes))));
  if (header.genesis != genesis || header.key != key)
    return fail(Errc::kGuard, "signing record: it belongs to another key or chain");
  SignRecord record;
  record.guard = SignGuard(genesis);
  record.number = header.number;
  record.next_offset = kSignBlockBytes;
  std::size_t blocks = 0;
  bool ended = false;
  for (std::size_t at = kSignBlockBytes; at + kSignPairBytes <= file.size(); at += kSignPairBytes) {
    const auto [block, copy_damaged] = decode_sign_pair(file.subspan(at, kSignPairBytes));
    record.copy_damaged = record.copy_damaged || copy_damaged;
    if (!block) {
      if (block.error().code == Errc::kUnsupportedVersion) return tl::unexpected(block.error());
      ended = true;
      continue;
    }
    // SPEC C-168: a block is written after the one before it was synced.
    if (ended || block->seq != record.next_seq)
      return corrupt("it is damaged before block " + std::to_string(block->seq));
    for (const SignEntry& entry : block->entries) HP_TRY(record.guard.restore(entry));
    ++record.next_seq;
    ++blocks;
    record.next_offset = at + kSignPairBytes;
  }
  if (blocks < header.snapshot_blocks) return corrupt("its beginning is not whole");
  const ByteView rest = file.subspan(std::min(file.size(), record.next_offset));
  std::size_t torn = rest.size();
  while (torn > 0 && rest[torn - 1] == 0) --torn;
  record.torn_bytes = torn;
  return record;
}

}  // namespace huangpu::consensus
