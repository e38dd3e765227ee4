#include "ledger/types/settings.hpp"

#include <algorithm>

#include "crypto/hash/domain.hpp"
#include "crypto/hash/hasher.hpp"
#include "ledger/types/limits.hpp"

namespace huangpu::ledger {
namespace {

constexpr std::size_t kMemberBytesMin = 4 + 4 + 4 + 4 + 32 + 4;

ConsensusSettings read_consensus(Reader& in) {
  ConsensusSettings settings;
  for (std::uint32_t* field :
       {&settings.finality_lag_blocks, &settings.view_window, &settings.propose_timeout_ms,
        &settings.certify_timeout_ms, &settings.repropose_timeout_ms, &settings.skip_timeout_ms,
        &settings.backoff_cap, &settings.drift_max_ms, &settings.linger_ms,
        &settings.batch_bytes_max, &settings.batch_envelopes_max, &settings.lane_unordered_max,
        &settings.cut_batches_max, &settings.cut_transfers_max}) {
    *field = in.u32();
  }
  return settings;
}

Member read_member(Reader& in) {
  Member member;
  member.name = as_text(in.blob(kMemberNameCharsMax));
  member.participant = ParticipantId(in.u32());
  member.key = crypto::PublicKey::read(in);
  member.weight = in.u32();
  member.tls_pin = in.digest();
  member.endpoint = as_text(in.blob(kEndpointCharsMax));
  return member;
}

class RangeCheck {
 public:
  void in_range(const char* field, std::uint64_t value, std::uint64_t min, std::uint64_t max) {
    if (value >= min && value <= max) return;
    expect(false, field, "must be " + std::to_string(min) + " to " + std::to_string(max));
  }
  void expect(bool holds, const char* field, const std::string& what) {
    if (!holds) errors_.push_back(std::string(field) + ": " + what);
  }
  std::vector<std::string> take() && { return std::move(errors_); }

 private:
  std::vector<std::string> errors_;
};

}  // namespace

const Member* EpochSettings::find(std::string_view name) const {
  const auto found = std::ranges::find(members, name, &Member::name);
  return found == members.end() ? nullptr : &*found;
}

std::uint64_t total_weight(const EpochSettings& settings) {
  std::uint64_t total = 0;
  for (const Member& member : settings.members) total += member.weight;
  return total;
}

std::uint64_t quorum_weight(const EpochSettings& settings) {
  const std::uint64_t total = total_weight(settings);
  return total == 0 ? 0 : total - (total - 1) / 3;
}

void write(Writer& out, const ConsensusSettings& settings) {
  out.u32(settings.finality_lag_blocks)
      .u32(settings.view_window)
      .u32(settings.propose_timeout_ms)
      .u32(settings.certify_timeout_ms)
      .u32(settings.repropose_timeout_ms)
      .u32(settings.skip_timeout_ms)
      .u32(settings.backoff_cap)
      .u32(settings.drift_max_ms)
      .u32(settings.linger_ms)
      .u32(settings.batch_bytes_max)
      .u32(settings.batch_envelopes_max)
      .u32(settings.lane_unordered_max)
      .u32(settings.cut_batches_max)
      .u32(settings.cut_transfers_max);
}

void write(Writer& out, const Member& member) {
  out.blob(as_bytes(member.name)).u32(member.participant.value());
  member.key.write(out);
  out.u32(member.weight).digest(member.tls_pin).blob(as_bytes(member.endpoint));
}

void write(Writer& out, const EpochSettings& settings) {
  out.u32(static_cast<std::uint32_t>(settings.members.size()));
  for (const Member& member : settings.members) write(out, member);
  write(out, settings.consensus);
  out.u32(settings.ledger.replay_window_seconds).u32(settings.ledger.reference_days);
  out.u32(settings.governance.approvals).u32(settings.governance.proposal_hours);
  out.u32(settings.revision);
}

EpochSettings read_epoch_settings(Reader& in) {
  EpochSettings settings;
  const std::uint32_t count = in.count(kMembersMax, kMemberBytesMin);
  settings.members.reserve(count);
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) settings.members.push_back(read_member(in));
  settings.consensus = read_consensus(in);
  settings.ledger.replay_window_seconds = in.u32();
  settings.ledger.reference_days = in.u32();
  settings.governance.approvals = in.u32();
  settings.governance.proposal_hours = in.u32();
  settings.revision = in.u32();
  return settings;
}

crypto::Digest settings_digest(crypto::SuiteId suite, const EpochSettings& settings) {
  Writer writer(1024);
  writer.tag(crypto::domain::kSettings);
  write(writer, settings);
  return crypto::hash(suite, writer.view());
}

std::vector<std::string> settings_errors(const ConsensusSettings& c, const LedgerSettings& ledger,
                                         const GovernanceSettings& governance) {
  RangeCheck check;
  check.in_range("consensus.finality_lag_blocks", c.finality_lag_blocks, 1, 64);
  check.in_range("consensus.view_window", c.view_window, 1, 16);
  check.in_range("consensus.propose_timeout_ms", c.propose_timeout_ms, 1, 60'000);
  check.in_range("consensus.certify_timeout_ms", c.certify_timeout_ms, 2, 120'000);
  check.in_range("consensus.repropose_timeout_ms", c.repropose_timeout_ms, 1, 120'000);
  check.in_range("consensus.skip_timeout_ms", c.skip_timeout_ms, 3, 600'000);
  check.in_range("consensus.backoff_cap", c.backoff_cap, 1, 1'000);
  check.in_range("consensus.drift_max_ms", c.drift_max_ms, 1, 60'000);
  check.in_range("consensus.linger_ms", c.linger_ms, 0, 1'000);
  check.in_range("consensus.batch_bytes_max", c.batch_bytes_max, kEnvelopeBytesMax + 4096,
                 4U << 20);
  check.in_range("consensus.batch_envelopes_max", c.batch_envelopes_max, 1, 65'536);
  check.in_range("consensus.lane_unordered_max", c.lane_unordered_max, 1, 4'096);
  check.in_range("consensus.cut_batches_max", c.cut_batches_max, 1, 65'536);
  check.in_range("consensus.cut_transfers_max", c.cut_transfers_max, kBulkRecordsMax, 10'000'000);
  check.expect(c.certify_timeout_ms > c.propose_timeout_ms, "consensus.certify_timeout_ms",
               "must exceed propose_timeout_ms");
  check.expect(
      c.skip_timeout_ms > c.certify_timeout_ms && c.skip_timeout_ms > c.repropose_timeout_ms,
      "consensus.skip_timeout_ms", "must exceed certify_timeout_ms and repropose_timeout_ms");
  // Validators hold what a lane may have waiting, and little more.
  check.expect(c.cut_batches_max <= c.lane_unordered_max, "consensus.cut_batches_max",
               "must not exceed lane_unordered_max");
  check.in_range("ledger.replay_window_seconds", ledger.replay_window_seconds, 1,
                 kReplayWindowSecondsMax);
  check.in_range("ledger.reference_days", ledger.reference_days, 1, kReferenceDaysMax);
  check.in_range("governance.approvals", governance.approvals, 1, 128);
  check.in_range("governance.proposal_hours", governance.proposal_hours, 1, 8'784);
  return std::move(check).take();
}

bool is_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (text.size() > kEndpointCharsMax || colon == std::string_view::npos || colon == 0)
    return false;
  const std::string_view port = text.substr(colon + 1);
  std::uint32_t number = 0;
  for (const char c : port) {
    if (c < '0' || c > '9' || port.size() > 5) return false;
    number = number * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return number >= 1 && number <= 65'535 && std::ranges::all_of(text.substr(0, colon), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
         });
}

}  // namespace huangpu::ledger
