#include "tools/admin/keys.hpp"

#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "crypto/keystore/passphrase.hpp"
#include "crypto/pkcs11/open_signer.hpp"
#include "crypto/pkcs11/probe.hpp"
#include "crypto/pkcs11/token_key.hpp"
#include "crypto/pkcs11/token_signer.hpp"
#include "crypto/tls/certificate.hpp"
#include "ledger/store/text_file.hpp"

namespace huangpu::tools {
namespace {

using nlohmann::ordered_json;

Result<crypto::SecretBytes> secret(const std::filesystem::path& file, int descriptor,
                                   const std::string& what) {
  if (!file.empty()) return crypto::passphrase_from_file(file);
  if (descriptor >= 0) return crypto::passphrase_from_descriptor(descriptor);
  return crypto::passphrase_from_prompt(what, /*confirm=*/false);
}

double micros(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1e3; }

ordered_json document(const crypto::ProbedToken& token) {
  ordered_json out = {{"token", token.label},
                      {"serial", token.serial},
                      {"manufacturer", token.manufacturer},
                      {"model", token.model},
                      {"login_required", token.login_required},
                      {"pin_nearly_locked", token.pin_nearly_locked}};
  out["mechanisms"] = ordered_json::array();
  for (const auto& mechanism : token.mechanisms) {
    out["mechanisms"].push_back({{"name", mechanism.name},
                                 {"signs", mechanism.signs},
                                 {"generates", mechanism.generates},
                                 {"in_hardware", mechanism.in_hardware}});
  }
  out["objects"] = ordered_json::array();
  for (const auto& object : token.objects) {
    out["objects"].push_back(
        {{"kind", object.kind}, {"type", object.type}, {"label", object.label}, {"id", object.id}});
  }
  return out;
}

// Whether a validator could keep its key there.
bool signs_ed25519(const crypto::ProbedToken& token) {
  for (const auto& mechanism : token.mechanisms) {
    if (mechanism.name == "CKM_EDDSA" && mechanism.signs) return true;
  }
  return false;
}

void print(const crypto::ProbedToken& token) {
  std::cout << "token         " << token.label << "  (" << token.manufacturer << " " << token.model
            << ", serial " << token.serial << ")\n"
            << "Ed25519       "
            << (signs_ed25519(token) ? "signs: usable for consensus and participant keys of suite 1"
                                     : "no CKM_EDDSA: not usable for keys of suite 1")
            << "\nSM2           not tried: no mechanism of the standard, no vendor's is driven\n";
  if (token.pin_nearly_locked) std::cout << "PIN           one more wrong one locks the token\n";
  std::cout << "mechanisms    " << token.mechanisms.size() << ", that sign:";
  for (const auto& mechanism : token.mechanisms) {
    if (mechanism.signs)
      std::cout << " " << mechanism.name << (mechanism.in_hardware ? "(hw)" : "");
  }
  std::cout << "\n";
  for (const auto& object : token.objects) {
    std::cout << "object        " << object.kind << " " << object.type << " \"" << object.label
              << "\" id " << (object.id.empty() ? "-" : object.id) << "\n";
  }
}

Result<crypto::SignSpeed> time_key(const ProbePlan& plan) {
  HP_TRY_ASSIGN(const crypto::KeyAt at, crypto::look_at_key(plan.key));
  HP_TRY_ASSIGN(const auto signer,
                crypto::open_signer(plan.key, at.purpose, [&plan](const std::string& what) {
                  return secret(plan.pin_file, plan.pin_descriptor, what);
                }));
  return crypto::measure_signer(*signer, std::chrono::seconds(plan.seconds));
}

}  // namespace

Status probe_keys(const ProbePlan& plan) {
  if (plan.module.empty() && plan.key.empty())
    return fail(Errc::kInvalidArgument, "name a module with --module, or a key with --key");
  ordered_json out = ordered_json::object();
  if (!plan.module.empty()) {
    // Without a token's name no PIN is sent anywhere: it could be another token's.
    std::optional<crypto::SecretBytes> pin;
    if (!plan.token.empty() && (!plan.pin_file.empty() || plan.pin_descriptor >= 0)) {
      HP_TRY_ASSIGN(pin, secret(plan.pin_file, plan.pin_descriptor, "PIN of token " + plan.token));
    }
    HP_TRY_ASSIGN(const auto tokens,
                  crypto::probe_tokens(plan.module, plan.token, pin ? &*pin : nullptr));
    out["tokens"] = ordered_json::array();
    for (const crypto::ProbedToken& token : tokens) {
      out["tokens"].push_back(document(token));
      if (!plan.json) print(token);
    }
    if (!plan.json && tokens.empty()) std::cout << "no token in this module\n";
  }
  if (!plan.key.empty()) {
    HP_TRY_ASSIGN(const crypto::SignSpeed speed, time_key(plan));
    const double rate =
        static_cast<double>(speed.signatures) * 1e9 / static_cast<double>(speed.elapsed.count());
    out["signing"] = {{"signatures", speed.signatures},
                      {"per_second", rate},
                      {"median_us", micros(speed.median)},
                      {"slowest_us", micros(speed.slowest)}};
    if (!plan.json) {
      std::cout << "signing       " << static_cast<std::uint64_t>(rate)
                << " signatures per second, one after the other (median " << micros(speed.median)
                << " us, slowest " << micros(speed.slowest) << " us, " << speed.signatures
                << " made)\n";
    }
  }
  if (plan.json)
    std::cout << out.dump(2, ' ', false, ordered_json::error_handler_t::replace) << "\n";
  return {};
}

Status new_token_key(const TokenKeyPlan& plan) {
  crypto::TokenKey where;
  HP_TRY_ASSIGN(where.purpose, crypto::parse_key_purpose(plan.purpose));
  where.module = std::filesystem::absolute(plan.module);
  where.token = plan.token;
  where.serial = plan.serial;
  where.key = plan.key;
  std::error_code error;
  if (std::filesystem::exists(plan.out, error))
    return fail(Errc::kAlreadyExists, plan.out.string() + " exists; keys are never overwritten");
  HP_TRY_ASSIGN(const auto pin,
                secret(plan.pin_file, plan.pin_descriptor, "PIN of token " + plan.token));
  HP_TRY_ASSIGN(const crypto::TokenKey made, crypto::generate_on_token(where, pin));
  HP_TRY(crypto::save_token_key(made, plan.out));
  if (plan.json) {
    const ordered_json out = {{"file", std::filesystem::absolute(plan.out).string()},
                              {"public_key", made.public_key.to_string()},
                              {"id", to_hex(made.id)}};
    std::cout << out.dump(2) << "\n";
  } else {
    std::cout << "public key  " << made.public_key.to_string() << "\nfile        "
              << plan.out.string() << "\n";
  }
  return {};
}

Status new_certificate(const CertificatePlan& plan) {
  const std::filesystem::path key = plan.out.string() + ".key";
  const std::filesystem::path certificate = plan.out.string() + ".crt";
  const std::vector<std::string> hosts =
      plan.hosts.empty() ? std::vector<std::string>{"127.0.0.1", "localhost"} : plan.hosts;
  HP_TRY_ASSIGN(const auto made, crypto::make_certificate(plan.name, hosts, plan.days));
  std::error_code error;
  const auto folder = std::filesystem::absolute(plan.out).parent_path();
  std::filesystem::create_directories(folder, error);
  if (error) return fail(Errc::kIo, folder.string() + ": " + error.message());
  HP_TRY(crypto::save_private_pem(key, made.key_pem));
  HP_TRY(ledger::write_new_text_file(certificate, made.cert_pem));
  HP_TRY_ASSIGN(const crypto::Digest pin, crypto::spki_pin(made.cert_pem));
  if (plan.json) {
    const ordered_json out = {
        {"certificate", certificate.string()}, {"key", key.string()}, {"pin", pin.hex()}};
    std::cout << out.dump(2) << "\n";
  } else {
    std::cout << "certificate  " << certificate.string() << "\nkey          " << key.string()
              << "\npin          " << pin.hex() << "\n";
  }
  return {};
}

}  // namespace huangpu::tools
