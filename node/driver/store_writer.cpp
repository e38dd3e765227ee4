#include "node/driver/store_writer.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace huangpu::node {

StoreWriter::StoreWriter(ledger::BlockStore& store, std::function<void(const Error&)> on_failure)
    : store_(store), on_failure_(std::move(on_failure)), thread_([this] { run(); }) {}

StoreWriter::~StoreWriter() { stop(); }

void StoreWriter::append(Item item) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || failed_) return;
    waiting_.push_back(std::move(item));
  }
  wake_.notify_one();
}

bool StoreWriter::wait_for_block(Height height) {
  std::unique_lock lock(mutex_);
  durable_.wait(lock, [&] { return durable_block_ >= height || failed_ || ended_; });
  return durable_block_ >= height;
}

void StoreWriter::set_durable_block(Height height) {
  const std::lock_guard lock(mutex_);
  durable_block_ = height;
}

void StoreWriter::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  durable_.notify_all();
}

void StoreWriter::run() {
  for (;;) {
    std::vector<Item> items;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      items = std::exchange(waiting_, {});
    }
    const Status status = write(items);
    if (!status) {
      // First the reason, then the waiters: who gives up because of it must not be heard before it.
      on_failure_(status.error());
      {
        const std::lock_guard lock(mutex_);
        failed_ = true;
        waiting_.clear();
      }
      durable_.notify_all();
      return;
    }
    Height highest{0};
    for (const Item& item : items) {
      if (item.key.kind == ledger::RecordKind::kBlock && item.sync)
        highest = std::max(highest, item.key.height);
    }
    if (highest > Height{0}) {
      const std::lock_guard lock(mutex_);
      durable_block_ = std::max(durable_block_, highest);
    }
    durable_.notify_all();
    for (const Item& item : items) {
      if (item.done) item.done();
    }
  }
}

Status StoreWriter::write(const std::vector<Item>& items) {
  bool sync = false;
  for (const Item& item : items) {
    HP_TRY(store_.append(item.key, *item.payload));
    sync = sync || item.sync;
  }
  if (!sync) return {};
  const auto begin = std::chrono::steady_clock::now();
  HP_TRY(store_.sync());
  if (observer_) {
    const auto took = std::chrono::steady_clock::now() - begin;
    observer_(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
  }
  return {};
}

}  // namespace huangpu::node
