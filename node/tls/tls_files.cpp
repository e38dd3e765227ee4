#include "node/tls/tls_files.hpp"

#include <chrono>
#include <utility>

#include "crypto/tls/certificate.hpp"
#include "ledger/store/text_file.hpp"
#include "node/telemetry/log.hpp"

namespace huangpu::node {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

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

std::int64_t days_until(TimestampMs end) {
  const std::int64_t left_ms = static_cast<std::int64_t>(end.value()) - now_ms();
  return left_ms >= 0 ? left_ms / kDayMs : -1 - (-left_ms - 1) / kDayMs;
}

Result<TlsMaterial> load_tls(const TlsFiles& files) {
  HP_TRY_ASSIGN(TlsMaterial material, read_pair(files));
  HP_TRY_ASSIGN(material.reload, TlsReload::open(material));
  return material;
}

Result<TlsMaterial> TlsWatch::load(const std::string& name, const TlsFiles& files) {
  for (const Watched& each : watched_) {
    if (each.files.certificate == files.certificate && each.files.key == files.key)
      return each.material;
  }
  HP_TRY_ASSIGN(TlsMaterial material, load_tls(files));
  add(name, files, material);
  return material;
}

void TlsWatch::add(const std::string& name, const TlsFiles& files, const TlsMaterial& material) {
  watched_.push_back({{name}, files, material});
}

void TlsWatch::add_other(const std::string& name, EndSource end) {
  others_.push_back({{name}, std::move(end)});
}

std::optional<TimestampMs> TlsWatch::end_of(const std::string& name) const {
  for (const Watched& each : watched_) {
    if (each.end.name != name) continue;
    if (const auto end = crypto::not_after(each.material.cert_pem)) return *end;
  }
  return std::nullopt;
}

void TlsWatch::look() {
  for (Watched& each : watched_) {
    // It was readable when it was loaded.
    if (const auto end = crypto::not_after(each.material.cert_pem)) judge(each.end, *end, true);
  }
  for (Other& each : others_) {
    if (const auto end = each.source()) judge(each.end, *end, false);
  }
}

void TlsWatch::judge(End& end, TimestampMs at, bool own) {
  const std::int64_t days = days_until(at);
  if (metrics_ != nullptr) {
    metrics_->set(GaugeId::kCertificateNotAfter, static_cast<double>(at.value()) / 1e3, {end.name});
    metrics_->set(GaugeId::kCertificateDaysLeft, static_cast<double>(days), {end.name});
  }
  if (days >= static_cast<std::int64_t>(warning_days_)) return;
  const auto today = static_cast<std::uint64_t>(now_ms() / kDayMs);
  const bool ended = days < 0;
  if (end.warned_day == today && end.warned_of_end == ended) return;
  end.warned_day = today;
  end.warned_of_end = ended;
  const char* text = "a TLS certificate ends soon: put a new one in place and send SIGHUP";
  if (own && ended) {
    text =
        "a TLS certificate has ended: connections are made all the same, since both sides go by "
        "key; put a new one in place and send SIGHUP";
  } else if (!own) {
    text = ended ? "the TLS certificate of the remote signer has ended: it is used all the same, "
                   "since it goes by key; renew it at the signer"
                 : "the TLS certificate of the remote signer ends soon: renew it at the signer";
  }
  log(LogLevel::kWarning, LogEvent::kCertificateExpiry, text,
      {{"certificate", end.name}, {"days_left", std::to_string(days)}});
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
          "the certificate in use stays: " + done.error().message,
          {{"certificate", each.end.name}});
      continue;
    }
    log(LogLevel::kInfo, LogEvent::kTlsReloaded, "a new certificate is shown on new connections",
        {{"certificate", each.end.name},
         {"pin", pin_text(next->cert_pem)},
         {"pin_before", pin_text(each.material.cert_pem)}});
    each.material.cert_pem = next->cert_pem;
    each.material.key_pem = next->key_pem;
    each.end.warned_day = 0;
  }
  look();
}

}  // namespace huangpu::node
