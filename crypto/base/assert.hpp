// Assertions for broken invariants of our own: always on, print one line, abort.
//
// For "we are wrong", never for input: a byte that came from a file, a peer or a client is answered
// with a Result, not with an assertion (SPEC K-2).
#pragma once

namespace huangpu {

// Writes "assertion failed: <why> (<condition>) at <file>:<line>" to the error stream and aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* why, const char* file,
                                   int line) noexcept;

}  // namespace huangpu

// `why` says in words which promise was broken; it is what an operator reads in the journal.
#define HP_ASSERT(condition, why)                                         \
  do {                                                                    \
    if (!(condition)) [[unlikely]] {                                      \
      ::huangpu::assertion_failed(#condition, (why), __FILE__, __LINE__); \
    }                                                                     \
  } while (false)

#define HP_UNREACHABLE(why) ::huangpu::assertion_failed("unreachable", (why), __FILE__, __LINE__)
