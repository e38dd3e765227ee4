// What a quarantined validator still needs before it votes again (SPEC C-171..C-175). Internal.
//
// To have voted in view w > 1 it must have held a certificate of w - 1, so at least f other honest
// weight of the set had been in w - 1; q weight of the others always contains some of them. So V =
// the highest view they prove + 2 is above every vote that this key can have cast and forgotten.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "consensus/core/params.hpp"
#include "consensus/types/message.hpp"
#include "consensus/types/signer_set.hpp"

namespace huangpu::consensus {

struct RejoinState {
  std::uint64_t nonce{0};      // of the question; 0: not asked yet
  std::uint64_t ask_due{0};    // monotonic; asked again until the reports suffice
  SignerSet reports;           // whose report counted; never this validator
  View reported{0};            // the highest view they proved
  std::optional<View> needed;  // V, once the reports have q weight
  bool queued{false};          // the floor is on its way into the vote log
};

// What quarantined peers wait for. A notice counts as work until its view is final (SPEC C-174), so
// that an idle network brings them back too.
class RejoinNotices {
 public:
  explicit RejoinNotices(std::size_t validators) : notices_(validators) {}

  // Another view of the same peer counts after `pause_ms`; one beyond `current` + 2 does not.
  void note(ValidatorIndex from, View until, View current, View final_view, MonoMs now,
            std::uint64_t pause_ms);
  [[nodiscard]] bool pending(View final_view) const;

 private:
  struct Notice {
    View until{0};
    MonoMs next_ms{0};  // no other view counts before
  };
  std::vector<Notice> notices_;  // by validator
};

}  // namespace huangpu::consensus
