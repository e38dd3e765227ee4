#include "consensus/types/evidence.hpp"

#include <utility>

namespace huangpu::consensus {

std::optional<EvidenceKind> classify(const Statement& first, const Statement& second) {
  if (first.position != second.position) return std::nullopt;
  const auto kinds = std::minmax(first.kind, second.kind);
  if (kinds.first == SignedKind::kNullify && kinds.second == SignedKind::kFinalize) {
    return EvidenceKind::kFinalizeAndNullify;
  }
  if (first.kind != second.kind || first.digest == second.digest) return std::nullopt;
  switch (first.kind) {
    case SignedKind::kPropose:
      return EvidenceKind::kDoublePropose;
    case SignedKind::kNotarize:
      return EvidenceKind::kDoubleNotarize;
    case SignedKind::kFinalize:
      return EvidenceKind::kDoubleFinalize;
    case SignedKind::kBatch:
      return EvidenceKind::kLaneEquivocation;
    case SignedKind::kCommit:
      return EvidenceKind::kDoubleCommit;
    // A nullify has no content to differ in; a later ready lawfully replaces an earlier one.
    case SignedKind::kNullify:
    case SignedKind::kReady:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<EvidenceKind> kind_of(const Evidence& evidence) {
  if (std::holds_alternative<BadBatch>(evidence.proof)) return EvidenceKind::kBadBatch;
  const Conflict& conflict = std::get<Conflict>(evidence.proof);
  return classify(conflict.first, conflict.second);
}

Statement statement_of(const Vote& vote) {
  return {signed_kind(vote.kind), vote.view.value(), vote.digest, vote.signature};
}

const char* to_string(EvidenceKind kind) {
  switch (kind) {
    case EvidenceKind::kDoublePropose:
      return "two proposals for one view";
    case EvidenceKind::kDoubleNotarize:
      return "two notarize votes for one view";
    case EvidenceKind::kDoubleFinalize:
      return "two finalize votes for one view";
    case EvidenceKind::kFinalizeAndNullify:
      return "finalize and nullify for one view";
    case EvidenceKind::kLaneEquivocation:
      return "two batches at one lane position";
    case EvidenceKind::kDoubleCommit:
      return "two commit messages for one height";
    case EvidenceKind::kBadBatch:
      return "a batch with an inadmissible envelope";
  }
  return "unknown";
}

}  // namespace huangpu::consensus
