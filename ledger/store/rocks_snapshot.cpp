#include "ledger/store/rocks_snapshot.hpp"

#include <rocksdb/snapshot.h>

#include <string>

namespace huangpu::ledger::rocks {
namespace {

class Snapshot final : public StateReader {
 public:
  explicit Snapshot(const Database& database) : database_(database), pinned_(&database.db()) {
    options_.snapshot = pinned_.snapshot();
  }

  std::optional<Bytes> get(ByteView key) const override {
    std::string value;
    const rocksdb::Status status = database_.db().Get(options_, family_of(key), slice(key), &value);
    if (status.ok()) return to_bytes(as_bytes(value));
    if (!status.IsNotFound()) latch(status);
    return std::nullopt;
  }

  void scan(ByteView prefix, const Visitor& visit) const override {
    const std::unique_ptr<rocksdb::Iterator> it(
        database_.db().NewIterator(options_, family_of(prefix)));
    for (it->Seek(slice(prefix)); it->Valid() && it->key().starts_with(slice(prefix)); it->Next()) {
      if (!visit(view(it->key()), view(it->value()))) break;
    }
    if (!it->status().ok()) latch(it->status());
  }

  Status health() const override { return health_; }

 private:
  rocksdb::ColumnFamilyHandle* family_of(ByteView key) const {
    return database_.family(is_tree_key(key) ? Family::kState : Family::kAux);
  }
  void latch(const rocksdb::Status& status) const {
    if (health_) health_ = tl::unexpected(error_of(status, "read a snapshot"));
  }

  const Database& database_;
  rocksdb::ManagedSnapshot pinned_;
  rocksdb::ReadOptions options_;
  mutable Status health_;
};

}  // namespace

std::unique_ptr<StateReader> make_snapshot(const Database& database) {
  return std::make_unique<Snapshot>(database);
}

}  // namespace huangpu::ledger::rocks
