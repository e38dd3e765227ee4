#include "node/telemetry/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

namespace huangpu::node {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, KeepTheNamesThatDashboardsAndAlertsUse) {
  // Tests run in the root of the repository.
  std::ifstream file("node/telemetry/metric_names.txt");
  ASSERT_TRUE(file);
  std::vector<std::string> published;
  for (std::string line; std::getline(file, line);) published.push_back(line);

  EXPECT_EQ(metric_names(), published)
      << "renaming or removing a metric breaks operators; adding one: add its line";
}

TEST(Metrics, AreEachFedSomewhere) {
  std::string sources;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("node")) {
    if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
    std::ifstream file(entry.path());
    sources.append(std::istreambuf_iterator<char>(file), {});
  }
  for (const char* id : {
#define HP_COUNTER(id, ...) "CounterId::" #id,
#define HP_GAUGE(id, ...) "GaugeId::" #id,
#define HP_HISTOGRAM(id, ...) "HistogramId::" #id,
#include "node/telemetry/metrics.def"
#undef HP_COUNTER
#undef HP_GAUGE
#undef HP_HISTOGRAM
       }) {
    EXPECT_NE(sources.find(id), std::string::npos) << id << " never moves";
  }
}

TEST(Metrics, AreWrittenWithTheirLabels) {
  Metrics metrics;
  metrics.add(CounterId::kApiRequests, {"Ledger/GetBalance", "OK"}, 3);
  metrics.set(GaugeId::kConsensusFinalHeight, 42);
  metrics.observe(HistogramId::kExecutionSeconds, std::chrono::milliseconds(3));

  const auto text = metrics.text();

  EXPECT_THAT(text,
              HasSubstr("huangpu_api_requests_total{code=\"OK\",method=\"Ledger/GetBalance\"} 3"));
  EXPECT_THAT(text, HasSubstr("huangpu_consensus_final_height 42"));
  EXPECT_THAT(text, HasSubstr("huangpu_execution_seconds_bucket{le=\"0.0025\"} 0"));
  EXPECT_THAT(text, HasSubstr("huangpu_execution_seconds_bucket{le=\"0.005\"} 1"));
  EXPECT_THAT(text, HasSubstr("huangpu_process_open_fds "));
}

TEST(Metrics, BoundTheNumberOfSeries) {
  Metrics metrics;
  for (int i = 0; i < 1'000; ++i) {
    metrics.add(CounterId::kPoolRejected, {"reason-" + std::to_string(i)});
  }

  const auto text = metrics.text();

  EXPECT_THAT(text, HasSubstr("huangpu_mempool_rejected_total{reason=\"reason-255\"} 1"));
  EXPECT_THAT(text, HasSubstr("huangpu_mempool_rejected_total{reason=\"other\"} 744"));
}

TEST(Metrics, CountWhatSeveralThreadsAdd) {
  Metrics metrics;
  const auto handle = metrics.counter(CounterId::kTransfersFinal);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 1'000; ++j) {
        handle.add();
        metrics.add(CounterId::kLogLines, {"info"});
      }
    });
  }
  for (auto& thread : threads) thread.join();

  EXPECT_THAT(metrics.text(), HasSubstr("huangpu_tx_transfers_final_total 4000"));
  EXPECT_THAT(metrics.text(), HasSubstr("huangpu_log_lines_total{level=\"info\"} 4000"));
}

}  // namespace
}  // namespace huangpu::node
