#include "crypto/base/result.hpp"

namespace huangpu {

std::string_view errc_text(Errc code) noexcept {
  switch (code) {
    case Errc::kInvalidArgument:
      return "invalid argument";
    case Errc::kMalformed:
      return "malformed";
    case Errc::kUnsupportedVersion:
      return "unsupported version";
    case Errc::kNotFound:
      return "not found";
    case Errc::kAlreadyExists:
      return "already exists";
    case Errc::kConflict:
      return "conflict";
    case Errc::kOutOfRange:
      return "out of range";
    case Errc::kDenied:
      return "denied";
    case Errc::kUnauthenticated:
      return "unauthenticated";
    case Errc::kExhausted:
      return "exhausted";
    case Errc::kUnavailable:
      return "unavailable";
    case Errc::kTimeout:
      return "timeout";
    case Errc::kCancelled:
      return "cancelled";
    case Errc::kIo:
      return "input or output failed";
    case Errc::kDiskFull:
      return "disk full";
    case Errc::kCorrupt:
      return "damaged data";
    case Errc::kWrongChain:
      return "wrong chain";
    case Errc::kDiverged:
      return "diverged";
    case Errc::kGuard:
      return "double-sign guard";
    case Errc::kConfig:
      return "configuration";
    case Errc::kAlreadyRunning:
      return "already running";
    case Errc::kNotReady:
      return "not ready";
    case Errc::kInternal:
      return "internal error";
  }
  return "unknown error";
}

}  // namespace huangpu
