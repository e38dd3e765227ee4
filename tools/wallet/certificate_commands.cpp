// certificate register, revoke: which TLS certificates may call nodes for the submitter (SPEC
// W-48).
#include <CLI/CLI.hpp>

#include "crypto/tls/certificate.hpp"
#include "ledger/store/text_file.hpp"
#include "tools/wallet/act_options.hpp"
#include "tools/wallet/commands.hpp"

namespace huangpu::tools {

namespace fs = std::filesystem;

namespace {

struct CertificateOptions {
  fs::path certificate;
  std::string pin;
  ledger::Role role = ledger::Role::kParticipant;
  ActOptions act;
};

// On chain a certificate is the hash of its public key; the certificate itself stays where it is.
Result<ledger::CertificatePin> read_pin(const CertificateOptions& options) {
  if (!options.certificate.empty()) {
    HP_TRY_ASSIGN(const std::string pem,
                  ledger::read_text_file(options.certificate, crypto::kPemBytesMax));
    const auto pin = crypto::spki_pin(pem);
    if (!pin) return fail(pin.error(), options.certificate.string());
    return ledger::CertificatePin{*pin};
  }
  const auto digest = crypto::Digest::parse_hex(options.pin);
  if (!digest) {
    return fail(Errc::kInvalidArgument,
                "say which one: --certificate FILE.crt, or --pin with 64 hexadecimal digits");
  }
  return ledger::CertificatePin{*digest};
}

Result<int> register_certificate(Session& session, const CertificateOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const auto pin, read_pin(options));
  return act(session, {ledger::RegisterCertificate{pin, options.role}, options.act});
}

Result<int> revoke_certificate(Session& session, const CertificateOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const auto pin, read_pin(options));
  return act(session, {ledger::RevokeCertificate{pin}, options.act});
}

void add_role(CLI::App& command, CertificateOptions& options) {
  constexpr ledger::Role kRoles[] = {ledger::Role::kParticipant, ledger::Role::kIssuer,
                                     ledger::Role::kOperator, ledger::Role::kAuditor,
                                     ledger::Role::kSupervisor};
  std::vector<std::string> names;
  for (const ledger::Role role : kRoles) names.emplace_back(ledger::role_name(role));
  command
      .add_option_function<std::string>(
          "--role",
          [&options](const std::string& name) {
            options.role = ledger::parse_role(name).value_or(ledger::Role::kParticipant);
          },
          "In which of your roles it calls; default: participant")
      ->check(CLI::IsMember(names));
}

}  // namespace

void add_certificate_commands(CLI::App& app, Invocation& invocation, Verbs verbs) {
  CLI::App* group =
      app.add_subcommand("certificate", "TLS certificates that may call nodes for you");
  group->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, bool has_role,
                       Result<int> (*run)(Session&, const CertificateOptions&)) {
    CLI::App* command = group->add_subcommand(name, help);
    auto options = std::make_shared<CertificateOptions>();
    CLI::Option_group* which = command->add_option_group("which");
    which->add_option("--certificate", options->certificate, "Certificate file (PEM)");
    which->add_option("--pin", options->pin,
                      "SHA-256 of the certificate's public key, 64 hexadecimal digits");
    which->require_option(1);
    if (has_role) add_role(*command, *options);
    add_act_options(*command, options->act, verbs);
    command->callback([&invocation, options, run] {
      invocation.action = [options, run](Session& session) { return run(session, *options); };
    });
  };
  add("register", "Let one more certificate call nodes for you", true, register_certificate);
  add("revoke", "Let a certificate call no longer, for ever", false, revoke_certificate);
}

}  // namespace huangpu::tools
