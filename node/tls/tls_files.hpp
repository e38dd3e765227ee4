// TLS files of a running process: loaded, watched for their end, and read again (SPEC
// N-132..N-135).
//
// Belongs to one thread, the one that starts the process and then turns its main loop.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "node/config/config.hpp"
#include "node/telemetry/metrics.hpp"
#include "node/transport/identity.hpp"

namespace huangpu::node {

// Reads and checks a pair. With a reload inside, so that what is made of it can be renewed.
[[nodiscard]] Result<TlsMaterial> load_tls(const TlsFiles& files);

class TlsWatch {
 public:
  // `metrics` may be null; then the ends are only logged.
  TlsWatch(std::uint32_t warning_days, Metrics* metrics)
      : warning_days_(warning_days), metrics_(metrics) {}

  // Loads a pair and watches it. `name` is the metric's label: "peer", "client" or "signer". One
  // pair may serve several purposes: it is loaded and watched once, under its first name.
  [[nodiscard]] Result<TlsMaterial> load(const std::string& name, const TlsFiles& files);
  void add(const std::string& name, const TlsFiles& files, const TlsMaterial& material);
  // The certificate of another process, which tells its end itself; nothing while it has not.
  using EndSource = std::function<std::optional<TimestampMs>()>;
  void add_other(const std::string& name, EndSource end);

  // When the certificate of that name which is in use ends; nothing for an unknown name.
  [[nodiscard]] std::optional<TimestampMs> end_of(const std::string& name) const;

  // Metrics of what is in use, and a warning when an end is near (one line a day per certificate,
  // and one when it has come).
  void look();
  // Reads the files again and shows what they hold on new connections. What is not valid is
  // reported and changes nothing.
  void reload();

 private:
  struct End {
    std::string name;
    std::uint64_t warned_day = 0;
    bool warned_of_end = false;  // the last warning was about an end that had come
  };
  struct Watched {
    End end;
    TlsFiles files;
    TlsMaterial material;
  };
  struct Other {
    End end;
    EndSource source;
  };
  void judge(End& end, TimestampMs at, bool own);

  const std::uint32_t warning_days_;
  Metrics* const metrics_;
  std::vector<Watched> watched_;
  std::vector<Other> others_;
};

// Whole days until then; negative once it has come.
[[nodiscard]] std::int64_t days_until(TimestampMs end);

}  // namespace huangpu::node
