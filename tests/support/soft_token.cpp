#include "tests/support/soft_token.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <system_error>

namespace huangpu::testing {
namespace {

namespace fs = std::filesystem;
constexpr const char* kPin = "7391";

int run(const char* const* arguments) {
  const pid_t child = fork();
  if (child == 0) {
    static_cast<void>(freopen("/dev/null", "w", stdout));
    execvp(arguments[0], const_cast<char* const*>(arguments));
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return 127;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 127;
}

}  // namespace

SoftToken::SoftToken() {
  std::string pattern = (fs::temp_directory_path() / "huangpu-token-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    problem_ = "no temporary folder";
    return;
  }
  folder_ = pattern;
  fs::create_directory(folder_ / "tokens");
  const fs::path config = folder_ / "softhsm2.conf";
  std::ofstream(config) << "directories.tokendir = " << (folder_ / "tokens").string()
                        << "\nobjectstore.backend = file\nlog.level = ERROR\n";
  setenv("SOFTHSM2_CONF", config.c_str(), 1);
  const std::string name = label();
  const char* const arguments[] = {
      "softhsm2-util", "--init-token", "--free", "--label", name.c_str(),
      "--so-pin",      "8642",         "--pin",  kPin,      nullptr};
  if (run(arguments) != 0) problem_ = "softhsm2-util could not make a token";
}

SoftToken::~SoftToken() {
  std::error_code error;
  if (!folder_.empty()) fs::remove_all(folder_, error);
}

fs::path SoftToken::module() { return "/usr/lib/softhsm/libsofthsm2.so"; }

crypto::SecretBytes SoftToken::pin() { return crypto::SecretBytes::copy_of(as_bytes(kPin)); }

crypto::TokenKey SoftToken::place(const std::string& key, crypto::KeyPurpose purpose) {
  crypto::TokenKey place;
  place.purpose = purpose;
  place.module = module();
  place.token = label();
  place.key = key;
  return place;
}

}  // namespace huangpu::testing
