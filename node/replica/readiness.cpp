#include "node/replica/readiness.hpp"

#include <algorithm>
#include <utility>

#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/verify.hpp"

namespace huangpu::node {
namespace {

constexpr consensus::MonoMs kRepeatMs = 1'000;

}  // namespace

bool Readiness::recorded(ValidatorIndex index) const {
  return std::ranges::binary_search(plan_->ready, plan_->pending->set.at(index).name);
}

void Readiness::set_plan(SharedPlan plan) {
  if (plan == plan_) return;
  const bool same_record = plan_ && plan && plan_->pending && plan->pending &&
                           plan_->pending_hash == plan->pending_hash &&
                           plan_->pending->epoch == plan->pending->epoch;
  plan_ = std::move(plan);
  const std::size_t before = waiting_.size();
  if (!same_record) {
    waiting_.clear();
    own_.clear();
    due_.reset();
    if (plan_ && plan_->pending) due_ = 0;
  } else {
    std::erase_if(waiting_, [&](const auto& entry) { return recorded(entry.first); });
    std::erase_if(own_, [&](const auto& entry) { return recorded(entry.first); });
  }
  changed_ |= waiting_.size() != before;
}

// SPEC N-345.
bool Readiness::hear(const consensus::Ready& ready) {
  if (!plan_ || !plan_->pending) return true;
  const consensus::EpochRecord& record = *plan_->pending;
  if (ready.epoch != record.epoch || ready.epoch_hash != plan_->pending_hash ||
      !record.set.contains(ready.signer) || waiting_.contains(ready.signer) ||
      recorded(ready.signer)) {
    return true;
  }
  if (!consensus::verify_ready({chain_, record.epoch, record.set, verifier_}, ready)) return false;
  waiting_.emplace(ready.signer, ready);
  changed_ = true;
  return true;
}

// The key in office speaks through its guard; a key of an epoch to come has signed nothing yet.
Result<consensus::Ready> Readiness::declare(ValidatorIndex index, std::size_t key) {
  const Epoch epoch = plan_->pending->epoch;
  if (key == keys_.size()) return safety_.ready(epoch, plan_->pending_hash, index);
  HP_TRY_ASSIGN(crypto::Signature signature,
                keys_[key]->sign({consensus::SignedKind::kReady, chain_.genesis, epoch, 0,
                                  plan_->pending_hash}));
  return consensus::Ready{epoch, plan_->pending_hash, index, std::move(signature)};
}

// SPEC N-344: again and again until the plan of an executed block has it.
std::vector<consensus::Ready> Readiness::due(consensus::MonoMs now, bool level) {
  std::vector<consensus::Ready> out;
  if (!plan_ || !plan_->pending || !due_ || now < *due_) return out;
  due_ = now + kRepeatMs;
  if (!level || plan_->pending->revision > ledger::kRevisionMax) return out;
  for (std::size_t i = 0; i <= keys_.size(); ++i) {
    const crypto::PublicKey& key =
        i == keys_.size() ? safety_.public_key() : keys_[i]->public_key();
    const auto index = plan_->pending->set.index_of(key);
    if (!index || recorded(*index)) continue;
    auto own = own_.find(*index);
    if (own == own_.end()) {
      auto made = declare(*index, i);
      if (!made) continue;  // quarantined, or its holder cannot be reached: tried again
      own = own_.emplace(*index, *made).first;
      waiting_.insert_or_assign(*index, *std::move(made));
      changed_ = true;
    }
    out.push_back(own->second);
  }
  return out;
}

std::vector<Bytes> Readiness::items() const {
  std::vector<Bytes> items;
  items.reserve(waiting_.size());
  for (const auto& [index, ready] : waiting_) items.push_back(consensus::encode_system_item(ready));
  return items;
}

}  // namespace huangpu::node
