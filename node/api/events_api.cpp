#include "node/api/events_api.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "ledger/codec/envelope.hpp"
#include "ledger/types/receipt.hpp"
#include "node/api/movements.hpp"

namespace huangpu::node {
namespace {

// A read looks at no more transactions than this, however few the filter selects.
constexpr std::size_t kLookedAtMax = 4'096;

template <class T>
bool selects(const std::vector<T>& filter, const T& value) {
  return filter.empty() || std::find(filter.begin(), filter.end(), value) != filter.end();
}

}  // namespace

EventReader::EventReader(NodeBackend& backend, AccountOwners& owners, Principal caller,
                         EventRequest request)
    : backend_(backend),
      owners_(owners),
      caller_(std::move(caller)),
      request_(std::move(request)),
      next_(request_.from) {
  if (next_.height == Height{0}) next_ = {backend_.certified_height().next(), 0};
}

bool EventReader::more() const { return next_.height <= backend_.certified_height(); }

Result<std::vector<Event>> EventReader::read(std::size_t events_max) {
  std::vector<Event> events;
  std::size_t looked_at = 0;
  while (events.size() < events_max && looked_at < kLookedAtMax && more()) {
    if (block_ == nullptr) {
      // A revoked certificate ends its streams within one block.
      if (!backend_.identify(caller_.pin)) {
        return fail(Errc::kUnauthenticated, "the certificate was revoked");
      }
      HP_TRY_ASSIGN(block_, backend_.certified_block(next_.height));
    }
    const std::size_t entries = block_->transactions.size() + block_->changes.size();
    while (next_.index < entries && events.size() < events_max) {
      Event event;
      HP_TRY_ASSIGN(const bool is_visible, make_event(event));
      ++next_.index;
      ++looked_at;
      if (is_visible) {
        event.cursor = next_;
        events.push_back(std::move(event));
      }
    }
    if (next_.index < entries) continue;
    if (request_.blocks && events.size() == events_max) break;  // the block's own event is the next
    ++looked_at;
    const auto block = std::exchange(block_, nullptr);
    next_ = {next_.height.next(), 0};
    if (!request_.blocks) continue;
    Event event;
    event.cursor = next_;
    event.is_block = true;
    event.height = block->height;
    event.time = block->time;
    event.block_hash = to_bytes(block->block_hash.bytes());
    event.transaction_count = static_cast<std::uint32_t>(block->transactions.size());
    events.push_back(std::move(event));
  }
  return events;
}

Result<bool> EventReader::may_see(const std::optional<ledger::AccountId>& account) {
  if (!account) return false;
  HP_TRY_ASSIGN(const auto owner, owners_.owner(*account));
  return owner && authorise(caller_, Call::kReadAccount, std::array{*owner}) == Verdict::kAllowed;
}

bool EventReader::is_selected(const Movement& movement) const {
  if (!selects(request_.assets, movement.asset)) return false;
  if (request_.accounts.empty()) return true;
  return (movement.debit && selects(request_.accounts, *movement.debit)) ||
         (movement.credit && selects(request_.accounts, *movement.credit));
}

Result<bool> EventReader::make_event(Event& event) {
  event.height = block_->height;
  event.index = next_.index;
  event.time = block_->time;
  const auto& transactions = block_->transactions;
  if (next_.index < transactions.size()) return make_event(transactions[next_.index], event);
  return make_event(block_->changes[next_.index - transactions.size()], event);
}

// Whoever may see either side of the payment sees what becomes of it.
Result<bool> EventReader::make_event(const ledger::PaymentEvent& change, Event& event) {
  if (change.cause == change.payment) return false;  // the event of its transaction says so
  if (!selects(request_.participants, change.participant)) return false;
  const bool is_settled = change.status == ledger::PaymentStatus::kSettled;
  Movement movement;
  movement.debit = change.debit;
  movement.credit = change.credit;
  movement.asset = change.asset;
  movement.units = change.amount;
  movement.code = static_cast<std::uint16_t>(is_settled ? ledger::ResultCode::kSettled
                                                        : ledger::ResultCode::kQueued);
  if (!is_settled && !ledger::is_waiting(change.status)) {
    movement.code = static_cast<std::uint16_t>(change.reason);
  }
  if (!is_selected(movement)) return false;
  if (authorise(caller_, Call::kReadTransaction, std::array{change.participant}) !=
      Verdict::kAllowed) {
    HP_TRY_ASSIGN(const bool sees_debit, may_see(movement.debit));
    HP_TRY_ASSIGN(const bool sees_credit, may_see(movement.credit));
    if (!sees_debit && !sees_credit) return false;
  }
  event.txid = change.payment;
  event.submitter = change.participant;
  event.operation = "payment";
  event.code = static_cast<std::uint16_t>(change.reason);
  event.movements.push_back(std::move(movement));
  event.change = change;
  return true;
}

Result<bool> EventReader::make_event(const ExecutedTransaction& transaction, Event& event) {
  HP_TRY_ASSIGN(const auto body, ledger::decode_body(transaction.body));
  if (!selects(request_.participants, body.submitter)) return false;
  HP_TRY_ASSIGN(const auto receipt, ledger::decode_receipt(transaction.receipt));

  const bool sees_all =
      authorise(caller_, Call::kReadTransaction, std::array{body.submitter}) == Verdict::kAllowed;
  bool is_concerned = sees_all;
  for (auto& movement : movements_of(body, receipt)) {
    if (!is_selected(movement)) continue;
    if (!sees_all) {
      HP_TRY_ASSIGN(const bool sees_debit, may_see(movement.debit));
      HP_TRY_ASSIGN(const bool sees_credit, may_see(movement.credit));
      if (!sees_debit && !sees_credit) continue;
    }
    is_concerned = true;
    event.movements.push_back(std::move(movement));
  }
  const bool wants_movements = !request_.accounts.empty() || !request_.assets.empty();
  if (!is_concerned || (wants_movements && event.movements.empty())) return false;

  event.txid = transaction.txid;
  event.submitter = body.submitter;
  event.operation = ledger::operation_name(body.operation);
  event.code = static_cast<std::uint16_t>(receipt.code);
  if (sees_all && body.reference) {
    event.reference_id = body.reference->id;
    event.reference_date = body.reference->date;
  }
  return true;
}

}  // namespace huangpu::node
