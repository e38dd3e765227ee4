// The channels of a client: one per endpoint, made on first use, and the order in which they are
// tried.
//
// Threads: any.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/security/credentials.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "crypto/base/result.hpp"
#include "node/client/client.hpp"

namespace huangpu::node {

class ChannelPool {
 public:
  // Builds the credentials of every endpoint, so that unreadable material is found here.
  static Result<std::unique_ptr<ChannelPool>> open(const ClientConfig& config);

  [[nodiscard]] std::size_t size() const { return slots_.size(); }
  [[nodiscard]] const std::string& address(std::size_t endpoint) const;
  [[nodiscard]] std::shared_ptr<grpc::Channel> channel(std::size_t endpoint);

  // Where the next call begins: the endpoint that answered last.
  [[nodiscard]] std::size_t preferred();
  // This endpoint cannot be reached: begin with the one after it, unless another call has moved on
  // already.
  void move_on_from(std::size_t endpoint);

 private:
  struct Slot {
    std::string address;
    std::shared_ptr<grpc::ChannelCredentials> credentials;
    std::shared_ptr<grpc::Channel> channel;  // guarded by mutex_
  };

  std::vector<Slot> slots_;
  std::mutex mutex_;
  std::size_t preferred_ = 0;  // guarded by mutex_
};

}  // namespace huangpu::node
