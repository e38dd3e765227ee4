// The bitmap of a certificate: which of n validators signed.
//
// A set, never a counter, so that a signer cannot be counted twice (SPEC C-4). Members are
// validator indices below `size()`, which is at most kValidatorsMax. Value type, no allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "crypto/base/ids.hpp"

namespace huangpu::consensus {

inline constexpr std::size_t kValidatorsMax = 128;

class SignerSet {
 public:
  SignerSet() = default;
  // `size` above kValidatorsMax is clamped; decoders refuse it before they come here.
  explicit SignerSet(std::size_t size);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t count() const;
  [[nodiscard]] bool contains(ValidatorIndex index) const;
  // False if the index is out of range or already a member; the set is then unchanged.
  bool insert(ValidatorIndex index);
  void erase(ValidatorIndex index);
  // Members in ascending order: the order of the signatures in a certificate.
  [[nodiscard]] std::vector<ValidatorIndex> members() const;
  // Members of both sets; the size is the smaller of the two.
  [[nodiscard]] SignerSet intersection(const SignerSet& other) const;

  friend bool operator==(const SignerSet&, const SignerSet&) = default;

 private:
  std::uint16_t size_{0};
  std::array<std::uint64_t, kValidatorsMax / 64> words_{};
};

}  // namespace huangpu::consensus
