// Follows a chain by commit certificates alone (SPEC C-96..C-99).
//
// Keeps one epoch record and the newest certified commit message. Accepts a message only under the
// record of its own epoch, above the boundary that started the epoch, and with height and time in
// the same order as what it holds; leaves an epoch only through a certified boundary. Two certified
// messages for one height freeze it for good: more than f validators have signed both.
#pragma once

#include <optional>

#include "consensus/light/finality_proof.hpp"

namespace huangpu::consensus {

class LightClient {
 public:
  // `verifier` outlives the client. `trusted` is the first record, or one from a trusted anchor;
  // `anchor` then is the boundary message that started it.
  LightClient(ChainContext chain, EpochRecord trusted, const crypto::Verifier& verifier,
              std::optional<CommitMessage> anchor = std::nullopt);

  // kConflict freezes; any other error leaves the client as it was. Accepting what it holds already
  // is no error.
  Status accept(const CommitCertificate& certificate);
  // Moves on to the next epoch.
  Status advance(const EpochLink& link);

  [[nodiscard]] const EpochRecord& record() const { return record_; }
  [[nodiscard]] const std::optional<CommitMessage>& newest() const { return newest_; }
  [[nodiscard]] bool frozen() const { return freeze_.has_value(); }
  // The two certificates that froze it; the first is the one it had accepted.
  struct Freeze {
    CommitCertificate first;
    CommitCertificate second;
  };
  [[nodiscard]] const std::optional<Freeze>& freeze() const { return freeze_; }

 private:
  [[nodiscard]] Status check_order(const CommitMessage& message) const;

  ChainContext chain_;
  EpochRecord record_;
  const crypto::Verifier& verifier_;
  std::optional<CommitMessage> epoch_start_;  // the boundary that started the record's epoch
  std::optional<CommitMessage> newest_;
  std::optional<CommitCertificate> certificate_;  // of newest_
  std::optional<Freeze> freeze_;
};

}  // namespace huangpu::consensus
