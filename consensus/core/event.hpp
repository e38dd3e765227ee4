// What can happen to an engine. One event per step(); the driver of the engine turns sockets, disks
// and clocks into these, so that a recorded list of events replays a run exactly (SPEC C-100).
//
// Messages come decoded from a channel that authenticated `from`. Their signatures are not yet
// checked.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "consensus/types/message.hpp"

namespace huangpu::consensus {

// Proposal, Vote, Certificate, CommitVote, CommitCertificate, AckVector, PeerStatus,
// GetCertificate, GetBlockByHash and Evidence belong to the engine. Other kinds are for the node's
// block and batch transfer and are ignored here.
struct MessageReceived {
  ValidatorIndex from{0};
  Message message;
};

struct PeerConnected {
  ValidatorIndex peer{0};
};

struct PeerDisconnected {
  ValidatorIndex peer{0};
};

// A batch of any lane is verified (link, caps, owner and client signatures) and durable here.
// Repeating is harmless. `signature` is the owner's, kept as one half of possible evidence.
struct BatchHeld {
  BatchHeader header;
  Digest digest;
  Signature signature;
};

// The own lane's next batch is durable in the lane log: the engine signs it (BatchSigned) and acks
// it. Repeating it for an older position of this epoch yields the same signature again.
struct OwnBatchReady {
  BatchHeader header;
};

// The frame of WriteFrame{seq} has been written and synced. Frames complete in order.
struct FrameDurable {
  std::uint64_t seq{0};
};

// The node executed the next finalized block. Heights come in order, without gaps, and only after
// Finalized.
struct Executed {
  CommitMessage message;
  // What the state after it announces: the boundary and the hash of the record behind it.
  std::optional<EpochEnd> end = {};
};

// The block store has synced every delivered block up to `height`, with its finalization: older
// votes may be forgotten.
struct BlocksDurable {
  Height height{0};
};

// Time passed. Send it at next_deadline(); earlier or later is harmless.
struct Tick {};

// The system items that wait for a block, all of them: work even if every lane is idle.
struct SystemItems {
  std::vector<Bytes> items;
};

// Answer to NeedBlocks or NeedBlock: as a peer sent it, nothing checked beyond decoding.
struct BlocksFetched {
  ValidatorIndex from{0};
  std::vector<StoredBlock> blocks;
  std::optional<CommitCertificate> commit_certificate;
};

// The holder of the key answered, or can be reached again: what was not signed is tried again.
struct SignerAnswered {};

using Event = std::variant<MessageReceived, PeerConnected, PeerDisconnected, BatchHeld,
                           OwnBatchReady, FrameDurable, Executed, BlocksDurable, Tick, SystemItems,
                           BlocksFetched, SignerAnswered>;

}  // namespace huangpu::consensus
