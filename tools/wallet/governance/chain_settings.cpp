#include "tools/wallet/governance/chain_settings.hpp"

#include <string>

#include "ledger/types/state_key.hpp"

namespace huangpu::tools {
namespace {

tl::unexpected<Error> diverged(const std::string& what) {
  return fail(Errc::kDiverged, "the node's answer about governance does not hold: " + what);
}

// The value that the proof leads to, of the entry with this key at this height.
Result<Bytes> proven_value(const Session& session, const node::StateEntryAnswer& entry,
                           ByteView key, Height height) {
  const auto& proof = entry.proof;
  if (!proof || !proof->value || !equal(proof->key, key)) return diverged("a proof is missing");
  const auto proven = session.checker().check_state(proof->key, ByteView(*proof->value),
                                                    proof->proof, records_of(proof->finality));
  if (!proven) return diverged(proven.error().message);
  if (*proven != height) return diverged("an entry is of another height");
  return *proof->value;
}

Result<ChainProposal> proven_proposal(const Session& session, const node::ProposalAnswer& answer,
                                      Height height) {
  ChainProposal proposal;
  proposal.number = answer.number;
  HP_TRY_ASSIGN(const Bytes bytes,
                proven_value(session, answer.entry, ledger::proposal_key(answer.number), height));
  HP_TRY_ASSIGN(proposal.value, ledger::ProposalValue::decode(bytes));
  return proposal;
}

}  // namespace

const ledger::EpochSettings& ChainSettings::predecessor() const {
  return epochs.announced ? epochs.announced->settings : current;
}

const ledger::EpochSettings& ChainSettings::base() const {
  return epochs.pending ? *epochs.pending : predecessor();
}

Result<ChainSettings> chain_settings(Session& session) {
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  node::ReadOptions read;
  read.with_proof = true;
  const auto found = client->epochs(read);
  ChainSettings settings;
  if (!found && found.error().code == Errc::kNotFound) {
    // Before the first block nothing is certified, and the settings are those of the document.
    settings.current = ledger::first_settings(session.genesis());
    return settings;
  }
  HP_TRY_ASSIGN(const auto answer, found);
  settings.height = answer.height;
  HP_TRY_ASSIGN(const Bytes epochs,
                proven_value(session, answer.epochs, ledger::epochs_key(), answer.height));
  HP_TRY_ASSIGN(settings.epochs, ledger::EpochsValue::decode(epochs));
  HP_TRY_ASSIGN(const Bytes current,
                proven_value(session, answer.settings, ledger::epoch_key(settings.epochs.current),
                             answer.height));
  HP_TRY_ASSIGN(ledger::EpochValue value, ledger::EpochValue::decode(current));
  settings.current = std::move(value.settings);
  return settings;
}

Result<std::vector<ChainProposal>> chain_proposals(Session& session, bool all) {
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  node::ReadOptions read;
  read.with_proof = true;
  const auto found = client->proposals(!all, read);
  std::vector<ChainProposal> proposals;
  if (!found && found.error().code == Errc::kNotFound) return proposals;
  HP_TRY_ASSIGN(const auto answer, found);
  for (const node::ProposalAnswer& each : answer.proposals) {
    HP_TRY_ASSIGN(auto proposal, proven_proposal(session, each, answer.height));
    proposals.push_back(std::move(proposal));
  }
  return proposals;
}

Result<ChainProposal> chain_proposal(Session& session, std::uint64_t number) {
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  node::ReadOptions read;
  read.with_proof = true;
  HP_TRY_ASSIGN(const auto answer, client->proposal(number, read));
  if (answer.proposals.size() != 1 || answer.proposals.front().number != number)
    return diverged("another proposal was asked for");
  return proven_proposal(session, answer.proposals.front(), answer.height);
}

}  // namespace huangpu::tools
