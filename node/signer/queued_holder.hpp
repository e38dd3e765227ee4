// QueuedHolder: a slow or distant key behind a thread (SPEC N-301..N-303).
//
// What is asked for waits in a bounded queue; one thread takes everything that waits as one request
// to the backend, so that a signer with a disk syncs once for all of it. Answers are kept and given
// when the engine asks again. While the backend fails, the requests stay and are tried again.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <thread>
#include <vector>

#include "node/signer/key_holder.hpp"

namespace huangpu::node {

// Signs, and blocks as long as it takes. One thread at a time.
class SigningBackend {
 public:
  virtual ~SigningBackend() = default;
  [[nodiscard]] virtual const crypto::PublicKey& public_key() const = 0;
  // One result per request, in their order.
  [[nodiscard]] virtual std::vector<Result<crypto::Signature>> sign(
      std::span<const consensus::SigningRequest> requests) = 0;
  // Called while nothing is to be signed: keeps what must be kept alive (a lease).
  [[nodiscard]] virtual Status idle() = 0;
  // "the token \"x\"", "the signer at host:port": for sentences.
  [[nodiscard]] virtual std::string place() const = 0;
};

// A key that blocks, such as one in a token.
class KeyBackend final : public SigningBackend {
 public:
  KeyBackend(std::unique_ptr<crypto::Signer> key, std::string place)
      : key_(std::move(key)), place_(std::move(place)) {}
  const crypto::PublicKey& public_key() const override { return key_->public_key(); }
  std::vector<Result<crypto::Signature>> sign(
      std::span<const consensus::SigningRequest> requests) override;
  Status idle() override { return {}; }
  std::string place() const override { return place_; }

 private:
  const std::unique_ptr<crypto::Signer> key_;
  const std::string place_;
};

class QueuedHolder final : public KeyHolder {
 public:
  struct Limits {
    std::size_t queue_max = 4'096;    // requests waiting; beyond it the oldest is forgotten
    std::size_t answers_max = 8'192;  // kept until asked for again
    std::size_t together_max = 64;    // in one request to the backend
    std::chrono::milliseconds retry{250};
    std::chrono::milliseconds idle{1'000};
  };
  QueuedHolder(std::unique_ptr<SigningBackend> backend, Limits limits);
  ~QueuedHolder() override;

  const crypto::PublicKey& public_key() const override { return backend_->public_key(); }
  Result<crypto::Signature> sign(const consensus::SigningRequest& request) override;
  void start(std::function<void()> answered) override;
  void stop() override;
  KeyHolderCondition condition() const override;

 private:
  using Request = consensus::SigningRequest;
  void run();
  // Whether the backend answered at all.
  bool take_results(const std::vector<Request>& requests,
                    std::vector<Result<crypto::Signature>> results);
  void keep(const Request& request, Result<crypto::Signature> answer);
  void note_failure(const Error& error);

  const std::unique_ptr<SigningBackend> backend_;
  const Limits limits_;
  std::function<void()> answered_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Request> queue_;
  std::set<Request> queued_;
  std::map<Request, Result<crypto::Signature>> answers_;
  std::deque<Request> answer_order_;
  std::string trouble_;  // why nothing is signed now; empty when all is well
  std::uint64_t signatures_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t failures_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace huangpu::node
