#include "ledger/rules/certificates.hpp"

#include "ledger/types/state_key.hpp"
#include "tests/support/ledger_matchers.hpp"
#include "tests/support/ledger_world.hpp"

namespace huangpu::ledger::test {
namespace {

CertificatePin pin(std::uint8_t number) {
  return CertificatePin(crypto::Digest::from(Bytes(32, number)));
}

TEST(Certificates, AreRegisteredAndRevokedByTheirParticipant) {
  auto world = two_banks();
  const auto value = [&] {
    return CertificateValue::decode(world.state().get(certificate_key(pin(1))).value()).value();
  };

  EXPECT_THAT(world.apply("alpha", RegisterCertificate{pin(1), Role::kParticipant}), Settled());
  EXPECT_TRUE(value().active);
  EXPECT_EQ(value().participant, world.participant("alpha"));

  EXPECT_THAT(world.apply("alpha", RevokeCertificate{pin(1)}), Settled());
  EXPECT_FALSE(value().active);
}

TEST(Certificates, GiveNoRoleTheParticipantDoesNotHold) {
  auto world = two_banks();
  EXPECT_THAT(world.apply("alpha", RegisterCertificate{pin(1), Role::kSupervisor}),
              RefusedWith(ResultCode::kCertificateRoleNotHeld));
}

TEST(Certificates, AreUsedOnce) {
  auto world = two_banks();
  world.apply("alpha", RegisterCertificate{pin(1), Role::kParticipant});
  EXPECT_THAT(world.apply("beta", RegisterCertificate{pin(1), Role::kParticipant}),
              RefusedWith(ResultCode::kCertificateExists));
}

TEST(Certificates, AreRevokedOnlyOnceAndOnlyByTheirOwner) {
  auto world = two_banks();
  world.apply("alpha", RegisterCertificate{pin(1), Role::kParticipant});

  EXPECT_THAT(world.apply("alpha", RevokeCertificate{pin(2)}),
              RefusedWith(ResultCode::kCertificateUnknown));
  EXPECT_THAT(world.apply("beta", RevokeCertificate{pin(1)}),
              RefusedWith(ResultCode::kCertificateForeign));
  world.apply("alpha", RevokeCertificate{pin(1)});
  EXPECT_THAT(world.apply("alpha", RevokeCertificate{pin(1)}),
              RefusedWith(ResultCode::kCertificateInactive));
}

TEST(Certificates, NeedTheManagementThreshold) {
  auto world = WorldBuilder{}.bank("alpha", 2, 2).build();
  EXPECT_THAT(world.apply("alpha", RegisterCertificate{pin(1), Role::kParticipant}),
              RefusedWith(ResultCode::kManagementThresholdNotMet));
}

}  // namespace
}  // namespace huangpu::ledger::test
