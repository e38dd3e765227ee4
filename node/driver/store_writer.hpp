// The one appender of the block store: collects what is to be written, syncs once for all of it
// (SPEC N-25).
//
// Jobs that arrive during a sync are appended together and share the next one, so that a busy disk
// means larger groups, not longer queues. Callbacks run on the writer's thread after the sync.
//
// Thread: append() from any thread. After the first failure nothing is appended any more and
// `on_failure` runs once, on the writer's thread, before any wait_for_block() gives up.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "ledger/store/block_store.hpp"

namespace huangpu::node {

class StoreWriter {
 public:
  struct Item {
    ledger::RecordKey key;
    std::shared_ptr<const Bytes> payload;
    bool sync = true;            // false: written now, durable with the next sync
    std::function<void()> done;  // after the sync; may be empty
  };

  StoreWriter(ledger::BlockStore& store, std::function<void(const Error&)> on_failure);
  ~StoreWriter();
  StoreWriter(const StoreWriter&) = delete;
  StoreWriter& operator=(const StoreWriter&) = delete;

  void append(Item item);

  // Blocks until the block of this height is durable, or the writer failed or stopped (false).
  // `height` must have been appended.
  [[nodiscard]] bool wait_for_block(Height height);
  // At start: what the store held already.
  void set_durable_block(Height height);

  // Writes what was accepted, then ends. Idempotent.
  void stop();

  // Told how long each sync took, on the writer's thread; set before the first append.
  void on_sync(std::function<void(std::uint64_t micros)> observer) {
    observer_ = std::move(observer);
  }

 private:
  void run();
  [[nodiscard]] Status write(const std::vector<Item>& items);

  ledger::BlockStore& store_;
  const std::function<void(const Error&)> on_failure_;
  std::function<void(std::uint64_t)> observer_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable durable_;
  std::vector<Item> waiting_;  // guarded by mutex_
  Height durable_block_{0};    // guarded by mutex_
  bool stopping_ = false;      // guarded by mutex_
  bool failed_ = false;        // guarded by mutex_
  bool ended_ = false;         // guarded by mutex_; everything accepted has been written
  std::thread thread_;
};

}  // namespace huangpu::node
