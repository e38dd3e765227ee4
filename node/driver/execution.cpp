#include "node/driver/execution.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "consensus/codec/certificate_codec.hpp"
#include "ledger/types/state_key.hpp"
#include "node/driver/wall_clock.hpp"

namespace huangpu::node {

namespace {

// Versions of the tree that stay provable. Every one keeps the nodes that later blocks replaced, so
// few are kept: enough for a client that asks for the height it was just told about. Those above
// the certified height are kept in any case.
constexpr std::size_t kPinnedHeightsMax = 16;

// What a node that catches up keeps at most: certified results that wait for execution to get there
// (of more the newest is kept), and counts of blocks that wait for a certificate.
constexpr std::size_t kExpectedMax = 1'024;

// The newest certified height starts where the stores say; its time is in its commit message.
Result<TimestampMs> time_of(const ledger::StateStore& state, Height height) {
  if (height == Height{0}) return TimestampMs{0};  // genesis has no commit message
  HP_TRY_ASSIGN(const auto bytes, state.commit_message(height));
  if (!bytes) return TimestampMs{0};
  HP_TRY_ASSIGN(const auto message, consensus::decode_commit_message(*bytes));
  return message.timestamp;
}

bool touches_registry(const ledger::StateDelta& delta) {
  return std::any_of(delta.changes.begin(), delta.changes.end(), [](const ledger::Change& change) {
    return !change.key.empty() &&
           change.key.front() == static_cast<std::uint8_t>(ledger::StateTag::kCertificate);
  });
}

// A certificate of a later height covers an earlier one only through what lies between, which is
// not executed yet.
Result<Height> newest_certificate(const ledger::BlockStore& blocks, Height executed) {
  for (; executed > Height{0}; executed = executed.previous()) {
    const auto certificate = blocks.get_certificate(executed);
    if (certificate) break;
    if (certificate.error().code != Errc::kNotFound) return tl::unexpected(certificate.error());
  }
  return executed;
}

Status check_agreement(const consensus::CommitMessage& own,
                       const consensus::CommitMessage& certified) {
  if (own == certified) return {};
  return fail(Errc::kDiverged, "height " + std::to_string(own.height.value()) +
                                   ": this node computed state root " + own.state_root.hex() +
                                   ", a quorum certified " + certified.state_root.hex());
}

}  // namespace

Result<std::unique_ptr<Execution>> Execution::open(
    Parts parts, const std::optional<consensus::CommitMessage>& newest) {
  Height covered{0};
  if (newest) {
    HP_TRY_ASSIGN(covered, newest_certificate(*parts.stores.blocks, parts.view.executed()));
  }
  HP_TRY_ASSIGN(const TimestampMs time, time_of(*parts.stores.state, covered));
  parts.view.set_certified(covered, time);
  std::unique_ptr<Execution> execution(new Execution(std::move(parts)));
  if (newest && newest->height > execution->executed_) execution->expect(*newest);
  execution->pin(execution->executed_);
  return execution;
}

Execution::Execution(Parts parts)
    : parts_(std::move(parts)), executed_(parts_.view.executed()), worker_("executor", 1, 1'024) {}

Execution::~Execution() { stop(); }

void Execution::execute(ExecuteBlock block) {
  // The engine bounds how many wait (SPEC C-114).
  worker_.post([this, block = std::make_shared<ExecuteBlock>(std::move(block))] { run(*block); });
}

void Execution::certify(const consensus::CommitMessage& certified) {
  worker_.post([this, certified] {
    if (!failed_) take(certified);
  });
}

void Execution::take(const consensus::CommitMessage& certified) {
  if (certified.height > executed_) return expect(certified);
  const auto bytes = parts_.stores.state->commit_message(certified.height);
  if (!bytes) return give_up(bytes.error());
  if (!*bytes) return give_up({Errc::kCorrupt, "state store: an executed height has no result"});
  const auto own = consensus::decode_commit_message(**bytes);
  if (!own) return give_up(own.error());
  if (const Status agreed = check_agreement(*own, certified); !agreed)
    return give_up(agreed.error());
  publish(certified.height);
}

void Execution::expect(const consensus::CommitMessage& certified) {
  if (expected_.size() >= kExpectedMax && certified.height > expected_.rbegin()->first)
    expected_.erase(std::prev(expected_.end()));
  expected_.emplace(certified.height, certified);
}

void Execution::give_up(const Error& error) {
  failed_ = true;
  parts_.failed(error);
}

void Execution::run(const ExecuteBlock& block) {
  if (failed_) return;
  if (const Status status = apply(block); !status) give_up(status.error());
}

Status Execution::apply(const ExecuteBlock& block) {
  const consensus::BlockHeader& header = block.stored.block.header;
  Uncertified counted{header.height, header.timestamp, 0, {}};
  std::vector<OrderedEntry> entries;
  for (const auto& batch : block.batches) {
    for (const auto& envelope : batch->envelopes) {
      entries.push_back({envelope.txid, envelope.body.submitter, envelope.body.valid_until});
      ++counted.types[ledger::operation_name(envelope.body.operation)];
    }
  }
  count_skipped_views(block);
  parts_.tracker.ordered(header.height, entries);

  const auto begin = std::chrono::steady_clock::now();
  BlockOutcome outcome;
  {
    const std::unique_lock lock(parts_.view.tree_mutex());
    HP_TRY_ASSIGN(outcome,
                  parts_.stores.chain->execute(block.stored.block, block.hash, block.batches));
  }
  parts_.metrics.observe(HistogramId::kExecutionSeconds, std::chrono::steady_clock::now() - begin);
  parts_.executed(outcome.commit, outcome.plan);
  // Before anybody is told: what a quorum contradicts is nobody's answer.
  const auto expected = expected_.find(header.height);
  const bool certified = expected != expected_.end();
  if (certified) HP_TRY(check_agreement(outcome.commit, expected->second));

  if (!parts_.writer.wait_for_block(header.height)) {
    return fail(Errc::kCancelled,
                "stopped before block " + std::to_string(header.height.value()) + " was durable");
  }
  const ledger::BlockCommit commit = block_commit(outcome);
  HP_TRY(parts_.stores.state->commit(commit));
  StoreWriter::Item item;
  item.key.kind = ledger::RecordKind::kCommit;
  item.key.height = header.height;
  item.payload = std::make_shared<const Bytes>(commit.commit_message);
  item.sync = false;  // re-execution gives the same bytes
  parts_.writer.append(std::move(item));

  executed_ = header.height;
  // Certificates come in ascending order: what lies below one that is known never gets its own, and
  // a node that catches up would pin every height on its way.
  if (certified || expected_.empty()) pin(executed_);
  parts_.view.set_executed(executed_, header.timestamp);
  std::vector<ExecutedEntry> results;
  results.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    results.push_back({entries[i].txid, entries[i].submitter,
                       static_cast<std::uint16_t>(outcome.output.receipts[i].code)});
  }
  tell_repeated(results);
  parts_.tracker.executed(executed_, results);
  parts_.tracker.expire(header.timestamp);
  counted.transfers = outcome.output.settled_transfers;
  remember(std::move(counted));
  if (touches_registry(outcome.output.delta)) parts_.registry_changed();
  expected_.erase(expected_.begin(), expected_.upper_bound(executed_));
  if (certified) publish(executed_);
  return {};
}

// A client that lost its answer submits again, perhaps to another node, and both copies are
// ordered. The second one's code is "duplicate"; what the client asks for is the first one's.
void Execution::tell_repeated(std::span<const ExecutedEntry> results) {
  for (const ExecutedEntry& result : results) {
    if (result.code != static_cast<std::uint16_t>(ledger::ResultCode::kDuplicate)) continue;
    if (!parts_.tracker.find(result.txid)) continue;
    if (const auto first = parts_.find(result.txid)) parts_.tracker.recall(*first);
  }
}

void Execution::remember(Uncertified counted) {
  if (uncertified_.size() < kExpectedMax) return uncertified_.push_back(std::move(counted));
  Uncertified& last = uncertified_.back();  // far behind: counted together
  last.height = counted.height;
  last.time = counted.time;
  last.transfers += counted.transfers;
  for (const auto& [type, count] : counted.types) last.types[type] += count;
}

void Execution::pin(Height height) {
  const std::unique_lock lock(parts_.view.tree_mutex());
  // The height is the tree's own: it can be pinned.
  static_cast<void>(parts_.stores.tree->pin(height));
  pinned_.push_back(height);
  while (pinned_.size() > kPinnedHeightsMax && pinned_[1] <= parts_.view.certified()) {
    parts_.stores.tree->unpin(pinned_.front());
    pinned_.pop_front();
  }
}

void Execution::publish(Height certified) {
  if (certified <= parts_.view.certified()) return;
  TimestampMs time = parts_.view.certified_time();
  const TimestampMs now = wall_now();
  for (; !uncertified_.empty() && uncertified_.front().height <= certified;
       uncertified_.pop_front()) {
    const Uncertified& block = uncertified_.front();
    time = block.time;
    // Another machine's clock stamped the block and may be ahead of this one.
    const std::uint64_t took = now > time ? now.value() - time.value() : 0;
    parts_.metrics.observe(HistogramId::kConsensusFinality, std::chrono::milliseconds(took));
    parts_.metrics.add(CounterId::kTransfersFinal, {}, block.transfers);
    for (const auto& [type, count] : block.types)
      parts_.metrics.add(CounterId::kTransactionsFinal, {type}, count);
  }
  parts_.view.set_certified(certified, time);
  for (const auto took : parts_.tracker.final_through(certified))
    parts_.metrics.observe(HistogramId::kTransactionEndToEnd, took);
  parts_.feed.publish(certified);
}

void Execution::count_skipped_views(const ExecuteBlock& block) {
  for (const consensus::Certificate& skipped : block.stored.justification.nullifications) {
    const std::string leader = parts_.leader(block.stored.block.header, skipped.view);
    parts_.metrics.add(CounterId::kConsensusViewsNullified, {leader});
  }
}

void Execution::after_everything(std::function<void(const SharedPlan&)> job) {
  worker_.post([this, job = std::move(job)] {
    if (!failed_) job(parts_.stores.chain->plan());
  });
}

}  // namespace huangpu::node
