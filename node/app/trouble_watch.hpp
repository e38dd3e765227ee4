// Looks for trouble once a second and has the flight recorder written: a height that stands still
// while there is work, a quarantine that began, SIGUSR1 (SPEC N-283, N-284).
//
// Belongs to the main loop's thread. Ends when destroyed.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string>

#include "node/api/backend.hpp"
#include "node/flight/flight_files.hpp"

namespace huangpu::node {

class TroubleWatch {
 public:
  // All outlive this. The signal is caught from here on.
  TroubleWatch(boost::asio::io_context& loop, NodeBackend& backend, FlightFiles& files);

  // For a failure that ends the node; also after the loop has ended.
  void record(const std::string& reason, bool asked);

 private:
  void wait_signal();
  void wait_look();
  void look();

  NodeBackend& backend_;
  FlightFiles& files_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer timer_;
  bool stalled_ = false;      // as of the last look
  bool quarantined_ = false;  // likewise
};

}  // namespace huangpu::node
