// The bytes of a signing record: what a remote signer wrote down before it signed (SPEC
// C-166..C-169).
//
//   file   = header block ‖ snapshot blocks ‖ blocks, one or more per sync; every block behind the
//            header stands twice, one copy behind the other
//   header = "HPSR" ‖ version:u16 (1) ‖ 0:u16 ‖ genesis:32 ‖ key id:32 ‖ number:u64 ‖
//            snapshot blocks:u32 ‖ CRC-32C of all that:u32 ‖ zeros
//   block  = "HPSG" ‖ version:u16 (1) ‖ entries:u16 ‖ seq:u64 ‖ entries ‖ zeros ‖ CRC-32C:u32
//   entry  = type:u8 ‖ kind or class:u8 ‖ epoch:u64 ‖ position:u64 ‖ digest:32
//
// Blocks have 4,096 bytes, so that a torn write never reaches back into a synced one. The second
// copy tells a block that the disk damaged from one that was never finished. Pure; the owner of the
// files is node/signer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "consensus/safety/sign_guard.hpp"
#include "crypto/sign/public_key.hpp"

namespace huangpu::consensus {

inline constexpr std::size_t kSignBlockBytes = 4'096;
inline constexpr std::size_t kSignEntriesPerBlock = 81;
inline constexpr std::uint32_t kSnapshotBlocksMax = 4'096;

struct SignRecordHeader {
  Digest genesis;
  crypto::KeyId key;
  std::uint64_t number{0};           // of the file; the highest one counts
  std::uint32_t snapshot_blocks{0};  // copies not counted twice
};

[[nodiscard]] Bytes encode(const SignRecordHeader& header);  // one block
[[nodiscard]] Result<SignRecordHeader> decode_sign_record_header(ByteView block);

// As many blocks as it takes, each with its copy; the first has `seq`, each further one the next.
inline constexpr std::size_t kSignPairBytes = 2 * kSignBlockBytes;
[[nodiscard]] Bytes encode_sign_blocks(std::span<const SignEntry> entries, std::uint64_t seq);
struct SignBlock {
  std::uint64_t seq{0};
  std::vector<SignEntry> entries;
};
// Total; kCorrupt or kMalformed for anything but one whole block.
[[nodiscard]] Result<SignBlock> decode_sign_block(ByteView block);

struct SignRecord {
  SignGuard guard{Digest{}};
  std::uint64_t number{0};
  std::uint64_t next_seq{1};
  std::size_t next_offset{0};  // where the next block goes
  std::size_t torn_bytes{0};   // remains of a write that was never synced, behind next_offset
  bool copy_damaged{false};    // a block has one whole copy only: the file wants to be written anew
};
// Reads one file. kCorrupt: the header or the snapshot is not whole, or a whole block lies behind a
// damaged one. kGuard: it belongs to another key or chain. Behind the last block with a whole copy
// anything may lie: it was never synced, so nothing was signed on it.
[[nodiscard]] Result<SignRecord> replay_sign_record(ByteView file, const Digest& genesis,
                                                    const crypto::KeyId& key);

}  // namespace huangpu::consensus
