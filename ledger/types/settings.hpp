// What validators run under for one epoch: the members, consensus, ledger and governance settings,
// and the protocol revision (SPEC L-120, L-121).
//
// Genesis gives the first settings; accepted proposals make later ones, which take effect at the
// boundary of an epoch and never inside one. The node turns them into the epoch record that
// consensus signs under; the record commits to the digest of everything here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "crypto/base/bytes.hpp"
#include "crypto/base/codec.hpp"
#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"
#include "crypto/sign/public_key.hpp"
#include "crypto/suite.hpp"
#include "ledger/types/ids.hpp"

namespace huangpu::ledger {

// Consensus parameters as numbers; the node hands them to the engine. Times in milliseconds.
struct ConsensusSettings {
  std::uint32_t finality_lag_blocks =
      8;                          // D: how far ordering may run ahead of certified execution
  std::uint32_t view_window = 1;  // W: consecutive views of one leader
  std::uint32_t propose_timeout_ms = 100;    // t_p
  std::uint32_t certify_timeout_ms = 250;    // t_c
  std::uint32_t repropose_timeout_ms = 250;  // t_r
  std::uint32_t skip_timeout_ms = 2000;      // T_skip: silence after which a leader is skipped
  std::uint32_t backoff_cap = 20;            // largest multiple by which timeouts grow
  std::uint32_t drift_max_ms = 1000;  // how far a proposal's time may be ahead of a voter's clock
  std::uint32_t linger_ms = 2;        // how long a lane owner waits to fill a batch
  std::uint32_t batch_bytes_max = 2U << 20;
  std::uint32_t batch_envelopes_max = 4096;
  std::uint32_t lane_unordered_max = 64;      // batches of one lane that may wait for their order
  std::uint32_t cut_batches_max = 64;         // batches of one lane that one block may order
  std::uint32_t cut_transfers_max = 100'000;  // transfers one block may order
  friend bool operator==(const ConsensusSettings&, const ConsensusSettings&) = default;
};

struct LedgerSettings {
  std::uint32_t replay_window_seconds = 120;
  std::uint32_t reference_days = 30;
  friend bool operator==(const LedgerSettings&, const LedgerSettings&) = default;
};

// Who changes all this: participants with the role governor.
struct GovernanceSettings {
  std::uint32_t approvals = 2;         // distinct governors that must approve a proposal
  std::uint32_t proposal_hours = 168;  // longest time a proposal stays open
  friend bool operator==(const GovernanceSettings&, const GovernanceSettings&) = default;
};

// A validator. Its name is its identity: key, pin, weight and endpoint may change, the name not.
struct Member {
  std::string name;  // a-z 0-9 '-', unique
  ParticipantId participant;
  crypto::PublicKey key;     // consensus, of the chain's suite
  std::uint32_t weight = 1;  // 1 to kMemberWeightMax
  crypto::Digest tls_pin;    // SHA-256 of the peer certificate's SubjectPublicKeyInfo
  std::string endpoint;      // host:port where other validators reach it; empty: as configured
  friend bool operator==(const Member&, const Member&) = default;
};

inline constexpr std::uint32_t kMemberWeightMax = 1'000'000;
inline constexpr std::size_t kMembersMax = 128;
inline constexpr std::size_t kMemberNameCharsMax = 64;
inline constexpr std::size_t kEndpointCharsMax = 261;  // a DNS name of 255, ':' and five digits
// The newest protocol revision that this program executes.
inline constexpr std::uint32_t kRevisionMax = 1;

struct EpochSettings {
  std::vector<Member> members;  // the order is the validator index
  ConsensusSettings consensus;
  LedgerSettings ledger;
  GovernanceSettings governance;
  std::uint32_t revision = 1;

  [[nodiscard]] const Member* find(std::string_view name) const;
  friend bool operator==(const EpochSettings&, const EpochSettings&) = default;
};

// With total weight W, f = ⌊(W − 1)/3⌋ may misbehave and W − f is a quorum (as in consensus).
[[nodiscard]] std::uint64_t total_weight(const EpochSettings& settings);
[[nodiscard]] std::uint64_t quorum_weight(const EpochSettings& settings);

void write(Writer& out, const ConsensusSettings& settings);
void write(Writer& out, const Member& member);
void write(Writer& out, const EpochSettings& settings);
// Total; what contradicts itself is judged by settings_errors, not here.
[[nodiscard]] EpochSettings read_epoch_settings(Reader& in);

// H("hp/settings" ‖ encoded settings).
[[nodiscard]] crypto::Digest settings_digest(crypto::SuiteId suite, const EpochSettings& settings);

// Every bound that is broken, as "consensus.view_window: must be 1 to 16". Empty if none is.
[[nodiscard]] std::vector<std::string> settings_errors(const ConsensusSettings& consensus,
                                                       const LedgerSettings& ledger,
                                                       const GovernanceSettings& governance);

// host:port with a port of 1 to 65535, or nothing.
[[nodiscard]] bool is_endpoint(std::string_view text);

}  // namespace huangpu::ledger
