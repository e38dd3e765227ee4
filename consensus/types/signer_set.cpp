#include "consensus/types/signer_set.hpp"

#include <algorithm>
#include <bit>

namespace huangpu::consensus {

SignerSet::SignerSet(std::size_t size)
    : size_(static_cast<std::uint16_t>(std::min(size, kValidatorsMax))) {}

std::size_t SignerSet::count() const {
  std::size_t total = 0;
  for (const std::uint64_t word : words_) total += static_cast<std::size_t>(std::popcount(word));
  return total;
}

bool SignerSet::contains(ValidatorIndex index) const {
  const std::size_t i = index.value();
  return i < size_ && ((words_[i / 64] >> (i % 64)) & 1U) != 0;
}

bool SignerSet::insert(ValidatorIndex index) {
  const std::size_t i = index.value();
  if (i >= size_ || contains(index)) return false;
  words_[i / 64] |= std::uint64_t{1} << (i % 64);
  return true;
}

void SignerSet::erase(ValidatorIndex index) {
  const std::size_t i = index.value();
  if (i < size_) words_[i / 64] &= ~(std::uint64_t{1} << (i % 64));
}

std::vector<ValidatorIndex> SignerSet::members() const {
  std::vector<ValidatorIndex> result;
  result.reserve(count());
  for (std::uint16_t i = 0; i < size_; ++i) {
    if (contains(ValidatorIndex{i})) result.emplace_back(i);
  }
  return result;
}

SignerSet SignerSet::intersection(const SignerSet& other) const {
  SignerSet result(std::min(size_, other.size_));
  for (const ValidatorIndex index : members()) {
    if (other.contains(index)) result.insert(index);
  }
  return result;
}

}  // namespace huangpu::consensus
