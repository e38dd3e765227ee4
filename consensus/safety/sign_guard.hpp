// SignGuard: everything a key signed, as far as a later request could contradict it (SPEC
// C-161..C-165).
//
// For a holder of the key that sees statements only: the remote signer. It knows no blocks and no
// certificates, so it cannot tell whether a vote is wise; it makes sure that no two statements of
// one key exclude each other, whoever asks and however often. What excludes what is classify(),
// the same rule by which others would convict the key.
//
// Pure. Memory is bounded: when a window is full its lowest positions fall below a floor, where
// nothing new is signed.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "consensus/safety/statement_signer.hpp"

namespace huangpu::consensus {

// What statements of one epoch are compared with: votes by view, batches by lane position, commit
// messages by height. Numbers are stored; never reused.
enum class SignedClass : std::uint8_t { kVotes = 1, kBatches = 2, kCommits = 3 };

// One line of a signing record: a signed statement, or a floor below which statements were
// forgotten.
struct SignEntry {
  enum class Type : std::uint8_t {
    kStatement = 1,
    kFloor = 2,   // of a class in an epoch
    kLowest = 3,  // epochs below `epoch` are forgotten
  };
  Type type{Type::kStatement};
  SignedKind kind{SignedKind::kNotarize};     // of a statement
  SignedClass floor_of{SignedClass::kVotes};  // of a floor
  Epoch epoch{kFirstEpoch};
  std::uint64_t position{0};
  Digest digest;  // zero for a floor

  friend bool operator==(const SignEntry&, const SignEntry&) = default;
};

class SignGuard {
 public:
  // Positions kept per class and epoch; epochs kept.
  struct Windows {
    std::size_t positions_max{4'096};
    std::size_t epochs_max{2};
  };
  explicit SignGuard(Digest genesis) : SignGuard(genesis, Windows{}) {}
  SignGuard(Digest genesis, Windows windows) : genesis_(genesis), windows_(windows) {}

  enum class Judgement : std::uint8_t { kNew, kRepeated };
  // kGuard with a sentence when the statement must not be signed; kWrongChain for another chain.
  [[nodiscard]] Result<Judgement> judge(const SigningRequest& request) const;
  // Requires a judgement of kNew: call it once the record of it is durable.
  void add(const SigningRequest& request);

  // From a record, in its order. kCorrupt when an entry contradicts what is known.
  [[nodiscard]] Status restore(const SignEntry& entry);
  // Everything, in an order that restores the same guard.
  [[nodiscard]] std::vector<SignEntry> entries() const;

  [[nodiscard]] const Digest& genesis() const { return genesis_; }
  // Highest view with a vote in the newest epoch; for people.
  [[nodiscard]] View highest_view() const;
  [[nodiscard]] Epoch newest_epoch() const;

  friend bool operator==(const SignGuard& a, const SignGuard& b) {
    return a.genesis_ == b.genesis_ && a.epochs_ == b.epochs_ && a.lowest_ == b.lowest_;
  }

 private:
  struct Window {
    std::map<std::uint64_t, std::map<SignedKind, Digest>> at;
    std::uint64_t floor{0};  // at or below it nothing new is signed

    friend bool operator==(const Window&, const Window&) = default;
  };
  using Book = std::map<SignedClass, Window>;

  [[nodiscard]] const Window* find(const SigningRequest& request) const;

  Digest genesis_;
  Windows windows_;
  std::map<Epoch, Book> epochs_;
  Epoch lowest_{0};  // epochs below it are forgotten: nothing of them is signed
};

}  // namespace huangpu::consensus
