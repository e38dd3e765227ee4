// The votes of one view, one slot per validator and kind (SPEC C-110..C-112).
//
// Signatures of authenticated peers are checked when a slot set could make a certificate, not on
// arrival: a vote that never decides anything costs no curve operation. Slots are sets, so nobody
// is counted twice.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "consensus/codec/verify.hpp"
#include "consensus/types/message.hpp"

namespace huangpu::consensus {

class VotePool {
 public:
  explicit VotePool(std::size_t validators) : slots_(validators) {}

  enum class Added : std::uint8_t { kNew, kKnown, kConflict };
  struct AddResult {
    Added added{Added::kKnown};
    std::optional<Vote> other;  // kConflict: the vote that excludes the new one
  };
  // A conflicting vote is not stored. The signer must be a member.
  AddResult add(const Vote& vote, bool verified);
  // Empties a slot whose signature turned out to be bad.
  void drop(VoteKind kind, ValidatorIndex signer);

  [[nodiscard]] const Vote* find(VoteKind kind, ValidatorIndex signer) const;
  [[nodiscard]] SignerSet voters(VoteKind kind) const;  // whatever the digest
  [[nodiscard]] SignerSet voters(VoteKind kind, const Digest& digest) const;

  // A certificate for (kind, digest) if verified votes reach the quorum. Slots with bad signatures
  // are emptied and their owners named in `liars`.
  [[nodiscard]] std::optional<Certificate> certificate(VoteKind kind, const Digest& digest,
                                                       const VerifyContext& context,
                                                       std::vector<ValidatorIndex>& liars);

 private:
  struct Slot {
    std::optional<Vote> vote;
    bool verified{false};
  };
  static constexpr std::size_t kKinds = 3;
  [[nodiscard]] static std::size_t place(VoteKind kind) {
    return static_cast<std::size_t>(kind) - 2;
  }

  std::vector<std::array<Slot, kKinds>> slots_;
};

}  // namespace huangpu::consensus
