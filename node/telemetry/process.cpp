#include "node/telemetry/process.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace huangpu::node {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// Taken when the library is loaded, which is when the process starts.
const double kStartTimeSeconds =
    std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();

}  // namespace

ProcessFigures read_process_figures() {
  ProcessFigures figures;
  figures.start_time_seconds = kStartTimeSeconds;

  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    figures.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }

  std::ifstream statm("/proc/self/statm");
  std::uint64_t total_pages = 0;
  std::uint64_t resident_pages = 0;
  if (statm >> total_pages >> resident_pages) {
    figures.resident_bytes =
        static_cast<double>(resident_pages) * static_cast<double>(sysconf(_SC_PAGESIZE));
  }

  std::error_code error;
  const std::filesystem::directory_iterator descriptors("/proc/self/fd", error);
  if (!error) {
    figures.open_descriptors =
        static_cast<double>(std::distance(begin(descriptors), end(descriptors)));
  }
  return figures;
}

}  // namespace huangpu::node
