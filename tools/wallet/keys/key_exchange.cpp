#include "tools/wallet/keys/key_exchange.hpp"

#include <iostream>
#include <system_error>

#include "crypto/keystore/key_file.hpp"
#include "crypto/keystore/passphrase.hpp"
#include "crypto/sign/public_key_pem.hpp"
#include "ledger/store/text_file.hpp"
#include "tools/cli/tool_exit.hpp"

namespace huangpu::tools {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kImportBytesMax = 64 * 1024;

void print_key(const Session& session, const std::string& name, const crypto::PublicKey& key,
               const fs::path& path, bool has_secret) {
  Fields fields;
  fields.add("key", name)
      .add("id", key.id().hex())
      .add("suite", std::string(crypto::suite_name(key.suite())))
      .add("public_key", key.to_string())
      .add("has_secret", has_secret)
      .add("file", path.string());
  print(std::cout, fields, session.format());
}

Status refuse_existing(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return {};
  return fail(Errc::kAlreadyExists, path.string() + " exists; keys are never overwritten");
}

fs::path public_path(const Session& session, const std::string& name) {
  fs::path path = session.key_path(name);
  if (path.extension() == ".json") path.replace_extension(kPublicKeyExtension);
  return path;
}

Result<int> import_sealed(Session& session, const ImportOptions& options, const std::string& text) {
  auto file = crypto::parse_key_file(text);
  if (!file) return fail(file.error(), options.file.string());
  // What cannot be opened is no use later, when the other copy is gone.
  HP_TRY_ASSIGN(const auto secret,
                session.passphrase("Passphrase of " + options.file.string(), false));
  const auto opened = crypto::signer_from(*file, crypto::KeyPurpose::kParticipant, secret);
  if (!opened) return fail(opened.error(), options.file.string());
  const fs::path path = session.key_path(options.name);
  HP_TRY(crypto::save_key_file(*file, path));
  print_key(session, path.stem().string(), file->public_key, path, true);
  return kExitOk;
}

Result<int> import_public(Session& session, const ImportOptions& options, const std::string& text) {
  const auto key = crypto::read_public_key(text);
  if (!key) return fail(key.error(), options.file.string());
  HP_TRY(key->check_for_registration());
  const fs::path path = public_path(session, options.name);
  HP_TRY(refuse_existing(path));
  HP_TRY(ledger::write_new_text_file(path, key->to_string() + "\n"));
  print_key(session, path.stem().string(), *key, path, false);
  return kExitOk;
}

Result<int> import_secret(Session& session, const ImportOptions& options) {
  const fs::path path = session.key_path(options.name);
  HP_TRY(refuse_existing(path));
  const bool from_file = !options.secret_file.empty();
  if (!from_file && options.secret_descriptor == session.options().passphrase_descriptor) {
    return fail(Errc::kInvalidArgument,
                "the secret and the passphrase cannot both be read from one descriptor");
  }
  HP_TRY_ASSIGN(const auto text,
                from_file ? crypto::passphrase_from_file(options.secret_file)
                          : crypto::passphrase_from_descriptor(options.secret_descriptor));
  crypto::SecretKey key;
  key.suite = session.genesis().suite;
  if (!options.suite.empty()) {
    HP_TRY_ASSIGN(key.suite, crypto::parse_suite_option(options.suite));
  }
  HP_TRY_ASSIGN(key.seed, secret_from_hex(text));
  print_line(std::cerr,
             "WARNING: a secret that lay somewhere in plain may have been copied. Destroy every "
             "plain copy, and rotate the key soon.",
             Fields{}.add("event", "plain-secret"), session.format());
  HP_TRY_ASSIGN(const auto passphrase, session.passphrase("Passphrase of the new key file", true));
  HP_TRY_ASSIGN(const auto file,
                crypto::create_key_file(crypto::KeyPurpose::kParticipant, key, passphrase));
  HP_TRY(crypto::save_key_file(file, path));
  print_key(session, path.stem().string(), file.public_key, path, true);
  return kExitOk;
}

Result<crypto::SecretBytes> new_passphrase(const PassphraseOptions& options) {
  if (!options.new_file.empty()) return crypto::passphrase_from_file(options.new_file);
  if (options.new_descriptor >= 0) {
    return crypto::passphrase_from_descriptor(options.new_descriptor);
  }
  if (!is_terminal(0)) {
    return fail(Errc::kInvalidArgument,
                "a new passphrase is needed and nobody can be asked: use --new-passphrase-file or "
                "--new-passphrase-fd");
  }
  return crypto::passphrase_from_prompt("New passphrase", true);
}

}  // namespace

Result<crypto::SecretBytes> secret_from_hex(const crypto::SecretBytes& text) {
  const ByteView digits = text.view();
  const auto refuse = [] {
    return fail(Errc::kMalformed, "the secret must be an even number of hexadecimal digits");
  };
  if (digits.empty() || digits.size() % 2 != 0) return refuse();
  const auto value = [](std::uint8_t digit) -> int {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
  };
  crypto::SecretBytes secret(digits.size() / 2);
  for (std::size_t i = 0; i < secret.size(); ++i) {
    const int high = value(digits[2 * i]);
    const int low = value(digits[2 * i + 1]);
    if (high < 0 || low < 0) return refuse();
    secret.writable()[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return secret;
}

Result<int> export_key(Session& session, const ExportOptions& options) {
  HP_TRY(session.open());
  if (options.form == ExportForm::kSealed) {
    if (options.out.empty()) {
      return fail(Errc::kInvalidArgument, "say where the sealed key goes: --out FILE");
    }
    HP_TRY_ASSIGN(const auto file, crypto::load_key_file(session.key_path(options.name)));
    HP_TRY(crypto::save_key_file(file, options.out));
    print_key(session, options.name, file.public_key, options.out, true);
    return kExitOk;
  }
  HP_TRY_ASSIGN(const auto key, session.public_key(options.name));
  const std::string text =
      options.form == ExportForm::kPublicPem ? crypto::public_key_pem(key) : key.to_string() + "\n";
  if (options.out.empty()) {
    std::cout << text;
    return kExitOk;
  }
  HP_TRY(ledger::write_new_text_file(options.out, text));
  print_key(session, options.name, key, options.out, false);
  return kExitOk;
}

Result<int> import_key(Session& session, const ImportOptions& options) {
  HP_TRY(session.open());
  if (options.file.empty()) return import_secret(session, options);
  HP_TRY_ASSIGN(const std::string text, ledger::read_text_file(options.file, kImportBytesMax));
  if (text.starts_with("{")) return import_sealed(session, options, text);
  return import_public(session, options, text);
}

Result<int> change_passphrase(Session& session, const PassphraseOptions& options) {
  HP_TRY(session.open());
  const fs::path path = session.key_path(options.name);
  HP_TRY_ASSIGN(const auto file, crypto::load_key_file(path, crypto::KeyPurpose::kParticipant));
  if (options.new_descriptor >= 0 &&
      options.new_descriptor == session.options().passphrase_descriptor) {
    return fail(Errc::kInvalidArgument,
                "the old and the new passphrase cannot both be read from one descriptor");
  }
  HP_TRY_ASSIGN(const auto before, session.passphrase("Passphrase of " + path.string(), false));
  // Known to be right before anybody thinks of a new one.
  if (const auto opened = crypto::signer_from(file, file.purpose, before); !opened) {
    return fail(opened.error(), path.string());
  }
  HP_TRY_ASSIGN(const auto after, new_passphrase(options));
  HP_TRY_ASSIGN(const auto sealed, crypto::reseal_key_file(file, before, after));
  HP_TRY(crypto::replace_key_file(sealed, path));
  print_key(session, path.stem().string(), sealed.public_key, path, true);
  return kExitOk;
}

}  // namespace huangpu::tools
