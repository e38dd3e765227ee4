// The standard's C interface with this folder's handles on it; included by sources of crypto/pkcs11
// only.
#pragma once

#include <p11-kit/pkcs11.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"
#include "crypto/keystore/secret.hpp"

namespace huangpu::crypto::pkcs11 {

// A loaded and initialised module. One per path and process, because the standard lets a process
// initialise a module once; finalised with its last user. Thread safe (CKF_OS_LOCKING_OK).
class Module {
 public:
  // kNotFound when there is no such file, kConfig when it is no PKCS#11 module.
  [[nodiscard]] static Result<std::shared_ptr<Module>> load(const std::filesystem::path& path);
  ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  [[nodiscard]] CK_FUNCTION_LIST& call() const { return *functions_; }
  [[nodiscard]] Status initialize() const;
  // For modules that see tokens only when they are initialised. Every session of the process with
  // this module is lost; their owners open them anew.
  [[nodiscard]] Status initialize_again() const;

 private:
  explicit Module(CK_FUNCTION_LIST* functions) : functions_(functions) {}
  CK_FUNCTION_LIST* functions_;
};

// "CKR_PIN_INCORRECT (0xa0)".
[[nodiscard]] std::string rv_text(CK_RV rv);
// "ck_sign: CKR_DEVICE_REMOVED (0x32)" as the error that callers see (SPEC K-84).
[[nodiscard]] Error rv_error(std::string_view call, CK_RV rv);
// The session, the login or the token is gone; opening anew may help.
[[nodiscard]] bool is_lost(CK_RV rv);

// Blank-padded text fields of the standard.
[[nodiscard]] std::string padded_text(const unsigned char* text, std::size_t size);

// The slot with a token of this label, and of this serial number unless that is empty.
// kUnavailable when it is not there; kConflict when two match.
[[nodiscard]] Result<CK_SLOT_ID> find_token(const Module& module, const std::string& label,
                                            const std::string& serial);

// A session with one token; closed on destruction.
class Session {
 public:
  enum class Access { kReadOnly, kReadWrite };
  [[nodiscard]] static Result<std::unique_ptr<Session>> open(std::shared_ptr<Module> module,
                                                             CK_SLOT_ID slot, Access access);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // kUnauthenticated for a wrong PIN; refused without a try when the next wrong one would lock the
  // token (SPEC K-85).
  [[nodiscard]] Status login(const SecretBytes& pin);

  [[nodiscard]] Result<std::vector<CK_OBJECT_HANDLE>> find(
      const std::vector<CK_ATTRIBUTE>& pattern) const;
  // Nothing when the object lacks the attribute or does not show it.
  [[nodiscard]] std::optional<Bytes> attribute(CK_OBJECT_HANDLE object,
                                               CK_ATTRIBUTE_TYPE type) const;
  [[nodiscard]] CK_FUNCTION_LIST& call() const { return module_->call(); }
  [[nodiscard]] CK_SESSION_HANDLE handle() const { return handle_; }
  [[nodiscard]] CK_SLOT_ID slot() const { return slot_; }

 private:
  Session(std::shared_ptr<Module> module, CK_SLOT_ID slot, CK_SESSION_HANDLE handle)
      : module_(std::move(module)), slot_(slot), handle_(handle) {}
  std::shared_ptr<Module> module_;
  CK_SLOT_ID slot_;
  CK_SESSION_HANDLE handle_;
};

// The 32 bytes of an Ed25519 public key in CKA_EC_POINT: raw, or inside an OCTET STRING as the
// standard wants.
[[nodiscard]] Result<Bytes> ed25519_point(const Bytes& attribute);

}  // namespace huangpu::crypto::pkcs11
