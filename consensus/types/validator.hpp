// Validators, their set, and the one place where quorums are computed (SPEC C-2..C-4).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "consensus/types/chain.hpp"
#include "consensus/types/signer_set.hpp"
#include "crypto/base/result.hpp"
#include "crypto/sign/public_key.hpp"

namespace huangpu::consensus {

using crypto::PublicKey;

inline constexpr std::size_t kValidatorNameBytesMax = 64;
inline constexpr std::uint32_t kValidatorWeightMax = 1'000'000;

struct Validator {
  ValidatorIndex index{0};
  std::string name;         // the institution as people know it, 1..64 bytes
  PublicKey key;            // signs votes, commit messages and the batches of its lane
  std::uint32_t weight{1};  // 1..kValidatorWeightMax
  Digest tls_pin;           // SHA-256 of the transport certificate's SubjectPublicKeyInfo

  friend bool operator==(const Validator&, const Validator&) = default;
};

// Weight arithmetic: with total weight W, f = floor((W - 1) / 3) may misbehave and q = W - f is a
// quorum. Two quorums share more than f weight, hence an honest validator.
class Quorum {
 public:
  Quorum() = default;
  explicit Quorum(std::vector<std::uint32_t> weights);

  [[nodiscard]] std::size_t size() const { return weights_.size(); }
  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] std::uint64_t faulty() const { return total_ == 0 ? 0 : (total_ - 1) / 3; }  // f
  [[nodiscard]] std::uint64_t threshold() const { return total_ - faulty(); }                // q
  [[nodiscard]] std::uint64_t weight_of(ValidatorIndex index) const;  // 0 if not a member
  [[nodiscard]] std::uint64_t weight_of(const SignerSet& signers) const;
  // True for q weight or more. An empty set of validators has no quorum.
  [[nodiscard]] bool reached_by(const SignerSet& signers) const;
  // True for more than f weight: at least one of the signers is honest.
  [[nodiscard]] bool includes_honest(const SignerSet& signers) const;

  friend bool operator==(const Quorum&, const Quorum&) = default;

 private:
  std::vector<std::uint32_t> weights_;
  std::uint64_t total_{0};
};

// The validators of one epoch in index order. Immutable; 1..kValidatorsMax members with distinct
// keys, names and transport pins, positive weights, and keys of one suite.
class ValidatorSet {
 public:
  ValidatorSet() = default;
  // Checks the rules above; `validators[i].index` must be i.
  [[nodiscard]] static Result<ValidatorSet> make(std::vector<Validator> validators);

  [[nodiscard]] std::size_t size() const { return validators_.size(); }
  [[nodiscard]] bool contains(ValidatorIndex index) const;
  // The index must be contained; untrusted indices go through `find` first.
  [[nodiscard]] const Validator& at(ValidatorIndex index) const;
  [[nodiscard]] const Validator* find(ValidatorIndex index) const;  // nullptr if out of range
  [[nodiscard]] std::optional<ValidatorIndex> index_of(const PublicKey& key) const;
  [[nodiscard]] std::optional<ValidatorIndex> index_of_pin(const Digest& tls_pin) const;
  [[nodiscard]] std::span<const Validator> validators() const { return validators_; }
  [[nodiscard]] const Quorum& quorum() const { return quorum_; }

  friend bool operator==(const ValidatorSet&, const ValidatorSet&) = default;

 private:
  std::vector<Validator> validators_;
  Quorum quorum_;
};

}  // namespace huangpu::consensus
