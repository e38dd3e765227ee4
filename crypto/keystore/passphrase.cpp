#include "crypto/keystore/passphrase.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include "crypto/base/bytes.hpp"
#include "crypto/keystore/private_file.hpp"

namespace huangpu::crypto {
namespace {

constexpr std::uint8_t kCtrlC = 3;

// Two bytes above the bound: room for "\r\n", and for noticing that the input is too long.
constexpr std::size_t kInputBytesMax = kPassphraseBytesMax + 2;

// The passphrase within raw input: one line end removed, bounds checked.
Result<SecretBytes> passphrase_in(ByteView input, std::string_view source) {
  if (!input.empty() && input.back() == '\n') input = input.first(input.size() - 1);
  if (!input.empty() && input.back() == '\r') input = input.first(input.size() - 1);
  if (input.size() > kPassphraseBytesMax) {
    return fail(Errc::kOutOfRange, std::string(source) + ": passphrase is longer than " +
                                       std::to_string(kPassphraseBytesMax) + " bytes");
  }
  if (std::find(input.begin(), input.end(), std::uint8_t{0}) != input.end()) {
    return fail(Errc::kMalformed, std::string(source) + ": passphrase contains a zero byte");
  }
  return SecretBytes::copy_of(input);
}

Error io_error(std::string_view source) {
  return {Errc::kIo, std::string(source) + ": " + std::system_category().message(errno)};
}

// The controlling terminal with echo off; both are undone on destruction.
class QuietTerminal {
 public:
  QuietTerminal() : descriptor_(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (descriptor_ < 0) return;
    if (::tcgetattr(descriptor_, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK | ECHONL);
    // Ctrl-C must not kill the program while echo is off; it ends the line instead and is read as a
    // byte.
    quiet.c_cc[VINTR] = _POSIX_VDISABLE;
    quiet.c_cc[VSUSP] = _POSIX_VDISABLE;
    quiet.c_cc[VQUIT] = _POSIX_VDISABLE;
    quiet.c_cc[VEOL] = kCtrlC;
    quiet_ = ::tcsetattr(descriptor_, TCSAFLUSH, &quiet) == 0;
  }
  ~QuietTerminal() {
    if (quiet_) ::tcsetattr(descriptor_, TCSAFLUSH, &before_);
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;

  [[nodiscard]] bool ready() const { return quiet_; }

  Status print(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t written = ::write(descriptor_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return tl::unexpected<Error>(io_error("terminal"));
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  // One line as the terminal delivers it. kCancelled on Ctrl-C or end of input.
  Result<SecretBytes> read_line() const {
    SecretBytes buffer(kInputBytesMax);
    std::size_t used = 0;
    while (used < buffer.size()) {
      const ssize_t got =
          ::read(descriptor_, buffer.writable().data() + used, buffer.size() - used);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return tl::unexpected<Error>(io_error("terminal"));
      used += static_cast<std::size_t>(got);
      const std::uint8_t last = used == 0 ? kCtrlC : buffer.view()[used - 1];
      if (got == 0 || last == kCtrlC) return fail(Errc::kCancelled, "passphrase was not entered");
      if (last == '\n') break;
    }
    return passphrase_in(buffer.view().first(used), "terminal");
  }

 private:
  int descriptor_;
  termios before_{};
  bool quiet_ = false;
};

Result<SecretBytes> ask(const QuietTerminal& terminal, const std::string& prompt) {
  HP_TRY(terminal.print(prompt + ": "));
  auto answer = terminal.read_line();
  HP_TRY(terminal.print("\n"));
  return answer;
}

}  // namespace

Result<SecretBytes> passphrase_from_file(const std::filesystem::path& path) {
  HP_TRY_ASSIGN(const SecretBytes content, read_private_file(path, kInputBytesMax));
  return passphrase_in(content.view(), path.string());
}

Result<SecretBytes> passphrase_from_descriptor(int descriptor) {
  const std::string source = "descriptor " + std::to_string(descriptor);
  SecretBytes buffer(kInputBytesMax + 1);
  std::size_t used = 0;
  while (used < buffer.size()) {
    const ssize_t got = ::read(descriptor, buffer.writable().data() + used, buffer.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::unexpected<Error>(io_error(source));
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  return passphrase_in(buffer.view().first(used), source);
}

Result<SecretBytes> passphrase_from_prompt(const std::string& prompt, bool confirm) {
  const QuietTerminal terminal;
  if (!terminal.ready()) {
    return fail(Errc::kUnavailable,
                "there is no terminal to ask for a passphrase; give a passphrase file");
  }
  HP_TRY_ASSIGN(SecretBytes first, ask(terminal, prompt));
  if (!confirm) return first;

  HP_TRY_ASSIGN(const SecretBytes second, ask(terminal, prompt + " (again)"));
  if (!constant_time_equal(first.view(), second.view())) {
    return fail(Errc::kConflict, "the two passphrases differ");
  }
  return first;
}

}  // namespace huangpu::crypto
