// What the kernel says about this process. Any thread.
#pragma once

namespace huangpu::node {

// Doubles because that is what a metric holds. A figure that cannot be read is 0.
struct ProcessFigures {
  double start_time_seconds = 0;  // since 1970
  double resident_bytes = 0;
  double cpu_seconds = 0;  // user and system
  double open_descriptors = 0;
};

[[nodiscard]] ProcessFigures read_process_figures();

}  // namespace huangpu::node
