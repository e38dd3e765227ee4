// The engine's state and its parts. Internal: only the .cpp files of this folder include it.
//
// Every step handles one event and then settles: asks, in a fixed order, what is now allowed. It
// looks at conditions, never at which event came, so no unexpected order makes it miss anything.
//
//   engine.cpp: start, dispatch, frames           views.cpp: entering views, work, timers, nullify
//   proposals.cpp: the leader's part              voting.cpp: judging proposals, notarize, finalize
//   certificates.cpp: votes and certificates      delivery.cpp: the finalized chain, fetched blocks
//   commits.cpp: executed heights                 gossip.cpp: status, spreading, sending again
//   batches.cpp: lanes; report.cpp: EngineStatus  epoch_end.cpp: boundary, peers of other epochs
//   rejoin.cpp: the way out of quarantine         signing.cpp: commit messages, own signatures seen
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "consensus/codec/verify.hpp"
#include "consensus/core/block_tree.hpp"
#include "consensus/core/commit_book.hpp"
#include "consensus/core/engine.hpp"
#include "consensus/core/engine_parts.hpp"
#include "consensus/core/leader_schedule.hpp"
#include "consensus/core/rejoin.hpp"
#include "consensus/core/vote_pool.hpp"
#include "consensus/core/wants.hpp"
#include "consensus/lanes/lane_book.hpp"
#include "consensus/safety/safety_rules.hpp"

namespace huangpu::consensus {

class Engine::Impl {
 public:
  Impl(EngineConfig config, SafetyRules& safety, const crypto::Verifier& verifier,
       Restored restored);

  [[nodiscard]] Effects step(Now now, Event event);
  [[nodiscard]] std::optional<MonoMs> next_deadline() const { return deadline_; }
  [[nodiscard]] EngineStatus status() const;
  [[nodiscard]] bool may_seal() const;
  [[nodiscard]] bool level() const;
  [[nodiscard]] bool member() const { return config_.epoch.set.contains(config_.self); }
  [[nodiscard]] const LaneBook& lanes() const { return lanes_; }
  [[nodiscard]] LaneTip own_lane() const;

 private:
  using Judgement = std::optional<Waiting>;  // nothing: may be voted for
  using CertificateKey = std::tuple<CertificateKind, std::uint64_t>;
  using BatchKey = std::tuple<ValidatorIndex, LanePosition, Digest>;

  // --- engine.cpp ---
  void restore(Restored&& restored);
  void start();
  void settle();
  void handle(MessageReceived& event);
  void handle(PeerConnected& event);
  void handle(PeerDisconnected& event);
  void handle(BatchHeld& event);
  void handle(OwnBatchReady& event);
  void handle(FrameDurable& event);
  void handle(Executed& event);
  void handle(BlocksDurable& event);
  void handle(Tick&) {}
  void handle(SystemItems& event) { ending_.items = std::move(event.items); }
  void handle(BlocksFetched& event);
  void handle(SignerAnswered& event);
  void release(const VoteMessage& message);
  void wake(MonoMs when);
  void alarm(const std::string& text);
  void halt(const std::string& reason);
  void disconnect(ValidatorIndex peer, const std::string& reason);
  void send(ValidatorIndex to, Message message);
  void broadcast(Message message);
  [[nodiscard]] bool can_vote() const;
  [[nodiscard]] ValidatorIndex leader(View view) const { return schedule_.leader(view); }
  [[nodiscard]] const ConsensusParameters& parameters() const { return config_.epoch.parameters; }
  [[nodiscard]] const Quorum& quorum() const { return config_.epoch.set.quorum(); }
  // --- views.cpp ---
  void enter(View view);
  void settle_timers();
  void nullify();
  [[nodiscard]] bool work() const;
  [[nodiscard]] bool has_unfinished_chain() const;
  [[nodiscard]] bool heartbeat_due() const;
  [[nodiscard]] bool leader_silent();
  [[nodiscard]] MonoMs scaled(std::uint32_t duration_ms) const;
  [[nodiscard]] std::pair<View, Digest> head() const;  // newest notarized or final element
  [[nodiscard]] bool is_final(View view, const Digest& hash) const;
  // --- proposals.cpp ---
  void settle_proposing();
  void propose(const Base& base, const Block& block);
  // Or views whose certificates are missing, newest first.
  [[nodiscard]] std::variant<Base, std::vector<View>> find_base() const;
  [[nodiscard]] Block build(const Base& base, const BlockNode& parent, LaneBook::Cut&& cut,
                            std::vector<Bytes>&& items, bool heartbeat) const;
  [[nodiscard]] Justification justify(const Base& base) const;
  // --- voting.cpp ---
  void on(ValidatorIndex from, Proposal& proposal);
  void settle_notarizing();
  void settle_finalizing();
  [[nodiscard]] bool header_is_sound(const Proposal& proposal, const Digest& hash) const;
  [[nodiscard]] bool adopt_justification(const Proposal& proposal, const Digest& hash);
  [[nodiscard]] Judgement judge(ProposalSlot& slot);
  [[nodiscard]] Judgement judge_gap(const Proposal& proposal);
  [[nodiscard]] Judgement judge_data(const BlockNode& node, bool& refused);
  [[nodiscard]] std::optional<StoredBlock> storable(View view, BlockNode& node);
  void finalize(View view);
  // --- certificates.cpp ---
  void on(ValidatorIndex from, const Vote& vote);
  void on(ValidatorIndex from, const Certificate& certificate);
  void on(ValidatorIndex from, const Evidence& evidence);
  void count(const Vote& vote, bool verified);
  void certify(View view, VoteKind kind, const Digest& digest);
  void adopt(const Certificate& certificate);  // checked, or from the own log
  [[nodiscard]] bool is_known(const Certificate& certificate) const;
  [[nodiscard]] bool is_useful(const Certificate& certificate) const;
  void sight(const Certificate& certificate);
  void report(ValidatorIndex offender, const Statement& first, const Statement& second);
  void raise_final(View view);
  void keep_finalization(const Certificate& certificate);
  // --- delivery.cpp ---
  void settle_delivery();
  bool link(const Digest& hash, const SignerSet* holders);
  bool deliver_front();
  void settle_floor();
  void prune_blocks();
  void want_data_of_queue();
  void want_block(const Digest& hash, const SignerSet* preferred);
  void want_batches(ValidatorIndex lane, const LaneBook::Holding& missing);
  void want_certificate(CertificateKind kind, std::uint64_t position, Asked asked);
  void want_sync();
  void settle_sync();
  [[nodiscard]] Height queue_height() const;
  [[nodiscard]] Height best_peer_height() const;
  [[nodiscard]] std::vector<ValidatorIndex> peers_for(const SignerSet* preferred,
                                                      std::uint32_t attempt) const;
  using Kept = std::optional<Justification>;  // what is stored beside a block
  [[nodiscard]] Kept plausible(const Block& block, const Justification& justification) const;
  [[nodiscard]] Kept proven(const Block& block, const Justification& justification) const;
  // --- epoch_end.cpp ---
  void settle_ended();
  void serve_observer(ValidatorIndex from, const Message& message);
  void settle_epoch_end();
  void inform_laggard(ValidatorIndex from, const PeerStatus& status);
  [[nodiscard]] bool ends_with(const BlockHeader& header) const;
  [[nodiscard]] bool ending(Height height) const;
  [[nodiscard]] std::vector<Bytes> unplaced_items(const BlockNode& parent) const;
  // --- commits.cpp ---
  void on(ValidatorIndex from, const CommitVote& vote);
  void on(ValidatorIndex from, const CommitCertificate& certificate);
  void adopt(const CommitCertificate& certificate);
  void assemble_commits();
  void compare(Height height);
  // --- gossip.cpp ---
  void on(ValidatorIndex from, const AckVector& acks);
  void on(ValidatorIndex from, const PeerStatus& status);
  void on(ValidatorIndex from, const GetCertificate& request);
  void on(ValidatorIndex from, const GetBlockByHash& request);
  void answer(ValidatorIndex to, const PeerStatus& status);
  void settle_gossip();
  void spread_certificates();
  void resend_own();
  [[nodiscard]] bool spend(PeerState& peer, std::size_t bytes);
  [[nodiscard]] PeerStatus own_status() const;
  [[nodiscard]] std::vector<Vote> own_votes_above(View view) const;
  [[nodiscard]] std::size_t certificate_bytes() const;
  void schedule_spread(const Certificate& certificate);
  [[nodiscard]] bool everyone_spreads() const { return peers_.size() <= 16; }
  // --- rejoin.cpp ---
  void on(ValidatorIndex from, const GetViewReport& request);
  void on(ValidatorIndex from, const ViewReport& report);
  void settle_rejoin();
  [[nodiscard]] const Certificate* entered_by() const;
  [[nodiscard]] std::string explain_rejoin() const;
  // --- report.cpp, signing.cpp, batches.cpp ---
  [[nodiscard]] std::string names_outside(const SignerSet& signers) const;
  void explain(EngineStatus& status) const;
  void settle_watch();
  void sign_commits();
  bool sign_commit(const CommitMessage& message);
  void note_report(ValidatorIndex from, View view);
  void settle_batches();
  void resend_batches();

  EngineConfig config_;
  SafetyRules& safety_;
  VerifyContext verify_;
  Digest epoch_hash_;
  LeaderSchedule schedule_;
  Now now_;
  Effects out_;
  std::optional<MonoMs> deadline_;
  bool started_{false}, restoring_{false}, diverged_{false};
  std::vector<PeerState> peers_;
  KeyState key_;
  RejoinState rejoin_;
  RejoinNotices notices_;
  View cur_{1};
  MonoMs entered_{0};
  bool armed_{false}, gave_up_{false};  // gave up: nullify was asked for in this view
  MonoMs proposal_deadline_{0};
  MonoMs certificate_deadline_{0};
  View final_view_{0};                     // highest known finalization
  std::map<View, Certificate> notarized_;  // from final_view_ on
  std::map<View, Certificate> nullified_;  // above final_view_
  std::optional<Certificate> newest_final_;
  std::map<View, VotePool> pools_;
  std::map<View, ProposalSlot> proposals_;
  std::optional<Waiting> proposal_waits_;  // why the current proposal is not voted for
  std::optional<MonoMs> base_missing_since_;
  std::vector<bool> acked_only_;  // lanes whose un-acked batches delayed a view of ours
  std::map<View, std::vector<ValidatorIndex>> optimistic_;  // own, that named un-acked batches

  BlockTree tree_;
  std::deque<Digest> queue_;  // final, linked to the delivered tip, not yet delivered
  std::map<Digest, Certificate> finalizations_;  // of blocks not yet delivered
  std::optional<Digest> final_target_;           // final by certificate, not yet linked
  std::optional<std::pair<Height, Digest>> commit_target_;
  EpochEnding ending_;
  MonoMs progressed_{0};  // last growth of the queue or the chain
  CommitBook commits_;
  Height durable_{0};              // block store
  std::deque<FinalPlace> finals_;  // told to safety; from the newest durable one on
  View floor_{0};
  LaneBook lanes_;
  Wants<Digest> block_wants_;
  Wants<BatchKey> batch_wants_;
  Wants<CertificateKey> certificate_wants_;
  Wants<int> sync_wants_;
  std::map<std::pair<VoteKind, View>, MonoMs> spreads_;
  std::optional<MonoMs> commit_spread_;
  MonoMs status_due_{0};
  MonoMs resend_due_{0};
  std::uint32_t resend_pause_{0};
  std::optional<MonoMs> acks_sent_;
  std::set<std::pair<ValidatorIndex, EvidenceKind>> reported_;
  std::set<std::string> alarmed_;
};

}  // namespace huangpu::consensus
