#include "ledger/rules/governance_book.hpp"

#include <algorithm>
#include <utility>

#include "crypto/base/assert.hpp"
#include "ledger/types/state_key.hpp"

namespace huangpu::ledger {
namespace {

template <class Value>
Result<Value> read_entry(const StateReader& reader, const Bytes& key, std::string_view what) {
  const auto stored = reader.get(key);
  HP_TRY(reader.health());
  if (!stored) return fail(Errc::kCorrupt, "the state has no " + std::string(what));
  return Value::decode(*stored);
}

}  // namespace

Status GovernanceBook::load() {
  HP_TRY_ASSIGN(stored_.epochs, read_entry<EpochsValue>(reader_, epochs_key(), "epochs entry"));
  HP_TRY_ASSIGN(stored_.proposals,
                read_entry<ProposalsValue>(reader_, proposals_key(), "proposals entry"));
  HP_TRY_ASSIGN(
      const auto current,
      read_entry<EpochValue>(reader_, epoch_key(stored_.epochs.current), "current epoch"));
  stored_.current = current.settings;
  undo();
  return {};
}

const EpochSettings& GovernanceBook::predecessor() const {
  return now_.epochs.announced ? now_.epochs.announced->settings : now_.current;
}

const EpochSettings& GovernanceBook::base() const {
  return now_.epochs.pending ? *now_.epochs.pending : predecessor();
}

bool GovernanceBook::has_participant(ParticipantId participant) const {
  return reader_.get(participant_key(participant)).has_value();
}

ProposalValue* GovernanceBook::find(std::uint64_t number) {
  if (const auto known = loaded_.find(number); known != loaded_.end()) return &known->second;
  if (number == 0 || number > now_.proposals.made) return nullptr;
  auto value = read_entry<ProposalValue>(reader_, proposal_key(number), "proposal of that number");
  if (!value) {
    if (status_) status_ = tl::unexpected(value.error());
    return nullptr;
  }
  return &loaded_.emplace(number, *std::move(value)).first->second;
}

std::uint64_t GovernanceBook::add(ProposalValue proposal) {
  const std::uint64_t number = ++now_.proposals.made;
  now_.proposals.open.push_back({number, proposal.expires});
  proposals_changed_ = true;
  loaded_.insert_or_assign(number, std::move(proposal));
  touch(number);
  return number;
}

void GovernanceBook::close(std::uint64_t number, ProposalStatus status, Height height) {
  ProposalValue* const proposal = find(number);
  HP_ASSERT(proposal != nullptr, "only proposals that exist are closed");
  proposal->status = status;
  proposal->closed = height;
  touch(number);
  std::erase_if(now_.proposals.open, [&](const OpenProposal& o) { return o.number == number; });
  proposals_changed_ = true;
}

void GovernanceBook::set_pending(EpochSettings settings) {
  const bool same = settings == predecessor();
  now_.epochs.pending.reset();
  if (!same) now_.epochs.pending = std::move(settings);
  now_.epochs.ready.clear();
  epochs_changed_ = true;
}

void GovernanceBook::declare_ready(std::span<const std::string> names) {
  if (!now_.epochs.pending) return;
  auto& ready = now_.epochs.ready;
  for (const std::string& name : names) {
    if (now_.epochs.pending->find(name) == nullptr) continue;
    const auto at = std::ranges::lower_bound(ready, name);
    if (at != ready.end() && *at == name) continue;
    ready.insert(at, name);
    epochs_changed_ = true;
  }
}

// SPEC L-127: newcomers and holders of new keys must have spoken for themselves, so that no quorum
// can count on somebody who is not there.
bool GovernanceBook::may_announce(Height height) const {
  const EpochsValue& epochs = now_.epochs;
  if (epochs.announced || !epochs.pending || height <= epochs.start) return false;
  std::uint64_t weight = 0;
  for (const Member& member : epochs.pending->members) {
    const bool ready = std::ranges::binary_search(epochs.ready, member.name);
    if (ready) weight += member.weight;
    const Member* const before = now_.current.find(member.name);
    const bool changed = before == nullptr || before->key != member.key;
    if (changed && !ready) return false;
  }
  return weight >= quorum_weight(*epochs.pending);
}

void GovernanceBook::end_block(Height height, TimestampMs time) {
  std::vector<std::uint64_t> expired;
  for (const OpenProposal& open : now_.proposals.open) {
    if (open.expires < time) expired.push_back(open.number);
  }
  for (const std::uint64_t number : expired) {
    if (find(number) != nullptr) close(number, ProposalStatus::kExpired, height);
  }
  EpochsValue& epochs = now_.epochs;
  if (epochs.announced && epochs.announced->end_at == height) {
    now_.current = std::move(epochs.announced->settings);
    epochs.announced.reset();
    epochs.current = epochs.current.next();
    epochs.start = height;
    opened_ = epochs.current;
    epochs_changed_ = true;
  } else if (may_announce(height)) {
    const Height end_at(height.value() + now_.current.consensus.finality_lag_blocks);
    epochs.announced = Announcement{end_at, *std::move(epochs.pending)};
    epochs.pending.reset();
    epochs.ready.clear();
    epochs_changed_ = true;
  }
}

void GovernanceBook::write_changes(StateDelta& delta) const {
  if (epochs_changed_) delta.changes.push_back({epochs_key(), now_.epochs.encode()});
  if (proposals_changed_) delta.changes.push_back({proposals_key(), now_.proposals.encode()});
  if (opened_) {
    delta.changes.push_back(
        {epoch_key(*opened_), EpochValue{now_.epochs.start, now_.current}.encode()});
  }
  for (const auto& [number, changed] : changed_proposals_)
    delta.changes.push_back({proposal_key(number), loaded_.at(number).encode()});
}

void GovernanceBook::accept() {
  if (epochs_changed_ || proposals_changed_) stored_ = now_;
  undo();
}

void GovernanceBook::undo() {
  // `now_` differs from `stored_` only where something was changed: copying is rare.
  if (epochs_changed_ || proposals_changed_ || now_.current.members.empty()) now_ = stored_;
  epochs_changed_ = proposals_changed_ = false;
  opened_.reset();
  loaded_.clear();
  changed_proposals_.clear();
  status_ = {};
}

}  // namespace huangpu::ledger
