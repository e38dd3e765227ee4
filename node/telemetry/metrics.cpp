#include "node/telemetry/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <span>

#include "crypto/base/assert.hpp"
#include "node/telemetry/process.hpp"

namespace huangpu::node {
namespace {

constexpr std::size_t kSeriesMax = 256;
constexpr std::size_t kLabelCharsMax = 128;

struct Description {
  std::string_view kind;
  std::string_view name;
  std::string_view help;
  std::vector<std::string_view> labels;
};

template <class... Names>
Description description(std::string_view kind, std::string_view name, std::string_view help,
                        Names... labels) {
  return {kind, name, help, {std::string_view(labels)...}};
}

// Each list is in the order of its enumeration.
const std::vector<Description>& counters() {
  static const std::vector<Description> list{
#define HP_COUNTER(id, ...) description("counter", __VA_ARGS__),
#define HP_GAUGE(...)
#define HP_HISTOGRAM(...)
#include "node/telemetry/metrics.def"
#undef HP_COUNTER
#undef HP_GAUGE
  };
  return list;
}

const std::vector<Description>& gauges() {
  static const std::vector<Description> list{
#define HP_COUNTER(...)
#define HP_GAUGE(id, ...) description("gauge", __VA_ARGS__),
#include "node/telemetry/metrics.def"
#undef HP_GAUGE
#undef HP_HISTOGRAM
  };
  return list;
}

const std::vector<Description>& histograms() {
  static const std::vector<Description> list{
#define HP_GAUGE(...)
#define HP_HISTOGRAM(id, ...) description("histogram", __VA_ARGS__),
#include "node/telemetry/metrics.def"
#undef HP_COUNTER
#undef HP_GAUGE
#undef HP_HISTOGRAM
  };
  return list;
}

std::string full_name(std::string_view name) { return "huangpu_" + std::string(name); }

const prometheus::Histogram::BucketBoundaries& bucket_seconds() {
  static const prometheus::Histogram::BucketBoundaries seconds{
      0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.015, 0.025,
      0.05,    0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30};
  return seconds;
}

// One metric with its series; bounds the number of series.
template <class Metric>
class BoundedFamily {
 public:
  BoundedFamily(prometheus::Family<Metric>& family, const Description& description)
      : family_(&family), description_(&description) {}

  template <class... Arguments>
  Metric& series(Labels values, const Arguments&... arguments) {
    HP_ASSERT(values.size() == description_->labels.size(), "a metric lacks label values");
    prometheus::Labels labels;
    auto value = values.begin();
    for (const auto label : description_->labels) {
      labels.emplace(label, (value++)->substr(0, kLabelCharsMax));
    }
    if (!family_->Has(labels)) {
      if (count_ >= kSeriesMax) {
        for (auto& [label, text] : labels) text = "other";
      }
      ++count_;
    }
    return family_->Add(labels, arguments...);
  }

 private:
  prometheus::Family<Metric>* family_;
  const Description* description_;
  std::size_t count_ = 0;
};

template <class Metric, class Build>
std::vector<BoundedFamily<Metric>> build_families(prometheus::Registry& registry,
                                                  const std::vector<Description>& list,
                                                  const Build& build) {
  std::vector<BoundedFamily<Metric>> families;
  families.reserve(list.size());
  for (const auto& entry : list) {
    auto& family =
        build().Name(full_name(entry.name)).Help(std::string(entry.help)).Register(registry);
    families.emplace_back(family, entry);
  }
  return families;
}

}  // namespace

class Metrics::Impl {
 public:
  Impl()
      : counters_(
            build_families<prometheus::Counter>(registry_, counters(), prometheus::BuildCounter)),
        gauges_(build_families<prometheus::Gauge>(registry_, gauges(), prometheus::BuildGauge)),
        histograms_(build_families<prometheus::Histogram>(registry_, histograms(),
                                                          prometheus::BuildHistogram)) {}

  prometheus::Counter& counter(CounterId id, Labels labels) {
    const std::scoped_lock lock(mutex_);
    return counters_[static_cast<std::size_t>(id)].series(labels);
  }
  prometheus::Gauge& gauge(GaugeId id, Labels labels) {
    const std::scoped_lock lock(mutex_);
    return gauges_[static_cast<std::size_t>(id)].series(labels);
  }
  prometheus::Histogram& histogram(HistogramId id, Labels labels) {
    const std::scoped_lock lock(mutex_);
    return histograms_[static_cast<std::size_t>(id)].series(labels, bucket_seconds());
  }

  std::string text() { return prometheus::TextSerializer().Serialize(registry_.Collect()); }

 private:
  prometheus::Registry registry_;
  std::mutex mutex_;
  std::vector<BoundedFamily<prometheus::Counter>> counters_;      // guarded by mutex_
  std::vector<BoundedFamily<prometheus::Gauge>> gauges_;          // guarded by mutex_
  std::vector<BoundedFamily<prometheus::Histogram>> histograms_;  // guarded by mutex_
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

CounterHandle Metrics::counter(CounterId id, Labels labels) {
  return CounterHandle(impl_->counter(id, labels));
}
GaugeHandle Metrics::gauge(GaugeId id, Labels labels) {
  return GaugeHandle(impl_->gauge(id, labels));
}
HistogramHandle Metrics::histogram(HistogramId id, Labels labels) {
  return HistogramHandle(impl_->histogram(id, labels));
}

std::string Metrics::text() {
  const auto process = read_process_figures();
  set(GaugeId::kStartTime, process.start_time_seconds);
  set(GaugeId::kResidentMemory, process.resident_bytes);
  set(GaugeId::kCpuSeconds, process.cpu_seconds);
  set(GaugeId::kOpenDescriptors, process.open_descriptors);
  return impl_->text();
}

void CounterHandle::add(std::uint64_t count) const {
  counter_->Increment(static_cast<double>(count));
}
void GaugeHandle::set(double value) const { gauge_->Set(value); }
void HistogramHandle::observe(std::chrono::nanoseconds duration) const {
  histogram_->Observe(std::chrono::duration<double>(duration).count());
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const auto* list : {&counters(), &gauges(), &histograms()}) {
    for (const auto& entry : *list) {
      auto line = full_name(entry.name) + " " + std::string(entry.kind);
      for (std::size_t i = 0; i < entry.labels.size(); ++i) {
        line += (i == 0 ? " " : ",") + std::string(entry.labels[i]);
      }
      names.push_back(std::move(line));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace huangpu::node
