#include "node/app/tls_files.hpp"

#include <utility>

#include "crypto/tls/certificate.hpp"
#include "ledger/store/text_file.hpp"
#include "node/driver/wall_clock.hpp"
#include "node/telemetry/log.hpp"

namespace huangpu::node {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

Result<TlsMaterial> read_pair(const TlsFiles& files) {
  TlsMaterial material;
  HP_TRY_ASSIGN(material.cert_pem, ledger::read_text_file(files.certificate, crypto::kPemBytesMax));
  HP_TRY_ASSIGN(material.key_pem, crypto::load_private_pem(files.key));
  HP_TRY(crypto::check_key_matches(material.key_pem, material.cert_pem));
  HP_TRY(crypto::not_after(material.cert_pem));
  return material;
}

std::string pin_text(const std::string& cert_pem) {
  const auto pin = crypto::spki_pin(cert_pem);
  return pin ? pin->hex() : "";
}

}  // namespace

Result<TlsMaterial> load_tls(const TlsFiles& files) {
  HP_TRY_ASSIGN(TlsMaterial material, read_pair(files));
  HP_TRY_ASSIGN(material.reload, TlsReload::open(material));
  return material;
}

void TlsWatch::add(const std::string& name, const TlsFiles& files, const TlsMaterial& material) {
  watched_.push_back({name, files, material, 0});
}

void TlsWatch::look() {
  const auto now = static_cast<std::int64_t>(wall_now().value());
  for (Watched& each : watched_) {
    const auto end = crypto::not_after(each.material.cert_pem);
    if (!end) continue;  // was readable when it was loaded
    const auto left_ms = static_cast<std::int64_t>(end->value()) - now;
    const std::int64_t days = left_ms >= 0 ? left_ms / kDayMs : -1 - (-left_ms - 1) / kDayMs;
    metrics_.set(GaugeId::kCertificateNotAfter, static_cast<double>(end->value()) / 1e3,
                 {each.name});
    metrics_.set(GaugeId::kCertificateDaysLeft, static_cast<double>(days), {each.name});
    const auto day = static_cast<std::uint64_t>(now / kDayMs);
    if (days >= static_cast<std::int64_t>(config_.node.certificate_warning_days)) continue;
    const bool ended = days < 0;
    if (each.warned_day == day && each.warned_of_end == ended) continue;
    each.warned_day = day;
    each.warned_of_end = ended;
    log(LogLevel::kWarning, LogEvent::kCertificateExpiry,
        ended ? "a TLS certificate has ended: consensus goes on, since peers go by key; put a new "
                "one in place and send SIGHUP"
              : "a TLS certificate ends soon: put a new one in place and send SIGHUP",
        {{"certificate", each.name}, {"days_left", std::to_string(days)}});
  }
}

void TlsWatch::reload() {
  for (Watched& each : watched_) {
    auto next = read_pair(each.files);
    Status done;
    if (!next) {
      done = tl::unexpected<Error>(next.error());
    } else if (next->cert_pem == each.material.cert_pem) {
      continue;
    } else {
      done = each.material.reload->replace(*next);
    }
    if (!done) {
      log(LogLevel::kError, LogEvent::kReloadRefused,
          "the certificate in use stays: " + done.error().message, {{"certificate", each.name}});
      continue;
    }
    log(LogLevel::kInfo, LogEvent::kTlsReloaded, "a new certificate is shown on new connections",
        {{"certificate", each.name},
         {"pin", pin_text(next->cert_pem)},
         {"pin_before", pin_text(each.material.cert_pem)}});
    each.material.cert_pem = next->cert_pem;
    each.material.key_pem = next->key_pem;
    each.warned_day = 0;
  }
  look();
}

}  // namespace huangpu::node
