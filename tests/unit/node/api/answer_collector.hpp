// Joins answers that come one by one, in any order and from any thread, into the one list that the
// backend's caller waits for.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "node/api/backend.hpp"

namespace huangpu::node::test {

class AnswerCollector : public std::enable_shared_from_this<AnswerCollector> {
 public:
  AnswerCollector(std::size_t count, NodeBackend::SubmitDone done)
      : updates_(count), missing_(count), done_(std::move(done)) {}

  std::function<void(TransactionUpdate)> slot(std::size_t place) {
    return [self = shared_from_this(), place](TransactionUpdate update) {
      {
        const std::scoped_lock lock(self->mutex_);
        self->updates_[place] = std::move(update);
        if (--self->missing_ > 0) return;
      }
      self->done_(self->updates_);
    };
  }

 private:
  std::mutex mutex_;
  std::vector<TransactionUpdate> updates_;
  std::size_t missing_;
  NodeBackend::SubmitDone done_;
};

}  // namespace huangpu::node::test
