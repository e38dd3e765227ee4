#include "node/driver/membership.hpp"

#include <utility>

#include "node/driver/start_state.hpp"
#include "node/replica/first_epoch.hpp"
#include "node/telemetry/log.hpp"

namespace huangpu::node {

Membership::Membership(Parts parts)
    : parts_(parts), chain_(chain_context(parts_.genesis)), holder_(parts_.signer) {
  holders_.push_back(parts_.signer);
  if (parts_.next_signer != nullptr) holders_.push_back(parts_.next_signer);
}

std::shared_ptr<const EpochStart> Membership::epoch() const { return std::atomic_load(&epoch_); }

void Membership::find_own_name(const EpochStart& start) {
  std::vector<crypto::PublicKey> keys;
  for (const KeyHolder* each : holders_) keys.push_back(each->public_key());
  name_ = name_of_keys(start, keys).value_or(parts_.config.node.name);
}

// One of the keys this node holds, if the epoch names it. Else the node only follows.
KeyHolder& Membership::key_in_office(const EpochStart& start) const {
  for (KeyHolder* each : holders_) {
    if (start.record.set.index_of(each->public_key())) return *each;
  }
  return *parts_.signer;
}

const std::filesystem::path& Membership::sign_state_dir() const {
  const SignerSection& signer = parts_.config.signer;
  return holder_.load() == parts_.signer ? signer.sign_state_dir : signer.next.sign_state_dir;
}

VoteLogPlace Membership::vote_log_place(const KeyHolder& holder) const {
  VoteLogPlace place;
  place.votes_dir = (parts_.config.node.data_dir / "votes").string();
  place.sign_state_dir = sign_state_dir().string();
  place.chain = chain_;
  place.key = holder.public_key().id();
  return place;
}

Result<RunningEpoch> Membership::open(bool still_listening) {
  HP_TRY_ASSIGN(EpochStart found, find_epoch(parts_.stores, parts_.genesis));
  auto start = std::make_shared<const EpochStart>(std::move(found));
  const bool at_start = safety_ == nullptr;
  if (at_start) find_own_name(*start);
  KeyHolder& holder = key_in_office(*start);
  holder_.store(&holder);
  const auto place = start->record.set.index_of(holder.public_key());
  // What a node that only follows is called has no place in the set.
  const std::string name = place ? start->record.set.at(*place).name : std::string();
  if (place && name != name_) {
    return fail(Errc::kConfig, "the chain calls this validator \"" + name +
                                   "\", this node has begun as \"" + name_ +
                                   "\": start it again, and give node.name that name");
  }
  if (!place) {
    log(LogLevel::kWarning, LogEvent::kEpochObserved,
        "no key of this node is a validator's in this epoch: it follows and does not vote",
        {{"epoch", start->record.epoch.value()}});
  }

  // A key that has forgotten what it signed has not remembered it by the next epoch
  // (SPEC N-350).
  const bool forgetful =
      !at_start && safety_->quarantined() && safety_->public_key() == holder.public_key();
  safety_.reset();
  vote_log_.reset();  // gives back its lock
  HP_TRY_ASSIGN(StartState state, load_start_state(parts_.files, parts_.stores, parts_.genesis,
                                                   *start, name, vote_log_place(holder)));
  newest_ = state.newest;
  if (state.repaired_frames > 0) {
    log(LogLevel::kWarning, LogEvent::kStoreRepaired,
        "frames of the vote log had one copy that was damaged or unfinished: it was written again",
        {{"frames", state.repaired_frames}});
  }

  consensus::SafetyConfig safety;
  safety.chain = chain_;
  safety.epoch = start->record.epoch;
  safety.self = place_of(start->settings, name);
  safety_ = std::make_unique<consensus::SafetyRules>(safety, holder, std::move(state.safety));
  // SPEC N-320: listening is for keys that may have signed; a new chain begins at once.
  const bool signed_before =
      safety_->highest_vote() > View{0} || state.executed > Height{0} || safety_->quarantined();
  if (state.forgotten_vote) safety_->enter_quarantine(*state.forgotten_vote);
  if (forgetful) safety_->enter_quarantine("the epoch before ended in quarantine");
  vote_log_ = std::move(state.vote_log);

  ReplicaConfig replica;
  replica.engine.chain = chain_;
  replica.engine.epoch = start->record;
  replica.engine.genesis_block = start->block;
  replica.engine.genesis_time = start->time;
  replica.engine.genesis_height = start->height;
  replica.engine.self = safety.self;
  // A node that fetches past a boundary meanwhile has not heard more for it.
  if (const auto watch = parts_.config.signer.startup_watch;
      signed_before && (at_start || still_listening) && watch.count() > 0) {
    replica.engine.tuning.watch_ms = static_cast<std::uint32_t>(watch.count());
    log(LogLevel::kInfo, LogEvent::kKeyWatch,
        "this node listens for another copy of its key before it votes",
        {{"milliseconds", watch.count()}});
  }
  replica.seal = seal_policy(start->settings.consensus, start->record.parameters);
  replica.plan = start->plan;
  for (KeyHolder* each : holders_) {
    if (each != &holder) replica.other_keys.push_back(each);
  }
  RunningEpoch running;
  running.vote_log = vote_log_.get();
  running.replica = std::make_unique<Replica>(std::move(replica), *safety_,
                                              crypto::default_verifier(), std::move(state.replica));
  running.carried = std::move(state.carried);
  running.start = start;
  if (!at_start) {
    log(LogLevel::kInfo, LogEvent::kEpochBegun, "an epoch has begun",
        {{"epoch", start->record.epoch.value()}, {"validators", start->record.set.size()}});
  }
  std::atomic_store(&epoch_, std::move(start));
  return running;
}

std::string Membership::leader_of(const consensus::BlockHeader& header, View view) {
  const auto start = epoch();
  if (start->record.epoch != header.epoch) return "earlier epoch";
  if (!leaders_ || leaders_->first != header.epoch) {
    leaders_.emplace(header.epoch,
                     consensus::LeaderSchedule(chain_.suite, start->block, start->record.set.size(),
                                               start->record.parameters.leader_window));
  }
  return start->record.set.at(leaders_->second.leader(view)).name;
}

}  // namespace huangpu::node
