// The node's TLS files: what is read again, what is refused, and what is said about their end.
#include "node/tls/tls_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "crypto/keystore/private_file.hpp"
#include "crypto/tls/certificate.hpp"
#include "node/telemetry/log.hpp"
#include "tests/support/aged_certificate.hpp"
#include "tests/support/temporary_folder.hpp"

namespace huangpu::node {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What would be shown on new connections.
class Shown final : public TlsReload {
 public:
  Status replace(const TlsMaterial& next) override {
    shown.push_back(next.cert_pem);
    return {};
  }
  std::vector<std::string> shown;
};

class TlsFilesTest : public ::testing::Test {
 protected:
  TlsFilesTest() {
    LogSection log;
    log.file = folder_ / "log";
    EXPECT_TRUE(open_log(log, "n", &metrics_));
    put(first_);
  }
  ~TlsFilesTest() override { close_log(); }

  static crypto::CertificateMaterial make(std::uint32_t days = 400) {
    return crypto::make_certificate("n", {"127.0.0.1"}, days).value();
  }
  static void write(const std::filesystem::path& path, const std::string& text) {
    EXPECT_TRUE(crypto::write_private_file(path, as_bytes(text), crypto::IfExists::kReplace));
  }
  void put(const crypto::CertificateMaterial& pair) const {
    write(files_.certificate, pair.cert_pem);
    write(files_.key, pair.key_pem);
  }
  // Watches what lies on the disk now.
  TlsWatch& watch() {
    auto loaded = load_tls(files_);
    EXPECT_TRUE(loaded) << loaded.error().message;
    loaded->reload = shown_;
    watch_.emplace(NodeSection{}.certificate_warning_days, &metrics_);
    watch_->add("peer", files_, *loaded);
    return *watch_;
  }
  std::string log_text() const {
    std::ostringstream text;
    text << std::ifstream(folder_ / "log").rdbuf();
    return text.str();
  }
  static std::size_t count(const std::string& text, const std::string& what) {
    std::size_t found = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
      ++found;
    return found;
  }

  const test::TemporaryFolder folder_;
  const TlsFiles files_{folder_ / "peer.crt", folder_ / "peer.key"};
  const crypto::CertificateMaterial first_ = make();
  Metrics metrics_;
  const std::shared_ptr<Shown> shown_ = std::make_shared<Shown>();
  std::optional<TlsWatch> watch_;
};

// SPEC N-134.
TEST_F(TlsFilesTest, ANewPairIsShownAndAnUnchangedOneIsLeftAlone) {
  TlsWatch& watched = watch();
  watched.reload();
  EXPECT_TRUE(shown_->shown.empty());
  const auto second = make();
  put(second);
  watched.reload();
  ASSERT_EQ(shown_->shown, std::vector{second.cert_pem});
  EXPECT_THAT(log_text(), HasSubstr("tls-reloaded"));
  EXPECT_THAT(log_text(), HasSubstr("pin=" + crypto::spki_pin(second.cert_pem)->hex()));
  EXPECT_THAT(log_text(), HasSubstr("pin_before=" + crypto::spki_pin(first_.cert_pem)->hex()));
}

TEST_F(TlsFilesTest, ABrokenFileOnDiskLeavesTheCertificateInUseAndSaysSo) {
  TlsWatch& watched = watch();
  std::size_t refused = 0;
  const auto expect_refused = [&](const std::string& why) {
    watched.reload();
    ++refused;
    EXPECT_TRUE(shown_->shown.empty()) << why;
    EXPECT_EQ(count(log_text(), "reload-refused: the certificate in use stays: "), refused) << why;
    EXPECT_THAT(log_text(), HasSubstr(why));
    put(first_);
  };
  const auto second = make();
  write(files_.certificate, "no certificate");
  expect_refused("text holds no certificate");
  write(files_.certificate, second.cert_pem.substr(0, second.cert_pem.size() / 2));
  expect_refused("text holds no certificate");
  write(files_.certificate, second.cert_pem);  // the key was forgotten
  expect_refused("private key does not belong to the certificate");
  write(files_.key, "");
  expect_refused("text holds no unencrypted private key");
  std::filesystem::remove(files_.certificate);
  expect_refused("peer.crt");
  put(second);
  std::filesystem::permissions(files_.key, std::filesystem::perms(0644));
  expect_refused("peer.key");

  put(second);
  watched.reload();
  EXPECT_EQ(shown_->shown, std::vector{second.cert_pem}) << "what is whole is taken afterwards";
}

// SPEC N-135.
TEST_F(TlsFilesTest, TheComingEndIsAMetricAndAWarningOnceADay) {
  put(make(11));
  TlsWatch& watched = watch();
  watched.look();
  watched.look();
  EXPECT_THAT(metrics_.text(), HasSubstr("huangpu_tls_cert_days_left{name=\"peer\"} 10\n"));
  EXPECT_EQ(count(log_text(), "certificate-expiry: a TLS certificate ends soon"), 1U);

  put(make(400));
  watched.reload();
  EXPECT_THAT(metrics_.text(), HasSubstr("huangpu_tls_cert_days_left{name=\"peer\"} 399\n"));
  EXPECT_EQ(count(log_text(), "certificate-expiry"), 1U);
}

TEST_F(TlsFilesTest, AnEndThatComesOnADayThatWasWarnedOfIsSaidToo) {
  // A whole second at least lies between what the two dates say.
  put(test::aged(first_, std::chrono::seconds(2)));
  TlsWatch& watched = watch();
  watched.look();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (count(log_text(), "certificate-expiry") < 2 &&
         std::chrono::steady_clock::now() < deadline) {
    watched.look();
  }
  watched.look();
  EXPECT_LE(count(log_text(), "certificate-expiry: a TLS certificate ends soon"), 1U);
  EXPECT_EQ(count(log_text(), "certificate-expiry: a TLS certificate has ended"), 1U);
}

TEST_F(TlsFilesTest, WithALongTimeToGoNothingIsSaid) {
  watch().look();
  EXPECT_THAT(log_text(), Not(HasSubstr("certificate-expiry")));
}

TEST_F(TlsFilesTest, AfterTheEndTheDaysAreNegativeAndTheWarningSaysWhatItMeans) {
  put(test::aged(first_, std::chrono::hours(-25)));
  watch().look();
  EXPECT_THAT(metrics_.text(), HasSubstr("huangpu_tls_cert_days_left{name=\"peer\"} -2\n"));
  EXPECT_EQ(count(log_text(), "certificate-expiry: a TLS certificate has ended"), 1U);
}

TEST_F(TlsFilesTest, AnotherProcessesCertificateIsAMetricAndAWarningFromWhenItsEndIsKnown) {
  TlsWatch watched(60, &metrics_);
  std::optional<TimestampMs> end;
  watched.add_other("remote-signer", [&end] { return end; });
  watched.look();
  EXPECT_THAT(metrics_.text(), Not(HasSubstr("huangpu_tls_cert_days_left")));
  end = crypto::not_after(make(11).cert_pem).value();
  watched.look();
  watched.look();
  EXPECT_THAT(metrics_.text(),
              HasSubstr("huangpu_tls_cert_days_left{name=\"remote-signer\"} 10\n"));
  EXPECT_EQ(count(log_text(), "the TLS certificate of the remote signer ends soon"), 1U);
  end = crypto::not_after(test::aged(first_, std::chrono::hours(-1)).cert_pem).value();
  watched.look();
  EXPECT_EQ(count(log_text(), "the TLS certificate of the remote signer has ended"), 1U);
}

TEST_F(TlsFilesTest, OnePairForTwoPurposesIsWatchedOnceAndRenewedForBoth) {
  TlsWatch watched(60, nullptr);
  const auto one = watched.load("signer", files_);
  const auto two = watched.load("next-signer", files_);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->reload, two->reload);
  EXPECT_FALSE(watched.end_of("next-signer"));
  const auto second = make(11);
  put(second);
  watched.reload();
  EXPECT_EQ(watched.end_of("signer"), crypto::not_after(second.cert_pem).value());
  EXPECT_EQ(count(log_text(), "certificate-expiry: a TLS certificate ends soon"), 1U);
}

}  // namespace
}  // namespace huangpu::node
