// What earlier runs sent, so that an edited payment file pays nothing again (SPEC W-30).
//
// A payment file is known by its hash; whoever corrects a line and runs it again has another file.
// Before such a file is begun, its references are looked for in the journals of all others.
//
// Errors: a journal that cannot be read is an error of its own, since nobody could say what it
// protects from.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "tools/wallet/batch/journal.hpp"

namespace huangpu::tools {

// One wallet at a time decides what is new; held until the journal of the new run is on disk.
class HistoryLock {
 public:
  // Makes the folder if it is not there. Waits for another wallet that is deciding.
  [[nodiscard]] static Result<std::unique_ptr<HistoryLock>> take(
      const std::filesystem::path& folder);
  ~HistoryLock();
  HistoryLock(const HistoryLock&) = delete;
  HistoryLock& operator=(const HistoryLock&) = delete;

 private:
  explicit HistoryLock(int descriptor) : descriptor_(descriptor) {}
  const int descriptor_;
};

struct RunIdentity {
  ledger::ChainId chain;
  ledger::ParticipantId payer;
};

struct EarlierUse {
  std::size_t payment = 0;  // index into PaymentFile::payments
  std::string file_name;    // of the earlier run
  std::uint32_t date = 0;   // of its references
  std::filesystem::path journal;
};

// Payments whose references an earlier run took up and of which it is not proven that they had no
// effect, ascending, each once. Proven are the refused records of bulk transfers; what became of
// individual payments is a node's word.
[[nodiscard]] Result<std::vector<EarlierUse>> find_earlier_uses(const std::filesystem::path& folder,
                                                                const RunIdentity& identity,
                                                                const PaymentFile& file);

// Leaves in `file` what the run is to pay, and returns how many payments were left out. With a
// journal: those it began with. Without: kAlreadyExists, naming lines and runs, when there are
// earlier uses, or, with `only_new`, the payments without one.
[[nodiscard]] Result<std::size_t> select_payments(const std::filesystem::path& journal,
                                                  const RunIdentity& identity, bool only_new,
                                                  PaymentFile& file);

}  // namespace huangpu::tools
