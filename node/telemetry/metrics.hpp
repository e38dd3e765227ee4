// The node's metrics: a closed list (metrics.def) with typed identifiers (SPEC N-240..N-242).
//
// add(), set() and observe() find a series by its label values under a lock; for hot paths keep a
// handle, which is lock-free. Labels are bounded: after 256 series of one metric, further label
// values are counted under "other". Threads: everything may be used from any thread. Handles live
// as long as the Metrics object.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace huangpu::node {

enum class CounterId : std::uint16_t {
#define HP_COUNTER(id, ...) id,
#define HP_GAUGE(...)
#define HP_HISTOGRAM(...)
#include "node/telemetry/metrics.def"
#undef HP_COUNTER
#undef HP_GAUGE
};

enum class GaugeId : std::uint16_t {
#define HP_COUNTER(...)
#define HP_GAUGE(id, ...) id,
#include "node/telemetry/metrics.def"
#undef HP_GAUGE
#undef HP_HISTOGRAM
};

enum class HistogramId : std::uint16_t {
#define HP_GAUGE(...)
#define HP_HISTOGRAM(id, ...) id,
#include "node/telemetry/metrics.def"
#undef HP_COUNTER
#undef HP_GAUGE
#undef HP_HISTOGRAM
};

// Label values in the order in which metrics.def names the labels.
using Labels = std::initializer_list<std::string_view>;

class CounterHandle {
 public:
  void add(std::uint64_t count = 1) const;

 private:
  friend class Metrics;
  explicit CounterHandle(prometheus::Counter& counter) : counter_(&counter) {}
  prometheus::Counter* counter_;
};

class GaugeHandle {
 public:
  void set(double value) const;

 private:
  friend class Metrics;
  explicit GaugeHandle(prometheus::Gauge& gauge) : gauge_(&gauge) {}
  prometheus::Gauge* gauge_;
};

// Times only: every histogram here counts seconds in buckets from 50 µs to 30 s.
class HistogramHandle {
 public:
  void observe(std::chrono::nanoseconds duration) const;

 private:
  friend class Metrics;
  explicit HistogramHandle(prometheus::Histogram& histogram) : histogram_(&histogram) {}
  prometheus::Histogram* histogram_;
};

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // Requires as many label values as the metric has labels.
  [[nodiscard]] CounterHandle counter(CounterId id, Labels labels = {});
  [[nodiscard]] GaugeHandle gauge(GaugeId id, Labels labels = {});
  [[nodiscard]] HistogramHandle histogram(HistogramId id, Labels labels = {});

  void add(CounterId id, Labels labels = {}, std::uint64_t count = 1) {
    counter(id, labels).add(count);
  }
  void set(GaugeId id, double value, Labels labels = {}) { gauge(id, labels).set(value); }
  void observe(HistogramId id, std::chrono::nanoseconds duration, Labels labels = {}) {
    histogram(id, labels).observe(duration);
  }

  // All series in the Prometheus text format 0.0.4. Also reads the process's own figures from
  // /proc.
  [[nodiscard]] std::string text();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Full names with prefix, sorted; "name kind label,label" per element.
[[nodiscard]] std::vector<std::string> metric_names();

}  // namespace huangpu::node
