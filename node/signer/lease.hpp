// Who may ask a signer for signatures: one run of one node at a time (SPEC N-313).
//
// The lease keeps two nodes with one key from taking turns; it is not what keeps them from
// contradicting each other. That is the guard, which judges every statement whoever asks. Pure: the
// caller brings the time. One thread at a time.
#pragma once

#include <cstdint>
#include <string>

#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"

namespace huangpu::node {

class Lease {
 public:
  explicit Lease(std::uint64_t length_ms) : length_ms_(length_ms) {}

  // Takes a free or ended lease, or renews the own one. kAlreadyRunning with the holder's name
  // while another instance holds it.
  [[nodiscard]] Status take(ByteView instance, const std::string& name, std::uint64_t now_ms);
  // Renews it for the holder; kAlreadyRunning otherwise, also when nobody holds it any more but
  // another did since: the node attaches first.
  [[nodiscard]] Status renew(ByteView instance, std::uint64_t now_ms);

  [[nodiscard]] std::uint64_t length_ms() const { return length_ms_; }
  [[nodiscard]] const std::string& holder() const { return name_; }

 private:
  const std::uint64_t length_ms_;
  Bytes instance_;
  std::string name_;
  std::uint64_t until_ms_ = 0;
};

}  // namespace huangpu::node
