// How this program opens RocksDB: column families, options, and the meaning of its errors (SPEC
// S-31..S-33).
//
// Private to the state store; nothing outside ledger/store sees a RocksDB header.
#pragma once

#include <rocksdb/db.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "crypto/base/result.hpp"
#include "ledger/store/state_store.hpp"

namespace huangpu::ledger::rocks {

// Order of the handles. Meta is RocksDB's own default family.
enum class Family : std::size_t { kMeta, kState, kAux, kReceipts, kIndex, kMmr };
inline constexpr std::size_t kFamilyCount = 6;
inline constexpr std::array<const char*, kFamilyCount> kFamilyNames = {"default",  "state", "aux",
                                                                       "receipts", "index", "mmr"};

class Database {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Database>> open(const StateStoreOptions& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[nodiscard]] rocksdb::DB& db() const { return *db_; }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* family(Family family) const {
    return handles_[static_cast<std::size_t>(family)];
  }

 private:
  Database() = default;

  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;  // owned, given back before db_ closes
};

[[nodiscard]] inline rocksdb::Slice slice(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
[[nodiscard]] inline ByteView view(const rocksdb::Slice& slice) {
  return {reinterpret_cast<const std::uint8_t*>(slice.data()), slice.size()};
}

// The error of a read, write or sync on an open store.
[[nodiscard]] Error error_of(const rocksdb::Status& status, const std::string& operation);
// The same while opening, where missing and unreadable files mean a damaged store.
[[nodiscard]] Error open_error_of(const rocksdb::Status& status, const std::string& directory);

}  // namespace huangpu::ledger::rocks
