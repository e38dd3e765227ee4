#include "crypto/base/exit_code.hpp"

namespace huangpu {

ExitCode exit_code(Errc code) {
  switch (code) {
    case Errc::kInvalidArgument:
    case Errc::kOutOfRange:
      return kExitUsage;
    case Errc::kConfig:
    case Errc::kMalformed:
    case Errc::kAlreadyExists:
      return kExitConfiguration;
    case Errc::kWrongChain:
      return kExitWrongChain;
    case Errc::kCorrupt:
      return kExitDamaged;
    case Errc::kGuard:
      return kExitGuard;
    case Errc::kDiverged:
      return kExitDiverged;
    case Errc::kIo:
    case Errc::kDiskFull:
    case Errc::kNotFound:
      return kExitStorage;
    case Errc::kUnavailable:
    case Errc::kTimeout:
    case Errc::kCancelled:
      return kExitUnreachable;
    case Errc::kNotReady:
    case Errc::kExhausted:
      return kExitNotReady;
    case Errc::kDenied:
    case Errc::kUnauthenticated:
      return kExitDenied;
    case Errc::kUnsupportedVersion:
      return kExitUnsupported;
    case Errc::kAlreadyRunning:
      return kExitAlreadyRunning;
    case Errc::kConflict:
    case Errc::kInternal:
      return kExitUnexpected;
  }
  return kExitUnexpected;
}

}  // namespace huangpu
