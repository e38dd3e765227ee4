#include "consensus/types/validator.hpp"

#include <algorithm>
#include <set>

#include "crypto/base/assert.hpp"
#include "crypto/base/mutant.hpp"

namespace huangpu::consensus {
namespace {

Status check_one(const Validator& validator, std::size_t position) {
  const std::string which = "validator " + std::to_string(position);
  if (validator.index.value() != position) {
    return fail(Errc::kInvalidArgument, which + ": its index is not its place in the set");
  }
  const auto printable = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7f;
  };
  if (validator.name.empty() || validator.name.size() > kValidatorNameBytesMax ||
      !std::all_of(validator.name.begin(), validator.name.end(), printable)) {
    return fail(Errc::kInvalidArgument, which + ": the name must be 1 to 64 printable bytes");
  }
  if (validator.key.empty()) return fail(Errc::kInvalidArgument, which + ": no key");
  if (validator.weight == 0 || validator.weight > kValidatorWeightMax) {
    return fail(Errc::kInvalidArgument, which + ": the weight must be 1 to 1000000");
  }
  return {};
}

}  // namespace

Quorum::Quorum(std::vector<std::uint32_t> weights) : weights_(std::move(weights)) {
  for (const std::uint32_t weight : weights_) total_ += weight;
}

std::uint64_t Quorum::weight_of(ValidatorIndex index) const {
  return index.value() < weights_.size() ? weights_[index.value()] : 0;
}

std::uint64_t Quorum::weight_of(const SignerSet& signers) const {
  std::uint64_t weight = 0;
  for (const ValidatorIndex index : signers.members()) weight += weight_of(index);
  return weight;
}

bool Quorum::reached_by(const SignerSet& signers) const {
  return total_ > 0 && weight_of(signers) + (HP_MUTANT(1) ? 1 : 0) >= threshold();
}

bool Quorum::includes_honest(const SignerSet& signers) const {
  return weight_of(signers) > faulty();
}

Result<ValidatorSet> ValidatorSet::make(std::vector<Validator> validators) {
  if (validators.empty() || validators.size() > kValidatorsMax) {
    return fail(Errc::kInvalidArgument, "a validator set has 1 to 128 members");
  }
  std::set<std::string> names;
  std::set<PublicKey> keys;
  std::set<Digest> pins;
  std::vector<std::uint32_t> weights;
  for (std::size_t i = 0; i < validators.size(); ++i) {
    const Validator& validator = validators[i];
    HP_TRY(check_one(validator, i));
    if (validator.key.suite() != validators.front().key.suite()) {
      return fail(Errc::kInvalidArgument, "validators: keys of different suites in one set");
    }
    if (!names.insert(validator.name).second || !keys.insert(validator.key).second ||
        !pins.insert(validator.tls_pin).second) {
      return fail(Errc::kInvalidArgument,
                  "validator " + std::to_string(i) + ": name, key or transport pin is used twice");
    }
    weights.push_back(validator.weight);
  }
  ValidatorSet set;
  set.validators_ = std::move(validators);
  set.quorum_ = Quorum(std::move(weights));
  return set;
}

bool ValidatorSet::contains(ValidatorIndex index) const {
  return index.value() < validators_.size();
}

const Validator& ValidatorSet::at(ValidatorIndex index) const {
  HP_ASSERT(contains(index), "a validator index was used before it was checked against the set");
  return validators_[index.value()];
}

const Validator* ValidatorSet::find(ValidatorIndex index) const {
  return contains(index) ? &validators_[index.value()] : nullptr;
}

std::optional<ValidatorIndex> ValidatorSet::index_of(const PublicKey& key) const {
  for (const Validator& validator : validators_) {
    if (validator.key == key) return validator.index;
  }
  return std::nullopt;
}

std::optional<ValidatorIndex> ValidatorSet::index_of_pin(const Digest& tls_pin) const {
  for (const Validator& validator : validators_) {
    if (validator.tls_pin == tls_pin) return validator.index;
  }
  return std::nullopt;
}

}  // namespace huangpu::consensus
