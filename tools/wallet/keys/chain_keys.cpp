#include "tools/wallet/keys/chain_keys.hpp"

#include <algorithm>

#include "ledger/types/state_key.hpp"

namespace huangpu::tools {
namespace {

tl::unexpected<Error> diverged(const std::string& what) {
  return fail(Errc::kDiverged, "the node's list of keys does not hold: " + what);
}

// The value that a proof leads to, of the entry with this key at this height.
Result<Bytes> proven_value(const Session& session,
                           const std::optional<node::StateProofRecords>& proof, ByteView key,
                           Height height) {
  if (!proof || !proof->value || !equal(proof->key, key)) return diverged("a proof is missing");
  const auto proven = session.checker().check_state(proof->key, ByteView(*proof->value),
                                                    proof->proof, records_of(proof->finality));
  if (!proven) return diverged(proven.error().message);
  if (*proven != height) return diverged("an entry is of another height");
  return *proof->value;
}

ChainKeys genesis_keys(const Session& session) {
  ChainKeys chain;
  for (const ledger::GenesisKey& entry : session.genesis().keys) {
    if (entry.participant != session.self()) continue;
    ledger::KeyValue value;
    value.participant = entry.participant;
    value.key = entry.key;
    value.seat = entry.key.id();
    chain.keys.emplace(value.seat, std::move(value));
  }
  return chain;
}

}  // namespace

Result<ChainKeys> chain_keys(Session& session) {
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  node::ReadOptions read;
  read.with_proof = true;
  const auto found = client->keys(session.self(), read);
  // Before the first block nothing is certified, and the keys are those of the document.
  if (!found && found.error().code == Errc::kNotFound) return genesis_keys(session);
  HP_TRY_ASSIGN(const auto answer, found);
  read.height = answer.height;
  HP_TRY_ASSIGN(const auto participant, client->participant(session.self(), read));

  ChainKeys chain;
  chain.height = answer.height;
  std::size_t active = 0;
  for (const node::KeyAnswer& entry : answer.keys) {
    HP_TRY_ASSIGN(const Bytes bytes,
                  proven_value(session, entry.proof, ledger::key_key(entry.id), answer.height));
    HP_TRY_ASSIGN(auto value, ledger::KeyValue::decode(bytes));
    if (value.participant != session.self()) return diverged("a key is of another participant");
    const bool is_active = value.status == ledger::KeyStatus::kActive;
    if (!chain.keys.emplace(entry.id, std::move(value)).second) return diverged("a key twice");
    if (is_active) ++active;
  }
  HP_TRY_ASSIGN(const Bytes bytes,
                proven_value(session, participant.proof, ledger::participant_key(session.self()),
                             answer.height));
  HP_TRY_ASSIGN(const auto owner, ledger::ParticipantValue::decode(bytes));
  if (owner.active_keys != active) return diverged("active keys were left out");
  return chain;
}

std::string status_on_chain(const ChainKeys& chain, const crypto::KeyId& key) {
  const auto found = chain.keys.find(key);
  if (found == chain.keys.end()) return "not registered";
  switch (found->second.status) {
    case ledger::KeyStatus::kActive:
      return "active";
    case ledger::KeyStatus::kRotated:
      return "rotated";
    case ledger::KeyStatus::kRevoked:
      return "revoked";
  }
  return "unknown";
}

}  // namespace huangpu::tools
