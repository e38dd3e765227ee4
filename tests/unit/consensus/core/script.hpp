// One engine and a pen: the test plays the network, the disk and the clock.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "consensus/core/engine.hpp"
#include "consensus/core/leader_schedule.hpp"
#include "consensus/safety/safety_rules.hpp"
#include "crypto/sign/verifier.hpp"
#include "tests/unit/consensus/support/network.hpp"

namespace huangpu::consensus::test {

// The real predicate, counted.
class CountingVerifier final : public crypto::Verifier {
 public:
  [[nodiscard]] bool verify(const crypto::PublicKey& key, ByteView message,
                            const crypto::Signature& signature) const override {
    ++checks;
    return crypto::verify(key, message, signature);
  }
  mutable std::uint64_t checks{0};
};

class Script {
 public:
  // The engine under test does not lead view 1; view 2 is its own if `leads_second`.
  explicit Script(std::uint32_t lag_blocks = 8, bool leads_second = false,
                  const EngineTuning& given = {}, std::uint32_t lane_batches_max = 64);

  // Gives the engine one event; frames are synced at once unless `manual_sync`.
  void run(Event event);
  void receive(std::size_t from, Message message) {
    run(MessageReceived{index(from), std::move(message)});
  }
  // Lets time pass, with a Tick at every deadline.
  void pass(std::uint64_t ms);
  // Crash and start again from the synced vote log alone.
  void restart();

  [[nodiscard]] static ValidatorIndex index(std::size_t i) {
    return ValidatorIndex(static_cast<std::uint16_t>(i));
  }
  [[nodiscard]] std::size_t leader(std::uint64_t view) const;
  // Members besides the engine's own, in ascending order.
  [[nodiscard]] const std::vector<std::size_t>& others() const { return others_; }

  // Everything the engine wanted since the last clear().
  template <class T>
  [[nodiscard]] std::vector<T> wanted() const {
    std::vector<T> found;
    for (const Effect& effect : effects) {
      if (const T* one = std::get_if<T>(&effect)) found.push_back(*one);
    }
    return found;
  }
  // Broadcast messages of one type.
  template <class T>
  [[nodiscard]] std::vector<T> said() const {
    std::vector<T> found;
    for (const Broadcast& broadcast : wanted<Broadcast>()) {
      if (const T* one = std::get_if<T>(&broadcast.message)) found.push_back(*one);
    }
    return found;
  }
  [[nodiscard]] std::vector<Vote> votes(VoteKind kind) const;
  void clear() { effects.clear(); }

  // A batch of the lane, held by the engine and, if asked for, acked by everybody else.
  BatchHeader hold_batch(std::size_t lane, std::uint64_t pos, const Digest& previous = {},
                         bool acked = false, std::uint8_t flavour = 0);
  [[nodiscard]] BatchHeader batch_header(std::size_t lane, std::uint64_t pos,
                                         const Digest& previous, std::uint8_t flavour) const;
  [[nodiscard]] Digest digest(const BatchHeader& header) const;
  // A sound block of the view on a parent, advancing one lane by one batch.
  [[nodiscard]] Block block(std::uint64_t view, const Block* parent, std::uint64_t parent_view,
                            const BatchHeader& batch) const;
  [[nodiscard]] Proposal propose(std::uint64_t view, const Block& block,
                                 const Justification& justification = {});
  // Votes of the first `count` others.
  void others_vote(VoteKind kind, std::uint64_t view, const Digest& digest, std::size_t count = 2);

  CountingVerifier verifier;
  Network network{4};
  EpochRecord record;
  Now now{1'000, TimestampMs(10'000'000)};
  bool manual_sync{false};
  std::vector<Effect> effects;
  std::optional<Engine> engine;
  std::optional<SafetyRules> safety;
  std::size_t self{0};
  EngineTuning tuning;

 private:
  void start();

  std::vector<std::size_t> others_;
  Bytes segment_;
  std::uint64_t nonce_{77};
  Bytes sign_state_[2];
};

// What executing the block gives; `state` tells results apart.
[[nodiscard]] CommitMessage result_of(const Script& script, const Block& block, std::uint8_t state);

// View 1 with one batch, notarized and finalized; the engine has executed nothing.
Block finalize_first(Script& s);

}  // namespace huangpu::consensus::test
