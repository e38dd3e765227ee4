// The rules of a guard that sees statements only.
#include "consensus/safety/sign_guard.hpp"

#include <random>

#include "consensus/types/evidence.hpp"
#include "tests/unit/node/signer/support.hpp"

namespace huangpu::consensus {
namespace {

using node::digest_of;
using node::statement;
using Judgement = SignGuard::Judgement;

SignGuard guard_with(const std::vector<SigningRequest>& signed_before) {
  SignGuard guard(digest_of(0xc4));
  for (const SigningRequest& request : signed_before) {
    EXPECT_EQ(guard.judge(request).value(), Judgement::kNew);
    guard.add(request);
  }
  return guard;
}

Errc refusal(const SignGuard& guard, const SigningRequest& request) {
  const auto judged = guard.judge(request);
  return judged ? Errc::kInternal : judged.error().code;
}

// SPEC C-162, C-81.
TEST(SignGuard, WhatExcludesAnEarlierStatementIsRefused) {
  using enum SignedKind;
  const SignGuard guard =
      guard_with({statement(kPropose, 5, 1), statement(kNotarize, 5, 1), statement(kFinalize, 5, 1),
                  statement(kNullify, 6, 0), statement(kBatch, 3, 1), statement(kCommit, 9, 1)});
  EXPECT_EQ(refusal(guard, statement(kPropose, 5, 2)), Errc::kGuard);
  EXPECT_EQ(refusal(guard, statement(kNotarize, 5, 2)), Errc::kGuard);
  EXPECT_EQ(refusal(guard, statement(kFinalize, 5, 2)), Errc::kGuard);
  EXPECT_EQ(refusal(guard, statement(kNullify, 5, 0)), Errc::kGuard);
  EXPECT_EQ(refusal(guard, statement(kFinalize, 6, 1)), Errc::kGuard);
  EXPECT_EQ(refusal(guard, statement(kPropose, 6, 1)), Errc::kGuard);
  EXPECT_EQ(refusal(guard, statement(kBatch, 3, 2)), Errc::kGuard);
  EXPECT_EQ(refusal(guard, statement(kCommit, 9, 2)), Errc::kGuard);
  // Lawful: a notarize after the own nullify, the same again, another epoch, another class.
  EXPECT_EQ(guard.judge(statement(kNotarize, 6, 1)).value(), Judgement::kNew);
  EXPECT_EQ(guard.judge(statement(kNotarize, 5, 1)).value(), Judgement::kRepeated);
  EXPECT_EQ(guard.judge(statement(kNotarize, 5, 2, 2)).value(), Judgement::kNew);
  EXPECT_EQ(guard.judge(statement(kCommit, 3, 2)).value(), Judgement::kNew);
}

// SPEC C-161.
TEST(SignGuard, StatementsOfAnotherChainOrShapeAreRefused) {
  using enum SignedKind;
  const SignGuard guard(digest_of(0xc4));
  SigningRequest foreign = statement(kNotarize, 5, 1);
  foreign.genesis = digest_of(7);
  EXPECT_EQ(refusal(guard, foreign), Errc::kWrongChain);
  EXPECT_EQ(refusal(guard, statement(kNotarize, 0, 1)), Errc::kGuard);
  EXPECT_EQ(refusal(guard, statement(kNotarize, 5, 0)), Errc::kGuard);
  EXPECT_EQ(refusal(guard, statement(kNullify, 5, 1)), Errc::kGuard);
  EXPECT_EQ(refusal(guard, statement(kReady, 5, 1)), Errc::kGuard);
  EXPECT_EQ(guard.judge(statement(kReady, 0, 1, 4)).value(), Judgement::kNew);
}

// SPEC C-163.
TEST(SignGuard, NothingNewIsSignedWhereStatementsWereForgotten) {
  SignGuard guard(digest_of(0xc4), {.positions_max = 4, .epochs_max = 2});
  for (std::uint64_t view = 1; view <= 10; ++view)
    guard.add(statement(SignedKind::kNotarize, view, 1));
  EXPECT_EQ(refusal(guard, statement(SignedKind::kNotarize, 6, 2)), Errc::kGuard);
  EXPECT_EQ(refusal(guard, statement(SignedKind::kFinalize, 6, 1)), Errc::kGuard);
  EXPECT_EQ(guard.judge(statement(SignedKind::kFinalize, 7, 1)).value(), Judgement::kNew);
  guard.add(statement(SignedKind::kNotarize, 1, 1, 2));
  guard.add(statement(SignedKind::kNotarize, 1, 1, 3));
  EXPECT_EQ(refusal(guard, statement(SignedKind::kNotarize, 11, 1, 1)), Errc::kGuard);
  EXPECT_EQ(guard.newest_epoch(), Epoch{3});
}

// SPEC C-165.
TEST(SignGuard, WhatItsEntriesSayRestoresTheSameGuard) {
  SignGuard guard(digest_of(0xc4), {.positions_max = 4, .epochs_max = 2});
  for (std::uint64_t epoch = 1; epoch <= 3; ++epoch) {
    for (std::uint64_t at = 1; at <= 9; ++at) {
      guard.add(statement(SignedKind::kNotarize, at, 1, epoch));
      guard.add(statement(SignedKind::kBatch, at, 2, epoch));
      guard.add(statement(SignedKind::kCommit, at, 3, epoch));
    }
  }
  SignGuard restored(digest_of(0xc4), {.positions_max = 4, .epochs_max = 2});
  for (const SignEntry& entry : guard.entries()) ASSERT_TRUE(restored.restore(entry).has_value());
  EXPECT_EQ(restored, guard);
  EXPECT_EQ(restored.entries(), guard.entries());
}

// Whatever is asked in whatever order, no two signed statements convict the key.
TEST(SignGuard, NoOrderOfRequestsMakesTwoStatementsThatExcludeEachOther) {
  std::mt19937_64 random(20'261'123);
  for (int run = 0; run < 200; ++run) {
    SCOPED_TRACE(run);
    SignGuard guard(digest_of(0xc4), {.positions_max = 3, .epochs_max = 2});
    std::vector<SigningRequest> made;
    for (int i = 0; i < 200; ++i) {
      using enum SignedKind;
      constexpr SignedKind kKinds[] = {kPropose, kNotarize, kNullify, kFinalize, kBatch, kCommit};
      const SignedKind kind = kKinds[random() % 6];
      const auto digest = static_cast<std::uint8_t>(kind == kNullify ? 0 : 1 + random() % 2);
      const SigningRequest request = statement(kind, 1 + random() % 8, digest, 1 + random() % 4);
      const auto judged = guard.judge(request);
      if (!judged) continue;
      if (*judged == Judgement::kNew) guard.add(request);
      for (const SigningRequest& before : made) {
        if (before.epoch != request.epoch) continue;
        EXPECT_FALSE(classify({before.kind, before.position, before.digest, {}},
                              {request.kind, request.position, request.digest, {}}));
      }
      made.push_back(request);
    }
  }
}

}  // namespace
}  // namespace huangpu::consensus
