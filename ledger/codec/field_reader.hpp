// Reads the fields of transaction messages and keeps the first error, so that reading a message is
// a straight list of fields (SPEC L-12).
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/base/amount.hpp"
#include "crypto/base/codec.hpp"
#include "crypto/base/result.hpp"
#include "crypto/sign/public_key.hpp"

namespace huangpu::ledger {

class FieldReader {
 public:
  template <class Id>
  Id id(const std::string& bytes, std::string_view what) {
    return Id(digest(bytes, what));
  }
  crypto::Digest digest(const std::string& bytes, std::string_view what) {
    if (bytes.size() == crypto::Digest::kSizeBytes) return crypto::Digest::from(as_bytes(bytes));
    refuse(what);
    return {};
  }
  Amount amount(const std::string& bytes) {
    Reader reader(as_bytes(bytes));
    const Amount amount = reader.u128();
    if (!reader.finish("amount")) refuse("amount is not 16 bytes");
    return amount;
  }
  // Empty stands for none.
  std::optional<Amount> optional_amount(const std::string& bytes) {
    if (bytes.empty()) return std::nullopt;
    return amount(bytes);
  }
  // Empty stands for all zero, which may not be spelled out.
  template <std::size_t N>
  std::array<std::uint8_t, N> optional_bytes(const std::string& bytes, std::string_view what) {
    std::array<std::uint8_t, N> result{};
    if (bytes.empty()) return result;
    if (bytes.size() != N) {
      refuse(what);
      return result;
    }
    std::ranges::copy(as_bytes(bytes), result.begin());
    if (result == std::array<std::uint8_t, N>{}) refuse(what);
    return result;
  }
  crypto::PublicKey key(std::uint32_t suite, const std::string& bytes) {
    const auto known = crypto::parse_suite(suite);
    if (!known) {
      refuse(known.error());
      return {};
    }
    auto key = crypto::PublicKey::from_raw(*known, as_bytes(bytes));
    if (!key) {
      refuse(key.error());
      return {};
    }
    return *key;
  }
  void refuse(std::string_view what) {
    refuse(Error{Errc::kMalformed, "transaction: " + std::string(what)});
  }
  void refuse(const Error& error) {
    if (status_) status_ = tl::unexpected<Error>(error);
  }
  [[nodiscard]] const Status& status() const { return status_; }

 private:
  Status status_;
};

}  // namespace huangpu::ledger
