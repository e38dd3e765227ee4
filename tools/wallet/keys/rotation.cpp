#include "tools/wallet/keys/rotation.hpp"

#include <iostream>
#include <system_error>

#include "crypto/keystore/key_file.hpp"
#include "crypto/keystore/private_file.hpp"
#include "crypto/pkcs11/open_signer.hpp"
#include "tools/cli/tool_exit.hpp"
#include "tools/wallet/keys/chain_keys.hpp"

namespace huangpu::tools {

namespace fs = std::filesystem;

namespace {

using ledger::KeyStatus;

constexpr std::size_t kIdDigits = 14;  // of each key, in the reference
constexpr std::size_t kKeyDocumentBytesMax = 64 * 1024;

std::optional<KeyStatus> status_of(const ChainKeys& chain, const crypto::KeyId& key) {
  const auto found = chain.keys.find(key);
  if (found == chain.keys.end()) return std::nullopt;
  return found->second.status;
}

// The same for every try, so that none of them acts twice.
std::string reference_of(const crypto::KeyId& old_key, const crypto::KeyId& new_key) {
  return "ROT-" + old_key.hex().substr(0, kIdDigits) + "-" + new_key.hex().substr(0, kIdDigits);
}

bool is_replaced(Session& session, const crypto::KeyId& old_key, const crypto::KeyId& new_key) {
  const auto chain = chain_keys(session);
  return chain && status_of(*chain, old_key) == KeyStatus::kRotated &&
         status_of(*chain, new_key) == KeyStatus::kActive;
}

void tell(const Session& session, const std::string& event, const std::string& sentence) {
  print_line(std::cerr, sentence, Fields{}.add("event", event), session.format());
}

Status make_successor(Session& session, crypto::SuiteId suite, const fs::path& path) {
  HP_TRY_ASSIGN(const auto secret, session.passphrase("Passphrase of the new key", true));
  HP_TRY_ASSIGN(const auto key, crypto::generate_key(suite));
  HP_TRY_ASSIGN(const auto file,
                crypto::create_key_file(crypto::KeyPurpose::kParticipant, key, secret));
  HP_TRY(crypto::save_key_file(file, path));
  tell(session, "successor", path.string() + " holds the new key");
  return {};
}

}  // namespace

fs::path successor_path(const fs::path& current) {
  return current.parent_path() / (current.stem().string() + ".next.json");
}

Result<RotationStep> next_step(std::optional<KeyStatus> current, bool has_successor,
                               std::optional<KeyStatus> successor) {
  const bool is_active = current == KeyStatus::kActive;
  if (!has_successor) {
    if (is_active) return RotationStep::kMakeSuccessor;
    return fail(Errc::kDenied, !current ? "the key is not registered on chain, so there is nothing "
                                          "to replace"
                                        : "the key was rotated or revoked on chain before");
  }
  if (!successor && is_active) return RotationStep::kSubmit;
  if (successor == KeyStatus::kActive && current == KeyStatus::kRotated) {
    return RotationStep::kSwapFiles;
  }
  if (successor == KeyStatus::kActive && is_active) {
    return fail(Errc::kDenied,
                "the key and the one in its .next.json file are both active on chain: the second "
                "was registered as a key of its own. Give its file another name");
  }
  return fail(Errc::kDenied,
              "the .next.json file is not of a rotation that can go on: on chain the key is no "
              "longer active and was not replaced by the one in that file. Move the file away");
}

Status swap_files(const fs::path& current, const fs::path& successor) {
  HP_TRY_ASSIGN(const auto key, crypto::look_at_key(current));
  const fs::path folder = current.parent_path() / "retired";
  std::error_code error;
  fs::create_directory(folder, error);
  if (error) return fail(Errc::kIo, folder.string() + ": " + error.message());
  fs::permissions(folder, fs::perms::owner_all, error);
  if (error) return fail(Errc::kIo, folder.string() + ": " + error.message());
  const fs::path retired =
      folder / (current.stem().string() + "-" + key.public_key.id().hex().substr(0, 16) + ".json");
  // An interrupted try has put it there already.
  HP_TRY_ASSIGN(const auto content, crypto::read_private_file(current, kKeyDocumentBytesMax));
  const auto saved = crypto::write_private_file(retired, content.view(), crypto::IfExists::kRefuse);
  if (!saved && saved.error().code != Errc::kAlreadyExists) return saved;
  HP_TRY_ASSIGN(const auto kept, crypto::look_at_key(retired));
  if (kept.public_key != key.public_key) {
    return fail(Errc::kConflict, retired.string() + " holds another key; move it away");
  }
  return crypto::rename_private_file(successor, current);
}

Result<int> rotate_key(Session& session, const RotateOptions& options) {
  HP_TRY(session.open());
  const fs::path current = options.name.empty()
                               ? session.profile().resolve(session.profile().default_key)
                               : session.key_path(options.name);
  const fs::path successor = successor_path(current);
  HP_TRY_ASSIGN(const auto old_key, crypto::look_at_key(current));
  const crypto::KeyId old_id = old_key.public_key.id();
  std::error_code error;
  std::optional<crypto::PublicKey> new_key;
  if (fs::exists(successor, error)) {
    HP_TRY_ASSIGN(const auto next, crypto::look_at_key(successor));
    new_key = next.public_key;
    tell(session, "resumed", "going on with the rotation that " + successor.string() + " is of");
  }
  HP_TRY_ASSIGN(const ChainKeys chain, chain_keys(session));
  HP_TRY_ASSIGN(RotationStep step,
                next_step(status_of(chain, old_id), new_key.has_value(),
                          new_key ? status_of(chain, new_key->id()) : std::nullopt));

  int code = kExitOk;
  if (step == RotationStep::kMakeSuccessor) {
    if (old_key.place == crypto::KeyPlace::kToken) {
      return fail(Errc::kInvalidArgument,
                  current.string() +
                      " is in a token, and so must its successor be: make one there, put its "
                      "document at " +
                      successor.string() + " and run this again");
    }
    crypto::SuiteId suite = old_key.public_key.suite();
    if (!options.suite.empty()) {
      HP_TRY_ASSIGN(suite, crypto::parse_suite_option(options.suite));
    }
    HP_TRY(make_successor(session, suite, successor));
    HP_TRY_ASSIGN(const auto next, crypto::look_at_key(successor));
    new_key = next.public_key;
    step = RotationStep::kSubmit;
  }
  if (step == RotationStep::kSubmit) {
    session.sign_with({current});
    Act rotation;
    rotation.operation = ledger::RotateKey{old_id, *new_key};
    rotation.new_key = successor;
    rotation.options.reference =
        options.reference.empty() ? reference_of(old_id, new_key->id()) : options.reference;
    rotation.options.date = options.date;
    HP_TRY_ASSIGN(code, act(session, rotation));
    // A try that was interrupted may have got through meanwhile: then this one's signer is retired.
    if (code != kExitOk && !is_replaced(session, old_id, new_key->id())) {
      tell(session, "unfinished",
           "the key in use is still " + current.string() +
               "; run the same command again to go on, or remove " + successor.string() +
               " to give up");
      return code;
    }
  }
  HP_TRY(swap_files(current, successor));
  tell(session, "rotated",
       current.string() + " is the new key " + new_key->id().hex() +
           "; the old one is kept under keys/retired and can never act again");
  if (step == RotationStep::kSwapFiles) {
    Fields fields;
    fields.add("key", current.stem().string())
        .add("id", new_key->id().hex())
        .add("replaced", old_id.hex());
    print(std::cout, fields, session.format());
  }
  return kExitOk;
}

}  // namespace huangpu::tools
