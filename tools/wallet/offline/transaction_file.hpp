// The transaction file: one instruction on its way between the machines of those who sign it
// (docs/protocol/transaction-file.md, SPEC W-50..W-53).
//
// It holds one canonical body and says how other bodies follow from it: with the same window moved
// on in steps, and with every choice of signers that would be enough. Each of them is a form of the
// instruction. Signers sign all forms that name them; whoever sends picks the one whose window is
// open and whose signers have signed. All forms share one client reference, so the chain lets only
// one of them act.
//
// One spelling: what is not exactly the text format_transaction_file() gives is refused. The file
// carries no trust: names and decimals come from the genesis document, whose hash is the chain id
// in the body. Pure; parsing is total, bounded in memory and time.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"
#include "crypto/sign/public_key.hpp"
#include "crypto/sign/signature.hpp"
#include "ledger/types/ids.hpp"
#include "ledger/types/limits.hpp"

namespace huangpu::tools {

inline constexpr std::uint32_t kTransactionFileVersion = 1;
inline constexpr std::size_t kTransactionFileBytesMax = 64U << 20;
// Genesis documents beyond this travel beside the file.
inline constexpr std::size_t kCarriedGenesisBytesMax = 4U << 20;
// Windows times choices of signers; and that times the bytes of the body, which is what hashing all
// forms costs.
inline constexpr std::size_t kFormsMax = 8'192;
inline constexpr std::uint64_t kFormsBytesMax = 1ULL << 30;
inline constexpr std::size_t kNamedAccountsMax = 2 * ledger::kBulkRecordsMax + 2;

// Windows are as long as the body's own and begin `step_ms` after each other.
struct Windows {
  std::uint32_t count = 1;
  std::uint64_t step_ms = 0;  // 0 exactly when there is one
  friend bool operator==(const Windows&, const Windows&) = default;
};

// Enough are all of `all_of` with any `any` of `of`. Both ascend and have no key in common; `any`
// is less than the number of keys in `of`, or both are empty. At most kEnvelopeSignaturesMax keys.
struct SignerPlan {
  std::vector<crypto::KeyId> all_of;
  std::size_t any = 0;
  std::vector<crypto::KeyId> of;
  friend bool operator==(const SignerPlan&, const SignerPlan&) = default;
};

// Which account an id stands for; whoever reads the file computes the id and compares.
struct NamedAccount {
  ledger::ParticipantId participant;
  std::uint64_t number = 0;
  friend bool operator==(const NamedAccount&, const NamedAccount&) = default;
  friend auto operator<=>(const NamedAccount&, const NamedAccount&) = default;
};

// By one key, over each form that names it, in the order of forms.
struct KeySignatures {
  crypto::PublicKey key;
  std::vector<crypto::Signature> signatures;
  friend bool operator==(const KeySignatures&, const KeySignatures&) = default;
};

struct TransactionFile {
  Bytes body;  // canonical: the first form
  Windows windows;
  SignerPlan signers;
  std::vector<NamedAccount> accounts;     // ascending
  std::string genesis;                    // the document, or empty
  std::vector<KeySignatures> signatures;  // ascending by key id
  friend bool operator==(const TransactionFile&, const TransactionFile&) = default;
};

[[nodiscard]] std::string format_transaction_file(const TransactionFile& file);

// kMalformed names what is wrong; kUnsupportedVersion for another version of file or body;
// kOutOfRange for a file that is too long or has too many forms.
[[nodiscard]] Result<TransactionFile> parse_transaction_file(std::string_view text);

// The rules that hold beyond the spelling, also for a file that is about to be written.
[[nodiscard]] Status check_transaction_file(const TransactionFile& file);

// All sets of keys that are enough, each ascending: every choice of `any` of `of`, in lexicographic
// order of places, together with `all_of`. Requires a checked plan.
[[nodiscard]] std::vector<std::vector<crypto::KeyId>> signer_sets(const SignerPlan& plan);

}  // namespace huangpu::tools
