// Sealing, opening, saving and loading; the text form is in key_file_json.cpp.
#include "crypto/keystore/key_file.hpp"

#include <utility>

#include "crypto/base/codec.hpp"
#include "crypto/hash/domain.hpp"
#include "crypto/keystore/key_file_limits.hpp"
#include "crypto/keystore/private_file.hpp"
#include "crypto/keystore/sealing.hpp"
#include "crypto/random/random.hpp"
#include "crypto/random/sodium.hpp"

namespace huangpu::crypto {
namespace {

static_assert(kSaltBytes == crypto_pwhash_SALTBYTES);
static_assert(kMemlimitBytesMin == crypto_pwhash_MEMLIMIT_MIN);

// What is authenticated beside the ciphertext: every other field of the document, in a fixed layout
// (SPEC K-53).
Bytes header_of(const KeyFile& file) {
  Writer writer;
  writer.tag(domain::kKeyFile).u32(kKeyFileVersion).u8(static_cast<std::uint8_t>(file.purpose));
  file.public_key.write(writer);
  writer.u64(file.cost.opslimit).u64(file.cost.memlimit_bytes).blob(file.salt).blob(file.nonce);
  return writer.take();
}

Result<SecretBytes> derive(const KeyFile& file, const SecretBytes& passphrase) {
  require_sodium();
  SecretBytes key(cipher_of(file.public_key.suite()).key_bytes);
  // libsodium wants a valid pointer even for an empty passphrase.
  const ByteView phrase = passphrase.empty() ? as_bytes("") : passphrase.view();
  const int failed = crypto_pwhash(key.writable().data(), key.size(), as_text(phrase).data(),
                                   phrase.size(), file.salt.data(), file.cost.opslimit,
                                   static_cast<std::size_t>(file.cost.memlimit_bytes),
                                   crypto_pwhash_ALG_ARGON2ID13);
  if (failed != 0) {
    return fail(Errc::kExhausted, "not enough memory to derive the key file's key (" +
                                      std::to_string(file.cost.memlimit_bytes >> 20) + " MiB)");
  }
  return key;
}

Status check_purpose(const KeyFile& file, KeyPurpose expected) {
  if (file.purpose == expected) return {};
  return fail(Errc::kDenied, "this is a " + std::string(key_purpose_name(file.purpose)) +
                                 " key; a " + std::string(key_purpose_name(expected)) +
                                 " key is needed here");
}

}  // namespace

std::string_view key_purpose_name(KeyPurpose purpose) noexcept {
  switch (purpose) {
    case KeyPurpose::kConsensus:
      return "consensus";
    case KeyPurpose::kParticipant:
      return "participant";
    case KeyPurpose::kOperator:
      return "operator";
  }
  return "unknown";
}

Result<KeyPurpose> parse_key_purpose(std::string_view name) {
  for (const KeyPurpose purpose :
       {KeyPurpose::kConsensus, KeyPurpose::kParticipant, KeyPurpose::kOperator}) {
    if (name == key_purpose_name(purpose)) return purpose;
  }
  return fail(Errc::kMalformed, "unknown key purpose \"" + std::string(name.substr(0, 32)) + "\"");
}

Result<SecretKey> generate_key(SuiteId suite) { return SecretKey{suite, random_seed(suite)}; }

Result<KeyFile> create_key_file(KeyPurpose purpose, const SecretKey& key,
                                const SecretBytes& passphrase, const KeyFileOptions& options) {
  if (passphrase.empty() && !options.allow_empty_passphrase) {
    return fail(Errc::kInvalidArgument, "the passphrase is empty");
  }
  HP_TRY(check_cost(options.cost));
  HP_TRY_ASSIGN(const auto signer, LocalSigner::from_seed(key.suite, key.seed));

  KeyFile file;
  file.purpose = purpose;
  file.public_key = signer->public_key();
  file.cost = options.cost;
  file.salt = random::bytes(kSaltBytes);
  file.nonce = random::bytes(cipher_of(key.suite).nonce_bytes);

  HP_TRY_ASSIGN(const SecretBytes cipher_key, derive(file, passphrase));
  file.ciphertext = seal(key.suite, cipher_key, file.nonce, header_of(file), key.seed);
  return file;
}

Result<SecretKey> open_key_file(const KeyFile& file, KeyPurpose expected,
                                const SecretBytes& passphrase) {
  HP_TRY(check_purpose(file, expected));
  HP_TRY(check_cost(file.cost));
  if (file.salt.size() != kSaltBytes || file.public_key.empty() ||
      file.nonce.size() != cipher_of(file.public_key.suite()).nonce_bytes ||
      file.ciphertext.size() < kTagBytes || file.ciphertext.size() > kCiphertextBytesMax) {
    return fail(Errc::kMalformed, "key file has a field of a wrong length");
  }

  HP_TRY_ASSIGN(const SecretBytes cipher_key, derive(file, passphrase));
  auto seed = open_sealed(file.public_key.suite(), cipher_key, file.nonce, header_of(file),
                          file.ciphertext);
  if (!seed) {
    return fail(Errc::kUnauthenticated,
                "the passphrase is wrong, or the key file was altered or damaged");
  }
  HP_TRY_ASSIGN(const auto signer, LocalSigner::from_seed(file.public_key.suite(), *seed));
  if (signer->public_key() != file.public_key) {
    return fail(Errc::kCorrupt, "key file holds another key than its public key says");
  }
  return SecretKey{file.public_key.suite(), std::move(*seed)};
}

Result<std::unique_ptr<LocalSigner>> signer_from(const KeyFile& file, KeyPurpose expected,
                                                 const SecretBytes& passphrase) {
  HP_TRY_ASSIGN(const SecretKey key, open_key_file(file, expected, passphrase));
  return LocalSigner::from_seed(key.suite, key.seed);
}

Result<KeyFile> reseal_key_file(const KeyFile& file, const SecretBytes& before,
                                const SecretBytes& after, const KeyFileOptions& options) {
  HP_TRY_ASSIGN(const SecretKey key, open_key_file(file, file.purpose, before));
  return create_key_file(file.purpose, key, after, options);
}

Status replace_key_file(const KeyFile& file, const std::filesystem::path& path) {
  return write_private_file(path, as_bytes(format_key_file(file)), IfExists::kReplace);
}

Status save_key_file(const KeyFile& file, const std::filesystem::path& path) {
  return write_private_file(path, as_bytes(format_key_file(file)), IfExists::kRefuse);
}

Result<KeyFile> load_key_file(const std::filesystem::path& path) {
  HP_TRY_ASSIGN(const SecretBytes content, read_private_file(path, kKeyFileBytesMax));
  auto file = parse_key_file(as_text(content.view()));
  if (!file) return fail(std::move(file).error(), path.string());
  return file;
}

Result<KeyFile> load_key_file(const std::filesystem::path& path, KeyPurpose expected) {
  HP_TRY_ASSIGN(KeyFile file, load_key_file(path));
  if (auto status = check_purpose(file, expected); !status) {
    return fail(std::move(status).error(), path.string());
  }
  return file;
}

}  // namespace huangpu::crypto
