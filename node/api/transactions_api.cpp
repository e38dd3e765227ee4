#include "node/api/transactions_api.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "ledger/types/limits.hpp"

namespace huangpu::node {
namespace {

// A refused envelope costs as much as one signature, so that garbage is not free.
constexpr std::uint64_t kSignaturesMin = 1;

bool may_see(const Principal& caller, ledger::ParticipantId submitter) {
  return authorise(caller, Call::kReadTransaction, std::array{submitter}) == Verdict::kAllowed;
}

// Reads a protobuf varint; advances `at`. False at the end or beyond 64 bits.
bool read_varint(ByteView bytes, std::size_t& at, std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (at >= bytes.size()) return false;
    const auto byte = bytes[at++];
    value |= std::uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

}  // namespace

std::uint64_t count_signatures(ByteView envelope) {
  // Field 1 is the body, field 2 a signature; both are length-delimited (wire type 2).
  constexpr std::uint64_t kBodyTag = (1 << 3) | 2;
  constexpr std::uint64_t kSignatureTag = (2 << 3) | 2;
  std::uint64_t count = 0;
  for (std::size_t at = 0; at < envelope.size();) {
    std::uint64_t tag = 0;
    std::uint64_t length = 0;
    if (!read_varint(envelope, at, tag) || !read_varint(envelope, at, length)) return 0;
    if (tag != kBodyTag && tag != kSignatureTag) return 0;
    if (length > envelope.size() - at) return 0;
    at += static_cast<std::size_t>(length);
    if (tag == kSignatureTag && ++count > ledger::kEnvelopeSignaturesMax) break;
  }
  return count;
}

TransactionsApi::TransactionsApi(NodeBackend& backend, TransactionTracker& tracker,
                                 QuotaTable& quotas)
    : backend_(backend), tracker_(tracker), quotas_(quotas) {}

Status TransactionsApi::may_submit(const Principal& caller) const {
  if (authorise(caller, Call::kSubmit, std::array{caller.participant}) == Verdict::kAllowed) {
    return {};
  }
  return fail(Errc::kDenied, "this role submits nothing");
}

tl::expected<void, Throttled> TransactionsApi::charge(const Principal& caller, ByteView envelope) {
  return quotas_.charge_envelope(caller, envelope.size(),
                                 std::max(kSignaturesMin, count_signatures(envelope)));
}

void TransactionsApi::submit(std::vector<Bytes> envelopes, const Principal& caller,
                             NodeBackend::SubmitDone done) {
  backend_.submit(std::move(envelopes), caller, std::move(done));
}

Result<TransactionUpdate> TransactionsApi::transaction(const Principal& caller,
                                                       const ledger::TxId& txid) {
  const auto unknown = [] { return fail(Errc::kNotFound, "no such transaction"); };
  auto tracked = tracker_.find(txid);
  if (!tracked || tracked->stage == TransactionStage::kExecuted) {
    auto stored = backend_.find_transaction(txid);
    if (stored && stored->stage == TransactionStage::kExecuted) {
      tracker_.recall(*stored);                  // whoever watches is told when it is final
      stored = backend_.find_transaction(txid);  // which it may have become in between
    }
    if (stored) {
      tracker_.recall(*stored);
      tracked = std::move(*stored);
    } else if (!tracked) {
      if (stored.error().code == Errc::kNotFound) return unknown();
      return stored;
    }
  }
  if (!may_see(caller, tracked->submitter)) return unknown();
  return *tracked;
}

Result<TransactionUpdate> TransactionsApi::transaction(const Principal& caller,
                                                       const ReferenceKey& reference) {
  const auto unknown = [] { return fail(Errc::kNotFound, "no such transaction"); };
  if (!may_see(caller, reference.participant)) return unknown();
  auto txid = backend_.find_reference(reference);
  if (!txid) {
    if (txid.error().code == Errc::kNotFound) return unknown();
    return tl::unexpected(std::move(txid).error());
  }
  return transaction(caller, *txid);
}

Result<TransactionTracker::Watch> TransactionsApi::watch(const Principal& caller,
                                                         const ledger::TxId& txid,
                                                         TransactionTracker::Watcher watcher) {
  return tracker_.watch(txid,
                        [caller, watcher = std::move(watcher)](const TransactionUpdate& update) {
                          if (may_see(caller, update.submitter)) watcher(update);
                        });
}

}  // namespace huangpu::node
