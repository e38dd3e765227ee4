// What can be said about a home without starting its node: folders, permissions, keys,
// certificates, room, locks, sign-state and block store (SPEC N-274..N-276).
//
// Reads only. The one thing taken is a lock, and given back at once: a node that is being started
// at that very moment may be refused and has to be started again.
#pragma once

#include <string>
#include <vector>

#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "ledger/store/file_system.hpp"
#include "node/config/config.hpp"

namespace huangpu::node {

struct HomeCheckOptions {
  bool running = false;  // its node answers: the locks are taken and the stores are being written
  bool scrub = false;  // read every record of the block store, not only the heads of full segments
};

// One thing that was looked at. Without an error it is in order; a warning does not keep the node
// from starting.
struct HomeCheck {
  std::string name;  // home, permissions, genesis, certificate, disk, lock, sign-state, blocks
  std::string text;  // one sentence
  std::optional<Errc> error;
  bool warning = false;
};

// In the order in which a start would meet them: the first error is what a start would end with.
[[nodiscard]] std::vector<HomeCheck> check_home(const NodeConfig& config, ledger::FileSystem& files,
                                                const HomeCheckOptions& options);

}  // namespace huangpu::node
