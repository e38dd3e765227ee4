#include "node/driver/start_state.hpp"

#include <algorithm>
#include <utility>

#include "consensus/codec/hashing.hpp"
#include "ledger/codec/envelope.hpp"
#include "node/driver/stored_chain.hpp"
#include "node/replica/first_epoch.hpp"

namespace huangpu::node {

namespace {

// Verified, durable batches above the ordered tips, with contents.
Result<std::vector<PooledBatch>> load_batches(const StoredChain& chain,
                                              const consensus::EpochRecord& epoch,
                                              std::span<const consensus::LaneTip> tips,
                                              crypto::SuiteId suite) {
  std::vector<PooledBatch> batches;
  for (std::size_t lane = 0; lane < tips.size(); ++lane) {
    const ValidatorIndex index{static_cast<std::uint16_t>(lane)};
    const auto last = chain.store().last_position(epoch.epoch, index);
    if (!last) continue;
    for (std::uint64_t pos = tips[lane].pos.value() + 1; pos <= last->value(); ++pos) {
      auto forks = chain.forks({epoch.epoch, index, LanePosition{pos}});
      if (!forks && forks.error().code == Errc::kNotFound)
        continue;  // fetched out of order before the stop
      if (!forks) return tl::unexpected(forks.error());
      // All of them: of two that its owner signed, either may be the one that gets ordered.
      for (const consensus::Batch& batch : *forks) {
        PooledBatch pooled;
        pooled.header = batch.header;
        pooled.digest = consensus::batch_digest(suite, batch.header);
        pooled.signature = batch.signature;
        HP_TRY_ASSIGN(pooled.decoded, chain.decode(batch));
        batches.push_back(std::move(pooled));
      }
    }
  }
  return batches;
}

// Commit messages above the newest certificate, or the executed tip's alone.
Result<std::vector<consensus::CommitMessage>> load_executed(const StoredChain& chain,
                                                            Height executed, Height certified) {
  std::vector<consensus::CommitMessage> messages;
  if (executed == Height{0}) return messages;
  const std::uint64_t first = std::min(executed.value(), certified.value() + 1);
  for (std::uint64_t height = first; height <= executed.value(); ++height) {
    HP_TRY_ASSIGN(consensus::CommitMessage message, chain.commit(Height{height}));
    messages.push_back(std::move(message));
  }
  return messages;
}

// The highest own vote that stored certificates show.
View highest_shown_vote(const consensus::StoredBlock& stored, ValidatorIndex self) {
  View highest{0};
  const auto look = [&](const consensus::Certificate& certificate) {
    if (certificate.signers.contains(self)) highest = std::max(highest, certificate.view);
  };
  if (stored.finalization) look(*stored.finalization);
  if (stored.justification.parent) look(*stored.justification.parent);
  for (const auto& nullification : stored.justification.nullifications) look(nullification);
  return highest;
}

// What the epoch before took into batches of this node and did not order: sealed again (SPEC
// N-348).
Result<std::vector<AdmittedEnvelope>> load_carried(const StoredChain& chain,
                                                   const ledger::ChainInfo& info,
                                                   const EpochStart& epoch,
                                                   const std::string& name) {
  std::vector<AdmittedEnvelope> carried;
  if (!epoch.previous) return carried;
  const ValidatorIndex lane = place_of(*epoch.previous, name);
  if (lane.value() >= epoch.previous->members.size()) return carried;
  HP_TRY_ASSIGN(const consensus::BlockRecord boundary, chain.block(epoch.height));
  const Epoch before = epoch.record.epoch.previous();
  const auto last = chain.store().last_position(before, lane);
  if (!last || lane.value() >= boundary.tips.size()) return carried;
  for (std::uint64_t pos = boundary.tips[lane.value()].pos.value() + 1; pos <= last->value();
       ++pos) {
    auto batch = chain.batch({before, lane, LanePosition{pos}});
    if (!batch && batch.error().code == Errc::kNotFound) continue;
    if (!batch) return tl::unexpected(batch.error());
    for (std::size_t i = 0; i < batch->envelopes.size(); ++i) {
      const ByteView bytes = batch->envelopes[i];
      HP_TRY_ASSIGN(auto decoded, ledger::decode_envelope(info, bytes));
      carried.push_back({std::make_shared<const Bytes>(to_bytes(bytes)), std::move(decoded)});
    }
  }
  return carried;
}

}  // namespace

Result<StartState> load_start_state(ledger::FileSystem& files, const NodeStores& stores,
                                    const ledger::Genesis& genesis, const EpochStart& epoch,
                                    const std::string& name, VoteLogPlace place) {
  const StoredChain chain(*stores.blocks, chain_info(genesis));
  const std::size_t lanes = epoch.record.set.size();
  const ValidatorIndex self = place_of(epoch.settings, name);
  const bool member = epoch.record.set.contains(self);
  StartState start;
  start.executed = stores.executor->height();
  start.block_time = stores.executor->time();
  HP_TRY_ASSIGN(const auto certificate, chain.newest_certificate());
  if (certificate) {
    start.newest = certificate->message;
    start.certified = certificate->message.height;
  }
  // At the start of an epoch everything before it is certified and behind its engine.
  const bool fresh = start.executed == epoch.height;

  consensus::Restored& engine = start.replica.engine;
  engine.executed_height = start.executed;
  engine.end = epoch.plan->end;
  engine.tip_lanes.resize(lanes);
  if (!fresh) {
    engine.commit_certificate = certificate;
    HP_TRY_ASSIGN(engine.executed, load_executed(chain, start.executed, start.certified));
    HP_TRY_ASSIGN(engine.tip_lanes, chain.tips_after(start.executed, lanes));
    HP_TRY_ASSIGN(consensus::BlockRecord tip, chain.block(start.executed));
    if (consensus::cut_root(genesis.suite, tip.tips) != tip.stored.block.header.cut_root) {
      return fail(Errc::kCorrupt,
                  "block " + std::to_string(start.executed.value()) +
                      " in the block store: its lane tips do not give its cut root");
    }
    engine.tip = std::move(tip.stored);
  } else {
    HP_TRY_ASSIGN(start.carried, load_carried(chain, chain_info(genesis), epoch, name));
  }
  HP_TRY_ASSIGN(start.replica.batches,
                load_batches(chain, epoch.record, engine.tip_lanes, genesis.suite));
  for (const PooledBatch& batch : start.replica.batches) {
    if (!batch.signature.empty())
      engine.batches.push_back({batch.header, batch.digest, batch.signature});
  }

  LanePosition own_position{0};
  if (member) {
    own_position = chain.store().last_position(epoch.record.epoch, self).value_or(LanePosition{0});
    start.replica.own_lane = engine.tip_lanes[self.value()];
  }
  if (own_position > start.replica.own_lane.pos) {
    HP_TRY_ASSIGN(const consensus::Batch newest,
                  chain.batch({epoch.record.epoch, self, own_position}));
    start.replica.own_lane = {own_position, consensus::batch_digest(genesis.suite, newest.header)};
  }

  place.epoch = epoch.record.epoch;
  HP_TRY_ASSIGN(VoteLogFiles::Opened opened,
                VoteLogFiles::open(files, std::move(place), own_position));
  if (opened.replay.verdict.kind == consensus::Verdict::Kind::kRefuse) {
    return fail(Errc::kGuard, opened.replay.verdict.reason);
  }
  const consensus::RestoredVotes& log = opened.replay.restored;
  // A sign-state of this epoch is the witness that the logs before it are not needed.
  if (opened.replay.verdict.kind == consensus::Verdict::Kind::kNormal &&
      log.sign_state.epoch == epoch.record.epoch) {
    HP_TRY(opened.files->drop_earlier_epochs());
  }
  for (const auto& [view, stored] : log.notarized) engine.blocks.push_back(stored);
  for (const auto& [view, proposal] : log.proposals) {
    engine.blocks.push_back({proposal.block, proposal.justification, std::nullopt});
  }
  engine.certificates = log.certificates;

  // The third witness: what the own key signed according to the block store.
  if (engine.tip && opened.replay.verdict.kind == consensus::Verdict::Kind::kNormal) {
    View logged = log.horizon;
    if (!log.votes.empty()) logged = std::max(logged, log.votes.rbegin()->first);
    if (log.floor) logged = std::max(logged, log.floor->view);
    const View shown = highest_shown_vote(*engine.tip, self);
    if (shown > logged) {
      start.forgotten_vote = "the block store shows a vote of this key in view " +
                             std::to_string(shown.value()) + ", but the vote log ends at view " +
                             std::to_string(logged.value()) + ": it is older than what was signed";
    }
  }

  start.safety.verdict = opened.replay.verdict;
  start.repaired_frames = opened.replay.repairs.size();
  start.safety.certified_height = start.certified;
  for (const PooledBatch& batch : start.replica.batches) {
    // The first held at a position is the one this node made.
    const auto& own = start.safety.own_batches;
    if (batch.header.lane == self && (own.empty() || own.back().pos < batch.header.pos))
      start.safety.own_batches.push_back({batch.header.pos, batch.digest});
  }
  if (start.safety.own_batches.empty() && start.replica.own_lane.pos > LanePosition{0}) {
    start.safety.own_batches.push_back({start.replica.own_lane.pos, start.replica.own_lane.digest});
  }
  for (const consensus::CommitMessage& message : engine.executed) {
    if (message.height > start.certified) {
      start.safety.own_commits.push_back(
          {message.height, consensus::commit_digest(genesis.suite, message)});
    }
  }
  start.safety.log = std::move(opened.replay.restored);
  start.vote_log = std::move(opened.files);
  return start;
}

}  // namespace huangpu::node
