#include "crypto/pkcs11/token_signer.hpp"

#include <array>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "crypto/pkcs11/cryptoki.hpp"
#include "crypto/random/random.hpp"
#include "crypto/sign/verifier.hpp"

namespace huangpu::crypto {
namespace {

using pkcs11::Module;
using pkcs11::Session;

constexpr std::size_t kSignatureBytes = 64;
// DER of the object identifier 1.3.101.112, id-Ed25519 (RFC 8410).
constexpr std::array<std::uint8_t, 5> kEd25519Oid = {0x06, 0x03, 0x2b, 0x65, 0x70};

template <class T>
CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, T& value) {
  return {type, &value, sizeof(value)};
}
// The standard's templates are not const; nothing writes to what these point to.
CK_ATTRIBUTE bytes_attribute(CK_ATTRIBUTE_TYPE type, ByteView bytes) {
  return {type, const_cast<std::uint8_t*>(bytes.data()), static_cast<CK_ULONG>(bytes.size())};
}

std::vector<CK_ATTRIBUTE> pattern_of(const TokenKey& key, CK_OBJECT_CLASS& kind) {
  std::vector<CK_ATTRIBUTE> pattern{attribute(CKA_CLASS, kind),
                                    bytes_attribute(CKA_LABEL, as_bytes(key.key))};
  if (!key.id.empty()) pattern.push_back(bytes_attribute(CKA_ID, key.id));
  return pattern;
}

Result<CK_OBJECT_HANDLE> find_one(const Session& session, const TokenKey& key,
                                  CK_OBJECT_CLASS kind) {
  HP_TRY_ASSIGN(const auto found, session.find(pattern_of(key, kind)));
  const std::string what = "key \"" + key.key + "\" in token \"" + key.token + "\"";
  if (found.empty()) return fail(Errc::kNotFound, "there is no " + what);
  if (found.size() > 1)
    return fail(Errc::kConflict, "there is more than one " + what + ": name its id as well");
  return found.front();
}

Result<PublicKey> public_key_of(const Session& session, const TokenKey& key) {
  HP_TRY_ASSIGN(const CK_OBJECT_HANDLE object, find_one(session, key, CKO_PUBLIC_KEY));
  const auto point = session.attribute(object, CKA_EC_POINT);
  if (!point) return fail(Errc::kNotFound, "the token does not show its public key");
  HP_TRY_ASSIGN(const Bytes raw, pkcs11::ed25519_point(*point));
  return PublicKey::from_raw(SuiteId::kEd25519Sha256, raw);
}

class TokenSigner final : public Signer {
 public:
  TokenSigner(TokenKey key, SecretBytes pin) : key_(std::move(key)), pin_(std::move(pin)) {}

  const PublicKey& public_key() const override { return key_.public_key; }

  Result<Signature> sign(ByteView message) override {
    const std::lock_guard lock(mutex_);
    if (session_ == nullptr) HP_TRY(open());
    std::array<std::uint8_t, kSignatureBytes> raw{};
    CK_RV rv = sign_raw(message, raw);
    if (pkcs11::is_lost(rv)) {  // SPEC K-84: once anew, with a new login
      session_.reset();
      if (rv == CKR_CRYPTOKI_NOT_INITIALIZED) HP_TRY(module_->initialize());
      HP_TRY(open());
      rv = sign_raw(message, raw);
    }
    if (rv != CKR_OK) {
      session_.reset();
      return tl::unexpected<Error>(pkcs11::rv_error("C_Sign", rv));
    }
    HP_TRY_ASSIGN(Signature signature, Signature::from_raw(SuiteId::kEd25519Sha256, raw));
    // SPEC K-86: a token that computes wrongly must not speak in this key's name.
    if (!verify(key_.public_key, message, signature))
      return fail(Errc::kInternal, "the token made a signature that does not verify");
    return signature;
  }

  Status open() {
    if (pin_refused_) {
      return fail(Errc::kUnauthenticated,
                  "the token refused the PIN; it is not sent a second time (SPEC K-85)");
    }
    if (module_ == nullptr) {
      HP_TRY_ASSIGN(module_, Module::load(key_.module));
    }
    auto slot = pkcs11::find_token(*module_, key_.token, key_.serial);
    if (!slot && slot.error().code == Errc::kUnavailable) {
      HP_TRY(module_->initialize_again());
      slot = pkcs11::find_token(*module_, key_.token, key_.serial);
    }
    if (!slot) return tl::unexpected<Error>(slot.error());
    HP_TRY_ASSIGN(auto session, Session::open(module_, *slot, Session::Access::kReadOnly));
    if (Status in = session->login(pin_); !in) {
      pin_refused_ = in.error().code == Errc::kUnauthenticated;
      return in;
    }
    HP_TRY_ASSIGN(const PublicKey shown, public_key_of(*session, key_));
    if (shown != key_.public_key) {
      return fail(Errc::kConflict, "key \"" + key_.key + "\" in token \"" + key_.token +
                                       "\" is another key than its file says");
    }
    HP_TRY_ASSIGN(private_key_, find_one(*session, key_, CKO_PRIVATE_KEY));
    session_ = std::move(session);
    return {};
  }

 private:
  CK_RV sign_raw(ByteView message, std::array<std::uint8_t, kSignatureBytes>& raw) {
    CK_MECHANISM mechanism{CKM_EDDSA, nullptr, 0};
    CK_FUNCTION_LIST& call = session_->call();
    const CK_RV begun = call.C_SignInit(session_->handle(), &mechanism, private_key_);
    if (begun != CKR_OK) return begun;
    CK_ULONG size = raw.size();
    const CK_RV rv = call.C_Sign(session_->handle(), const_cast<std::uint8_t*>(message.data()),
                                 static_cast<CK_ULONG>(message.size()), raw.data(), &size);
    return rv == CKR_OK && size != raw.size() ? CKR_FUNCTION_FAILED : rv;
  }

  std::mutex mutex_;
  const TokenKey key_;
  const SecretBytes pin_;
  bool pin_refused_ = false;
  std::shared_ptr<Module> module_;
  std::unique_ptr<Session> session_;
  CK_OBJECT_HANDLE private_key_ = 0;
};

Status require_ed25519(const PublicKey& key) {
  if (key.suite() == SuiteId::kEd25519Sha256) return {};
  return fail(Errc::kUnsupportedVersion, "a token key of suite " +
                                             std::string(suite_name(key.suite())) +
                                             ": this build signs with Ed25519 keys in tokens only");
}

}  // namespace

Result<std::unique_ptr<Signer>> open_token_signer(const TokenKey& key, const SecretBytes& pin) {
  HP_TRY(require_ed25519(key.public_key));
  auto signer = std::make_unique<TokenSigner>(key, pin.clone());
  HP_TRY(signer->open());
  return signer;
}

Result<TokenKey> generate_on_token(TokenKey where, const SecretBytes& pin) {
  HP_TRY_ASSIGN(const auto module, Module::load(where.module));
  HP_TRY_ASSIGN(const CK_SLOT_ID slot, pkcs11::find_token(*module, where.token, where.serial));
  HP_TRY_ASSIGN(const auto session, Session::open(module, slot, Session::Access::kReadWrite));
  HP_TRY(session->login(pin));
  CK_OBJECT_CLASS private_class = CKO_PRIVATE_KEY;
  HP_TRY_ASSIGN(const auto existing, session->find(pattern_of(where, private_class)));
  if (!existing.empty()) {
    return fail(Errc::kAlreadyExists, "key \"" + where.key + "\" is already in token \"" +
                                          where.token + "\"; keys are never overwritten");
  }
  if (where.id.empty()) where.id = random::bytes(16);

  CK_BBOOL yes = CK_TRUE;
  CK_BBOOL no = CK_FALSE;
  CK_KEY_TYPE type = CKK_EC_EDWARDS;
  std::vector<CK_ATTRIBUTE> public_template{attribute(CKA_TOKEN, yes),
                                            attribute(CKA_VERIFY, yes),
                                            attribute(CKA_KEY_TYPE, type),
                                            bytes_attribute(CKA_EC_PARAMS, ByteView(kEd25519Oid)),
                                            bytes_attribute(CKA_LABEL, as_bytes(where.key)),
                                            bytes_attribute(CKA_ID, where.id)};
  std::vector<CK_ATTRIBUTE> private_template{attribute(CKA_TOKEN, yes),
                                             attribute(CKA_PRIVATE, yes),
                                             attribute(CKA_SENSITIVE, yes),
                                             attribute(CKA_EXTRACTABLE, no),
                                             attribute(CKA_SIGN, yes),
                                             attribute(CKA_KEY_TYPE, type),
                                             bytes_attribute(CKA_LABEL, as_bytes(where.key)),
                                             bytes_attribute(CKA_ID, where.id)};
  CK_MECHANISM mechanism{CKM_EC_EDWARDS_KEY_PAIR_GEN, nullptr, 0};
  CK_OBJECT_HANDLE public_key = 0;
  CK_OBJECT_HANDLE private_key = 0;
  const CK_RV rv = session->call().C_GenerateKeyPair(
      session->handle(), &mechanism, public_template.data(),
      static_cast<CK_ULONG>(public_template.size()), private_template.data(),
      static_cast<CK_ULONG>(private_template.size()), &public_key, &private_key);
  if (rv != CKR_OK) return tl::unexpected<Error>(pkcs11::rv_error("C_GenerateKeyPair", rv));
  HP_TRY_ASSIGN(where.public_key, public_key_of(*session, where));
  return where;
}

}  // namespace huangpu::crypto
