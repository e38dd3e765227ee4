#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <mutex>
#include <utility>

#include "crypto/pkcs11/cryptoki.hpp"

namespace huangpu::crypto::pkcs11 {
namespace {

struct Name {
  CK_RV rv;
  const char* text;
};
constexpr std::array<Name, 25> kNames = {{
    {CKR_HOST_MEMORY, "CKR_HOST_MEMORY"},
    {CKR_GENERAL_ERROR, "CKR_GENERAL_ERROR"},
    {CKR_FUNCTION_FAILED, "CKR_FUNCTION_FAILED"},
    {CKR_ARGUMENTS_BAD, "CKR_ARGUMENTS_BAD"},
    {CKR_DEVICE_ERROR, "CKR_DEVICE_ERROR"},
    {CKR_DEVICE_MEMORY, "CKR_DEVICE_MEMORY"},
    {CKR_DEVICE_REMOVED, "CKR_DEVICE_REMOVED"},
    {CKR_KEY_HANDLE_INVALID, "CKR_KEY_HANDLE_INVALID"},
    {CKR_KEY_TYPE_INCONSISTENT, "CKR_KEY_TYPE_INCONSISTENT"},
    {CKR_KEY_FUNCTION_NOT_PERMITTED, "CKR_KEY_FUNCTION_NOT_PERMITTED"},
    {CKR_MECHANISM_INVALID, "CKR_MECHANISM_INVALID"},
    {CKR_MECHANISM_PARAM_INVALID, "CKR_MECHANISM_PARAM_INVALID"},
    {CKR_OBJECT_HANDLE_INVALID, "CKR_OBJECT_HANDLE_INVALID"},
    {CKR_OPERATION_ACTIVE, "CKR_OPERATION_ACTIVE"},
    {CKR_PIN_INCORRECT, "CKR_PIN_INCORRECT"},
    {CKR_PIN_EXPIRED, "CKR_PIN_EXPIRED"},
    {CKR_PIN_LOCKED, "CKR_PIN_LOCKED"},
    {CKR_SESSION_CLOSED, "CKR_SESSION_CLOSED"},
    {CKR_SESSION_COUNT, "CKR_SESSION_COUNT"},
    {CKR_SESSION_HANDLE_INVALID, "CKR_SESSION_HANDLE_INVALID"},
    {CKR_TOKEN_NOT_PRESENT, "CKR_TOKEN_NOT_PRESENT"},
    {CKR_TOKEN_NOT_RECOGNIZED, "CKR_TOKEN_NOT_RECOGNIZED"},
    {CKR_USER_NOT_LOGGED_IN, "CKR_USER_NOT_LOGGED_IN"},
    {CKR_CRYPTOKI_NOT_INITIALIZED, "CKR_CRYPTOKI_NOT_INITIALIZED"},
    {CKR_SLOT_ID_INVALID, "CKR_SLOT_ID_INVALID"},
}};

Errc code_of(CK_RV rv) {
  switch (rv) {
    case CKR_PIN_INCORRECT:
    case CKR_PIN_LOCKED:
    case CKR_PIN_EXPIRED:
      return Errc::kUnauthenticated;
    case CKR_KEY_FUNCTION_NOT_PERMITTED:
      return Errc::kDenied;
    case CKR_MECHANISM_INVALID:
    case CKR_KEY_TYPE_INCONSISTENT:
      return Errc::kUnsupportedVersion;
    default:
      return Errc::kUnavailable;
  }
}

}  // namespace

std::string rv_text(CK_RV rv) {
  const auto known =
      std::find_if(kNames.begin(), kNames.end(), [rv](const Name& name) { return name.rv == rv; });
  char number[32];
  std::snprintf(number, sizeof(number), "0x%lx", static_cast<unsigned long>(rv));
  return known == kNames.end() ? number : std::string(known->text) + " (" + number + ")";
}

Error rv_error(std::string_view call, CK_RV rv) {
  return {code_of(rv), "token: " + std::string(call) + " answers " + rv_text(rv)};
}

bool is_lost(CK_RV rv) {
  constexpr std::array<CK_RV, 12> kLost = {CKR_SESSION_HANDLE_INVALID,
                                           CKR_SESSION_CLOSED,
                                           CKR_DEVICE_REMOVED,
                                           CKR_DEVICE_ERROR,
                                           CKR_TOKEN_NOT_PRESENT,
                                           CKR_USER_NOT_LOGGED_IN,
                                           CKR_KEY_HANDLE_INVALID,
                                           CKR_OBJECT_HANDLE_INVALID,
                                           CKR_CRYPTOKI_NOT_INITIALIZED,
                                           CKR_OPERATION_ACTIVE,
                                           CKR_OPERATION_NOT_INITIALIZED,
                                           CKR_GENERAL_ERROR};
  return std::find(kLost.begin(), kLost.end(), rv) != kLost.end();
}

std::string padded_text(const unsigned char* text, std::size_t size) {
  while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == 0)) --size;
  return {reinterpret_cast<const char*>(text), size};
}

Result<std::shared_ptr<Module>> Module::load(const std::filesystem::path& path) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<Module>> loaded;
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  if (error)
    return fail(Errc::kNotFound, "PKCS#11 module " + path.string() + ": " + error.message());

  const std::lock_guard lock(mutex);
  if (auto known = loaded[real.string()].lock()) return known;
  // Never unloaded: several modules leave handlers behind that run when the process ends.
  void* const library = dlopen(real.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    const char* const why = dlerror();
    return fail(Errc::kConfig,
                "PKCS#11 module " + real.string() + ": " + (why ? why : "no reason"));
  }
  const auto entry = reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"));
  CK_FUNCTION_LIST* functions = nullptr;
  if (entry == nullptr || entry(&functions) != CKR_OK || functions == nullptr)
    return fail(Errc::kConfig, real.string() + " is no PKCS#11 module");
  std::shared_ptr<Module> module(new Module(functions));
  HP_TRY(module->initialize());
  loaded[real.string()] = module;
  return module;
}

Status Module::initialize() const {
  CK_C_INITIALIZE_ARGS arguments{};
  arguments.flags = CKF_OS_LOCKING_OK;
  const CK_RV rv = functions_->C_Initialize(&arguments);
  if (rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED)
    return tl::unexpected<Error>(rv_error("C_Initialize", rv));
  return {};
}

Status Module::initialize_again() const {
  functions_->C_Finalize(nullptr);
  return initialize();
}

Module::~Module() { functions_->C_Finalize(nullptr); }

Result<CK_SLOT_ID> find_token(const Module& module, const std::string& label,
                              const std::string& serial) {
  CK_ULONG count = 0;
  if (const CK_RV rv = module.call().C_GetSlotList(CK_TRUE, nullptr, &count); rv != CKR_OK)
    return tl::unexpected<Error>(rv_error("C_GetSlotList", rv));
  constexpr CK_ULONG kSlotsMax = 4'096;
  std::vector<CK_SLOT_ID> slots(std::min(count, kSlotsMax));
  count = static_cast<CK_ULONG>(slots.size());
  if (const CK_RV rv = module.call().C_GetSlotList(CK_TRUE, slots.data(), &count); rv != CKR_OK)
    return tl::unexpected<Error>(rv_error("C_GetSlotList", rv));
  slots.resize(std::min<std::size_t>(slots.size(), count));

  std::optional<CK_SLOT_ID> found;
  for (const CK_SLOT_ID slot : slots) {
    CK_TOKEN_INFO info{};
    if (module.call().C_GetTokenInfo(slot, &info) != CKR_OK) continue;
    if (padded_text(info.label, sizeof(info.label)) != label) continue;
    if (!serial.empty() && padded_text(info.serialNumber, sizeof(info.serialNumber)) != serial)
      continue;
    if (found) {
      return fail(Errc::kConflict,
                  "two tokens are called \"" + label + "\": name the serial number as well");
    }
    found = slot;
  }
  if (!found) return fail(Errc::kUnavailable, "there is no token called \"" + label + "\"");
  return *found;
}

Result<std::unique_ptr<Session>> Session::open(std::shared_ptr<Module> module, CK_SLOT_ID slot,
                                               Access access) {
  CK_SESSION_HANDLE handle = 0;
  CK_FLAGS flags = CKF_SERIAL_SESSION;
  if (access == Access::kReadWrite) flags |= CKF_RW_SESSION;
  const CK_RV rv = module->call().C_OpenSession(slot, flags, nullptr, nullptr, &handle);
  if (rv != CKR_OK) return tl::unexpected<Error>(rv_error("C_OpenSession", rv));
  return std::unique_ptr<Session>(new Session(std::move(module), slot, handle));
}

Session::~Session() { module_->call().C_CloseSession(handle_); }

Status Session::login(const SecretBytes& pin) {
  CK_TOKEN_INFO info{};
  if (const CK_RV rv = call().C_GetTokenInfo(slot_, &info); rv != CKR_OK)
    return tl::unexpected<Error>(rv_error("C_GetTokenInfo", rv));
  if ((info.flags & CKF_LOGIN_REQUIRED) == 0) return {};
  if ((info.flags & CKF_USER_PIN_LOCKED) != 0)
    return fail(Errc::kUnauthenticated, "the token's PIN is locked");
  if ((info.flags & CKF_USER_PIN_FINAL_TRY) != 0) {
    return fail(Errc::kUnauthenticated,
                "the token's next wrong PIN locks it: this program does not take the last try; "
                "log in once with the vendor's tool");
  }
  // The standard's PIN is not const; a copy keeps the secret where secrets live.
  SecretBytes copy = pin.clone();
  const CK_RV rv =
      call().C_Login(handle_, CKU_USER, copy.writable().data(), static_cast<CK_ULONG>(copy.size()));
  if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN) return {};
  return tl::unexpected<Error>(rv_error("C_Login", rv));
}

Result<std::vector<CK_OBJECT_HANDLE>> Session::find(
    const std::vector<CK_ATTRIBUTE>& pattern) const {
  std::vector<CK_ATTRIBUTE> copy = pattern;
  CK_RV rv = call().C_FindObjectsInit(handle_, copy.data(), static_cast<CK_ULONG>(copy.size()));
  if (rv != CKR_OK) return tl::unexpected<Error>(rv_error("C_FindObjectsInit", rv));
  constexpr CK_ULONG kObjectsMax = 4'096;
  std::vector<CK_OBJECT_HANDLE> objects(kObjectsMax);
  CK_ULONG count = 0;
  rv = call().C_FindObjects(handle_, objects.data(), kObjectsMax, &count);
  call().C_FindObjectsFinal(handle_);
  if (rv != CKR_OK) return tl::unexpected<Error>(rv_error("C_FindObjects", rv));
  objects.resize(std::min(count, kObjectsMax));
  return objects;
}

std::optional<Bytes> Session::attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) const {
  constexpr CK_ULONG kAttributeBytesMax = 64 * 1024;
  CK_ATTRIBUTE attribute{type, nullptr, 0};
  if (call().C_GetAttributeValue(handle_, object, &attribute, 1) != CKR_OK ||
      attribute.ulValueLen > kAttributeBytesMax) {
    return std::nullopt;
  }
  Bytes value(attribute.ulValueLen);
  attribute.pValue = value.data();
  if (call().C_GetAttributeValue(handle_, object, &attribute, 1) != CKR_OK) return std::nullopt;
  value.resize(std::min<std::size_t>(value.size(), attribute.ulValueLen));
  return value;
}

Result<Bytes> ed25519_point(const Bytes& attribute) {
  constexpr std::size_t kPointBytes = 32;
  if (attribute.size() == kPointBytes) return attribute;
  if (attribute.size() == kPointBytes + 2 && attribute[0] == 0x04 && attribute[1] == kPointBytes)
    return Bytes(attribute.begin() + 2, attribute.end());
  return fail(Errc::kMalformed, "the token's public key is not an Ed25519 point");
}

}  // namespace huangpu::crypto::pkcs11
