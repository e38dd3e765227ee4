#include "ledger/store/rocks.hpp"

#include <rocksdb/convenience.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace huangpu::ledger::rocks {
namespace {

bool supported(rocksdb::CompressionType type) {
  const auto types = rocksdb::GetSupportedCompressions();
  return std::ranges::find(types, type) != types.end();
}

rocksdb::BlockBasedTableOptions table_options(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = 4 << 10;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
  table.checksum = rocksdb::kXXH3;
  table.verify_compression = true;
  return table;
}

// Upper levels are rewritten often and stay uncompressed; the last level holds nearly everything.
rocksdb::ColumnFamilyOptions family_options(Family family, const StateStoreOptions& options,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions result;
  rocksdb::BlockBasedTableOptions table = table_options(cache);
  result.compression = rocksdb::kNoCompression;
  result.bottommost_compression =
      supported(rocksdb::kLZ4Compression) ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
  result.level_compaction_dynamic_level_bytes = true;
  result.write_buffer_size = static_cast<std::size_t>(options.write_buffer_bytes);
  result.max_write_buffer_number = 3;
  switch (family) {
    case Family::kState:
      // A block's changes come in key order: the place of one is near the place of the next.
      result.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(1));
      result.memtable_prefix_bloom_size_ratio = 0.02;
      result.memtable_whole_key_filtering = true;
      break;
    case Family::kAux:
      // Nearly every lookup of a replay identifier or a client reference finds nothing.
      result.memtable_prefix_bloom_size_ratio = 0.02;
      result.memtable_whole_key_filtering = true;
      result.write_buffer_size /= 2;
      break;
    case Family::kReceipts:
      table.block_size = 16 << 10;
      if (supported(rocksdb::kZSTD)) result.bottommost_compression = rocksdb::kZSTD;
      result.write_buffer_size /= 2;
      break;
    case Family::kIndex:
      // Keys are digests: nothing to compress. Nearly every lookup finds nothing, since admission
      // asks whether a transaction is new.
      result.memtable_prefix_bloom_size_ratio = 0.02;
      result.memtable_whole_key_filtering = true;
      result.bottommost_compression = rocksdb::kNoCompression;
      result.write_buffer_size /= 2;
      break;
    case Family::kMeta:
    case Family::kMmr:
      result.bottommost_compression = rocksdb::kNoCompression;
      result.write_buffer_size = 2 << 20;
      break;
  }
  result.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return result;
}

// Sized for several nodes on one small machine: two background threads, four memtables' worth of
// memory.
rocksdb::DBOptions database_options(const StateStoreOptions& options) {
  rocksdb::DBOptions result;
  result.create_if_missing = options.create_if_missing;
  result.create_missing_column_families = true;
  result.paranoid_checks = true;
  // A torn tail of the log is what a crash leaves; damage before it is refused instead of dropped.
  result.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  result.max_background_jobs = 2;
  result.db_write_buffer_size = static_cast<std::size_t>(options.write_buffer_bytes) * 4;
  result.max_total_wal_size = options.write_buffer_bytes * 8;
  result.bytes_per_sync = 1 << 20;
  result.wal_bytes_per_sync = 1 << 20;
  result.max_open_files = 512;
  result.keep_log_file_num = 2;
  result.max_log_file_size = 4 << 20;
  result.info_log_level = rocksdb::WARN_LEVEL;
  result.stats_dump_period_sec = 0;
  result.stats_persist_period_sec = 0;
  return result;
}

Status check_families(const rocksdb::DBOptions& options, const std::string& directory) {
  std::vector<std::string> names;
  const rocksdb::Status status = rocksdb::DB::ListColumnFamilies(options, directory, &names);
  if (!status.ok()) return tl::unexpected(open_error_of(status, directory));
  for (const std::string& name : names) {
    if (std::ranges::find(kFamilyNames, std::string_view(name)) == kFamilyNames.end()) {
      return fail(Errc::kUnsupportedVersion, directory + ": the state store has a part \"" + name +
                                                 "\" that this program does not know");
    }
  }
  return {};
}

bool is_lock_failure(const std::string& text) {
  return text.find("lock ") != std::string::npos && text.find("LOCK") != std::string::npos;
}

}  // namespace

Error error_of(const rocksdb::Status& status, const std::string& operation) {
  Errc code = Errc::kIo;
  if (status.IsNoSpace()) {
    code = Errc::kDiskFull;
  } else if (status.IsCorruption()) {
    code = Errc::kCorrupt;
  }
  return {code, "state store: " + operation + ": " + status.ToString()};
}

Error open_error_of(const rocksdb::Status& status, const std::string& directory) {
  const std::string text = status.ToString();
  Errc code = Errc::kCorrupt;
  if (status.IsNoSpace()) {
    code = Errc::kDiskFull;
  } else if (status.IsIOError() && is_lock_failure(text)) {
    code = Errc::kAlreadyRunning;
  } else if (status.IsIOError() && !status.IsPathNotFound() &&
             text.find("No such file") == std::string::npos) {
    code = Errc::kIo;
  }
  return {code, directory + ": open: " + text};
}

Result<std::unique_ptr<Database>> Database::open(const StateStoreOptions& options) {
  const rocksdb::DBOptions database = database_options(options);
  std::error_code error;
  if (std::filesystem::exists(options.directory + "/CURRENT", error)) {
    HP_TRY(check_families(database, options.directory));
  } else if (options.read_only || !options.create_if_missing) {
    return fail(Errc::kNotFound, options.directory + ": there is no state store");
  } else {
    std::filesystem::create_directories(options.directory, error);
    if (error) return fail(Errc::kIo, options.directory + ": create directory: " + error.message());
  }

  const auto cache = rocksdb::NewLRUCache(static_cast<std::size_t>(options.block_cache_bytes));
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (std::size_t i = 0; i < kFamilyCount; ++i) {
    families.emplace_back(kFamilyNames[i], family_options(Family{i}, options, cache));
  }
  std::unique_ptr<Database> result(new Database());
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      options.read_only
          ? rocksdb::DB::OpenForReadOnly(database, options.directory, families, &result->handles_,
                                         &db)
          : rocksdb::DB::Open(database, options.directory, families, &result->handles_, &db);
  if (!status.ok()) return tl::unexpected(open_error_of(status, options.directory));
  result->db_.reset(db);
  return result;
}

Database::~Database() {
  if (!db_) return;
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    static_cast<void>(db_->DestroyColumnFamilyHandle(handle));
  }
  static_cast<void>(db_->Close());
}

}  // namespace huangpu::ledger::rocks
