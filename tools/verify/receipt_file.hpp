// The receipt file: everything that proves what became of one transaction, in one JSON document
// (docs/protocol/receipt-file.md, SPEC W-45..W-47).
//
// There is one spelling of every document: what is not exactly the text format_receipt_file() gives
// is refused, so that no byte of a file can change unnoticed. The file carries no trust of its own;
// who reads it needs the genesis document.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/base/result.hpp"
#include "ledger/types/ids.hpp"
#include "tools/verify/finality_proof.hpp"

namespace huangpu::tools {

inline constexpr std::uint32_t kReceiptFileVersion = 1;
inline constexpr std::size_t kReceiptFileBytesMax = 64U << 20;

struct ReceiptFile {
  ledger::ChainId chain;
  ledger::TxId txid;
  ReceiptRecords records;
  friend bool operator==(const ReceiptFile&, const ReceiptFile&) = default;
};

[[nodiscard]] std::string format_receipt_file(const ReceiptFile& file);

// kMalformed names the field; kUnsupportedVersion for another version.
[[nodiscard]] Result<ReceiptFile> parse_receipt_file(std::string_view text);

// Checks the whole text against the genesis: steps "file", "chain", then those of check_receipt().
[[nodiscard]] ProofChecker::ReceiptReport verify_receipt_text(const ProofChecker& checker,
                                                              std::string_view text);

}  // namespace huangpu::tools
