// The memory of a batch run: what was decided before the first payment was sent, and what each part
// came to (docs/operator/wallet.md, SPEC W-29..W-32).
//
// One text file per payment file, in the wallet's folder, named by the payment file's hash. Lines
// of "CHECK JSON\n", CHECK being the first 8 hexadecimal digits of the JSON's SHA-256; the first
// line is the header, and lines with digests of the payments' references follow it. They are on
// disk before anything is sent, and protect from paying twice: with them every part's reference and
// its date can be made again, and another file with one of the payments is recognised
// (history.hpp). Results are remembered so that a later run need not ask for them. A torn last line
// is cut off; damage anywhere else is refused.
//
// Ownership: holds the file and a lock on it; a second run of the same file is kAlreadyRunning.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "tools/wallet/batch/plan.hpp"

namespace huangpu::tools {

inline constexpr std::uint32_t kJournalVersion = 2;
inline constexpr std::size_t kJournalBytesMax = 1U << 30;

// The first bytes of the SHA-256 of a payment's reference. Reveals no reference, and is short
// enough for a million of them.
using ReferenceDigest = std::array<std::uint8_t, 16>;
[[nodiscard]] ReferenceDigest reference_digest(std::string_view reference);
[[nodiscard]] std::vector<ReferenceDigest> reference_digests(const PaymentFile& file);

struct JournalHeader {
  ledger::ChainId chain;
  ledger::ParticipantId payer;
  crypto::Digest content;
  std::size_t payments = 0;
  std::uint32_t date = 0;  // of all references, YYYYMMDD
  BatchOptions options;
  std::string file_name;                    // for people: what the file was called at first
  std::vector<ReferenceDigest> references;  // one per payment, in the file's order
  friend bool operator==(const JournalHeader&, const JournalHeader&) = default;
};

// What one part came to, for good.
struct PartResult {
  ledger::TxId txid;
  Height height;
  std::uint32_t index = 0;
  std::uint16_t code = 0;
  Bytes record_codes;  // bulk transfers that reached their operation
  friend bool operator==(const PartResult&, const PartResult&) = default;
};

using PartResults = std::map<std::size_t, PartResult>;

struct JournalContent {
  JournalHeader header;
  PartResults results;
  std::size_t bytes = 0;  // of whole lines; what follows was torn
};
[[nodiscard]] std::string format_header(const JournalHeader& header);
[[nodiscard]] std::string format_result(std::size_t part, const PartResult& result);
// kCorrupt names the line; kUnsupportedVersion for another version.
[[nodiscard]] Result<JournalContent> parse_journal(std::string_view text);

class Journal {
 public:
  // Opens the journal at `path`, or makes one with this header. kConflict when there is one that
  // says otherwise (its date and file name excepted).
  [[nodiscard]] static Result<std::unique_ptr<Journal>> open(const std::filesystem::path& path,
                                                             const JournalHeader& header);
  // Whether there is one already, without opening it.
  [[nodiscard]] static bool exists(const std::filesystem::path& path);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  [[nodiscard]] const JournalHeader& header() const { return content_.header; }
  [[nodiscard]] const PartResults& results() const { return content_.results; }
  // Written at once, durable after sync(): what is lost by a power cut is asked for again.
  [[nodiscard]] Status append(std::size_t part, const PartResult& result);
  [[nodiscard]] Status sync();

 private:
  Journal(std::filesystem::path path, int descriptor, JournalContent content);

  const std::filesystem::path path_;
  const int descriptor_;
  JournalContent content_;
};

}  // namespace huangpu::tools
