#include "tools/wallet/batch/history.hpp"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <system_error>

#include "ledger/store/text_file.hpp"
#include "ledger/types/result_code.hpp"
#include "tools/wallet/batch/results.hpp"

namespace huangpu::tools {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kUsesShown = 5;

Result<JournalContent> read_journal(const fs::path& path) {
  HP_TRY_ASSIGN(const std::string text, ledger::read_text_file(path, kJournalBytesMax));
  auto content = parse_journal(text);
  if (!content) return fail(content.error(), path.string());
  return content;
}

Result<std::vector<fs::path>> journals_in(const fs::path& folder) {
  std::vector<fs::path> journals;
  std::error_code error;
  if (!fs::exists(folder, error) && !error) return journals;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() == ".journal") journals.push_back(entry->path());
  }
  if (error) return fail(Errc::kIo, folder.string() + ": " + error.message());
  std::ranges::sort(journals);
  return journals;
}

// Only a record of a bulk transfer has a proven result (SPEC W-33).
bool is_without_effect(const JournalContent& run, std::size_t payment) {
  if (run.header.options.style != BatchStyle::kBulk) return false;
  const std::size_t lines = lines_per_part(run.header.options);
  const auto result = run.results.find(payment / lines);
  if (result == run.results.end()) return false;
  const std::uint16_t number = payment_code(result->second, payment % lines);
  const auto code = ledger::result_code_from_number(number);
  return code && !ledger::has_effect(*code);
}

std::string describe(const PaymentFile& file, const std::vector<EarlierUse>& uses) {
  std::string text;
  for (std::size_t i = 0; i < std::min(uses.size(), kUsesShown); ++i) {
    const EarlierUse& use = uses[i];
    const Payment& payment = file.payments[use.payment];
    text += "\nline " + std::to_string(payment.line) + ": " + payment.reference + ", sent with " +
            use.file_name + " of " + std::to_string(use.date) + ", journal " +
            use.journal.filename().string();
  }
  if (uses.size() > kUsesShown) {
    text += "\nand " + std::to_string(uses.size() - kUsesShown) + " more";
  }
  return text;
}

}  // namespace

Result<std::unique_ptr<HistoryLock>> HistoryLock::take(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return fail(Errc::kIo, folder.string() + ": " + error.message());
  const fs::path path = folder / "lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor >= 0) {
    std::unique_ptr<HistoryLock> lock(new HistoryLock(descriptor));
    int result = 0;
    do {
      result = ::flock(descriptor, LOCK_EX);
    } while (result != 0 && errno == EINTR);
    if (result == 0) return lock;
  }
  return fail(Errc::kIo, path.string() + ": " + std::generic_category().message(errno));
}

HistoryLock::~HistoryLock() { ::close(descriptor_); }

Result<std::vector<EarlierUse>> find_earlier_uses(const fs::path& folder,
                                                  const RunIdentity& identity,
                                                  const PaymentFile& file) {
  std::map<std::size_t, EarlierUse> uses;
  absl::flat_hash_map<ReferenceDigest, std::size_t> places;
  places.reserve(file.payments.size());
  for (std::size_t i = 0; i < file.payments.size(); ++i) {
    places.emplace(reference_digest(file.payments[i].reference), i);
  }
  HP_TRY_ASSIGN(const auto journals, journals_in(folder));
  for (const fs::path& path : journals) {
    const auto run = read_journal(path);
    if (!run) {
      return fail(
          run.error().code,
          run.error().message +
              "; what was paid with it cannot be told, so no new file is begun. Restore it, "
              "or move it away once none of its payments can be in this file");
    }
    if (run->header.chain != identity.chain || run->header.payer != identity.payer) continue;
    for (std::size_t i = 0; i < run->header.references.size(); ++i) {
      const auto place = places.find(run->header.references[i]);
      if (place == places.end() || is_without_effect(*run, i)) continue;
      uses.try_emplace(place->second,
                       EarlierUse{place->second, run->header.file_name, run->header.date, path});
    }
  }
  std::vector<EarlierUse> found;
  found.reserve(uses.size());
  for (auto& [payment, use] : uses) found.push_back(std::move(use));
  return found;
}

Result<std::size_t> select_payments(const fs::path& journal, const RunIdentity& identity,
                                    bool only_new, PaymentFile& file) {
  const std::size_t before = file.payments.size();
  if (Journal::exists(journal)) {
    HP_TRY_ASSIGN(const JournalContent begun, read_journal(journal));
    const absl::flat_hash_set<ReferenceDigest> kept(begun.header.references.begin(),
                                                    begun.header.references.end());
    std::erase_if(file.payments, [&kept](const Payment& payment) {
      return !kept.contains(reference_digest(payment.reference));
    });
    return before - file.payments.size();
  }
  HP_TRY_ASSIGN(const auto uses, find_earlier_uses(journal.parent_path(), identity, file));
  if (uses.empty()) return 0;
  if (!only_new || uses.size() == before) {
    return fail(
        Errc::kAlreadyExists,
        std::to_string(uses.size()) + " of the " + std::to_string(before) +
            " payments of this file were sent with another file before; nothing is sent:" +
            describe(file, uses) +
            (uses.size() == before ? "\nNo payment of this file is new. "
                                   : "\nTo pay only the others, repeat with --only-new. ") +
            "To finish the earlier run, run its file again as it was. A payment that is to be made "
            "besides the earlier one needs a new reference");
  }
  auto use = uses.begin();
  std::size_t index = 0;
  std::erase_if(file.payments, [&](const Payment&) {
    const bool used = use != uses.end() && use->payment == index++;
    if (used) ++use;
    return used;
  });
  return before - file.payments.size();
}

}  // namespace huangpu::tools
