#include "crypto/keystore/passphrase.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/keystore/private_file.hpp"
#include "tests/unit/crypto/helpers.hpp"

namespace huangpu::crypto {
namespace {

Result<SecretBytes> from_file_with(std::string_view content) {
  const test::TemporaryFolder folder;
  EXPECT_TRUE(write_private_file(folder / "p", as_bytes(content), IfExists::kRefuse).has_value());
  return passphrase_from_file(folder / "p");
}

Result<SecretBytes> from_pipe_with(std::string_view content) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  EXPECT_EQ(::write(ends[1], content.data(), content.size()), static_cast<ssize_t>(content.size()));
  ::close(ends[1]);
  auto result = passphrase_from_descriptor(ends[0]);
  ::close(ends[0]);
  return result;
}

TEST(Passphrase, LosesOneLineEndAndNothingElse) {
  for (const auto& read : {from_file_with, from_pipe_with}) {
    EXPECT_EQ(as_text(read("secret")->view()), "secret");
    EXPECT_EQ(as_text(read("secret\n")->view()), "secret");
    EXPECT_EQ(as_text(read("secret\r\n")->view()), "secret");
    EXPECT_EQ(as_text(read("secret\n\n")->view()), "secret\n");
    EXPECT_EQ(as_text(read(" two words ")->view()), " two words ");
    EXPECT_TRUE(read("")->empty());
    EXPECT_TRUE(read("\n")->empty());
    EXPECT_EQ(read(std::string(1024, 'a') + "\n")->size(), 1024U);
    EXPECT_EQ(read(std::string_view("a\0b", 3)).error().code, Errc::kMalformed);
    EXPECT_EQ(read(std::string(1025, 'a')).error().code, Errc::kOutOfRange);
    EXPECT_EQ(read(std::string(5000, 'a')).error().code, Errc::kOutOfRange);
  }
}

TEST(Passphrase, SourcesThatCannotBeReadSaySo) {
  EXPECT_EQ(passphrase_from_descriptor(-1).error().code, Errc::kIo);
  const test::TemporaryFolder folder;
  EXPECT_EQ(passphrase_from_file(folder / "none").error().code, Errc::kNotFound);
}

// Asks in a child process that owns a terminal of its own; this side is the person typing.
class Terminal {
 public:
  explicit Terminal(bool confirm) {
    child_ = ::forkpty(&master_, nullptr, nullptr, nullptr);
    if (child_ == 0) {
      const auto answer = passphrase_from_prompt("Passphrase", confirm);
      // 0 for the expected answer, else the error's number.
      ::_exit(answer ? (as_text(answer->view()) == "open sesame" ? 0 : 100)
                     : static_cast<int>(answer.error().code));
    }
  }
  ~Terminal() { ::close(master_); }

  void type_after(std::string_view prompt, std::string_view text) {
    while (seen_.find(prompt) == std::string::npos) {
      char c = 0;
      if (::read(master_, &c, 1) != 1) break;
      seen_ += c;
    }
    ASSERT_NE(seen_.find(prompt), std::string::npos) << seen_;
    ASSERT_EQ(::write(master_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  int exit_code() {
    char c = 0;
    while (::read(master_, &c, 1) == 1) seen_ += c;
    int status = 0;
    EXPECT_EQ(::waitpid(child_, &status, 0), child_);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  const std::string& seen() const { return seen_; }

 private:
  int master_ = -1;
  pid_t child_ = -1;
  std::string seen_;
};

TEST(PassphrasePrompt, ReadsALineWithoutShowingIt) {
  Terminal terminal(false);
  terminal.type_after("Passphrase: ", "open sesame\n");
  EXPECT_EQ(terminal.exit_code(), 0);
  EXPECT_EQ(terminal.seen().find("sesame"), std::string::npos);
}

TEST(PassphrasePrompt, AsksTwiceWhenAPassphraseIsChosen) {
  Terminal agreeing(true);
  agreeing.type_after("Passphrase: ", "open sesame\n");
  agreeing.type_after("Passphrase (again): ", "open sesame\n");
  EXPECT_EQ(agreeing.exit_code(), 0);

  Terminal differing(true);
  differing.type_after("Passphrase: ", "open sesame\n");
  differing.type_after("Passphrase (again): ", "open simsim\n");
  EXPECT_EQ(differing.exit_code(), static_cast<int>(Errc::kConflict));
}

TEST(PassphrasePrompt, IsCancelledByCtrlC) {
  Terminal terminal(false);
  terminal.type_after("Passphrase: ", "open\x03");
  EXPECT_EQ(terminal.exit_code(), static_cast<int>(Errc::kCancelled));
}

TEST(PassphrasePrompt, IsRefusedWhereThereIsNoTerminal) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setsid();
    const auto answer = passphrase_from_prompt("Passphrase", false);
    ::_exit(answer ? 0 : static_cast<int>(answer.error().code));
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), static_cast<int>(Errc::kUnavailable));
}

}  // namespace
}  // namespace huangpu::crypto
