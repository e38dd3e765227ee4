// Failure as a value: Result<T>, Status, the closed list of error codes, and two macros to pass
// errors on.
//
// Exceptions do not cross a module's header. An error says what class of failure it is (the code
// decides exit codes and retry) and one sentence for people. Messages name the thing that failed,
// never a secret.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace huangpu {

// Numbers are stable: they appear in logs and in client answers and are never reused (SPEC K-3).
enum class Errc : std::uint16_t {
  kInvalidArgument = 1,     // the caller asked for something that has no meaning
  kMalformed = 2,           // bytes or text do not follow their format
  kUnsupportedVersion = 3,  // a format, protocol or suite this build does not know
  kNotFound = 4,
  kAlreadyExists = 5,
  kConflict = 6,         // same identity, other content
  kOutOfRange = 7,       // a number or length beyond its stated bound
  kDenied = 8,           // known caller, missing right
  kUnauthenticated = 9,  // unknown caller, wrong key or passphrase
  kExhausted = 10,       // a bound of ours is reached; later may succeed
  kUnavailable = 11,     // the other side cannot be reached
  kTimeout = 12,
  kCancelled = 13,
  kIo = 14,
  kDiskFull = 15,
  kCorrupt = 16,  // stored data are damaged
  kWrongChain = 17,
  kDiverged = 18,        // our result contradicts a certificate
  kGuard = 19,           // the double-sign guard refused
  kConfig = 20,          // configuration file or genesis document
  kAlreadyRunning = 21,  // another process holds the lock
  kNotReady = 22,
  kInternal = 23,  // a library failed in a way it never should
};

// "not found", "wrong chain", …: a short noun phrase for logs and messages.
[[nodiscard]] std::string_view errc_text(Errc code) noexcept;

struct Error {
  Errc code = Errc::kInternal;
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

// `return fail(Errc::kMalformed, "block header: ...");` from any function that returns a Result or
// Status.
[[nodiscard]] inline tl::unexpected<Error> fail(Errc code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

// Passes an error on, with "context: " put before its message.
[[nodiscard]] inline tl::unexpected<Error> fail(Error error, std::string_view context) {
  std::string message(context);
  message += ": ";
  message += error.message;
  return tl::unexpected<Error>(Error{error.code, std::move(message)});
}

}  // namespace huangpu

#define HP_RESULT_CONCAT_INNER(a, b) a##b
#define HP_RESULT_CONCAT(a, b) HP_RESULT_CONCAT_INNER(a, b)

// HP_TRY(check(x));  evaluates a Status (or Result) and returns its error from the enclosing
// function.
#define HP_TRY(...)                                                                \
  do {                                                                             \
    if (auto hp_try_status = (__VA_ARGS__); !hp_try_status) {                      \
      return ::tl::unexpected<::huangpu::Error>(std::move(hp_try_status).error()); \
    }                                                                              \
  } while (false)

// HP_TRY_ASSIGN(const auto header, decode_header(bytes));  declares (or assigns) the value, or
// returns the error.
#define HP_TRY_ASSIGN(target, ...) \
  HP_TRY_ASSIGN_AS(HP_RESULT_CONCAT(hp_try_result_, __LINE__), target, __VA_ARGS__)
#define HP_TRY_ASSIGN_AS(temporary, target, ...)                             \
  auto temporary = (__VA_ARGS__);                                            \
  if (!temporary) {                                                          \
    return ::tl::unexpected<::huangpu::Error>(std::move(temporary).error()); \
  }                                                                          \
  target = std::move(*temporary)
