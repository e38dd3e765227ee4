// The node's TLS files: loaded, watched for their end, and read again while the node runs (SPEC
// N-132..N-135).
#pragma once

#include <string>

#include "crypto/base/result.hpp"
#include "node/config/config.hpp"
#include "node/telemetry/metrics.hpp"
#include "node/transport/identity.hpp"

namespace huangpu::node {

// Reads and checks a pair. With a reload inside, so that what is made of it can be renewed.
[[nodiscard]] Result<TlsMaterial> load_tls(const TlsFiles& files);

class TlsWatch {
 public:
  TlsWatch(const NodeConfig& config, Metrics& metrics) : config_(config), metrics_(metrics) {}

  // `name` is the metric's label: "peer", "client" or "signer".
  void add(const std::string& name, const TlsFiles& files, const TlsMaterial& material);
  // Metrics of what is in use, and a warning when an end is near (one line a day per certificate,
  // and one when it has come).
  void look();
  // Reads the files again and shows what they hold on new connections. What is not valid is
  // reported and changes nothing.
  void reload();

 private:
  struct Watched {
    std::string name;
    TlsFiles files;
    TlsMaterial material;
    std::uint64_t warned_day = 0;
    bool warned_of_end = false;  // the last warning was about an end that had come
  };
  const NodeConfig& config_;
  Metrics& metrics_;
  std::vector<Watched> watched_;
};

}  // namespace huangpu::node
