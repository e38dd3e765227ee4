// Judge, write down, sync, sign: on disks that fail and machines that crash.
#include <atomic>
#include <map>
#include <random>
#include <thread>

#include "node/signer/lease.hpp"
#include "tests/unit/node/signer/support.hpp"

namespace huangpu::node {
namespace {

using consensus::SignedKind;
using consensus::SigningRequest;
using test::Crash;

TEST_F(DeskTest, AStatementIsSignedAndItsContradictionIsNot) {
  create();
  ASSERT_TRUE(open().has_value());
  const auto first = sign(statement(SignedKind::kNotarize, 5, 1));
  ASSERT_TRUE(first.has_value()) << first.error().message;
  EXPECT_EQ(sign(statement(SignedKind::kNotarize, 5, 1)).value(), *first);
  const auto second = sign(statement(SignedKind::kNotarize, 5, 2));
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Errc::kGuard);
  EXPECT_NE(second.error().message.find("two notarize votes for one view"), std::string::npos);
  EXPECT_EQ(desk_->statistics().signatures, 2u);
  EXPECT_EQ(desk_->statistics().refused, 1u);
}

TEST_F(DeskTest, TwoStatementsOfOneRequestDoNotExcludeEachOtherEither) {
  create();
  ASSERT_TRUE(open().has_value());
  const std::vector<SigningRequest> both = {statement(SignedKind::kFinalize, 5, 1),
                                            statement(SignedKind::kNullify, 5, 0)};
  const auto results = desk_->sign(instance(1), both, 0);
  ASSERT_TRUE(results.has_value());
  EXPECT_TRUE((*results)[0].has_value());
  EXPECT_EQ((*results)[1].error().code, Errc::kGuard);
}

// SPEC N-310: not one signature leaves before its record is on the platter.
TEST_F(DeskTest, WhatWasSignedIsKnownAfterAnyCrash) {
  for (const Crash kind :
       {Crash::kKillProcess, Crash::kLoseUnsynced, Crash::kTearLastWrite, Crash::kScatterSectors}) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      SCOPED_TRACE(seed);
      files_.~FaultFileSystem();
      new (&files_) test::FaultFileSystem();
      create();
      ASSERT_TRUE(open().has_value());
      std::mt19937_64 random(seed);
      std::vector<SigningRequest> made;
      for (int i = 0; i < 60; ++i) {
        const auto digest = static_cast<std::uint8_t>(1 + random() % 2);
        const SigningRequest request = statement(SignedKind::kNotarize, 1 + random() % 40, digest);
        if (sign(request)) made.push_back(request);
        if (i % 20 != 19) continue;
        desk_.reset();
        files_.crash(kind, seed + static_cast<std::uint64_t>(i));
        ASSERT_TRUE(open().has_value());
      }
      for (SigningRequest request : made) {
        EXPECT_TRUE(sign(request).has_value());
        request.digest = digest_of(request.digest == digest_of(1) ? 2 : 1);
        EXPECT_FALSE(sign(request).has_value());
      }
    }
  }
}

// SPEC C-168: a disk that flips a bit of the newest record is no loss of memory.
TEST_F(DeskTest, WhatWasSignedIsKnownAfterTheDiskDamagedOneCopyOfIt) {
  create();
  ASSERT_TRUE(open().has_value());
  for (std::uint64_t view = 1; view <= 3; ++view) {
    ASSERT_TRUE(sign(statement(SignedKind::kNotarize, view, 1)).has_value());
    desk_.reset();
    std::string record;
    for (const std::string& path : files_.paths()) {
      if (path.ends_with(".signed")) record = path;
    }
    const Bytes bytes = files_.contents(record);
    std::size_t used = bytes.size();
    while (used > 0 && bytes[used - 1] == 0) --used;
    ASSERT_GE(used, consensus::kSignPairBytes);
    const std::size_t copy = view % 2 == 0 ? 0 : consensus::kSignBlockBytes;
    files_.flip_bit(record, (used - consensus::kSignPairBytes + copy + 100) * 8);
    ASSERT_TRUE(open().has_value());
    EXPECT_FALSE(sign(statement(SignedKind::kNotarize, view, 2)).has_value());
    EXPECT_FALSE(files_.exists(record).value()) << "it was written anew";
  }
}

// A key that is written down for and then fails: a power cut between record and signature.
class FailingKey final : public crypto::Signer {
 public:
  const crypto::PublicKey& public_key() const override { return key_->public_key(); }
  Result<crypto::Signature> sign(ByteView) override {
    return fail(Errc::kUnavailable, "the power is cut");
  }

 private:
  const std::unique_ptr<crypto::Signer> key_ = key(1);
};

TEST_F(DeskTest, WhatWasWrittenDownAndNeverAnsweredBindsAfterTheRestart) {
  create();
  {
    SigningDesk dying(std::make_unique<FailingKey>(), SignRecordFiles::open(files_, place_).value(),
                      kLeaseMs, [](const Error&) {});
    ASSERT_TRUE(dying.attach(place_.genesis, instance(1), "a", 0).has_value());
    const auto unanswered = dying.sign(instance(1), {{statement(SignedKind::kNotarize, 5, 1)}}, 0);
    ASSERT_TRUE(unanswered.has_value());
    EXPECT_EQ(unanswered->front().error().code, Errc::kUnavailable);
  }
  files_.crash(Crash::kLoseUnsynced, 1);
  ASSERT_TRUE(open().has_value());
  EXPECT_EQ(sign(statement(SignedKind::kNotarize, 5, 2)).error().code, Errc::kGuard);
  EXPECT_TRUE(sign(statement(SignedKind::kNotarize, 5, 1)).has_value());
}

// SPEC N-310, N-313: however many nodes ask at once, and whoever holds the lease meanwhile.
TEST_F(DeskTest, NodesThatAskAtOnceNeverGetTwoStatementsThatExcludeEachOther) {
  create();
  ASSERT_TRUE(open().has_value());
  constexpr int kNodes = 4;
  std::vector<std::vector<SigningRequest>> made(kNodes);
  std::vector<std::thread> nodes;
  std::atomic<std::uint64_t> now_ms{0};
  for (int node = 0; node < kNodes; ++node) {
    nodes.emplace_back([&, node] {
      std::mt19937_64 random(static_cast<std::uint64_t>(node));
      const Bytes own = instance(static_cast<std::uint8_t>(10 + node));
      for (int i = 0; i < 200; ++i) {
        // Every look at the clock is a lease later, so that the lease changes hands all the time.
        const std::uint64_t now = now_ms += kLeaseMs;
        static_cast<void>(desk_->attach(place_.genesis, own, "n", now));
        std::vector<SigningRequest> requests;
        for (int k = 0; k < 4; ++k) {
          requests.push_back(statement(SignedKind::kNotarize, 1 + random() % 50,
                                       static_cast<std::uint8_t>(1 + random() % 2)));
        }
        const auto results = desk_->sign(own, requests, now);
        for (std::size_t k = 0; results && k < requests.size(); ++k) {
          if ((*results)[k]) made[static_cast<std::size_t>(node)].push_back(requests[k]);
        }
      }
    });
  }
  for (std::thread& thread : nodes) thread.join();
  std::map<std::uint64_t, crypto::Digest> of_view;
  std::size_t nodes_that_signed = 0;
  for (const auto& requests : made) {
    nodes_that_signed += requests.empty() ? 0U : 1U;
    for (const SigningRequest& request : requests) {
      const auto [known, first] = of_view.emplace(request.position, request.digest);
      EXPECT_TRUE(first || known->second == request.digest) << "view " << request.position;
    }
  }
  EXPECT_GT(nodes_that_signed, 1U);
  EXPECT_GT(of_view.size(), 10U);
}

// SPEC N-312.
TEST_F(DeskTest, AFullFileGivesWayToANewOneAndNothingIsForgotten) {
  create();
  ASSERT_TRUE(open().has_value());
  for (std::uint64_t view = 1; view <= 60; ++view)
    ASSERT_TRUE(sign(statement(SignedKind::kNotarize, view, 1)).has_value());
  EXPECT_FALSE(files_.exists("record/000000000001.signed").value());
  ASSERT_TRUE(open().has_value());
  EXPECT_EQ(sign(statement(SignedKind::kNotarize, 1, 2)).error().code, Errc::kGuard);
  EXPECT_EQ(sign(statement(SignedKind::kNotarize, 60, 2)).error().code, Errc::kGuard);
}

TEST_F(DeskTest, ACrashWhileANewFileBeginsLosesNothing) {
  for (std::uint64_t skip = 0; skip < 3; ++skip) {
    for (const test::Operation operation :
         {test::Operation::kWrite, test::Operation::kSync, test::Operation::kSyncDirectory,
          test::Operation::kRemove, test::Operation::kOpen}) {
      SCOPED_TRACE(static_cast<int>(operation));
      files_.~FaultFileSystem();
      new (&files_) test::FaultFileSystem();
      create();
      ASSERT_TRUE(open().has_value());
      std::uint64_t view = 1;
      while (view < 15) ASSERT_TRUE(sign(statement(SignedKind::kNotarize, view++, 1)).has_value());
      files_.fail_next(operation, Errc::kIo, skip);
      while (view < 40 && sign(statement(SignedKind::kNotarize, view, 1))) ++view;
      desk_.reset();
      files_.crash(Crash::kLoseUnsynced, skip);
      ASSERT_TRUE(open().has_value());
      for (std::uint64_t v = 1; v < view; ++v)
        EXPECT_EQ(sign(statement(SignedKind::kNotarize, v, 2)).error().code, Errc::kGuard);
    }
  }
}

// SPEC N-311.
TEST_F(DeskTest, WithoutARecordNothingIsOpenedAndARecordIsMadeOnce) {
  const auto missing = SignRecordFiles::open(files_, place_);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, Errc::kGuard);
  create();
  EXPECT_EQ(SignRecordFiles::create(files_, place_).error().code, Errc::kAlreadyExists);
  ASSERT_TRUE(open().has_value());
  EXPECT_EQ(SignRecordFiles::open(files_, place_).error().code, Errc::kAlreadyRunning);
}

TEST_F(DeskTest, AfterAFailedSyncNothingIsSignedAndTheProcessIsTold) {
  create();
  ASSERT_TRUE(open().has_value());
  files_.fail_next(test::Operation::kSync, Errc::kIo);
  EXPECT_EQ(sign(statement(SignedKind::kNotarize, 5, 1)).error().code, Errc::kIo);
  ASSERT_TRUE(failure_.has_value());
  EXPECT_EQ(sign(statement(SignedKind::kNotarize, 6, 1)).error().code, Errc::kIo);
}

// SPEC N-313.
TEST_F(DeskTest, OneNodeAtATimeHoldsTheLease) {
  create();
  ASSERT_TRUE(open().has_value());
  const auto other = desk_->attach(place_.genesis, instance(2), "b", kLeaseMs - 1);
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code, Errc::kAlreadyRunning);
  EXPECT_NE(other.error().message.find(": a"), std::string::npos);
  ASSERT_TRUE(desk_->attach(place_.genesis, instance(2), "b", kLeaseMs).has_value());
  const auto late = desk_->sign(instance(1), {{statement(SignedKind::kNotarize, 5, 1)}}, kLeaseMs);
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, Errc::kAlreadyRunning);
  EXPECT_EQ(desk_->attach(digest_of(9), instance(2), "b", 0).error().code, Errc::kWrongChain);
}

TEST(LeaseTest, ARequestRenewsItAndBeforeTheFirstOneThereIsNone) {
  Lease lease(100);
  EXPECT_EQ(lease.renew(instance(1), 0).error().code, Errc::kNotReady);
  ASSERT_TRUE(lease.take(instance(1), "a", 0).has_value());
  ASSERT_TRUE(lease.renew(instance(1), 90).has_value());
  EXPECT_FALSE(lease.take(instance(2), "b", 150).has_value());
  EXPECT_TRUE(lease.take(instance(2), "b", 190).has_value());
  EXPECT_EQ(lease.holder(), "b");
}

}  // namespace
}  // namespace huangpu::node
