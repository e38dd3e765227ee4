#include "consensus/safety/sign_guard.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "consensus/types/evidence.hpp"
#include "crypto/base/assert.hpp"

namespace huangpu::consensus {
namespace {

// A ready excludes nothing: a later one lawfully replaces an earlier one.
std::optional<SignedClass> class_of(SignedKind kind) {
  switch (kind) {
    case SignedKind::kPropose:
    case SignedKind::kNotarize:
    case SignedKind::kNullify:
    case SignedKind::kFinalize:
      return SignedClass::kVotes;
    case SignedKind::kBatch:
      return SignedClass::kBatches;
    case SignedKind::kCommit:
      return SignedClass::kCommits;
    case SignedKind::kReady:
      return std::nullopt;
  }
  return std::nullopt;
}

tl::unexpected<Error> refuse(const SigningRequest& request, const std::string& why) {
  return fail(Errc::kGuard, std::string("guard: ") + to_string(request.kind) + " of epoch " +
                                std::to_string(request.epoch.value()) + " at " +
                                std::to_string(request.position) + ": " + why);
}

// SPEC C-161: the shape every honest statement has.
Status check_shape(const SigningRequest& request) {
  const bool ready = request.kind == SignedKind::kReady;
  if (ready != (request.position == 0)) return refuse(request, "no such position");
  const bool nullify = request.kind == SignedKind::kNullify;
  if (nullify != request.digest.is_zero()) return refuse(request, "no such digest");
  return {};
}

}  // namespace

const SignGuard::Window* SignGuard::find(const SigningRequest& request) const {
  const auto book = epochs_.find(request.epoch);
  const auto cls = class_of(request.kind);
  if (book == epochs_.end() || !cls) return nullptr;
  const auto window = book->second.find(*cls);
  return window == book->second.end() ? nullptr : &window->second;
}

Result<SignGuard::Judgement> SignGuard::judge(const SigningRequest& request) const {
  if (request.genesis != genesis_)
    return fail(Errc::kWrongChain, "guard: this key signs for another chain");
  HP_TRY(check_shape(request));
  if (!class_of(request.kind)) return Judgement::kNew;
  if (request.epoch < lowest_)
    return refuse(request, "the epoch is over and what was signed in it is forgotten");
  const Window* const window = find(request);
  if (window == nullptr) return Judgement::kNew;

  const auto signed_here = window->at.find(request.position);
  if (signed_here != window->at.end()) {
    const auto same = signed_here->second.find(request.kind);
    if (same != signed_here->second.end() && same->second == request.digest)
      return Judgement::kRepeated;
    for (const auto& [kind, digest] : signed_here->second) {
      const Statement before{kind, request.position, digest, {}};
      const Statement now{request.kind, request.position, request.digest, {}};
      // SPEC C-162.
      if (const auto offence = classify(before, now))
        return refuse(request, std::string("it would be ") + to_string(*offence));
      // SPEC C-81 also forbids a proposal after the own nullify; no evidence follows from it.
      if (kind == SignedKind::kNullify && request.kind == SignedKind::kPropose)
        return refuse(request, "the view is nullified");
    }
  }
  if (request.position <= window->floor)
    return refuse(request, "what was signed there is forgotten");
  return Judgement::kNew;
}

void SignGuard::add(const SigningRequest& request) {
  const auto cls = class_of(request.kind);
  if (!cls) return;
  Window& window = epochs_[request.epoch][*cls];
  window.at[request.position][request.kind] = request.digest;
  while (window.at.size() > windows_.positions_max) {  // SPEC C-163
    window.floor = std::max(window.floor, window.at.begin()->first);
    window.at.erase(window.at.begin());
  }
  while (epochs_.size() > windows_.epochs_max) {
    lowest_ = epochs_.begin()->first.next();
    epochs_.erase(epochs_.begin());
  }
}

Status SignGuard::restore(const SignEntry& entry) {
  if (entry.type == SignEntry::Type::kLowest) {
    lowest_ = std::max(lowest_, entry.epoch);
    epochs_.erase(epochs_.begin(), epochs_.lower_bound(lowest_));
    return {};
  }
  if (entry.type == SignEntry::Type::kFloor) {
    if (entry.epoch < lowest_) return {};
    std::uint64_t& floor = epochs_[entry.epoch][entry.floor_of].floor;
    floor = std::max(floor, entry.position);
    return {};
  }
  const SigningRequest request{entry.kind, genesis_, entry.epoch, entry.position, entry.digest};
  const auto judgement = judge(request);
  if (!judgement)
    return fail(Errc::kCorrupt, "signing record: an entry contradicts those before it");
  if (*judgement == Judgement::kNew) add(request);
  return {};
}

std::vector<SignEntry> SignGuard::entries() const {
  std::vector<SignEntry> out;
  if (lowest_ > Epoch{0}) {
    out.push_back(
        {SignEntry::Type::kLowest, SignedKind::kNotarize, SignedClass::kVotes, lowest_, 0, {}});
  }
  for (const auto& [epoch, book] : epochs_) {
    for (const auto& [cls, window] : book) {
      for (const auto& [position, kinds] : window.at) {
        for (const auto& [kind, digest] : kinds)
          out.push_back(
              {SignEntry::Type::kStatement, kind, SignedClass::kVotes, epoch, position, digest});
      }
      if (window.floor > 0)
        out.push_back(
            {SignEntry::Type::kFloor, SignedKind::kNotarize, cls, epoch, window.floor, {}});
    }
  }
  return out;
}

View SignGuard::highest_view() const {
  if (epochs_.empty()) return View{0};
  const auto votes = epochs_.rbegin()->second.find(SignedClass::kVotes);
  if (votes == epochs_.rbegin()->second.end() || votes->second.at.empty()) return View{0};
  return View{votes->second.at.rbegin()->first};
}

Epoch SignGuard::newest_epoch() const {
  return epochs_.empty() ? Epoch{0} : epochs_.rbegin()->first;
}

}  // namespace huangpu::consensus
