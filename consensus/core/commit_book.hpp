// Commit votes, the newest commit certificate, and what this node computed itself (SPEC
// C-130..C-134).
//
// Bounds: votes for heights in (certified, certified + 2D], one per validator and height; own
// results from the newest certificate up to the executed tip.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "consensus/codec/verify.hpp"
#include "consensus/types/commit.hpp"

namespace huangpu::consensus {

class CommitBook {
 public:
  struct Own {
    CommitMessage message;
    Digest digest;
    std::optional<CommitVote> vote;  // absent if a certificate came first
  };

  CommitBook(SuiteId suite, std::size_t validators, std::uint32_t lag_blocks);

  [[nodiscard]] Height executed() const { return executed_; }
  [[nodiscard]] Height certified() const { return certified_; }
  [[nodiscard]] const std::optional<CommitCertificate>& newest() const { return newest_; }
  // SPEC C-114: final blocks above this height wait for execution before they are delivered. Twice
  // the lag, so that a healthy node, which the voting rule holds to one, never meets it.
  [[nodiscard]] Height deliverable() const { return Height(executed_.value() + 2ULL * lag_); }
  // SPEC C-108: a block of this height may be voted for.
  [[nodiscard]] bool allows(Height height) const;

  enum class Added : std::uint8_t { kNew, kKnown, kConflict, kOutside };
  struct AddResult {
    Added added{Added::kKnown};
    std::optional<CommitVote> other;
  };
  AddResult add(const CommitVote& vote, bool verified);
  void drop(Height height, ValidatorIndex signer);

  // A certificate for the newest height that can have one. Empties slots with bad signatures and
  // names their owners.
  [[nodiscard]] std::optional<CommitCertificate> assemble(const VerifyContext& context,
                                                          std::vector<ValidatorIndex>& liars);

  // The epoch begins above this height, which its predecessor certified.
  void start(Height height);
  // Own results, heights without gaps. restore() takes what a restart knows.
  void restore(Height executed);
  void executed(const CommitMessage& message);
  void set_own_vote(Height height, const CommitVote& vote);
  [[nodiscard]] const Own* own(Height height) const;
  // Own votes above `height`, newest first.
  [[nodiscard]] std::vector<CommitVote> own_votes_above(Height height) const;

  // A verified certificate above the newest one. False if it is not newer.
  bool certify(const CommitCertificate& certificate);

  // Once per height: q weight has voted and no digest has q. Says who signed what.
  [[nodiscard]] std::optional<std::string> split(const Quorum& quorum);
  // Who has not voted for the lowest uncertified height this node executed.
  [[nodiscard]] SignerSet voters(Height height) const;

 private:
  struct Slot {
    CommitVote vote;
    Digest digest;
    bool verified{false};
  };
  using Pool = std::vector<std::optional<Slot>>;

  SuiteId suite_;
  std::size_t validators_;
  std::uint64_t lag_;
  Height executed_{0};
  Height certified_{0};
  Height split_reported_{0};
  std::optional<CommitCertificate> newest_;
  std::map<Height, Own> own_;
  std::map<Height, Pool> pools_;
};

}  // namespace huangpu::consensus
