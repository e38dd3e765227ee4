#include "node/signer/queued_holder.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace huangpu::node {
namespace {

// The holder of the key decided: asking again gives the same.
bool is_final(Errc code) {
  return code == Errc::kGuard || code == Errc::kWrongChain || code == Errc::kMalformed ||
         code == Errc::kDenied || code == Errc::kConflict || code == Errc::kUnsupportedVersion;
}

}  // namespace

std::vector<Result<crypto::Signature>> KeyBackend::sign(
    std::span<const consensus::SigningRequest> requests) {
  std::vector<Result<crypto::Signature>> results;
  results.reserve(requests.size());
  for (const auto& request : requests) {
    // After one failure the others would only wait for the same.
    if (!results.empty() && !results.back() && !is_final(results.back().error().code)) {
      results.emplace_back(tl::unexpected<Error>(results.back().error()));
    } else {
      results.push_back(key_->sign(request.message()));
    }
  }
  return results;
}

QueuedHolder::QueuedHolder(std::unique_ptr<SigningBackend> backend, Limits limits)
    : backend_(std::move(backend)), limits_(limits) {}

QueuedHolder::~QueuedHolder() { stop(); }

void QueuedHolder::start(std::function<void()> answered) {
  answered_ = std::move(answered);
  thread_ = std::thread([this] { run(); });
}

void QueuedHolder::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<crypto::Signature> QueuedHolder::sign(const Request& request) {
  const std::lock_guard lock(mutex_);
  if (const auto known = answers_.find(request); known != answers_.end()) return known->second;
  if (queued_.insert(request).second) {
    queue_.push_back(request);
    if (queue_.size() > limits_.queue_max) {
      queued_.erase(queue_.front());
      queue_.pop_front();
    }
    wake_.notify_all();
  }
  if (!trouble_.empty()) return fail(Errc::kUnavailable, trouble_);
  return fail(Errc::kNotReady, "the signature is under way");
}

void QueuedHolder::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const bool troubled = !trouble_.empty();
    wake_.wait_for(lock, troubled ? limits_.retry : limits_.idle,
                   [&] { return stopping_ || (!troubled && !queue_.empty()); });
    if (stopping_) return;
    const auto count = static_cast<std::ptrdiff_t>(std::min(queue_.size(), limits_.together_max));
    const std::vector<Request> requests(queue_.begin(), queue_.begin() + count);
    lock.unlock();
    std::vector<Result<crypto::Signature>> results;
    Status idle;
    if (requests.empty()) {
      idle = backend_->idle();
    } else {
      results = backend_->sign(requests);
    }
    lock.lock();
    const bool was_troubled = !trouble_.empty();
    bool news = false;
    if (!requests.empty()) {
      news = take_results(requests, std::move(results));
    } else if (!idle) {
      note_failure(idle.error());
    } else {
      trouble_.clear();
    }
    if (was_troubled && trouble_.empty()) news = true;
    if (!news) continue;
    lock.unlock();
    answered_();
    lock.lock();
  }
}

bool QueuedHolder::take_results(const std::vector<Request>& requests,
                                std::vector<Result<crypto::Signature>> results) {
  bool any = false;
  std::optional<Error> trouble;
  for (std::size_t i = 0; i < requests.size() && i < results.size(); ++i) {
    if (!results[i] && !is_final(results[i].error().code)) {
      trouble = results[i].error();
      continue;
    }
    any = true;
    ++(results[i] ? signatures_ : refused_);
    if (queued_.erase(requests[i]) == 1)
      queue_.erase(std::find(queue_.begin(), queue_.end(), requests[i]));
    keep(requests[i], std::move(results[i]));
  }
  if (trouble) {
    note_failure(*trouble);
  } else {
    trouble_.clear();
  }
  return any;
}

void QueuedHolder::keep(const Request& request, Result<crypto::Signature> answer) {
  if (answers_.insert_or_assign(request, std::move(answer)).second) {
    answer_order_.push_back(request);
    if (answer_order_.size() > limits_.answers_max) {
      answers_.erase(answer_order_.front());
      answer_order_.pop_front();
    }
  }
}

void QueuedHolder::note_failure(const Error& error) {
  ++failures_;
  trouble_ = backend_->place() + " does not sign: " + error.message;
}

KeyHolderCondition QueuedHolder::condition() const {
  const std::lock_guard lock(mutex_);
  return {trouble_.empty(), trouble_.empty() ? backend_->place() + " signs" : trouble_, signatures_,
          refused_, failures_};
}

}  // namespace huangpu::node
