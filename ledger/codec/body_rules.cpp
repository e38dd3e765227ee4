#include "ledger/codec/body_rules.hpp"

#include <algorithm>
#include <limits>

#include "crypto/base/civil.hpp"
#include "ledger/codec/agreed_body.hpp"
#include "ledger/codec/payment_rules.hpp"
#include "ledger/types/limits.hpp"

namespace huangpu::ledger {
namespace {

Status refuse(std::string_view what) {
  return fail(Errc::kMalformed, "transaction: " + std::string(what));
}

bool strictly_ascending(const std::vector<crypto::KeyId>& keys) {
  return std::ranges::adjacent_find(keys, std::ranges::greater_equal{}) == keys.end();
}

Status numbered(std::uint64_t number) {
  return number == 0 ? refuse("proposals count from 1") : Status{};
}

// One overload per operation that has rules; the others need nothing.
struct OperationRules {
  Status operator()(const OpenAccounts& op) const {
    if (op.count == 0 || op.count > kOpenAccountsMax)
      return refuse("count of accounts out of range");
    if (op.first_number > std::numeric_limits<std::uint64_t>::max() - (op.count - 1)) {
      return refuse("account numbers exceed 64 bits");
    }
    return {};
  }
  Status operator()(const Transfer& op) const {
    return is_valid_purpose(op.purpose) ? Status{} : refuse("invalid purpose code");
  }
  Status operator()(const BulkTransfer& op) const {
    if (op.mode < BulkMode::kIndependent || op.mode > BulkMode::kLinked) {
      return refuse("unknown bulk mode");
    }
    HP_TRY(BulkRecords::parse(op.records, op.mode == BulkMode::kLinked));
    return {};
  }
  Status operator()(const RegisterKey& op) const {
    return op.key.empty() ? refuse("no key to register") : Status{};
  }
  Status operator()(const RotateKey& op) const {
    return op.new_key.empty() ? refuse("no key to rotate to") : Status{};
  }
  Status operator()(const SetAccountAuthority& op) const {
    if (op.keys.size() > kAuthorityKeysMax) return refuse("too many authority keys");
    if (!strictly_ascending(op.keys)) return refuse("authority keys not strictly ascending");
    if (op.threshold > op.keys.size()) return refuse("threshold above the number of keys");
    if (op.threshold == 0 && !op.keys.empty()) return refuse("threshold zero with keys");
    return {};
  }
  Status operator()(const RegisterCertificate& op) const {
    return role_from_number(static_cast<std::uint64_t>(op.role)) ? Status{}
                                                                 : refuse("unknown role");
  }
  template <class Op>
  Status operator()(const Op& op) const {
    return check_payment_operation(op);
  }
  Status operator()(const Issue&) const { return {}; }
  Status operator()(const Redeem&) const { return {}; }
  Status operator()(const RevokeKey&) const { return {}; }
  Status operator()(const RevokeCertificate&) const { return {}; }
  Status operator()(const ProposeChange& op) const {
    return op.expires.value() == 0 ? refuse("a proposal that never expires") : Status{};
  }
  Status operator()(const VoteOnProposal& op) const { return numbered(op.number); }
  Status operator()(const WithdrawProposal& op) const { return numbered(op.number); }
};

}  // namespace

bool is_valid_reference_id(std::string_view id) {
  constexpr std::string_view kPunctuation = "/-?:().,'+ ";
  if (id.empty() || id.size() > kReferenceCharsMax || id.front() == ' ' || id.back() == ' ') {
    return false;
  }
  return std::ranges::all_of(id, [kPunctuation](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           kPunctuation.find(c) != std::string_view::npos;
  });
}

Status check_body(const TransactionBody& body) {
  if (body.submitter == ParticipantId(0)) return refuse("no submitter");
  if (body.valid_from > body.valid_until) return refuse("validity ends before it begins");
  if (body.signers.empty() || body.signers.size() > kEnvelopeSignaturesMax) {
    return refuse("number of signers out of range");
  }
  if (!strictly_ascending(body.signers)) return refuse("signers not strictly ascending");
  if (body.reference) {
    if (!is_valid_reference_id(body.reference->id)) return refuse("invalid client reference");
    if (!day_from_yyyymmdd(body.reference->date)) return refuse("invalid date of client reference");
  }
  if (!body.reference && needs_reference(body.operation)) {
    return refuse("a payment without client reference");
  }
  return std::visit(OperationRules{}, body.operation);
}

}  // namespace huangpu::ledger
