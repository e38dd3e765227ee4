// Proposals to change validators, settings or the revision, and what became of them (SPEC L-122 to
// L-127).
//
// A change says what to alter, not what the result is: the same proposal stays right when another
// one is accepted before it. Accepted changes edit the pending settings; the pending settings
// become current at the boundary of an epoch, announced beforehand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "crypto/base/ids.hpp"
#include "ledger/types/result_code.hpp"
#include "ledger/types/settings.hpp"

namespace huangpu::ledger {

struct AddValidator {
  Member member;
  friend bool operator==(const AddValidator&, const AddValidator&) = default;
};
struct RemoveValidator {
  std::string name;
  friend bool operator==(const RemoveValidator&, const RemoveValidator&) = default;
};
// Whichever is present replaces what the validator has. At least one is.
struct UpdateValidator {
  std::string name;
  std::optional<crypto::PublicKey> key;
  std::optional<crypto::Digest> tls_pin;
  std::optional<std::uint32_t> weight;
  std::optional<std::string> endpoint;
  friend bool operator==(const UpdateValidator&, const UpdateValidator&) = default;
};
// All settings anew.
struct SetParameters {
  ConsensusSettings consensus;
  LedgerSettings ledger;
  GovernanceSettings governance;
  friend bool operator==(const SetParameters&, const SetParameters&) = default;
};
struct ActivateRevision {
  std::uint32_t revision = 0;
  friend bool operator==(const ActivateRevision&, const ActivateRevision&) = default;
};
using GovernanceChange =
    std::variant<AddValidator, RemoveValidator, UpdateValidator, SetParameters, ActivateRevision>;

// "add-validator", "remove-validator", "update-validator", "set-parameters", "activate-revision".
[[nodiscard]] std::string_view change_name(const GovernanceChange& change) noexcept;
// One sentence for people who are asked to approve it.
[[nodiscard]] std::string describe_change(const GovernanceChange& change);

void write(Writer& out, const GovernanceChange& change);
[[nodiscard]] GovernanceChange read_change(Reader& in);

// The settings after the change, or why they cannot be: 104 to 108 and 111. Pure: execution,
// simulation and auditors ask this one function.
struct ChangeOutcome {
  ResultCode code = ResultCode::kSettled;
  std::string why;  // when refused: one sentence
  EpochSettings settings;
};
[[nodiscard]] ChangeOutcome apply_change(const EpochSettings& base, const GovernanceChange& change);

// Whether an epoch may go from `from` to `to` in one step (SPEC L-126): at most one member, or a
// third of the weight, is added, removed, given another key or another weight.
[[nodiscard]] bool is_small_step(const EpochSettings& from, const EpochSettings& to);

enum class ProposalStatus : std::uint8_t {
  kOpen = 1,
  kAccepted = 2,   // its change is in the pending settings, or beyond
  kRejected = 3,   // so many governors are against it that it cannot be accepted any more
  kWithdrawn = 4,  // by its proposer
  kExpired = 5,
  kVoid = 6,  // approved, but other changes had made it impossible; nothing was done
};
[[nodiscard]] std::string_view status_name(ProposalStatus status) noexcept;

struct GovernanceVote {
  ParticipantId participant;
  bool approve = false;
  friend bool operator==(const GovernanceVote&, const GovernanceVote&) = default;
};

inline constexpr std::size_t kOpenProposalsMax = 16;
inline constexpr std::size_t kProposalVotesMax = 10'000;

// 'G'
struct ProposalValue {
  ParticipantId proposer;
  Height proposed;
  TimestampMs expires;  // the last block time at which votes count
  ProposalStatus status = ProposalStatus::kOpen;
  Height closed;
  GovernanceChange change;
  std::vector<GovernanceVote> votes;  // in the order given; one per participant

  [[nodiscard]] std::uint32_t approvals() const;
  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<ProposalValue> decode(ByteView bytes);
  friend bool operator==(const ProposalValue&, const ProposalValue&) = default;
};

// 'Q'
struct OpenProposal {
  std::uint64_t number = 0;
  TimestampMs expires;
  friend bool operator==(const OpenProposal&, const OpenProposal&) = default;
};
struct ProposalsValue {
  std::uint64_t made = 0;          // numbers count from 1
  std::uint32_t governors = 0;     // participants with that role
  std::vector<OpenProposal> open;  // ascending by number, at most kOpenProposalsMax

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<ProposalsValue> decode(ByteView bytes);
  friend bool operator==(const ProposalsValue&, const ProposalsValue&) = default;
};

// 'V' ‖ epoch
struct EpochValue {
  Height start;  // of the boundary block before it; 0 for the first
  EpochSettings settings;

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<EpochValue> decode(ByteView bytes);
  friend bool operator==(const EpochValue&, const EpochValue&) = default;
};

struct Announcement {
  Height end_at;  // the boundary
  EpochSettings settings;
  friend bool operator==(const Announcement&, const Announcement&) = default;
};

// 'E': where the chain stands between two epochs.
struct EpochsValue {
  Epoch current{1};
  Height start;                           // of the current epoch
  std::optional<EpochSettings> pending;   // what accepted proposals made
  std::vector<std::string> ready;         // members of `pending` that declared themselves ready
  std::optional<Announcement> announced;  // frozen until its boundary is executed

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<EpochsValue> decode(ByteView bytes);
  friend bool operator==(const EpochsValue&, const EpochsValue&) = default;
};

}  // namespace huangpu::ledger
