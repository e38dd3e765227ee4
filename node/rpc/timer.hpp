// A timer that may be set again from its own callback and cancelled from any thread.
#pragma once

#include <grpcpp/alarm.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace huangpu::node {

class Timer {
 public:
  // Replaces what was set before. `expired` runs on a gRPC thread and should hold its object
  // weakly.
  void set(std::chrono::milliseconds delay, std::function<void()> expired) {
    const std::scoped_lock lock(mutex_);
    if (cancelled_) return;
    alarm_ = std::make_unique<grpc::Alarm>();
    alarm_->Set(std::chrono::system_clock::now() + delay,
                [expired = std::move(expired)](bool is_due) {
                  if (is_due) expired();
                });
  }

  // For good.
  void cancel() {
    const std::scoped_lock lock(mutex_);
    cancelled_ = true;
    if (alarm_) alarm_->Cancel();
  }

 private:
  std::mutex mutex_;
  std::unique_ptr<grpc::Alarm> alarm_;  // guarded by mutex_
  bool cancelled_ = false;              // guarded by mutex_
};

}  // namespace huangpu::node
