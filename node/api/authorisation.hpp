// The one place that decides whether a caller may make a call (SPEC N-203..N-206).
//
// Pure: a function of the role, the call and the participants it is about. Services ask it, and the
// backend asks it for submissions once the envelope's submitter is known. Nobody else compares
// roles.
#pragma once

#include <cstdint>
#include <span>

#include "node/api/principal.hpp"

namespace huangpu::node {

enum class Call : std::uint8_t {
  kSubmit,           // about: the envelope's submitter
  kReadTransaction,  // about: the submitter and the owners of the accounts it touches
  kReadAccount,      // about: the owner; also its balances
  kReadPublic,       // blocks, finality proofs, genesis, assets, participants
  kSubscribe,        // opening a stream; each event is then judged as kReadTransaction
  kReadStatus,
};

enum class Verdict : std::uint8_t {
  kAllowed,
  kDenied,  // the role has no right to this kind of call; says nothing about the ledger's contents
  kHidden,  // must be answered exactly as if the subject did not exist
};

// `about` may be empty for calls that are about nobody and, for reads, when the subject does not
// exist.
[[nodiscard]] Verdict authorise(const Principal& caller, Call call,
                                std::span<const ledger::ParticipantId> about = {});

}  // namespace huangpu::node
