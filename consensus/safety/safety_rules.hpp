// SafetyRules: the only owner of the consensus key and the only place that creates votes (SPEC
// C-80..C-89).
//
//   request (propose, notarize, nullify, finalize)   guard -> record in the open frame
//   take_frame -> driver writes and syncs it          at most one frame is under way
//   on_durable -> signatures                          no signature exists before its record is
//   durable
//
// The guards stand in the same functions that make the records, so no control flow around them can
// sign twice. A repeated identical request is always allowed: once durable it answers with the
// stored message at once. Commit messages, own batches and ready statements need no frame: their
// witnesses are the block store and the own lane log.
//
// Pure and single-threaded: bytes out, bytes in; the driver owns files and time. One object per
// epoch.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "consensus/safety/replay.hpp"
#include "consensus/safety/sign_state.hpp"
#include "consensus/safety/statement_signer.hpp"
#include "consensus/safety/vote_log.hpp"
#include "consensus/types/message.hpp"
#include "crypto/base/codec.hpp"
#include "crypto/base/result.hpp"
#include "crypto/sign/signer.hpp"

namespace huangpu::consensus {

// What a request that passes through the log gives: nothing yet (queued), or the message again
// (already durable).
using VoteMessage = std::variant<Proposal, Vote>;
using Released = std::optional<VoteMessage>;

struct OwnBatch {
  LanePosition pos{0};
  Digest digest;

  friend bool operator==(const OwnBatch&, const OwnBatch&) = default;
};
struct OwnCommit {
  Height height{0};
  Digest digest;  // commit digest

  friend bool operator==(const OwnCommit&, const OwnCommit&) = default;
};

struct SafetyConfig {
  ChainContext chain;
  Epoch epoch{kFirstEpoch};
  ValidatorIndex self{0};
};

// What the witnesses told at start. `own_batches` come from the own lane log (ascending, the tip at
// least), `own_commits` from the block store (own commit messages above the newest certificate).
struct SafetyRestore {
  Verdict verdict;
  RestoredVotes log;
  std::vector<OwnBatch> own_batches;
  std::vector<OwnCommit> own_commits;
  Height certified_height{0};  // of the newest commit certificate held
};

enum class Sighting : std::uint8_t {
  kKnown,       // we logged exactly this
  kUntellable,  // too old, or we are in quarantine: the log cannot say
  kForeign,     // not ours as far as the log knows: another copy of the key, or a log that forgot
};

// When a foreign signature turns up: before the first own vote of this run, or later.
enum class Occasion : std::uint8_t { kStartup, kRunning };

class SafetyRules {
 public:
  // `signer` outlives this object; nothing else may use its consensus key.
  SafetyRules(SafetyConfig config, StatementSigner& signer, SafetyRestore restore);
  SafetyRules(SafetyConfig config, crypto::Signer& signer, SafetyRestore restore);

  // --- votes of a view; kGuard when refused ---
  [[nodiscard]] Result<Released> propose(View view, const Block& block,
                                         const Justification& justification);
  // `stored` is what a restart needs to vote and serve again; its hash is the digest voted for.
  [[nodiscard]] Result<Released> notarize(View view, const StoredBlock& stored);
  [[nodiscard]] Result<Released> nullify(View view);
  // Refused unless the notarization of (view, digest) was given to add_certificate.
  [[nodiscard]] Result<Released> finalize(View view, const Digest& digest);

  // Verified certificates. They wait in memory and are written in front of the next vote.
  void add_certificate(const Certificate& certificate);

  // --- finality ---
  // Raises the last finalized view: no votes at or below it. Never lowers it.
  void set_final(View view, Height height, const Digest& digest);
  // Queues a FLOOR at a finalized view, by default the last. Only after the block store has synced
  // every block up to it with its finalization; once durable, segments whose views are all at or
  // below it may be deleted.
  [[nodiscard]] Status write_floor();
  [[nodiscard]] Status write_floor(View view, Height height, const Digest& digest);
  // Queues the end of the epoch; refuses every later vote of it at once.
  [[nodiscard]] Status end_epoch(const CommitCertificate& boundary);
  [[nodiscard]] bool epoch_end_durable() const { return epoch_end_durable_; }

  // --- signed at once ---
  // The batch is durable in the own lane log. One digest per position, positions without gaps.
  [[nodiscard]] Result<Signature> sign_batch(LanePosition pos, const Digest& digest);
  // The second witness of the newest own batch; nothing while a frame will bring it.
  [[nodiscard]] std::optional<SignStateWrite> witness_lane();
  // One digest per height, ascending; also in quarantine. kDiverged for a second one of a height.
  [[nodiscard]] Result<CommitVote> commit(const CommitMessage& message);
  // A certificate covers everything up to `height`: older digests are forgotten, never signed.
  void set_certified(Height height);
  // For the record of the next epoch; `index` is our place in its set.
  [[nodiscard]] Result<Ready> ready(Epoch epoch, const Digest& epoch_hash, ValidatorIndex index);

  // --- the log ---
  [[nodiscard]] bool has_open_frame() const;
  [[nodiscard]] bool frame_in_flight() const { return in_flight_.has_value(); }
  // The open frame, or nothing while it is empty or another one is under way.
  [[nodiscard]] std::optional<FrameBody> take_frame();
  struct Signed {
    std::vector<VoteMessage> messages;  // in the order of the requests
    std::vector<Error> errors;          // of the signer
  };
  struct Durable : Signed {
    std::optional<SignStateWrite> sign_state;  // write now; the messages do not wait for it
  };
  // The frame `seq` is synced. kInvalidArgument if it is not the one under way.
  [[nodiscard]] Result<Durable> on_durable(std::uint64_t seq);

  // Durable votes that had no signature yet, signed now as far as the signer answers (SPEC C-160).
  // What it refuses is an error and is not asked for again.
  [[nodiscard]] Signed sign_waiting();
  // Every durable own vote above `view`, ascending; for restart and standstill.
  [[nodiscard]] Result<std::vector<VoteMessage>> own_votes_above(View view);
  // Complete own proposal of a view, if one was made.
  [[nodiscard]] const ProposeRecord* own_proposal(View view) const;
  [[nodiscard]] OwnVotes own_votes(View view) const;  // queued or durable
  [[nodiscard]] bool has_notarization(View view, const Digest& digest) const;

  // --- other copies of the key ---
  // Shows a verified signature by our own key found in a stored certificate or received from a
  // peer. kForeign enters quarantine at start-up and stops all signing for good at run time.
  [[nodiscard]] Sighting sight(Occasion occasion, SignedKind kind, Epoch epoch,
                               std::uint64_t position, const Digest& digest);
  // What sight() would say, without consequences: whether a signature is worth checking.
  [[nodiscard]] Sighting judge(SignedKind kind, Epoch epoch, std::uint64_t position,
                               const Digest& digest) const;

  // --- state ---
  [[nodiscard]] bool quarantined() const { return quarantined_; }
  // Why nothing is signed any more; empty while signing goes on.
  [[nodiscard]] const std::string& stopped() const { return stopped_; }
  [[nodiscard]] const Verdict& verdict() const { return verdict_; }
  [[nodiscard]] View last_final() const { return final_.view; }
  [[nodiscard]] View highest_vote() const { return highest_vote_; }  // of any kind
  [[nodiscard]] LanePosition lane_position() const;
  [[nodiscard]] bool lane_closed() const {
    return lane_closed_;
  }  // after a quarantine, until the epoch ends
  [[nodiscard]] std::optional<Height> highest_commit() const;
  [[nodiscard]] const SafetyConfig& config() const { return config_; }
  [[nodiscard]] const crypto::PublicKey& public_key() const { return signer_.public_key(); }

  // Stops voting: a witness found later (an own signature in a stored certificate) says that
  // something is forgotten.
  void enter_quarantine(std::string reason);
  // Ends the quarantine with a finalization of view >= V (the caller has V from reports of a
  // quorum). Queues a FLOOR; votes are possible once it is durable, above its view only. The own
  // lane stays closed for the epoch.
  [[nodiscard]] Status rejoin(View view, Height height, const Digest& digest);
  // For good: a divergence or another copy of the key.
  void stop(std::string reason);

 private:
  SafetyRules(std::unique_ptr<KeyStatementSigner> signer, SafetyConfig config,
              SafetyRestore restore);
  using VoteKey = std::pair<View, SignedKind>;
  struct VoteEntry {
    Digest digest;
    bool durable{false};
  };

  struct InFlight {
    std::uint64_t seq{0};
    std::vector<VoteKey> votes;
    std::optional<FloorRecord> floor;
    bool epoch_end{false};
  };

  // The guards: why nothing may be signed now; no new vote of this view; no vote for this block.
  [[nodiscard]] Status may_sign() const;
  [[nodiscard]] Status may_vote(View view) const;
  [[nodiscard]] Status check_block(View view, const Block& block) const;
  [[nodiscard]] const VoteEntry* find(View view, SignedKind kind) const;
  // Answers a repetition: kGuard for another digest, the message if durable, nothing if queued.
  [[nodiscard]] Result<Released> repeat(View view, SignedKind kind, const Digest& digest);
  [[nodiscard]] Result<Released> queue(View view, SignedKind kind, const Digest& digest,
                                       const LogRecord& record);
  void flush_certificates();
  // Signs a durable entry unless that is done already.
  [[nodiscard]] Result<VoteMessage> message_of(const VoteKey& key, const VoteEntry& entry);
  [[nodiscard]] Result<Signature> sign(SignedKind kind, Epoch epoch, std::uint64_t position,
                                       const Digest& digest);
  [[nodiscard]] SignStateWrite next_sign_state();
  void forget_old_votes();
  [[nodiscard]] Sighting compare(SignedKind kind, std::uint64_t position,
                                 const Digest& digest) const;

  SafetyConfig config_;
  std::unique_ptr<KeyStatementSigner> own_signer_;  // where the key is in this process
  StatementSigner& signer_;
  std::set<VoteKey> unsigned_;  // durable votes whose signature is under way
  Verdict verdict_;
  std::string stopped_;
  bool quarantined_{false};
  bool lane_closed_{false};
  bool epoch_ended_{false};
  bool epoch_end_durable_{false};

  std::map<VoteKey, VoteEntry> votes_;       // above horizon_
  std::map<VoteKey, VoteMessage> messages_;  // signed, above the last final view
  std::map<View, ProposeRecord> proposals_;  // own, above the last final view
  std::map<View, Digest> notarizations_;     // known certificates above the last final view
  std::map<std::pair<View, VoteKind>, Certificate> waiting_;  // certificates for the next frame
  std::set<std::pair<View, VoteKind>> logged_certificates_;
  FloorRecord final_;  // the last finalized view; its flags are those of the next FLOOR
  View horizon_{0};    // own votes at or below it may be forgotten
  View highest_vote_{0};

  std::map<LanePosition, Digest> own_batches_;
  std::map<Height, Digest> own_commits_;
  Height certified_{0};

  Writer open_records_;  // of the open frame, encoded
  InFlight open_;        // what those records are about
  std::optional<InFlight> in_flight_;
  std::uint64_t next_seq_{1};
  SignState sign_state_;
};

}  // namespace huangpu::consensus
