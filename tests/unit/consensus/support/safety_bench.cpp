#include "tests/unit/consensus/support/safety_bench.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace huangpu::consensus::test {

SafetyBench::SafetyBench(Network& network, std::size_t self) : network_(network), self_(self) {
  const SignStatePair pair = initial_sign_state(network_.chain().genesis,
                                                network_.record().set.validators()[self_].key.id());
  disk.sign_state[0] = pair.a;
  disk.sign_state[1] = pair.b;
  restart();
}

ReplayResult SafetyBench::replay_only() const {
  ReplayInput input;
  input.chain = network_.chain();
  input.key = network_.record().set.validators()[self_].key.id();
  input.epoch = network_.record().epoch;
  for (const Bytes& segment : disk.segments) input.segments.push_back(segment);
  if (disk.sign_state[0]) input.sign_state_a = *disk.sign_state[0];
  if (disk.sign_state[1]) input.sign_state_b = *disk.sign_state[1];
  input.own_lane_position = disk.lane_position;
  return replay(input);
}

ReplayResult SafetyBench::restart() {
  ReplayResult result = replay_only();
  SafetyConfig config;
  config.chain = network_.chain();
  config.epoch = network_.record().epoch;
  config.self = ValidatorIndex{static_cast<std::uint16_t>(self_)};
  SafetyRestore restore;
  restore.verdict = result.verdict;
  restore.log = result.restored;
  rules_.emplace(config, network_.signer(self_), std::move(restore));
  next_number_ = result.segment_number;
  if (result.new_segment) {
    end = 0;
  } else {
    disk.segments.resize(result.segment_index + 1);
    disk.segments.back().resize(std::max(disk.segments.back().size(), result.offset));
    end = result.offset;
    ++next_number_;
  }
  return result;
}

void SafetyBench::roll_segment() { end = 0; }

std::vector<VoteMessage> SafetyBench::write(bool with_sign_state) {
  const std::optional<FrameBody> body = rules_->take_frame();
  if (!body) return {};
  if (end == 0) {
    SegmentHeader header;
    header.genesis = network_.chain().genesis;
    header.key = network_.record().set.validators()[self_].key.id();
    header.epoch = network_.record().epoch;
    header.number = next_number_++;
    header.first_seq = body->seq;
    header.nonce = disk.nonce;
    disk.segments.push_back(encode_segment_header(header));
    end = kLogBlockBytes;
  }
  const Bytes bytes = seal_frame(*body, disk.nonce);
  Bytes& segment = disk.segments.back();
  // One preallocated block of zeros always follows.
  segment.resize(std::max(segment.size(), end + bytes.size() + kLogBlockBytes));
  std::copy(bytes.begin(), bytes.end(), segment.begin() + static_cast<std::ptrdiff_t>(end));
  end += bytes.size();
  SafetyRules::Durable durable = rules_->on_durable(body->seq).value();
  EXPECT_TRUE(durable.errors.empty());
  if (with_sign_state && durable.sign_state) {
    disk.sign_state[static_cast<std::size_t>(durable.sign_state->slot)] = durable.sign_state->bytes;
  }
  return durable.messages;
}

std::vector<VoteMessage> SafetyBench::sync() { return write(true); }
std::vector<VoteMessage> SafetyBench::sync_without_sign_state() { return write(false); }

StoredBlock SafetyBench::stored(std::uint64_t view) {
  return {network_.block(view, view, digest_of(0x60), 0), {}, std::nullopt};
}

void SafetyBench::notarize_and_sync(std::uint64_t view) {
  EXPECT_TRUE(rules_->notarize(View{view}, stored(view)));
  sync();
}

}  // namespace huangpu::consensus::test
