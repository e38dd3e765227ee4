#include "consensus/safety/replay.hpp"

#include <algorithm>
#include <variant>

#include "crypto/base/mutant.hpp"

namespace huangpu::consensus {
namespace {

using Kind = Verdict::Kind;

// A frame found in the log, and where it ends.
struct FoundFrame {
  Frame frame;
  std::size_t segment;
  std::size_t end;
};

// Something wrong with the files themselves, noticed when `frames_before` frames had been read.
struct Damage {
  std::size_t frames_before;
  std::string reason;
};

struct Scan {
  std::vector<FoundFrame> frames;
  std::vector<Damage> damage;
  std::optional<std::string> refusal;
  std::optional<std::size_t> last_segment;  // index of the last one with a header
  std::uint64_t last_number{0};             // its number; 0 without any
  std::uint64_t last_nonce{0};
  std::size_t torn_bytes{0};  // junk behind the last frame of the last segment
  std::vector<ReplayResult::Repair> repairs;
};

bool all_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

std::size_t nonzero_length(ByteView bytes) {
  std::size_t length = bytes.size();
  while (length > 0 && bytes[length - 1] == 0) --length;
  return length;
}

class Scanner {
 public:
  explicit Scanner(const ReplayInput& input) : input_(input) {}

  Scan run() {
    for (std::size_t i = 0; i < input_.segments.size() && !scan_.refusal; ++i) segment(i);
    return std::move(scan_);
  }

 private:
  void damage(std::string reason) {
    scan_.damage.push_back({scan_.frames.size(), std::move(reason)});
  }

  void segment(std::size_t index) {
    const ByteView bytes = input_.segments[index];
    const Result<SegmentHeader> header = decode_segment_header(bytes);
    if (!header) {
      without_header(bytes, header.error());
      return;
    }
    if (header->genesis != input_.chain.genesis || header->key != input_.key) {
      scan_.refusal = "the vote log belongs to another key or chain";
      return;
    }
    if (header->epoch != input_.epoch) {
      scan_.refusal = "the vote log of epoch " + std::to_string(header->epoch.value()) +
                      " lies where epoch " + std::to_string(input_.epoch.value()) + " belongs";
      return;
    }
    if (scan_.last_number != 0 && header->number != scan_.last_number + 1) {
      damage("a segment of the vote log is missing before number " +
             std::to_string(header->number));
    }
    scan_.last_number = header->number;
    scan_.last_nonce = header->nonce;
    scan_.last_segment = index;
    frames(index, bytes, header->nonce);
  }

  // A segment that was being created when the power failed holds nothing yet.
  void without_header(ByteView bytes, const Error& error) {
    if (error.code == Errc::kUnsupportedVersion) {
      scan_.refusal = error.message;
      return;
    }
    const std::size_t header_bytes = std::min(bytes.size(), kLogBlockBytes);
    if (!all_zero(bytes.subspan(header_bytes))) {
      damage("a segment of the vote log has frames but no readable header");
    }
  }

  void frames(std::size_t index, ByteView bytes, std::uint64_t nonce) {
    std::size_t at = kLogBlockBytes;
    std::size_t end = at;  // of the frame before
    while (at < bytes.size()) {
      Result<FrameCopy> found = read_frame_copy(bytes.subspan(at), nonce);
      if (!found) {
        if (HP_MUTANT(17)) break;
        // Torn, damaged or never written: whether a frame is lost shows in the sequence numbers.
        at += kLogBlockBytes;
        continue;
      }
      if (found->frame.epoch != input_.epoch) {
        scan_.refusal = "the vote log holds a frame of another epoch";
        return;
      }
      end = end_of_frame(index, bytes, end, at, found->size_bytes);
      at = end;
      scan_.frames.push_back({std::move(found->frame), index, end});
    }
    scan_.torn_bytes = end < bytes.size() ? nonzero_length(bytes.subspan(end)) : 0;
  }

  // A copy was found at `at`, the frame before ended at `end`: where this one's second copy ends.
  std::size_t end_of_frame(std::size_t index, ByteView bytes, std::size_t end, std::size_t at,
                           std::size_t copy_bytes) {
    const ByteView copy = bytes.subspan(at, copy_bytes);
    const ByteView rest = bytes.subspan(at + copy_bytes);
    if (rest.size() >= copy_bytes && std::ranges::equal(copy, rest.first(copy_bytes)))
      return at + 2 * copy_bytes;
    if (at == end + copy_bytes) {
      scan_.repairs.push_back({index, at, end, copy_bytes});
      return at + copy_bytes;
    }
    scan_.repairs.push_back({index, at, at + copy_bytes, copy_bytes});
    return at + 2 * copy_bytes;
  }

  const ReplayInput& input_;
  Scan scan_;
};

template <class T>
bool holds(const Frame& frame, bool (*predicate)(const T&)) {
  return std::any_of(frame.records.begin(), frame.records.end(), [&](const LogRecord& record) {
    const T* content = std::get_if<T>(&record);
    return content != nullptr && predicate(*content);
  });
}

// Index of the last frame that ended a quarantine: the log counts from there.
std::optional<std::size_t> rejoin_frame(const std::vector<FoundFrame>& frames) {
  for (std::size_t i = frames.size(); i > 0; --i) {
    if (holds<FloorRecord>(frames[i - 1].frame, [](const FloorRecord& f) { return f.rejoin; })) {
      return i - 1;
    }
  }
  return std::nullopt;
}

// Why the log itself is damaged, or nothing.
std::optional<std::string> judge_log(const Scan& scan) {
  const std::optional<std::size_t> rejoin = rejoin_frame(scan.frames);
  for (const Damage& damage : scan.damage) {
    if (!rejoin || damage.frames_before > *rejoin) return damage.reason;
  }
  for (std::size_t i = rejoin.value_or(0) + 1; i < scan.frames.size(); ++i) {
    const std::uint64_t previous = scan.frames[i - 1].frame.seq;
    if (scan.frames[i].frame.seq != previous + 1) {
      return "the vote log is damaged behind frame " + std::to_string(previous);
    }
  }
  if (scan.frames.empty() || rejoin || scan.frames.front().frame.seq == 1) return std::nullopt;
  const bool has_floor =
      std::any_of(scan.frames.begin(), scan.frames.end(), [](const FoundFrame& found) {
        return holds<FloorRecord>(found.frame, [](const FloorRecord&) { return true; });
      });
  if (has_floor) return std::nullopt;
  return "the vote log begins with frame " + std::to_string(scan.frames.front().frame.seq) +
         " and names no floor";
}

// Collects what the records say; add() tells whether they agree with each other and with what came
// before.
class Collector {
 public:
  explicit Collector(RestoredVotes& restored) : restored_(restored) {}

  bool add(const Frame& frame) {
    consistent_ = true;
    for (const LogRecord& record : frame.records) {
      std::visit([this](const auto& content) { on(content); }, record);
    }
    return consistent_;
  }

  SignState highest;  // views only

 private:
  void vote(std::optional<Digest>& slot, View& top, View view, const Digest& digest) {
    if (slot && *slot != digest) consistent_ = false;
    slot = digest;
    top = std::max(top, view);
  }

  void on(const ProposeRecord& record) {
    vote(restored_.votes[record.view].proposed, highest.proposed, record.view, record.digest);
    restored_.proposals.insert_or_assign(record.view, record);
  }
  void on(const NotarizeRecord& record) {
    vote(restored_.votes[record.view].notarized, highest.notarized, record.view, record.digest);
    if (record.block) {
      restored_.notarized.insert_or_assign(record.view, *record.block);
      return;
    }
    const auto own = restored_.proposals.find(record.view);
    if (own == restored_.proposals.end()) return;
    restored_.notarized.insert_or_assign(
        record.view, StoredBlock{own->second.block, own->second.justification, std::nullopt});
  }
  void on(const NullifyRecord& record) {
    OwnVotes& votes = restored_.votes[record.view];
    votes.nullified = true;
    if (votes.finalized) consistent_ = false;
    highest.nullified = std::max(highest.nullified, record.view);
  }
  void on(const FinalizeRecord& record) {
    OwnVotes& votes = restored_.votes[record.view];
    vote(votes.finalized, highest.finalized, record.view, record.digest);
    if (votes.nullified) consistent_ = false;
  }
  void on(const CertificateRecord& record) { restored_.certificates.push_back(record.certificate); }
  void on(const FloorRecord& record) {
    restored_.lane_closed = restored_.lane_closed || record.rejoin || record.lane_closed;
    if (!restored_.floor || record.view >= restored_.floor->view) restored_.floor = record;
  }
  void on(const EpochEndRecord& record) { restored_.epoch_end = record.certificate; }

  RestoredVotes& restored_;
  bool consistent_ = true;
};

void forget_below_floor(RestoredVotes& restored) {
  if (!restored.floor) return;
  const View floor = restored.floor->view;
  restored.horizon = floor;
  const auto drop = [floor](auto& map) { map.erase(map.begin(), map.upper_bound(floor)); };
  drop(restored.votes);
  drop(restored.proposals);
  drop(restored.notarized);
}

struct SignStates {
  std::optional<SignState> newest;
  std::optional<std::string> refusal;
};

SignStates read_sign_states(const ReplayInput& input) {
  SignStates result;
  for (const std::optional<ByteView>& file : {input.sign_state_a, input.sign_state_b}) {
    if (!file) continue;
    const Result<SignState> state = decode_sign_state(*file);
    if (!state) {
      if (state.error().code == Errc::kUnsupportedVersion) result.refusal = state.error().message;
      continue;
    }
    if (state->genesis != input.chain.genesis || state->key != input.key) {
      result.refusal = "the sign-state belongs to another key or chain";
      continue;
    }
    if (!result.newest || state->counter > result.newest->counter) result.newest = *state;
  }
  return result;
}

// Why the second witness says that something is forgotten, or nothing.
std::optional<std::string> judge_sign_state(const SignState& state, const ReplayInput& input,
                                            const RestoredVotes& restored,
                                            const SignState& highest) {
  if (state.epoch > input.epoch) {
    return "the sign-state names epoch " + std::to_string(state.epoch.value()) +
           ", whose vote log is missing";
  }
  if (state.epoch < input.epoch) return std::nullopt;
  if (state.synced_seq >= restored.next_seq) {
    return "the sign-state names frame " + std::to_string(state.synced_seq) +
           ", the vote log ends with " + std::to_string(restored.next_seq - 1);
  }
  const View floor = restored.horizon;
  if (state.proposed > std::max(highest.proposed, floor) ||
      state.notarized > std::max(highest.notarized, floor) ||
      state.nullified > std::max(highest.nullified, floor) ||
      state.finalized > std::max(highest.finalized, floor)) {
    return "the sign-state names a vote that the vote log does not hold";
  }
  if (state.lane_position > input.own_lane_position && !restored.lane_closed) {
    return "the sign-state names own batch " + std::to_string(state.lane_position.value()) +
           ", the own lane ends with " + std::to_string(input.own_lane_position.value());
  }
  return std::nullopt;
}

void place_next_frame(const Scan& scan, Kind verdict, ReplayResult& result) {
  result.torn_bytes = scan.torn_bytes;
  if (verdict == Kind::kNormal) result.repairs = scan.repairs;
  result.new_segment = verdict != Kind::kNormal || !scan.last_segment;
  if (result.new_segment) {
    result.segment_number = scan.last_number + 1;
    return;
  }
  result.segment_number = scan.last_number;
  result.segment_nonce = scan.last_nonce;
  result.segment_index = *scan.last_segment;
  result.offset = kLogBlockBytes;
  if (!scan.frames.empty() && scan.frames.back().segment == *scan.last_segment) {
    result.offset = scan.frames.back().end;
  }
}

}  // namespace

ReplayResult replay(const ReplayInput& input) {
  ReplayResult result;
  const Scan scan = Scanner(input).run();
  const SignStates states = read_sign_states(input);
  const auto verdict = [&result, &scan](Kind kind, std::string reason) {
    result.verdict = {kind, std::move(reason)};
    place_next_frame(scan, kind, result);
  };
  if (scan.refusal || states.refusal) {
    verdict(Kind::kRefuse, scan.refusal ? *scan.refusal : *states.refusal);
    return result;
  }

  RestoredVotes& restored = result.restored;
  Collector collector(restored);
  const std::size_t counting = rejoin_frame(scan.frames).value_or(0);
  bool consistent = true;
  for (std::size_t i = 0; i < scan.frames.size(); ++i) {
    const Frame& frame = scan.frames[i].frame;
    if (!collector.add(frame) && i >= counting) consistent = false;
    restored.next_seq = std::max(restored.next_seq, frame.seq + 1);
  }
  forget_below_floor(restored);

  std::optional<std::string> reason = judge_log(scan);
  if (!reason && !consistent) reason = "the vote log contradicts itself";
  if (!states.newest) {
    reason = "both sign-state files are missing or unreadable";
  } else {
    if (!reason) reason = judge_sign_state(*states.newest, input, restored, collector.highest);
    restored.sign_state = *states.newest;
    if (states.newest->epoch == input.epoch) {
      restored.next_seq = std::max(restored.next_seq, states.newest->synced_seq + 1);
    }
  }
  if (reason) {
    verdict(Kind::kQuarantine, std::move(*reason));
  } else {
    verdict(Kind::kNormal, {});
  }
  return result;
}

}  // namespace huangpu::consensus
