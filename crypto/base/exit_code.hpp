// Exit codes of all programs, stable for scripts and service managers (docs/operator/guide.md).
#pragma once

#include "crypto/base/result.hpp"

namespace huangpu {

enum ExitCode : int {
  kExitOk = 0,
  kExitUnexpected = 1,
  kExitUsage = 2,
  kExitConfiguration = 3,
  kExitWrongChain = 4,
  kExitDamaged = 5,
  kExitGuard = 6,
  kExitDiverged = 7,
  kExitStorage = 8,
  kExitUnreachable = 9,
  kExitNotReady = 10,
  kExitDenied = 11,
  kExitUnsupported = 12,
  kExitAlreadyRunning = 13,
};

[[nodiscard]] ExitCode exit_code(Errc code);

}  // namespace huangpu
