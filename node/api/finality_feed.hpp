// Tells event streams that the certified height has risen (SPEC N-221).
//
// The driver calls publish(); each subscriber's callback runs on that thread and must only wake its
// stream up. Streams read blocks from the backend themselves, so a slow one costs no memory here.
// Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "crypto/base/ids.hpp"

namespace huangpu::node {

class FinalityFeed {
 public:
  using Listener = std::function<void(Height certified)>;

  class Subscription {
   public:
    Subscription() = default;
    Subscription(Subscription&& other) noexcept;
    Subscription& operator=(Subscription&& other) noexcept;
    ~Subscription();
    void cancel();

   private:
    friend class FinalityFeed;
    struct State;
    std::shared_ptr<State> state_;
  };

  FinalityFeed();
  ~FinalityFeed();
  FinalityFeed(const FinalityFeed&) = delete;
  FinalityFeed& operator=(const FinalityFeed&) = delete;

  void publish(Height certified);
  [[nodiscard]] Subscription subscribe(Listener listener);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace huangpu::node
