#include "crypto/pkcs11/probe.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "crypto/hash/domain.hpp"
#include "crypto/pkcs11/cryptoki.hpp"
#include "crypto/random/random.hpp"

namespace huangpu::crypto {
namespace {

using pkcs11::Module;
using pkcs11::Session;

struct Name {
  CK_MECHANISM_TYPE type;
  const char* text;
};
constexpr std::array<Name, 12> kMechanisms = {{
    {CKM_EC_EDWARDS_KEY_PAIR_GEN, "CKM_EC_EDWARDS_KEY_PAIR_GEN"},
    {CKM_EDDSA, "CKM_EDDSA"},
    {CKM_EC_KEY_PAIR_GEN, "CKM_EC_KEY_PAIR_GEN"},
    {CKM_ECDSA, "CKM_ECDSA"},
    {CKM_ECDSA_SHA256, "CKM_ECDSA_SHA256"},
    {CKM_RSA_PKCS, "CKM_RSA_PKCS"},
    {CKM_RSA_PKCS_PSS, "CKM_RSA_PKCS_PSS"},
    {CKM_SHA256, "CKM_SHA256"},
    {CKM_AES_GCM, "CKM_AES_GCM"},
    {CKM_AES_CBC, "CKM_AES_CBC"},
    {CKM_RSA_PKCS_KEY_PAIR_GEN, "CKM_RSA_PKCS_KEY_PAIR_GEN"},
    {CKM_ECDH1_DERIVE, "CKM_ECDH1_DERIVE"},
}};

std::string mechanism_name(CK_MECHANISM_TYPE type) {
  for (const Name& name : kMechanisms) {
    if (name.type == type) return name.text;
  }
  char number[32];
  std::snprintf(number, sizeof(number), "0x%lx", static_cast<unsigned long>(type));
  return number;
}

std::vector<ProbedMechanism> mechanisms_of(const Module& module, CK_SLOT_ID slot) {
  CK_ULONG count = 0;
  if (module.call().C_GetMechanismList(slot, nullptr, &count) != CKR_OK) return {};
  constexpr CK_ULONG kMechanismsMax = 4'096;
  std::vector<CK_MECHANISM_TYPE> types(std::min(count, kMechanismsMax));
  count = static_cast<CK_ULONG>(types.size());
  if (module.call().C_GetMechanismList(slot, types.data(), &count) != CKR_OK) return {};
  types.resize(std::min<std::size_t>(types.size(), count));
  std::vector<ProbedMechanism> out;
  for (const CK_MECHANISM_TYPE type : types) {
    CK_MECHANISM_INFO info{};
    if (module.call().C_GetMechanismInfo(slot, type, &info) != CKR_OK) continue;
    out.push_back({mechanism_name(type), (info.flags & CKF_SIGN) != 0,
                   (info.flags & (CKF_GENERATE | CKF_GENERATE_KEY_PAIR)) != 0,
                   (info.flags & CKF_HW) != 0});
  }
  return out;
}

std::optional<CK_ULONG> number_of(const Session& session, CK_OBJECT_HANDLE object,
                                  CK_ATTRIBUTE_TYPE type) {
  const auto bytes = session.attribute(object, type);
  if (!bytes || bytes->size() != sizeof(CK_ULONG)) return std::nullopt;
  CK_ULONG value = 0;
  std::copy(bytes->begin(), bytes->end(), reinterpret_cast<std::uint8_t*>(&value));
  return value;
}

std::string type_name(CK_ULONG type) {
  switch (type) {
    case CKK_EC_EDWARDS:
      return "Ed25519";
    case CKK_EC:
      return "EC";
    case CKK_RSA:
      return "RSA";
    case CKK_AES:
      return "AES";
    default:
      return "other";
  }
}

ProbedObject object_of(const Session& session, CK_OBJECT_HANDLE handle) {
  ProbedObject object;
  switch (number_of(session, handle, CKA_CLASS).value_or(CKO_VENDOR_DEFINED)) {
    case CKO_PRIVATE_KEY:
      object.kind = "private key";
      break;
    case CKO_PUBLIC_KEY:
      object.kind = "public key";
      break;
    case CKO_CERTIFICATE:
      object.kind = "certificate";
      break;
    case CKO_SECRET_KEY:
      object.kind = "secret key";
      break;
    default:
      object.kind = "other";
  }
  if (object.kind.ends_with("key"))
    object.type = type_name(number_of(session, handle, CKA_KEY_TYPE).value_or(CKK_VENDOR_DEFINED));
  if (const auto label = session.attribute(handle, CKA_LABEL)) object.label = as_text(*label);
  if (const auto id = session.attribute(handle, CKA_ID)) object.id = to_hex(*id);
  return object;
}

}  // namespace

Result<std::vector<ProbedToken>> probe_tokens(const std::filesystem::path& path,
                                              const std::string& token, const SecretBytes* pin) {
  HP_TRY_ASSIGN(const auto module, Module::load(path));
  CK_ULONG count = 0;
  constexpr CK_ULONG kSlotsMax = 4'096;
  if (const CK_RV rv = module->call().C_GetSlotList(CK_TRUE, nullptr, &count); rv != CKR_OK)
    return tl::unexpected<Error>(pkcs11::rv_error("C_GetSlotList", rv));
  std::vector<CK_SLOT_ID> slots(std::min(count, kSlotsMax));
  count = static_cast<CK_ULONG>(slots.size());
  if (const CK_RV rv = module->call().C_GetSlotList(CK_TRUE, slots.data(), &count); rv != CKR_OK)
    return tl::unexpected<Error>(pkcs11::rv_error("C_GetSlotList", rv));
  slots.resize(std::min<std::size_t>(slots.size(), count));

  std::vector<ProbedToken> tokens;
  for (const CK_SLOT_ID slot : slots) {
    CK_TOKEN_INFO info{};
    if (module->call().C_GetTokenInfo(slot, &info) != CKR_OK ||
        (info.flags & CKF_TOKEN_INITIALIZED) == 0) {
      continue;
    }
    ProbedToken found;
    found.label = pkcs11::padded_text(info.label, sizeof(info.label));
    found.serial = pkcs11::padded_text(info.serialNumber, sizeof(info.serialNumber));
    found.manufacturer = pkcs11::padded_text(info.manufacturerID, sizeof(info.manufacturerID));
    found.model = pkcs11::padded_text(info.model, sizeof(info.model));
    found.login_required = (info.flags & CKF_LOGIN_REQUIRED) != 0;
    found.pin_nearly_locked = (info.flags & (CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED)) != 0;
    if (!token.empty() && found.label != token) continue;
    found.mechanisms = mechanisms_of(*module, slot);
    HP_TRY_ASSIGN(const auto session, Session::open(module, slot, Session::Access::kReadOnly));
    if (pin != nullptr && found.label == token) HP_TRY(session->login(*pin));
    HP_TRY_ASSIGN(const auto objects, session->find({}));
    for (const CK_OBJECT_HANDLE object : objects)
      found.objects.push_back(object_of(*session, object));
    tokens.push_back(std::move(found));
  }
  if (!token.empty() && tokens.empty())
    return fail(Errc::kNotFound, "there is no token called \"" + token + "\"");
  return tokens;
}

Result<SignSpeed> measure_signer(Signer& signer, std::chrono::milliseconds duration) {
  using Clock = std::chrono::steady_clock;
  constexpr std::size_t kVoteBytes = 84;
  constexpr std::size_t kSamplesMax = 1 << 20;
  std::vector<std::chrono::nanoseconds> samples;
  const Clock::time_point begin = Clock::now();
  while (samples.empty() || (Clock::now() - begin < duration && samples.size() < kSamplesMax)) {
    Bytes message(domain::kKeyProbe.begin(), domain::kKeyProbe.end());
    const Bytes rest = random::bytes(kVoteBytes - message.size());
    message.insert(message.end(), rest.begin(), rest.end());
    const Clock::time_point before = Clock::now();
    HP_TRY(signer.sign(message));
    samples.push_back(Clock::now() - before);
  }
  SignSpeed speed;
  speed.signatures = samples.size();
  speed.elapsed = Clock::now() - begin;
  std::sort(samples.begin(), samples.end());
  speed.median = samples[samples.size() / 2];
  speed.slowest = samples.back();
  return speed;
}

}  // namespace huangpu::crypto
