#include "node/home/home_files.hpp"

#include <system_error>

#include "crypto/pkcs11/open_signer.hpp"
#include "crypto/tls/certificate.hpp"
#include "ledger/store/text_file.hpp"

namespace huangpu::node {

namespace fs = std::filesystem;

Status make_private_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return fail(Errc::kIo, path.string() + ": " + error.message());
  fs::permissions(path, fs::perms::owner_all, error);
  if (error) return fail(Errc::kIo, path.string() + ": " + error.message());
  return {};
}

Status make_tls_files(const TlsFiles& files, const std::string& name,
                      const std::vector<std::string>& hosts, std::uint32_t days) {
  HP_TRY_ASSIGN(const auto material, crypto::make_certificate(name, hosts, days));
  HP_TRY(make_private_folder(files.key.parent_path()));
  HP_TRY(crypto::save_private_pem(files.key, material.key_pem));
  return ledger::write_new_text_file(files.certificate, material.cert_pem);
}

Result<crypto::PublicKey> consensus_public_key(const ConsensusKeySection& section) {
  if (section.kind == KeyKind::kRemote) return crypto::PublicKey::parse(section.remote.public_key);
  HP_TRY_ASSIGN(const crypto::KeyAt key, crypto::look_at_key(section.key));
  if (key.purpose != crypto::KeyPurpose::kConsensus)
    return fail(Errc::kDenied, section.key.string() + ": this is no consensus key");
  const bool token = key.place == crypto::KeyPlace::kToken;
  if (token != (section.kind == KeyKind::kPkcs11)) {
    return fail(Errc::kConfig, section.key.string() +
                                   (token ? " names a key in a token: its kind must be \"pkcs11\""
                                          : " is a key file: its kind must be \"file\""));
  }
  return key.public_key;
}

}  // namespace huangpu::node
