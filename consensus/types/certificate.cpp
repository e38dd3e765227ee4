#include "consensus/types/certificate.hpp"

namespace huangpu::consensus {

const char* to_string(SignedKind kind) {
  switch (kind) {
    case SignedKind::kPropose:
      return "propose";
    case SignedKind::kNotarize:
      return "notarize";
    case SignedKind::kNullify:
      return "nullify";
    case SignedKind::kFinalize:
      return "finalize";
    case SignedKind::kBatch:
      return "batch";
    case SignedKind::kReady:
      return "ready";
    case SignedKind::kCommit:
      return "commit";
  }
  return "unknown";
}

const char* to_string(VoteKind kind) { return to_string(signed_kind(kind)); }

}  // namespace huangpu::consensus
