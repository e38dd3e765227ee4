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

// For the end of --help.
inline constexpr const char* kExitCodesHelp =
    "Exit codes: 0 done, 1 unexpected, 2 usage, 3 configuration, 4 wrong chain, 5 damaged data,\n"
    "6 double-sign guard, 7 diverged, 8 files or disk, 9 unreachable or too late, 10 not ready,\n"
    "11 denied, 12 format of another version, 13 already running.";

}  // namespace huangpu
