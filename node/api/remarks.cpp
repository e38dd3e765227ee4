#include "node/api/remarks.hpp"

#include <algorithm>

namespace huangpu::node {
namespace {

// Blocks come many times a second while there is work: nobody waits for one longer than this
// without wanting to know why, and after the second bound somebody has to act.
constexpr std::uint64_t kPauseMs = 2'000;
constexpr std::uint64_t kStallMs = 10'000;
// A peer that takes part is heard several times a second while there is work.
constexpr std::uint64_t kSilentMs = 2'000;
constexpr std::uint64_t kSlowSyncMs = 200;
constexpr std::uint64_t kStuckSyncMs = 2'000;

std::string number(std::uint64_t value) { return std::to_string(value); }
std::string number(Height height) { return std::to_string(height.value()); }

// "850 ms", "12 s", "3 min", "2 h": what a person can use.
std::string span(std::uint64_t ms) {
  if (ms < 1'000) return number(ms) + " ms";
  if (ms < 120'000) return number(ms / 1'000) + " s";
  if (ms < 7'200'000) return number(ms / 60'000) + " min";
  return number(ms / 3'600'000) + " h";
}

std::uint64_t above(Height higher, Height lower) {
  return higher > lower ? higher.value() - lower.value() : 0;
}

std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// "B", "B and D" when both are needed, "1 of B, D" when one of them would do.
std::string part_of(const ConsensusCondition& consensus) {
  const std::size_t count = consensus.awaited.size();
  if (count == 1) return consensus.awaited.front();
  if (consensus.enough == 0 || consensus.enough >= count) return list(consensus.awaited);
  return number(consensus.enough) + " of " + list(consensus.awaited);
}

// Behind whom the view is: the sentence between "view 812: " and "; D last heard 40 s ago".
std::string cause(const NodeSnapshot& snapshot) {
  const ConsensusCondition& consensus = snapshot.consensus;
  if (consensus.awaited.empty()) return snapshot.waiting_for;
  const std::string who = "waiting for " + part_of(consensus);
  if (consensus.reason == "proposal") return who + " to propose";
  if (consensus.reason == "notarize-votes") return who + " to vote for the proposal";
  if (consensus.reason == "finalize-votes") return who + " to vote that the block is final";
  if (consensus.reason == "nullify-votes") return who + " to give the view up";
  if (consensus.reason == "peers") return who + " to connect";
  return snapshot.waiting_for;
}

std::string silences(const NodeSnapshot& snapshot) {
  std::string text;
  for (const PeerCondition& peer : snapshot.peers) {
    if (peer.connected && peer.last_heard_ms < kSilentMs) continue;
    text += "; " + peer.name;
    if (!peer.connected) text += peer.last_heard_ms == 0 ? " is not connected" : " is down,";
    if (peer.last_heard_ms > 0) text += " last heard " + span(peer.last_heard_ms) + " ago";
  }
  return text;
}

Remark height_remark(const NodeSnapshot& snapshot) {
  const ConsensusCondition& consensus = snapshot.consensus;
  const std::string height = "height " + number(snapshot.final_height);
  if (!consensus.work && snapshot.waiting_for.empty())
    return {RemarkLevel::kFine, "height", height + " is final and there is nothing to order"};
  if (consensus.final_ms < kPauseMs) {
    return {RemarkLevel::kFine, "height",
            height + " became final " + span(consensus.final_ms) + " ago"};
  }
  std::string text = height + " has been the last final one for " + span(consensus.final_ms) +
                     "; view " + number(snapshot.view);
  if (consensus.view_ms >= kPauseMs) text += " (for " + span(consensus.view_ms) + ")";
  text += ": " + cause(snapshot) + silences(snapshot);
  if (!consensus.next_leader.empty() && consensus.next_leader != consensus.leader)
    text += "; next leader " + consensus.next_leader;
  if (snapshot.view_deadline_ms > 0)
    text += "; the view is given up in " + span(snapshot.view_deadline_ms);
  return {consensus.final_ms < kStallMs ? RemarkLevel::kNote : RemarkLevel::kProblem, "height",
          std::move(text)};
}

// What is slow about a peer; empty when nothing is.
std::string slowness(const NodeSnapshot& snapshot, const PeerCondition& peer) {
  if (!peer.connected) {
    return peer.last_heard_ms == 0
               ? "is not connected and was not heard since this node started"
               : "is not connected, last heard " + span(peer.last_heard_ms) + " ago";
  }
  if (peer.quarantined) return "is in quarantine: it follows and does not vote";
  if (snapshot.consensus.work && peer.last_heard_ms >= kSilentMs)
    return "is connected and silent, last heard " + span(peer.last_heard_ms) + " ago";
  // What it told is a moment old: less than the lag allows is no delay.
  const std::uint64_t lag = std::max<std::uint64_t>(snapshot.consensus.lag_blocks, 1);
  if (peer.final_height == Height{0}) return {};
  const std::uint64_t behind = above(snapshot.network_height, peer.final_height);
  if (behind > 2 * lag) return "is slow: " + number(behind) + " heights behind the network";
  const std::uint64_t unexecuted = above(peer.final_height, peer.executed_height);
  if (peer.executed_height > Height{0} && unexecuted > lag)
    return "executes slowly: " + number(unexecuted) + " final blocks wait there";
  return {};
}

void add_peers(const NodeSnapshot& snapshot, std::vector<Remark>& out) {
  for (const PeerCondition& peer : snapshot.peers) {
    const std::string slow = slowness(snapshot, peer);
    if (!slow.empty()) out.push_back({RemarkLevel::kProblem, "peers", peer.name + " " + slow});
  }
}

void add_lags(const NodeSnapshot& snapshot, std::vector<Remark>& out) {
  const std::uint64_t lag = std::max<std::uint64_t>(snapshot.consensus.lag_blocks, 1);
  const auto add = [&](const char* topic, std::uint64_t behind, const char* what,
                       const char* of_what) {
    if (behind == 0) return;
    out.push_back({behind > lag ? RemarkLevel::kProblem : RemarkLevel::kNote, topic,
                   std::string(what) + " is " + number(behind) + " blocks behind " + of_what +
                       ", allowed are " + number(lag)});
  };
  add("execution", above(snapshot.final_height, snapshot.executed_height), "execution",
      "the final height");
  add("certification", above(snapshot.executed_height, snapshot.certified_height), "certification",
      "execution");
}

void add_disk(const NodeSnapshot& snapshot, std::vector<Remark>& out) {
  const ConsensusCondition& consensus = snapshot.consensus;
  if (consensus.vote_sync_ms < kSlowSyncMs) return;
  const bool stuck = consensus.vote_sync_runs && consensus.vote_sync_ms >= kStuckSyncMs;
  out.push_back(
      {stuck ? RemarkLevel::kProblem : RemarkLevel::kNote, "disk",
       consensus.vote_sync_runs
           ? "the vote log has been waiting for the disk for " + span(consensus.vote_sync_ms)
           : "the last sync of the vote log took " + span(consensus.vote_sync_ms)});
}

}  // namespace

const char* to_string(RemarkLevel level) {
  switch (level) {
    case RemarkLevel::kFine:
      return "fine";
    case RemarkLevel::kNote:
      return "note";
    case RemarkLevel::kProblem:
      return "problem";
  }
  return "unknown";
}

std::vector<Remark> remarks(const NodeSnapshot& snapshot) {
  std::vector<Remark> out{height_remark(snapshot)};
  add_peers(snapshot, out);
  add_lags(snapshot, out);
  add_disk(snapshot, out);
  for (const ReadinessCheck& check : snapshot.checks) {
    if (!check.ok)
      out.push_back({RemarkLevel::kProblem, check.name, check.name + " fails: " + check.detail});
  }
  return out;
}

}  // namespace huangpu::node
