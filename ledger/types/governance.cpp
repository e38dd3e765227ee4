#include "ledger/types/governance.hpp"

#include <algorithm>
#include <set>

#include "ledger/types/parameters.hpp"

namespace huangpu::ledger {
namespace {

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMemberNameCharsMax &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

ChangeOutcome refuse(ResultCode code, std::string why) { return {code, std::move(why), {}}; }

// What holds between members, whatever was changed.
ChangeOutcome judge(EpochSettings settings) {
  if (settings.members.empty())
    return refuse(ResultCode::kChangeOutOfBounds, "the last validator cannot be removed");
  if (settings.members.size() > kMembersMax)
    return refuse(ResultCode::kChangeOutOfBounds, "an epoch has at most 128 validators");
  std::set<crypto::KeyId> keys;
  std::set<crypto::Digest> pins;
  const crypto::SuiteId suite = settings.members.front().key.suite();
  for (const Member& member : settings.members) {
    if (member.key.empty() || member.key.suite() != suite)
      return refuse(ResultCode::kValidatorKeyUnusable,
                    "the consensus key of " + member.name + " is not of the chain's suite");
    if (!keys.insert(member.key.id()).second)
      return refuse(ResultCode::kValidatorKeyUnusable,
                    "the consensus key of " + member.name + " is another validator's");
    if (member.tls_pin.is_zero() || !pins.insert(member.tls_pin).second)
      return refuse(ResultCode::kTransportPinUnusable,
                    "the transport pin of " + member.name + " is zero or another validator's");
    if (member.weight < 1 || member.weight > kMemberWeightMax)
      return refuse(ResultCode::kChangeOutOfBounds, "a weight is 1 to 1,000,000");
    if (!member.endpoint.empty() && !is_endpoint(member.endpoint))
      return refuse(ResultCode::kChangeOutOfBounds, "an endpoint is host:port");
  }
  return {ResultCode::kSettled, {}, std::move(settings)};
}

struct Applier {
  EpochSettings settings;

  Member* find(const std::string& name) {
    const auto found = std::ranges::find(settings.members, name, &Member::name);
    return found == settings.members.end() ? nullptr : &*found;
  }
  static bool usable(const crypto::PublicKey& key) {
    return !key.empty() && key.check_for_registration().has_value();
  }

  ChangeOutcome operator()(const AddValidator& change) {
    if (!is_name(change.member.name))
      return refuse(ResultCode::kChangeOutOfBounds, "a name is 1 to 64 of a-z 0-9 -");
    if (find(change.member.name) != nullptr)
      return refuse(ResultCode::kValidatorExists, change.member.name + " is a validator already");
    if (!usable(change.member.key))
      return refuse(ResultCode::kValidatorKeyUnusable, "the consensus key is none");
    settings.members.push_back(change.member);
    return judge(std::move(settings));
  }
  ChangeOutcome operator()(const RemoveValidator& change) {
    if (find(change.name) == nullptr)
      return refuse(ResultCode::kValidatorUnknown, change.name + " is no validator");
    std::erase_if(settings.members, [&](const Member& m) { return m.name == change.name; });
    return judge(std::move(settings));
  }
  ChangeOutcome operator()(const UpdateValidator& change) {
    Member* const member = find(change.name);
    if (member == nullptr)
      return refuse(ResultCode::kValidatorUnknown, change.name + " is no validator");
    if (change.key) {
      if (!usable(*change.key))
        return refuse(ResultCode::kValidatorKeyUnusable, "the consensus key is none");
      member->key = *change.key;
    }
    if (change.tls_pin) member->tls_pin = *change.tls_pin;
    if (change.weight) member->weight = *change.weight;
    if (change.endpoint) member->endpoint = *change.endpoint;
    return judge(std::move(settings));
  }
  ChangeOutcome operator()(const SetParameters& change) {
    const auto errors = settings_errors(change.consensus, change.ledger, change.governance);
    if (!errors.empty()) return refuse(ResultCode::kChangeOutOfBounds, errors.front());
    // Uses of references are forgotten after that many days: more days would let old ones act
    // again.
    if (change.ledger.reference_days != settings.ledger.reference_days)
      return refuse(ResultCode::kChangeOutOfBounds, "ledger.reference_days is fixed by genesis");
    settings.consensus = change.consensus;
    settings.ledger = change.ledger;
    settings.governance = change.governance;
    return judge(std::move(settings));
  }
  ChangeOutcome operator()(const ActivateRevision& change) {
    if (change.revision != settings.revision + 1 || change.revision > kRevisionMax)
      return refuse(ResultCode::kRevisionUnknown,
                    "revision " + std::to_string(change.revision) + " does not follow revision " +
                        std::to_string(settings.revision) + ", or no program knows it");
    settings.revision = change.revision;
    return judge(std::move(settings));
  }
};

enum class ChangeKind : std::uint8_t { kAdd = 1, kRemove, kUpdate, kParameters, kRevision };

template <class T, class WriteValue>
void write_optional(Writer& out, const std::optional<T>& value, WriteValue write_value) {
  out.u8(value ? 1 : 0);
  if (value) write_value(*value);
}

EpochSettings only_parameters(const SetParameters& change) {
  EpochSettings settings;
  settings.consensus = change.consensus;
  settings.ledger = change.ledger;
  settings.governance = change.governance;
  return settings;
}

}  // namespace

std::string_view change_name(const GovernanceChange& change) noexcept {
  constexpr std::string_view kNames[] = {"add-validator", "remove-validator", "update-validator",
                                         "set-parameters", "activate-revision"};
  return kNames[change.index()];
}

std::string describe_change(const GovernanceChange& change) {
  struct Words {
    std::string operator()(const AddValidator& c) const {
      return "add validator " + c.member.name + " of participant " +
             std::to_string(c.member.participant.value()) + ", weight " +
             std::to_string(c.member.weight) + ", key " + c.member.key.to_string();
    }
    std::string operator()(const RemoveValidator& c) const { return "remove validator " + c.name; }
    std::string operator()(const UpdateValidator& c) const {
      std::string text = "change validator " + c.name + ":";
      if (c.key) text += " key " + c.key->to_string();
      if (c.tls_pin) text += " transport pin " + c.tls_pin->hex();
      if (c.weight) text += " weight " + std::to_string(*c.weight);
      if (c.endpoint) text += " endpoint " + *c.endpoint;
      return text;
    }
    std::string operator()(const SetParameters& c) const {
      std::string text;
      for (const auto& [name, value] : list_parameters(c)) {
        text += (text.empty() ? "set the parameters: " : ", ") + name + " " + std::to_string(value);
      }
      return text;
    }
    std::string operator()(const ActivateRevision& c) const {
      return "activate protocol revision " + std::to_string(c.revision);
    }
  };
  return std::visit(Words{}, change);
}

void write(Writer& out, const GovernanceChange& change) {
  out.u8(static_cast<std::uint8_t>(change.index() + 1));
  if (const auto* add = std::get_if<AddValidator>(&change)) {
    write(out, add->member);
  } else if (const auto* remove = std::get_if<RemoveValidator>(&change)) {
    out.blob(as_bytes(remove->name));
  } else if (const auto* update = std::get_if<UpdateValidator>(&change)) {
    out.blob(as_bytes(update->name));
    write_optional(out, update->key, [&](const auto& key) { key.write(out); });
    write_optional(out, update->tls_pin, [&](const auto& pin) { out.digest(pin); });
    write_optional(out, update->weight, [&](std::uint32_t weight) { out.u32(weight); });
    write_optional(out, update->endpoint, [&](const auto& text) { out.blob(as_bytes(text)); });
  } else if (const auto* parameters = std::get_if<SetParameters>(&change)) {
    write(out, only_parameters(*parameters));
  } else if (const auto* revision = std::get_if<ActivateRevision>(&change)) {
    out.u32(revision->revision);
  }
}

GovernanceChange read_change(Reader& in) {
  switch (static_cast<ChangeKind>(in.u8())) {
    case ChangeKind::kAdd: {
      AddValidator change;
      change.member.name = as_text(in.blob(kMemberNameCharsMax));
      change.member.participant = ParticipantId(in.u32());
      change.member.key = crypto::PublicKey::read(in);
      change.member.weight = in.u32();
      change.member.tls_pin = in.digest();
      change.member.endpoint = as_text(in.blob(kEndpointCharsMax));
      return change;
    }
    case ChangeKind::kRemove:
      return RemoveValidator{std::string(as_text(in.blob(kMemberNameCharsMax)))};
    case ChangeKind::kUpdate: {
      UpdateValidator change;
      change.name = as_text(in.blob(kMemberNameCharsMax));
      if (in.boolean()) change.key = crypto::PublicKey::read(in);
      if (in.boolean()) change.tls_pin = in.digest();
      if (in.boolean()) change.weight = in.u32();
      if (in.boolean()) change.endpoint = as_text(in.blob(kEndpointCharsMax));
      return change;
    }
    case ChangeKind::kParameters: {
      const EpochSettings settings = read_epoch_settings(in);
      if (!settings.members.empty() || settings.revision != 1)
        in.mark_failed("has parameters that are more than parameters");
      return SetParameters{settings.consensus, settings.ledger, settings.governance};
    }
    case ChangeKind::kRevision:
      return ActivateRevision{in.u32()};
  }
  in.mark_failed("has an unknown kind of change");
  return RemoveValidator{};
}

ChangeOutcome apply_change(const EpochSettings& base, const GovernanceChange& change) {
  return std::visit(Applier{base}, change);
}

bool is_small_step(const EpochSettings& from, const EpochSettings& to) {
  std::uint64_t members = 0;
  std::uint64_t weight = 0;
  const auto counts = [](const Member& a, const Member& b) {
    return a.key != b.key || a.weight != b.weight;
  };
  for (const Member& old : from.members) {
    const Member* const next = to.find(old.name);
    if (next != nullptr && !counts(old, *next)) continue;
    ++members;
    weight += next == nullptr ? old.weight : std::max(old.weight, next->weight);
  }
  for (const Member& next : to.members) {
    if (from.find(next.name) != nullptr) continue;
    ++members;
    weight += next.weight;
  }
  return members <= 1 || weight <= total_weight(from) / 3;
}

std::string_view status_name(ProposalStatus status) noexcept {
  constexpr std::string_view kNames[] = {"unknown",   "open",    "accepted", "rejected",
                                         "withdrawn", "expired", "void"};
  const auto number = static_cast<std::size_t>(status);
  return number < std::size(kNames) ? kNames[number] : kNames[0];
}

std::uint32_t ProposalValue::approvals() const {
  return static_cast<std::uint32_t>(std::ranges::count(votes, true, &GovernanceVote::approve));
}

}  // namespace huangpu::ledger
