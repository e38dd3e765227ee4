#include "node/api/authorisation.hpp"

#include <algorithm>

namespace huangpu::node {
namespace {

// Roles that genesis trusts with everybody's data (SPEC N-204).
bool reads_all(ledger::Role role) {
  switch (role) {
    case ledger::Role::kAuditor:
    case ledger::Role::kSupervisor:
      return true;
    case ledger::Role::kParticipant:
    case ledger::Role::kIssuer:
    case ledger::Role::kOperator:
    case ledger::Role::kGovernor:
      return false;
  }
  return false;
}

bool submits(ledger::Role role) {
  switch (role) {
    case ledger::Role::kParticipant:
    case ledger::Role::kIssuer:
    case ledger::Role::kGovernor:
    case ledger::Role::kOperator:
      return true;
    case ledger::Role::kAuditor:
    case ledger::Role::kSupervisor:
      return false;
  }
  return false;
}

}  // namespace

Verdict authorise(const Principal& caller, Call call,
                  std::span<const ledger::ParticipantId> about) {
  const bool is_own = std::find(about.begin(), about.end(), caller.participant) != about.end();
  switch (call) {
    case Call::kSubmit:
      return submits(caller.role) && is_own ? Verdict::kAllowed : Verdict::kDenied;
    case Call::kReadTransaction:
    case Call::kReadAccount:
      return reads_all(caller.role) || is_own ? Verdict::kAllowed : Verdict::kHidden;
    case Call::kReadPublic:
    case Call::kSubscribe:
    case Call::kReadStatus:
      return Verdict::kAllowed;
  }
  return Verdict::kDenied;
}

}  // namespace huangpu::node
