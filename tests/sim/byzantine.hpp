// Byzantine validators: the node's own code with its messages in bad hands.
//
// Underneath runs an unmodified replica with the validator's real key, so that everything signed is
// authentic. What it wants to send passes through a Saboteur, which drops, delays, doubles, aims or
// forges. A twin is no saboteur but a second node with the same key; the world makes it.
//
// One thread. Deterministic from its random stream.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "consensus/types/message.hpp"
#include "tests/sim/random.hpp"
#include "tests/sim/scheduler.hpp"
#include "tests/sim/sim_chain.hpp"

namespace huangpu::sim {

enum class Byzantine : std::uint8_t {
  kTwin,                // two copies of one key, each honest by itself
  kEquivocatingLeader,  // two blocks for one view, one to each half, and votes for both
  kEquivocatingLane,    // two batches for one position, one to each half
  kSilent,              // votes and proposals reach nobody
  kSelectiveSender,     // everything reaches the same few only
  kWithholder,          // names data in proposals and hands it to hardly anybody
  kLateProposer,        // proposes when the others' timers are about to fire
  kReplayer,            // repeats what it sent long ago, also under other epochs
  kSpammer,             // garbage, and votes and certificates of views far ahead
  kGapLeader,           // proposes without the nullifications that justify the gap
  kDoubleVoter,         // finalizes and nullifies
  kStatusLiar,          // claims heights and views that do not exist, then takes them back
  kWrongResult,         // signs two results per height
};
inline constexpr std::size_t kByzantineKinds = 13;
[[nodiscard]] const char* to_string(Byzantine kind);

class Saboteur {
 public:
  struct World {
    Scheduler& scheduler;
    const SimChain& chain;
    std::size_t index;  // the validator it is
    // The bytes leave for a validator.
    std::function<void(std::size_t to, std::shared_ptr<const Bytes>)> send;
  };

  Saboteur(Byzantine kind, World world, Random random);

  // What the replica wants sent, to one or to all.
  void send(std::optional<std::size_t> to, consensus::Message message,
            std::shared_ptr<const Bytes> bytes);

 private:
  using Encoded = std::shared_ptr<const Bytes>;

  void pass(std::optional<std::size_t> to, const Encoded& bytes);
  void split(std::optional<std::size_t> to, const Encoded& first, const Encoded& second);
  void later(Micros delay, std::optional<std::size_t> to, const Encoded& bytes);
  [[nodiscard]] crypto::Signature sign(consensus::SignedKind kind, Epoch epoch,
                                       std::uint64_t position, const crypto::Digest& digest) const;
  void resign(consensus::Vote& vote) const;
  void equivocate(std::optional<std::size_t> to, consensus::Proposal proposal,
                  const Encoded& original);
  void replay();
  void spam();
  [[nodiscard]] Encoded garbage(const Encoded& bytes);
  [[nodiscard]] bool favoured(std::size_t peer) const { return ((half_ >> peer) & 1U) != 0; }

  const Byzantine kind_;
  World world_;
  Random random_;
  std::uint64_t half_;  // bit per validator: the half that gets the first version
  std::deque<Encoded> memory_;
  View view_{0};  // newest own one
  std::uint64_t sent_ = 0;
};

}  // namespace huangpu::sim
