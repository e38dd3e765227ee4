// GovernanceBook: proposals, pending settings and the change of epochs, as they stand while a block
// executes (SPEC L-123..L-129).
//
// Small and always in memory, unlike the overlay's entries: the epochs entry, the list of open
// proposals, and the settings of the current epoch. Proposals are read when named. Changes of a
// block are kept apart until accept(), so that a block that fails leaves no trace.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "ledger/state/delta.hpp"
#include "ledger/state/reader.hpp"
#include "ledger/types/governance.hpp"

namespace huangpu::ledger {

class GovernanceBook {
 public:
  explicit GovernanceBook(const StateReader& reader) : reader_(reader) {}

  // From the stored state. kCorrupt when an entry is missing or does not decode.
  [[nodiscard]] Status load();

  [[nodiscard]] const EpochsValue& epochs() const { return now_.epochs; }
  [[nodiscard]] const ProposalsValue& proposals() const { return now_.proposals; }
  // What the current epoch runs under.
  [[nodiscard]] const EpochSettings& current() const { return now_.current; }
  // What the next accepted change alters: pending, else announced, else current settings.
  [[nodiscard]] const EpochSettings& base() const;
  // What the epoch before that base runs under: announced, else current settings.
  [[nodiscard]] const EpochSettings& predecessor() const;
  [[nodiscard]] bool has_participant(ParticipantId participant) const;

  // Null if there is none of this number. Changing it through the pointer needs touch().
  [[nodiscard]] ProposalValue* find(std::uint64_t number);
  void touch(std::uint64_t number) { changed_proposals_[number] = true; }
  std::uint64_t add(ProposalValue proposal);
  void close(std::uint64_t number, ProposalStatus status, Height height);
  // An accepted change's result; earlier declarations of readiness are void.
  void set_pending(EpochSettings settings);

  // Members of the pending settings whose declarations were verified. Unknown names and
  // repetitions change nothing.
  void declare_ready(std::span<const std::string> names);

  // The end of a block: proposals expire, an announcement is made or becomes current (SPEC L-127).
  void end_block(Height height, TimestampMs time);

  void write_changes(StateDelta& delta) const;
  // True if write_changes would write the epochs entry.
  [[nodiscard]] bool epochs_changed() const { return epochs_changed_; }
  void accept();
  void undo();
  // kCorrupt once a stored proposal did not decode.
  [[nodiscard]] const Status& status() const { return status_; }

 private:
  struct Standing {
    EpochsValue epochs;
    ProposalsValue proposals;
    EpochSettings current;
  };

  [[nodiscard]] bool may_announce(Height height) const;

  const StateReader& reader_;
  Standing stored_;  // as of the last block that stands
  Standing now_;
  bool epochs_changed_ = false;
  bool proposals_changed_ = false;
  std::optional<Epoch> opened_;  // an epoch that this block's boundary began
  std::map<std::uint64_t, ProposalValue> loaded_;
  std::map<std::uint64_t, bool> changed_proposals_;
  Status status_;
};

}  // namespace huangpu::ledger
