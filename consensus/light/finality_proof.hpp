// Proof, for people without a node, that a commit message of some height is final (SPEC
// C-90..C-95).
//
// Chain of trust: a trusted epoch record (genesis gives the first one), one certified boundary per
// past epoch, a certified commit message, and a history path from it down to the height in
// question. What a commit message says about receipts and state is then a matter of Merkle paths
// (ledger). Pure; owns nothing.
#pragma once

#include <optional>
#include <vector>

#include "consensus/codec/verify.hpp"
#include "consensus/types/commit.hpp"
#include "consensus/types/epoch.hpp"
#include "crypto/hash/mmr.hpp"

namespace huangpu::consensus {

// The end of one epoch: the certified boundary message and the record it names.
struct EpochLink {
  CommitCertificate boundary;
  EpochRecord next;

  friend bool operator==(const EpochLink&, const EpochLink&) = default;
};

// From the certified message down to an earlier one: leaf number height-1 of its history root.
struct HistoryPath {
  CommitMessage message;
  crypto::MmrPath path;

  friend bool operator==(const HistoryPath&, const HistoryPath&) = default;
};

struct FinalityProof {
  std::vector<EpochLink> epochs;       // ascending, from the trusted record's epoch on
  CommitCertificate certificate;       // of the last epoch reached
  std::optional<HistoryPath> history;  // absent if the certificate itself is of the wanted height

  friend bool operator==(const FinalityProof&, const FinalityProof&) = default;
};

inline constexpr std::size_t kEpochLinksMax = 4'096;
inline constexpr std::size_t kFinalityProofBytesMax = 64u << 20;

// The record of the epoch that `link` starts. `record` is the epoch before it.
[[nodiscard]] Result<EpochRecord> verify_epoch_link(const ChainContext& chain,
                                                    const crypto::Verifier& verifier,
                                                    const EpochRecord& record,
                                                    const EpochLink& link);

// That `history.message` precedes `newer` in the history `newer` commits to.
[[nodiscard]] Status verify_history(SuiteId suite, const CommitMessage& newer,
                                    const HistoryPath& history);

// The proven commit message: of the certificate, or of the history path if there is one.
[[nodiscard]] Result<CommitMessage> verify_finality(const ChainContext& chain,
                                                    const crypto::Verifier& verifier,
                                                    const EpochRecord& trusted,
                                                    const FinalityProof& proof);

void write(Writer& out, const EpochLink& link);
[[nodiscard]] EpochLink read_epoch_link(Reader& in);
// Version u16 first. Embedded in receipts files and answered by the API.
[[nodiscard]] Bytes encode(const FinalityProof& proof);
[[nodiscard]] Result<FinalityProof> decode_finality_proof(ByteView bytes);

}  // namespace huangpu::consensus
