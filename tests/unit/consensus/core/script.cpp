#include "tests/unit/consensus/core/script.hpp"

#include <gtest/gtest.h>

namespace huangpu::consensus::test {

Script::Script(std::uint32_t lag_blocks, bool leads_second, const EngineTuning& given,
               std::uint32_t lane_batches_max)
    : tuning(given) {
  record = network.record();
  record.parameters.lag_blocks = lag_blocks;
  record.parameters.lane_batches_max = lane_batches_max;
  record.parameters.block_batches_per_lane_max = lane_batches_max;
  self = leads_second ? leader(2) : leader(3);
  for (std::size_t i = 0; i < network.size(); ++i) {
    if (i != self) others_.push_back(i);
  }
  const auto initial =
      initial_sign_state(network.chain().genesis, network.signer(self).public_key().id());
  sign_state_[0] = initial.a;
  sign_state_[1] = initial.b;
  start();
  for (const std::size_t peer : others_) run(PeerConnected{index(peer)});
  clear();
}

std::size_t Script::leader(std::uint64_t view) const {
  const LeaderSchedule schedule(network.chain().suite, network.chain().genesis, network.size(), 1);
  return schedule.leader(View(view)).value();
}

void Script::start() {
  ReplayInput input;
  input.chain = network.chain();
  input.key = network.signer(self).public_key().id();
  input.epoch = record.epoch;
  if (!segment_.empty()) input.segments.push_back(segment_);
  input.sign_state_a = ByteView(sign_state_[0]);
  input.sign_state_b = ByteView(sign_state_[1]);
  const ReplayResult log = replay(input);
  ASSERT_EQ(log.verdict.kind, Verdict::Kind::kNormal) << log.verdict.reason;
  if (log.new_segment) {
    segment_ = encode_segment_header({.genesis = input.chain.genesis,
                                      .key = input.key,
                                      .epoch = input.epoch,
                                      .number = 1,
                                      .first_seq = 1,
                                      .nonce = nonce_});
  } else {
    segment_.resize(log.offset);
  }
  Restored restored;
  restored.certificates = log.restored.certificates;
  for (const auto& [view, stored] : log.restored.notarized) restored.blocks.push_back(stored);
  engine.reset();
  safety.emplace(SafetyConfig{input.chain, input.epoch, index(self)}, network.signer(self),
                 SafetyRestore{log.verdict, log.restored, {}, {}, Height(0)});
  engine.emplace(EngineConfig{.chain = input.chain,
                              .epoch = record,
                              .genesis_block = input.chain.genesis,
                              .genesis_time = TimestampMs(1),
                              .self = index(self),
                              .tuning = tuning},
                 *safety, verifier, std::move(restored));
  run(Tick{});
}

void Script::restart() {
  clear();
  start();
}

void Script::run(Event event) {
  Effects fresh = engine->step(now, std::move(event));
  for (Effect& effect : fresh) {
    effects.push_back(effect);
    if (const auto* state = std::get_if<WriteSignState>(&effect)) {
      sign_state_[static_cast<std::size_t>(state->write.slot)] = state->write.bytes;
    }
    const auto* write = std::get_if<WriteFrame>(&effect);
    if (write == nullptr || manual_sync) continue;
    append(segment_, seal_frame(write->body, nonce_));
    run(FrameDurable{write->body.seq});
  }
}

void Script::pass(std::uint64_t ms) {
  const std::uint64_t end = now.mono_ms + ms;
  const auto advance = [&](std::uint64_t to) {
    now.wall = TimestampMs(now.wall.value() + (to - now.mono_ms));
    now.mono_ms = to;
  };
  while (const auto due = engine->next_deadline()) {
    if (*due > end) break;
    advance(std::max(*due, now.mono_ms + 1));
    run(Tick{});
  }
  if (now.mono_ms < end) advance(end);
}

std::vector<Vote> Script::votes(VoteKind kind) const {
  std::vector<Vote> found = said<Vote>();
  std::erase_if(found, [&](const Vote& vote) { return vote.kind != kind; });
  return found;
}

BatchHeader Script::batch_header(std::size_t lane, std::uint64_t pos, const Digest& previous,
                                 std::uint8_t flavour) const {
  BatchHeader header;
  header.genesis = network.chain().genesis;
  header.epoch = record.epoch;
  header.lane = index(lane);
  header.pos = LanePosition(pos);
  header.prev_digest = previous;
  header.envelope_count = 1;
  header.transfer_count = 1;
  header.byte_count = 100;
  header.envelope_root = digest_of(flavour);
  return header;
}

Digest Script::digest(const BatchHeader& header) const {
  return batch_digest(network.chain().suite, header);
}

BatchHeader Script::hold_batch(std::size_t lane, std::uint64_t pos, const Digest& previous,
                               bool acked, std::uint8_t flavour) {
  const BatchHeader header = batch_header(lane, pos, previous, flavour);
  const Digest d = digest(header);
  run(BatchHeld{header, d, network.sign(lane, SignedKind::kBatch, pos, d)});
  if (acked) {
    for (const std::size_t peer : others_)
      receive(peer, AckVector{record.epoch, {{index(lane), header.pos, digest_prefix(d)}}});
  }
  return header;
}

Block Script::block(std::uint64_t view, const Block* parent, std::uint64_t parent_view,
                    const BatchHeader& batch) const {
  Block made;
  made.header.genesis = network.chain().genesis;
  made.header.epoch = record.epoch;
  made.header.epoch_hash = epoch_hash(network.chain().suite, record);
  made.header.view = View(view);
  made.header.height = parent != nullptr ? parent->header.height.next() : Height(1);
  made.header.parent_hash = parent != nullptr ? network.hash(*parent) : network.chain().genesis;
  made.header.parent_view = View(parent_view);
  made.header.proposer = index(leader(view));
  made.header.timestamp = TimestampMs(now.wall.value() + made.header.height.value());
  made.cut = {{batch.lane, batch.pos, digest(batch)}};
  std::vector<LaneTip> tips(network.size());
  if (parent != nullptr) {
    for (const CutEntry& entry : parent->cut) tips[entry.lane.value()] = {entry.pos, entry.digest};
  }
  tips[batch.lane.value()] = {batch.pos, digest(batch)};
  made.header.cut_root = cut_root(network.chain().suite, tips);
  made.header.body_root = body_root(network.chain().suite, made);
  return made;
}

Proposal Script::propose(std::uint64_t view, const Block& proposed,
                         const Justification& justification) {
  return network.proposal(leader(view), view, proposed, justification);
}

void Script::others_vote(VoteKind kind, std::uint64_t view, const Digest& of, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    receive(others_[i], network.vote(others_[i], kind, view, of));
}

CommitMessage result_of(const Script& script, const Block& block, std::uint8_t state) {
  CommitMessage message;
  message.genesis = script.network.chain().genesis;
  message.epoch = script.record.epoch;
  message.height = block.header.height;
  message.block_hash = script.network.hash(block);
  message.timestamp = block.header.timestamp;
  message.state_root = digest_of(state);
  return message;
}

Block finalize_first(Script& s) {
  const BatchHeader batch = s.hold_batch(1, 1);
  const Block block = s.block(1, nullptr, 0, batch);
  s.receive(s.leader(1), s.propose(1, block));
  s.others_vote(VoteKind::kNotarize, 1, s.network.hash(block));
  s.others_vote(VoteKind::kFinalize, 1, s.network.hash(block));
  return block;
}

}  // namespace huangpu::consensus::test
