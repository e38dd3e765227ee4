// ReferenceBook: which client references were used, by day (SPEC L-40..L-44).
//
// The uses are auxiliary entries of the state; one digest per day ('C') binds them to the root.
// Uses of the current block are kept apart until accept().
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "crypto/suite.hpp"
#include "ledger/state/delta.hpp"
#include "ledger/state/reader.hpp"
#include "ledger/types/state_value.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::ledger {

// Whether a reference of this date may be used on `today`, both in days since 1970: kSettled,
// kReferenceTooOld or kReferenceInFuture.
[[nodiscard]] ResultCode check_reference_day(std::uint32_t day, std::uint32_t today,
                                             std::uint32_t reference_days);

// The state key of a body's reference. Requires that it has one and that its date exists.
[[nodiscard]] Bytes reference_key_of(const TransactionBody& body);

class ReferenceBook {
 public:
  ReferenceBook(crypto::SuiteId suite, std::uint32_t reference_days, const StateReader& reader)
      : suite_(suite), reference_days_(reference_days), reader_(reader) {}

  [[nodiscard]] Result<std::optional<ReferenceValue>> find(const Bytes& key) const;
  // Requires that find() gave nothing.
  void add(const Bytes& key, std::uint32_t day, const ReferenceValue& use);

  // New uses with their digests, and the end of days that are older than references are kept.
  // `previous` is the time of the block before.
  [[nodiscard]] Status write_changes(Height height, TimestampMs previous, TimestampMs now,
                                     StateDelta& delta) const;

  // Forgets the uses of the block, whether it stands (they are in the state then) or not.
  void end_block();

 private:
  struct Day {
    std::vector<const Bytes*> keys;  // in execution order
  };

  [[nodiscard]] Result<BucketValue> day_value(std::uint32_t day) const;

  crypto::SuiteId suite_;
  std::uint32_t reference_days_;
  const StateReader& reader_;
  std::map<Bytes, ReferenceValue> added_;
  std::map<std::uint32_t, Day> added_by_day_;
};

}  // namespace huangpu::ledger
