#include "tools/audit/finding.hpp"

namespace huangpu::tools {

std::string_view name(Check check) {
  switch (check) {
    case Check::kStorage:
      return "storage";
    case Check::kRecord:
      return "record";
    case Check::kMissing:
      return "missing";
    case Check::kGenesis:
      return "genesis";
    case Check::kChain:
      return "chain";
    case Check::kEpoch:
      return "epoch";
    case Check::kTime:
      return "time";
    case Check::kView:
      return "view";
    case Check::kBody:
      return "body";
    case Check::kCut:
      return "cut";
    case Check::kJustification:
      return "justification";
    case Check::kFinalization:
      return "finalization";
    case Check::kEvidence:
      return "evidence";
    case Check::kBatch:
      return "batch";
    case Check::kEnvelope:
      return "envelope";
    case Check::kClientSignature:
      return "client-signature";
    case Check::kExecution:
      return "execution";
    case Check::kConservation:
      return "conservation";
    case Check::kCommitMessage:
      return "commit-message";
    case Check::kCommitCertificate:
      return "commit-certificate";
    case Check::kCertifiedResult:
      return "certified-result";
  }
  return "unknown";
}

std::string describe(const Finding& finding) {
  std::string text = "height " + std::to_string(finding.height.value());
  if (finding.offset) text += ", offset " + std::to_string(*finding.offset);
  if (!finding.subject.empty()) text += ", " + finding.subject;
  text += ": " + finding.message;
  text += "\n  check     " + std::string(name(finding.check)) + " (" +
          std::to_string(static_cast<unsigned>(finding.check)) + ")";
  if (!finding.expected.empty()) text += "\n  expected  " + finding.expected;
  if (!finding.found.empty()) text += "\n  found     " + finding.found;
  for (const std::string& line : finding.details) text += "\n  " + line;
  return text;
}

}  // namespace huangpu::tools
