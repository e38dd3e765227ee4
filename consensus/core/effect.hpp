// What an engine wants done, in the order it wants it done. The engine never waits: an effect that
// needs an answer gets it as a later event.
//
// Effects of one step are executed in order. Sends never wait for a WriteFrame of the same step:
// what must be durable before it is sent comes out of a later step, after FrameDurable (SPEC
// C-102).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "consensus/safety/sign_state.hpp"
#include "consensus/safety/vote_log.hpp"
#include "consensus/types/message.hpp"

namespace huangpu::consensus {

// Seal and append to the vote log, sync, answer with FrameDurable{body.seq}. At most one is
// unanswered at any time.
struct WriteFrame {
  FrameBody body;
};

// Overwrite a sign-state file and sync it. Nothing waits for it; a newer one may replace an older
// one that has not been started.
struct WriteSignState {
  SignStateWrite write;
};

struct Send {
  ValidatorIndex to{0};
  Message message;
  Channel channel{Channel::kControl};
};

// To every connected peer.
struct Broadcast {
  Message message;
  Channel channel{Channel::kControl};
};

// A block of the chain: ascending heights, no gaps, each once per run (after a restart from
// Restored::tip + 1). All batches up to its cut are held. The certificate is present if this very
// block was finalized directly and the certificate is at hand; a later one covers it otherwise.
// Execute in order and answer with Executed.
struct Finalized {
  Block block;
  Digest hash;
  Justification justification;
  std::optional<Certificate> certificate;
};

// A newer commit certificate than before (heights ascend, may skip). Agrees with the own result
// where that is known.
struct CommitCertified {
  CommitCertificate certificate;
};

// The own batch may be sent to everybody now: attach the signature.
struct BatchSigned {
  BatchHeader header;
  Digest digest;
  Signature signature;
};

// Peer `to` lacks own batches `first`..`last`: send them again (bounded, paced by the engine).
struct ResendBatches {
  ValidatorIndex to{0};
  LanePosition first{0};
  LanePosition last{0};
};

// Get the lane's batches first..last so that `last` has this digest; try peers in order. For those
// already held answer BatchHeld at once; forget those in verification. Repeated by the engine until
// satisfied.
struct NeedBatches {
  ValidatorIndex lane{0};
  LanePosition first{0};
  LanePosition last{0};
  Digest digest;
  std::vector<ValidatorIndex> peers;
};

// Get finalized blocks from this height on, from the first peer that answers. Repeated by the
// engine.
struct NeedBlocks {
  Height from{0};
  std::uint32_t max_count{0};
  std::vector<ValidatorIndex> peers;
};

// Get one block by hash, finalized or not. Repeated by the engine.
struct NeedBlock {
  Digest hash;
  std::vector<ValidatorIndex> peers;
};

// A request for something below what the engine keeps in memory: answer it from the block store, or
// not at all.
struct ServeFromStore {
  ValidatorIndex to{0};
  std::variant<GetCertificate, GetBlockByHash> request;
};

// Verified evidence against a validator: store it, show it to people.
struct EvidenceFound {
  Evidence evidence;
};

// A certificate contradicts what this node computed. The engine signs nothing any more; stop
// executing and answering.
struct Diverged {
  CommitMessage own;
  CommitMessage certified;
};

// Another copy of the own key is alive, or stored votes were lost: no vote and no batch is signed
// from here on.
struct QuarantineEntered {
  std::string reason;
  // The message that shows it, when another copy of the key is alive: the operator's evidence.
  std::optional<Bytes> key_copy{};
  bool watching{false};  // found while listening after a start: this node signed nothing yet
};

// The peer sent what no correct node sends.
struct DisconnectPeer {
  ValidatorIndex peer{0};
  std::string reason;
};

// The boundary of this epoch is executed here, certified, and its end is in the vote log: nothing
// of this epoch is voted for any more. Start an engine for the next one.
struct EpochEnded {
  CommitCertificate boundary;
};

// An operator must know. One line, no secrets.
struct Alarm {
  std::string text;
};

using Effect =
    std::variant<WriteFrame, WriteSignState, Send, Broadcast, Finalized, CommitCertified,
                 BatchSigned, ResendBatches, NeedBatches, NeedBlocks, NeedBlock, ServeFromStore,
                 EvidenceFound, Diverged, QuarantineEntered, DisconnectPeer, EpochEnded, Alarm>;
using Effects = std::vector<Effect>;

}  // namespace huangpu::consensus
