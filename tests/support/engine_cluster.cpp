#include "tests/support/engine_cluster.hpp"

#include <algorithm>
#include <cstdio>

#include "consensus/codec/hashing.hpp"
#include "crypto/base/assert.hpp"
#include "crypto/hash/hasher.hpp"
#include "tests/support/test_suite.hpp"

namespace huangpu::consensus::test {
namespace {

constexpr std::uint64_t kWallStart = 1'700'000'000'000;

ValidatorIndex index_of(std::size_t node) {
  return ValidatorIndex(static_cast<std::uint16_t>(node));
}

}  // namespace

// One node. Everything above the line survives a crash, as far as it was synced.
struct EngineCluster::Node {
  std::size_t number{0};
  std::unique_ptr<huangpu::test::StubSigner> signer;
  Bytes segment;  // the vote log, synced
  std::uint64_t nonce{0};
  Bytes sign_state[2];
  std::map<std::pair<ValidatorIndex, LanePosition>, std::map<Digest, Batch>> batches;
  std::vector<StoredBlock> blocks;  // by height, synced
  std::optional<CommitCertificate> certificate;
  // ---
  std::uint64_t life{0};
  std::optional<Bytes> frame;  // written, not yet synced
  std::vector<StoredBlock> unsynced_blocks;
  std::vector<CommitMessage> executed;  // by height
  LaneTip own_tip;
  Height certified{0};
  std::uint64_t woken_for{0};
  std::unique_ptr<SafetyRules> safety;
  std::unique_ptr<Engine> engine;
};

EngineCluster::EngineCluster(ClusterOptions options)
    : options_(options), random_(options.seed), groups_(options.validators, 0) {
  chain_.suite = huangpu::test::test_suite();
  chain_.genesis = crypto::sha256(as_bytes("a chain of engines"));
  record_.parameters = options.parameters;
  std::vector<Validator> validators;
  for (std::size_t i = 0; i < options.validators; ++i) {
    auto node = std::make_unique<Node>();
    node->number = i;
    node->signer = std::make_unique<huangpu::test::StubSigner>(static_cast<std::uint8_t>(i + 1));
    validators.push_back({.index = index_of(i),
                          .name = "v" + std::to_string(i),
                          .key = node->signer->public_key(),
                          .weight = 1,
                          .tls_pin = crypto::sha256(as_bytes("pin" + std::to_string(i)))});
    const auto initial = initial_sign_state(chain_.genesis, node->signer->public_key().id());
    node->sign_state[0] = initial.a;
    node->sign_state[1] = initial.b;
    nodes_.push_back(std::move(node));
  }
  auto set = ValidatorSet::make(std::move(validators));
  HP_ASSERT(set.has_value(), "the cluster's validators form a set");
  record_.set = *set;
  for (std::size_t i = 0; i < options.validators; ++i) start(i);
}

EngineCluster::~EngineCluster() = default;

void EngineCluster::after(std::uint64_t ms, std::function<void()> run) {
  tasks_.push({now_ + ms, ++order_, std::move(run)});
}

void EngineCluster::on_node(std::size_t number, std::uint64_t ms, std::function<void(Node&)> run) {
  const std::uint64_t life = nodes_[number]->life;
  after(ms, [this, number, life, run = std::move(run)] {
    Node& node = *nodes_[number];
    if (node.engine && node.life == life) run(node);
  });
}

bool EngineCluster::linked(std::size_t a, std::size_t b) const { return groups_[a] == groups_[b]; }
bool EngineCluster::is_up(std::size_t node) const { return nodes_[node]->engine != nullptr; }
void EngineCluster::set_loss(std::uint32_t drop, std::uint32_t duplicate) {
  options_.drop_percent = drop;
  options_.duplicate_percent = duplicate;
}

void EngineCluster::run_for(std::uint64_t ms) {
  run_until([] { return false; }, ms);
}

bool EngineCluster::run_until(const std::function<bool()>& condition, std::uint64_t limit_ms) {
  const std::uint64_t end = now_ + limit_ms;
  while (!condition()) {
    if (tasks_.empty() || tasks_.top().at > end) {
      now_ = end;
      return condition();
    }
    Task task = tasks_.top();
    tasks_.pop();
    now_ = std::max(now_, task.at);
    task.run();
  }
  return true;
}

CommitMessage EngineCluster::execute(Node& node, const Block& block, const Digest& hash) const {
  CommitMessage message;
  message.genesis = chain_.genesis;
  message.epoch = record_.epoch;
  message.height = block.header.height;
  message.block_hash = hash;
  message.timestamp = block.header.timestamp;
  const Digest before = node.executed.empty() ? Digest{} : node.executed.back().state_root;
  message.state_root = crypto::hash(chain_.suite, {before.bytes(), hash.bytes()});
  message.history_root = before;
  return message;
}

void EngineCluster::start(std::size_t number) {
  Node& node = *nodes_[number];
  ++node.life;
  ReplayInput input;
  input.chain = chain_;
  input.key = node.signer->public_key().id();
  input.epoch = record_.epoch;
  if (!node.segment.empty()) input.segments.push_back(node.segment);
  input.sign_state_a = ByteView(node.sign_state[0]);
  input.sign_state_b = ByteView(node.sign_state[1]);
  std::vector<OwnBatch> own;
  for (const auto& [key, by_digest] : node.batches) {
    if (key.first == index_of(number)) own.push_back({key.second, by_digest.begin()->first});
  }
  if (!own.empty()) input.own_lane_position = own.back().pos;
  node.own_tip = own.empty() ? LaneTip{} : LaneTip{own.back().pos, own.back().digest};
  ReplayResult log = replay(input);
  if (log.verdict.kind != Verdict::Kind::kNormal) violation("replay: " + log.verdict.reason);
  // What was sent must be in the log, unless a floor forgot it lawfully.
  for (const auto& [key, sent] : votes_) {
    if (key.first != number || key.second <= log.restored.horizon) continue;
    const OwnVotes& logged = log.restored.votes[key.second];
    const bool complete = (sent.proposed.empty() || logged.proposed) &&
                          (sent.notarized.empty() || logged.notarized) &&
                          (sent.finalized.empty() || logged.finalized) &&
                          (!sent.nullified || logged.nullified);
    if (!complete)
      violation("D2: a vote of view " + std::to_string(key.second.value()) +
                " was sent but not logged");
  }
  if (log.new_segment) {
    node.nonce = random_();
    node.segment = encode_segment_header({.genesis = chain_.genesis,
                                          .key = input.key,
                                          .epoch = record_.epoch,
                                          .number = log.segment_number,
                                          .first_seq = log.restored.next_seq,
                                          .nonce = node.nonce});
  } else {
    node.segment.resize(log.offset);
  }

  Restored restored;
  node.executed.clear();
  std::vector<LaneTip> tips(nodes_.size());
  for (const StoredBlock& stored : node.blocks) {
    for (const CutEntry& entry : stored.block.cut)
      tips[entry.lane.value()] = {entry.pos, entry.digest};
    node.executed.push_back(
        execute(node, stored.block, block_hash(chain_.suite, stored.block.header)));
  }
  if (!node.blocks.empty()) {
    restored.tip = node.blocks.back();
    restored.tip_lanes = tips;
  }
  node.certified = node.certificate ? node.certificate->message.height : Height(0);
  restored.commit_certificate = node.certificate;
  restored.executed_height = Height(node.blocks.size());
  std::vector<OwnCommit> commits;
  for (const CommitMessage& message : node.executed) {
    if (message.height < node.certified) continue;
    restored.executed.push_back(message);
    if (message.height > node.certified)
      commits.push_back({message.height, commit_digest(chain_.suite, message)});
  }
  restored.certificates = log.restored.certificates;
  for (const auto& [view, stored] : log.restored.notarized) restored.blocks.push_back(stored);
  for (const auto& [view, own_block] : log.restored.proposals) {
    restored.blocks.push_back({own_block.block, own_block.justification, std::nullopt});
  }
  for (const auto& [key, by_digest] : node.batches) {
    if (key.second <= tips[key.first.value()].pos) continue;
    for (const auto& [digest, batch] : by_digest)
      restored.batches.push_back({batch.header, digest, batch.signature});
  }
  node.safety = std::make_unique<SafetyRules>(
      SafetyConfig{chain_, record_.epoch, index_of(number)}, *node.signer,
      SafetyRestore{log.verdict, log.restored, own, commits, node.certified});
  EngineConfig config{.chain = chain_,
                      .epoch = record_,
                      .genesis_block = chain_.genesis,
                      .genesis_time = TimestampMs(kWallStart - 1),
                      .self = index_of(number),
                      .tuning = {}};
  node.engine = std::make_unique<Engine>(config, *node.safety, verifier_, std::move(restored));
  node.woken_for = 0;
  step(node, Tick{});
  for (std::size_t other = 0; other < nodes_.size(); ++other) {
    if (other == number || !is_up(other) || !linked(other, number)) continue;
    on_node(number, 1, [this, other](Node& n) { step(n, PeerConnected{index_of(other)}); });
    on_node(other, 1, [this, number](Node& n) { step(n, PeerConnected{index_of(number)}); });
  }
}

void EngineCluster::crash(std::size_t number) {
  Node& node = *nodes_[number];
  if (!node.engine) return;
  node.engine.reset();
  node.safety.reset();
  ++node.life;
  if (node.frame) {  // the last frame: whole, torn or gone
    const std::size_t kept = random_() % (node.frame->size() + 1);
    Bytes torn(node.frame->begin(), node.frame->begin() + static_cast<std::ptrdiff_t>(kept));
    torn.resize(node.frame->size());
    append(node.segment, torn);
    node.frame.reset();
  }
  node.unsynced_blocks.clear();
  for (std::size_t other = 0; other < nodes_.size(); ++other) {
    if (other != number)
      on_node(other, 1, [this, number](Node& n) { step(n, PeerDisconnected{index_of(number)}); });
  }
}

void EngineCluster::restart(std::size_t number) {
  if (!is_up(number)) start(number);
}

void EngineCluster::partition(const std::vector<int>& groups) { groups_ = groups; }

void EngineCluster::heal() {
  groups_.assign(nodes_.size(), 0);
  options_.drop_percent = 0;
  options_.duplicate_percent = 0;
  for (std::size_t a = 0; a < nodes_.size(); ++a) {
    for (std::size_t b = 0; b < nodes_.size(); ++b) {
      if (a != b && is_up(a) && is_up(b))
        on_node(a, 1, [this, b](Node& n) { step(n, PeerConnected{index_of(b)}); });
    }
  }
}

bool EngineCluster::submit(std::size_t number) {
  Node& node = *nodes_[number];
  if (!node.engine || !node.engine->may_seal()) return false;
  Batch batch;
  batch.header = {.genesis = chain_.genesis,
                  .epoch = record_.epoch,
                  .lane = index_of(number),
                  .pos = node.own_tip.pos.next(),
                  .prev_digest = node.own_tip.digest,
                  .created = TimestampMs(kWallStart + now_),
                  .envelope_count = 1,
                  .transfer_count = 1,
                  .byte_count = 200,
                  .envelope_root = crypto::sha256(as_bytes(std::to_string(random_())))};
  node.own_tip = {batch.header.pos, batch_digest(chain_.suite, batch.header)};
  on_node(number, options_.sync_ms, [this, batch](Node& n) { hold(n, batch, true); });
  return true;
}

void EngineCluster::hold(Node& node, const Batch& batch, bool own) {
  const Digest digest = batch_digest(chain_.suite, batch.header);
  auto& here = node.batches[{batch.header.lane, batch.header.pos}];
  here.emplace(digest, batch);
  if (own) {
    step(node, OwnBatchReady{batch.header});
  } else {
    step(node, BatchHeld{batch.header, digest, batch.signature});
  }
}

void EngineCluster::step(Node& node, Event event) {
  if (!node.engine) return;
  ++steps_;
  const Now now{now_, TimestampMs(kWallStart + now_)};
  Effects effects = node.engine->step(now, std::move(event));
  for (Effect& effect : effects) perform(node, effect);
  if (const auto due = node.engine->next_deadline()) {
    const std::uint64_t at = std::max(*due, now_ + 1);
    if (node.woken_for > now_ && node.woken_for <= at) return;
    node.woken_for = at;
    on_node(node.number, at - now_, [this, at](Node& n) {
      if (n.woken_for == at) {
        n.woken_for = 0;
        step(n, Tick{});
      }
    });
  }
}

void EngineCluster::deliver(Node& node, Finalized& finalized) {
  const Height height = finalized.block.header.height;
  const Height expected(node.blocks.size() + node.unsynced_blocks.size() + 1);
  if (height != expected)
    violation("S9: height " + std::to_string(height.value()) + " instead of " +
              std::to_string(expected.value()));
  const auto known = chain_blocks_.emplace(height, finalized.hash).first;
  if (known->second != finalized.hash)
    violation("S9: two blocks at height " + std::to_string(height.value()));
  for (const CutEntry& entry : finalized.block.cut) {
    const auto held = node.batches.find({entry.lane, entry.pos});
    if (held == node.batches.end() || held->second.count(entry.digest) == 0)
      violation("a delivered batch is not held");
  }
  node.unsynced_blocks.push_back({finalized.block, finalized.justification, finalized.certificate});
  on_node(node.number, options_.sync_ms, [this, height](Node& n) {
    while (!n.unsynced_blocks.empty() && n.unsynced_blocks.front().block.header.height <= height) {
      n.blocks.push_back(n.unsynced_blocks.front());
      n.unsynced_blocks.erase(n.unsynced_blocks.begin());
    }
    step(n, BlocksDurable{height});
  });
  on_node(node.number, options_.execute_ms,
          [this, block = finalized.block, hash = finalized.hash](Node& n) {
            n.executed.push_back(execute(n, block, hash));
            step(n, Executed{n.executed.back()});
          });
}

void EngineCluster::perform(Node& node, Effect& effect) {
  const std::size_t self = node.number;
  const auto each_peer = [&](const auto& run) {
    for (std::size_t peer = 0; peer < nodes_.size(); ++peer) {
      if (peer != self) run(peer);
    }
  };
  if (auto* write = std::get_if<WriteFrame>(&effect)) {
    if (node.frame) violation("two frames under way");
    node.frame = seal_frame(write->body, node.nonce);
    on_node(self, options_.sync_ms, [this, seq = write->body.seq](Node& n) {
      append(n.segment, *n.frame);
      n.frame.reset();
      step(n, FrameDurable{seq});
    });
  } else if (auto* state = std::get_if<WriteSignState>(&effect)) {
    on_node(self, options_.sync_ms, [write = state->write](Node& n) {
      n.sign_state[static_cast<std::size_t>(write.slot)] = write.bytes;
    });
  } else if (auto* send = std::get_if<Send>(&effect)) {
    watch(self, send->message);
    transmit(self, send->to.value(), send->message);
  } else if (auto* all = std::get_if<Broadcast>(&effect)) {
    watch(self, all->message);
    each_peer([&](std::size_t peer) { transmit(self, peer, all->message); });
  } else if (auto* finalized = std::get_if<Finalized>(&effect)) {
    deliver(node, *finalized);
  } else if (auto* certified = std::get_if<CommitCertified>(&effect)) {
    const CommitMessage& message = certified->certificate.message;
    const Digest digest = commit_digest(chain_.suite, message);
    if (commit_digests_.emplace(message.height, digest).first->second != digest) {
      violation("S16: two certified results at height " + std::to_string(message.height.value()));
    }
    node.certificate = certified->certificate;
    node.certified = message.height;
  } else if (auto* batch = std::get_if<BatchSigned>(&effect)) {
    Batch& stored = node.batches[{batch->header.lane, batch->header.pos}][batch->digest];
    stored.signature = batch->signature;
    const Batch copy = stored;
    each_peer([&](std::size_t peer) { transmit(self, peer, copy); });
  } else if (auto* again = std::get_if<ResendBatches>(&effect)) {
    serve_batches(node, again->to.value(),
                  {record_.epoch, index_of(self), again->first, again->last});
  } else if (auto* batches = std::get_if<NeedBatches>(&effect)) {
    bool missing = false;
    for (std::uint64_t pos = batches->first.value(); pos <= batches->last.value(); ++pos) {
      const auto held = node.batches.find({batches->lane, LanePosition(pos)});
      if (held == node.batches.end()) {
        missing = true;
        continue;
      }
      for (const auto& [digest, stored] : held->second) {
        on_node(self, 0, [this, copy = stored](Node& n) { hold(n, copy, false); });
      }
    }
    if (missing && !batches->peers.empty()) {
      transmit(self, batches->peers.front().value(),
               GetBatches{record_.epoch, batches->lane, batches->first, batches->last});
    }
  } else if (auto* range = std::get_if<NeedBlocks>(&effect)) {
    if (!range->peers.empty())
      transmit(self, range->peers.front().value(), GetBlocks{range->from, range->max_count});
  } else if (auto* named = std::get_if<NeedBlock>(&effect)) {
    for (std::size_t i = 0; i < std::min<std::size_t>(2, named->peers.size()); ++i) {
      transmit(self, named->peers[i].value(), GetBlockByHash{named->hash});
    }
  } else if (auto* serve = std::get_if<ServeFromStore>(&effect)) {
    if (const auto* wanted = std::get_if<GetBlockByHash>(&serve->request)) {
      for (const StoredBlock& stored : node.blocks) {
        if (block_hash(chain_.suite, stored.block.header) == wanted->hash) {
          transmit(self, serve->to.value(), BlocksReply{{stored}, node.certificate});
        }
      }
    }
  } else if (std::holds_alternative<EvidenceFound>(effect)) {
    violation("S14: evidence against an honest validator");
  } else if (auto* quarantine = std::get_if<QuarantineEntered>(&effect)) {
    violation("quarantine: " + quarantine->reason);
  } else if (std::holds_alternative<Diverged>(effect)) {
    violation("diverged");
  } else if (auto* disconnect = std::get_if<DisconnectPeer>(&effect)) {
    violation("disconnected: " + disconnect->reason);
  } else if (auto* alarm = std::get_if<Alarm>(&effect)) {
    violation("alarm: " + alarm->text);
  }
}

void EngineCluster::transmit(std::size_t from, std::size_t to, const Message& message) {
  ++counts_[kind_of(message)];
  if (!linked(from, to) || random_() % 100 < options_.drop_percent) return;
  const int copies = random_() % 100 < options_.duplicate_percent ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    const std::uint64_t delay =
        options_.delay_min_ms + random_() % (options_.delay_max_ms - options_.delay_min_ms + 1);
    on_node(to, delay, [this, from, message](Node& n) { receive(n, from, message); });
  }
}

void EngineCluster::serve_batches(Node& node, std::size_t to, const GetBatches& request) {
  for (std::uint64_t pos = request.from.value(); pos <= request.to.value(); ++pos) {
    const auto held = node.batches.find({request.lane, LanePosition(pos)});
    if (held == node.batches.end()) continue;
    for (const auto& [digest, batch] : held->second) transmit(node.number, to, batch);
  }
}

void EngineCluster::receive(Node& node, std::size_t from, const Message& message) {
  if (const auto* batch = std::get_if<Batch>(&message)) {
    on_node(node.number, options_.sync_ms,
            [this, copy = *batch](Node& n) { hold(n, copy, false); });
  } else if (const auto* batches = std::get_if<GetBatches>(&message)) {
    serve_batches(node, from, *batches);
  } else if (const auto* blocks = std::get_if<GetBlocks>(&message)) {
    BlocksReply reply;
    for (std::uint64_t h = blocks->from.value();
         h <= node.blocks.size() && reply.blocks.size() < blocks->max_count; ++h) {
      reply.blocks.push_back(node.blocks[h - 1]);
    }
    reply.commit_certificate = node.certificate;
    transmit(node.number, from, reply);
  } else if (const auto* reply = std::get_if<BlocksReply>(&message)) {
    step(node, BlocksFetched{index_of(from), reply->blocks, reply->commit_certificate});
  } else {
    step(node, MessageReceived{index_of(from), message});
  }
}

void EngineCluster::watch(std::size_t from, const Message& message) {
  if (trace_)
    std::printf("%8llu  %zu sends kind %d\n", static_cast<unsigned long long>(now_), from,
                static_cast<int>(kind_of(message)));
  if (const auto* proposal = std::get_if<Proposal>(&message)) {
    auto& sent = votes_[{from, proposal->view}];
    sent.proposed.insert(block_hash(chain_.suite, proposal->block.header));
    if (sent.proposed.size() > 1) violation("S1: two proposals");
  } else if (const auto* vote = std::get_if<Vote>(&message)) {
    auto& sent = votes_[{from, vote->view}];
    if (vote->kind == VoteKind::kNotarize) sent.notarized.insert(vote->digest);
    if (vote->kind == VoteKind::kFinalize) sent.finalized.insert(vote->digest);
    if (vote->kind == VoteKind::kNullify) sent.nullified = true;
    if (sent.notarized.size() > 1) violation("S1: two notarize votes");
    if (sent.finalized.size() > 1) violation("two finalize votes");
    if (sent.nullified && !sent.finalized.empty()) violation("S2: finalize and nullify");
  } else if (const auto* certificate = std::get_if<Certificate>(&message)) {
    const View view = certificate->view;
    if (certificate->kind == VoteKind::kNotarize &&
        notarized_views_.emplace(view, certificate->digest).first->second != certificate->digest) {
      violation("S6: two notarizations of view " + std::to_string(view.value()));
    }
    if (certificate->kind == VoteKind::kFinalize)
      finalized_views_.emplace(view, certificate->digest);
    if (certificate->kind == VoteKind::kNullify) nullified_views_.insert(view);
    if (finalized_views_.count(view) != 0 && nullified_views_.count(view) != 0)
      violation("S7: finalized and nullified");
  }
}

void EngineCluster::violation(const std::string& text) {
  violations_.push_back("t=" + std::to_string(now_) + " " + text);
  if (trace_) std::printf("VIOLATION %s\n", violations_.back().c_str());
}

Height EngineCluster::delivered(std::size_t node) const {
  return Height(nodes_[node]->blocks.size() + nodes_[node]->unsynced_blocks.size());
}
Height EngineCluster::certified(std::size_t node) const { return nodes_[node]->certified; }
EngineStatus EngineCluster::status(std::size_t node) const {
  return nodes_[node]->engine->status();
}

std::uint64_t EngineCluster::ordered_batches(std::size_t node) const {
  std::uint64_t count = 0;
  for (std::size_t lane = 0; lane < nodes_.size(); ++lane)
    count += nodes_[node]->engine->ordered_position(index_of(lane)).value();
  return count;
}

std::uint64_t EngineCluster::acknowledged_batches() const {
  std::uint64_t count = 0;
  for (const auto& node : nodes_) {
    for (const auto& [key, by_digest] : node->batches) {
      if (key.first == index_of(node->number)) count += by_digest.size();
    }
  }
  return count;
}

std::uint64_t EngineCluster::messages(MessageKind kind) const {
  const auto found = counts_.find(kind);
  return found == counts_.end() ? 0 : found->second;
}

}  // namespace huangpu::consensus::test
