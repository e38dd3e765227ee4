#include "node/driver/key_copy.hpp"

#include <nlohmann/json.hpp>
#include <system_error>

#include "ledger/store/text_file.hpp"
#include "node/driver/wall_clock.hpp"

namespace huangpu::node {
namespace {

std::filesystem::path file_of(const std::filesystem::path& sign_state_dir) {
  return sign_state_dir / "key-copy.json";
}

}  // namespace

Status check_no_key_copy(const std::filesystem::path& sign_state_dir) {
  const std::filesystem::path file = file_of(sign_state_dir);
  std::error_code error;
  const bool found = std::filesystem::exists(file, error);
  if (error) return fail(Errc::kIo, file.string() + ": " + error.message());
  if (!found) return {};
  return fail(Errc::kGuard,
              file.string() +
                  " is the evidence that another process signs with this consensus key. Find that "
                  "process and end it for good, then move this file away and start again "
                  "(docs/operator/keys.md)");
}

Error key_copy_error(const std::filesystem::path& sign_state_dir,
                     const consensus::QuarantineEntered& found) {
  return {Errc::kGuard, "another process signs with this consensus key: " + found.reason +
                            ". This node signs nothing any more; the evidence is " +
                            file_of(sign_state_dir).string()};
}

Status keep_key_copy(const std::filesystem::path& sign_state_dir,
                     const consensus::QuarantineEntered& found) {
  nlohmann::ordered_json out = {{"format", "huangpu-key-copy"}, {"version", 1}};
  out["found_at_ms"] = wall_now().value();
  out["reason"] = found.reason;
  out["while_listening"] = found.watching;
  out["message"] = found.key_copy ? to_hex(*found.key_copy) : "";
  const Status written = ledger::write_new_text_file(file_of(sign_state_dir), out.dump(2) + "\n");
  if (!written && written.error().code == Errc::kAlreadyExists) return {};
  return written;
}

}  // namespace huangpu::node
