#include "node/api/authorisation.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/unit/node/api/fake_backend.hpp"

namespace huangpu::node {
namespace {

using ledger::ParticipantId;
using ledger::Role;
using test::principal;

constexpr std::array kRoles{Role::kParticipant, Role::kIssuer, Role::kOperator, Role::kAuditor,
                            Role::kSupervisor};

TEST(Authorisation, LetsWhoeverMayActSubmitAndOnlyForThemselves) {
  const std::array own{ParticipantId(1)};
  const std::array foreign{ParticipantId(2)};
  for (const auto role : kRoles) {
    const bool submits = role != Role::kAuditor && role != Role::kSupervisor;
    EXPECT_EQ(authorise(principal(1, role), Call::kSubmit, own),
              submits ? Verdict::kAllowed : Verdict::kDenied)
        << ledger::role_name(role);
    EXPECT_EQ(authorise(principal(1, role), Call::kSubmit, foreign), Verdict::kDenied);
    EXPECT_EQ(authorise(principal(1, role), Call::kSubmit, {}), Verdict::kDenied);
  }
}

TEST(Authorisation, ShowsForeignDataToAuditorsAndSupervisorsOnly) {
  const std::array foreign{ParticipantId(2), ParticipantId(3)};
  for (const auto role : kRoles) {
    const bool reads_all = role == Role::kAuditor || role == Role::kSupervisor;
    for (const auto call : {Call::kReadAccount, Call::kReadTransaction}) {
      EXPECT_EQ(authorise(principal(1, role), call, foreign),
                reads_all ? Verdict::kAllowed : Verdict::kHidden)
          << ledger::role_name(role);
    }
  }
}

TEST(Authorisation, ShowsDataThatConcernTheCallerAmongOthers) {
  const std::array about{ParticipantId(2), ParticipantId(1)};
  for (const auto role : kRoles) {
    EXPECT_EQ(authorise(principal(1, role), Call::kReadTransaction, about), Verdict::kAllowed);
  }
}

TEST(Authorisation, TreatsWhatDoesNotExistLikeWhatIsForeign) {
  EXPECT_EQ(authorise(principal(1), Call::kReadAccount, {}),
            authorise(principal(1), Call::kReadAccount, std::array{ParticipantId(2)}));
}

TEST(Authorisation, ShowsPublicDataToEveryRole) {
  for (const auto role : kRoles) {
    for (const auto call : {Call::kReadPublic, Call::kSubscribe, Call::kReadStatus}) {
      EXPECT_EQ(authorise(principal(1, role), call), Verdict::kAllowed);
    }
  }
}

}  // namespace
}  // namespace huangpu::node
