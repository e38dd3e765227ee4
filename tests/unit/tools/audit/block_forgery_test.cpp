// Chains in which one thing was wrong before it was hashed and signed: everything after it agrees
// with the forgery, and a quorum may have signed it.
#include <utility>

#include "consensus/codec/hashing.hpp"
#include "ledger/types/state_key.hpp"
#include "ledger/types/state_value.hpp"
#include "tests/unit/tools/audit/support.hpp"

namespace huangpu::tools {
namespace {

using namespace test;
using consensus::BlockHeader;
using consensus::CommitMessage;
using testing::Contains;
using testing::HasSubstr;

const crypto::Digest kOther = crypto::Digest::from(Bytes(32, 0x5a));

struct Case {
  const char* name;
  std::uint64_t height;
  Edit edit;
  Check check;
  Errc code = Errc::kDiverged;
};

void PrintTo(const Case& forged, std::ostream* out) { *out << forged.name; }

Edit header(std::function<void(BlockHeader&)> change) {
  return [change](PlannedBlock& plan, ChainBuilder&) { plan.edit_header = change; };
}

Edit commit(std::function<void(CommitMessage&)> change) {
  return [change](PlannedBlock& plan, ChainBuilder&) { plan.edit_commit = change; };
}

class BlockForgery : public testing::TestWithParam<Case> {};

TEST_P(BlockForgery, IsNamedWithHeightAndKind) {
  const Case& forged = GetParam();
  ChainBuilder chain;
  build(chain, Height(forged.height), forged.edit);

  EXPECT_THAT(replay_archive(chain.archive(), chain.genesis()),
              FindsAt(forged.height, forged.check, forged.code));
}

const Case kCases[] = {
    {"AnotherChain", 3, header([](BlockHeader& h) { h.genesis = kOther; }), Check::kChain,
     Errc::kWrongChain},
    {"AnotherHeight", 3, header([](BlockHeader& h) { h.height = Height(7); }), Check::kChain},
    {"AnotherParent", 3, header([](BlockHeader& h) { h.parent_hash = kOther; }), Check::kChain},
    {"FirstBlockWithAnotherParent", 1, header([](BlockHeader& h) { h.parent_hash = kOther; }),
     Check::kChain},
    {"AnotherEpoch", 3, header([](BlockHeader& h) { h.epoch = Epoch(2); }), Check::kEpoch},
    {"AnotherEpochRecord", 3, header([](BlockHeader& h) { h.epoch_hash = kOther; }), Check::kEpoch},
    {"AnEpochEndThatNobodyAnnounced", 3, header([](BlockHeader& h) {
       h.flags |= consensus::kBlockBoundary;
       h.next_epoch_hash = kOther;
     }),
     Check::kEpoch},
    {"AnEpochEndWithoutARecord", 3,
     header([](BlockHeader& h) { h.flags |= consensus::kBlockBoundary; }), Check::kEpoch},
    {"ATimeThatStandsStill", 3,
     header([](BlockHeader& h) { h.timestamp = TimestampMs(h.timestamp.value() - 500); }),
     Check::kTime},
    {"ATimeThatGoesBack", 3,
     header([](BlockHeader& h) { h.timestamp = TimestampMs(h.timestamp.value() - 700); }),
     Check::kTime},
    {"AFirstBlockBeforeGenesis", 1,
     header([](BlockHeader& h) { h.timestamp = TimestampMs(h.timestamp.value() - 500); }),
     Check::kTime},
    {"AViewThatGoesBack", 4, header([](BlockHeader& h) { h.view = View(1); }), Check::kView},
    {"AnotherParentView", 4, header([](BlockHeader& h) { h.parent_view = View(1); }), Check::kView},
    {"AnotherProposer", 4, header([](BlockHeader& h) {
       h.proposer = ValidatorIndex(static_cast<std::uint16_t>((h.proposer.value() + 1) % 4));
     }),
     Check::kView},
    {"AnotherBodyRoot", 3, header([](BlockHeader& h) { h.body_root = kOther; }), Check::kBody},
    {"AnotherCutRoot", 3, header([](BlockHeader& h) { h.cut_root = kOther; }), Check::kCut},
    {"ACutThatNamesAnotherBatch", 3,
     [](PlannedBlock& plan, ChainBuilder&) {
       plan.edit_cut = [](consensus::Block& block) { block.cut.at(0).digest = kOther; };
     },
     Check::kCut},
    {"ACutThatGoesBack", 3,
     [](PlannedBlock& plan, ChainBuilder&) {
       plan.edit_cut = [](consensus::Block& block) { block.cut.at(0).pos = LanePosition(1); };
     },
     Check::kCut},
    {"ACutFarAhead", 3,
     [](PlannedBlock& plan, ChainBuilder&) {
       plan.edit_cut = [](consensus::Block& block) {
         block.cut.at(0).pos = LanePosition(~std::uint64_t{0});
       };
     },
     Check::kCut},
    {"ALaneOfNobody", 3,
     [](PlannedBlock& plan, ChainBuilder&) {
       plan.edit_cut = [](consensus::Block& block) { block.cut.at(0).lane = ValidatorIndex(9); };
     },
     Check::kCut},
    {"AShortParentCertificate", 3,
     [](PlannedBlock& plan, ChainBuilder& chain) {
       plan.edit_justification = [&chain](consensus::Justification& j) {
         j.parent = chain.certificate(j.parent->kind, j.parent->view, j.parent->digest, 2);
       };
     },
     Check::kJustification},
    {"NoParentCertificate", 5,
     [](PlannedBlock& plan, ChainBuilder&) {
       plan.edit_justification = [](consensus::Justification& j) { j.parent.reset(); };
       plan.edit_header = [](BlockHeader& h) { h.parent_view = View(0); };
     },
     Check::kView},
    {"AParentCertificateOfAnotherBlock", 3,
     [](PlannedBlock& plan, ChainBuilder& chain) {
       plan.edit_justification = [&chain](consensus::Justification& j) {
         j.parent = chain.certificate(j.parent->kind, j.parent->view, kOther);
       };
     },
     Check::kJustification},
    {"AMissingNullification", 3,
     [](PlannedBlock& plan, ChainBuilder&) {
       plan.edit_justification = [](consensus::Justification& j) { j.nullifications.clear(); };
     },
     Check::kJustification},
    {"AForgedNullification", 3,
     [](PlannedBlock& plan, ChainBuilder&) {
       plan.edit_justification = [](consensus::Justification& j) {
         std::swap(j.nullifications.at(0).signatures.at(0),
                   j.nullifications.at(0).signatures.at(1));
       };
     },
     Check::kJustification},
    {"AFinalizationOfAnotherBlock", 3,
     [](PlannedBlock& plan, ChainBuilder& chain) {
       plan.edit_finalization = [&chain](consensus::Certificate& f) {
         f = chain.certificate(f.kind, f.view, kOther);
       };
     },
     Check::kFinalization},
    {"AShortFinalization", 3,
     [](PlannedBlock& plan, ChainBuilder& chain) {
       plan.edit_finalization = [&chain](consensus::Certificate& f) {
         f = chain.certificate(f.kind, f.view, f.digest, 2);
       };
     },
     Check::kFinalization},
    {"ANotarizationInPlaceOfAFinalization", 3,
     [](PlannedBlock& plan, ChainBuilder& chain) {
       plan.edit_finalization = [&chain](consensus::Certificate& f) {
         f = chain.certificate(consensus::VoteKind::kNotarize, f.view, f.digest);
       };
     },
     Check::kRecord, Errc::kCorrupt},
    {"ABatchThatFollowsNothing", 3,
     [](PlannedBlock& plan, ChainBuilder&) {
       plan.batches[1].edit = [](consensus::BatchHeader& h) { h.prev_digest = kOther; };
     },
     Check::kBatch},
    {"ABatchOfAnotherChain", 3,
     [](PlannedBlock& plan, ChainBuilder&) {
       plan.batches[0].edit = [](consensus::BatchHeader& h) { h.genesis = kOther; };
     },
     Check::kBatch},
    {"ABatchThatMiscountsTransfers", 3,
     [](PlannedBlock& plan, ChainBuilder&) {
       plan.batches[0].edit = [](consensus::BatchHeader& h) { h.transfer_count = 2; };
     },
     Check::kBatch},
    {"ABatchWithAnotherEnvelopeRoot", 3,
     [](PlannedBlock& plan, ChainBuilder&) {
       plan.batches[0].edit = [](consensus::BatchHeader& h) { h.envelope_root = kOther; };
     },
     Check::kBatch},
    {"AnEnvelopeOfGarbage", 3,
     [](PlannedBlock& plan, ChainBuilder&) {
       plan.batches[0].envelopes = {{1, 2, 3, 4}};
     },
     Check::kEnvelope},
    {"AWrongClientSignature", 3,
     [](PlannedBlock& plan, ChainBuilder&) { plan.batches[1].envelopes[0].back() ^= 1; },
     Check::kClientSignature},
    {"AStateRootThatAQuorumSigned", 3, commit([](CommitMessage& m) { m.state_root = kOther; }),
     Check::kCertifiedResult},
    {"AStateRootThatNobodySigned", 4, commit([](CommitMessage& m) { m.state_root = kOther; }),
     Check::kCommitMessage},
    {"AReceiptsRoot", 3, commit([](CommitMessage& m) { m.receipts_root = kOther; }),
     Check::kCertifiedResult},
    {"AHistoryRoot", 3, commit([](CommitMessage& m) { m.history_root = kOther; }),
     Check::kCertifiedResult},
    {"ABridgeRoot", 3, commit([](CommitMessage& m) { m.bridge_root = kOther; }),
     Check::kCertifiedResult},
    {"ACommitTime", 3, commit([](CommitMessage& m) { m.timestamp = TimestampMs(1); }),
     Check::kCertifiedResult},
    {"ACertificateWithAShortQuorum", 3,
     [](PlannedBlock& plan, ChainBuilder&) { plan.commit_signers = 2; }, Check::kCommitCertificate},
    {"ACertificateOfAnotherSetSize", 3,
     [](PlannedBlock& plan, ChainBuilder&) {
       plan.edit_certificate = [](consensus::CommitCertificate& c) {
         consensus::SignerSet signers(7);
         for (const ValidatorIndex index : c.signers.members()) signers.insert(index);
         c.signers = signers;
       };
     },
     Check::kCommitCertificate},
    {"ACertificateOfStrangers", 3,
     [](PlannedBlock& plan, ChainBuilder& chain) {
       plan.edit_certificate = [&chain](consensus::CommitCertificate& c) {
         const auto message = consensus::signing_message(
             consensus::SignedKind::kCommit, chain.chain().genesis, c.message.epoch,
             c.message.height.value(), consensus::commit_digest(chain.chain().suite, c.message));
         for (crypto::Signature& signature : c.signatures) {
           auto stranger = crypto::LocalSigner::generate(chain.chain().suite).value();
           signature = stranger->sign(message).value();
         }
       };
     },
     Check::kCommitCertificate},
    {"ABalanceFromNowhere", 6,
     [](PlannedBlock& plan, ChainBuilder& chain) {
       plan.edit_state = [&chain](std::map<Bytes, Bytes>& state) {
         Bytes& entry = state.at(ledger::balance_key(chain.account("bob"), chain.asset()));
         auto balance = ledger::BalanceValue::decode(entry).value();
         balance.credits_posted = *balance.credits_posted.checked_add(Amount::from_u64(1'000'000));
         entry = balance.encode();
       };
     },
     Check::kCertifiedResult},
};

INSTANTIATE_TEST_SUITE_P(Of, BlockForgery, testing::ValuesIn(kCases),
                         [](const auto& param) { return std::string(param.param.name); });

// Bob's bank issues money it may not issue, and a quorum certifies a state in which it worked.
TEST(BlockForgery, OfAnIssueIsToldWithTheReceiptThatExecutionGives) {
  ChainBuilder chain;
  build(chain, Height(6), [](PlannedBlock& plan, ChainBuilder& made) {
    plan.batches[0].envelopes.push_back(made.envelope(
        "beta", ledger::Issue{made.asset(), made.account("bob"), Amount::from_u64(5'000)}));
    plan.edit_commit = [](CommitMessage& m) { m.receipts_root = kOther; };
    plan.edit_state = [&made](std::map<Bytes, Bytes>& state) {
      Bytes& entry = state.at(ledger::asset_key(made.asset()));
      auto asset = ledger::AssetValue::decode(entry).value();
      asset.issued = *asset.issued.checked_add(Amount::from_u64(5'000));
      entry = asset.encode();
    };
  });

  const ReplayReport report = replay_archive(chain.archive(), chain.genesis());

  ASSERT_THAT(report, FindsAt(6, Check::kCertifiedResult, Errc::kDiverged));
  EXPECT_EQ(report.exit_code(), kExitDiverged);
  EXPECT_THAT(report.finding->message, HasSubstr("receipts root"));
  EXPECT_THAT(report.finding->found, HasSubstr(kOther.hex()));
  EXPECT_THAT(report.finding->details, Contains(HasSubstr("signed by v0, v1, v2")));
  EXPECT_THAT(report.finding->details, Contains(HasSubstr("differs too: state root")));
  EXPECT_THAT(report.finding->details, Contains(HasSubstr("role-missing")));
}

TEST(BlockForgery, OfTheStateAloneSaysThatTheReceiptsAgree) {
  ChainBuilder chain;
  build(chain, Height(3), commit([](CommitMessage& m) { m.state_root = kOther; }));

  const ReplayReport report = replay_archive(chain.archive(), chain.genesis());

  ASSERT_TRUE(report.finding.has_value());
  EXPECT_THAT(report.finding->message, HasSubstr("state root"));
  EXPECT_THAT(report.finding->expected, HasSubstr("(execution)"));
  EXPECT_THAT(report.finding->details, Contains(HasSubstr("the receipts agree")));
}

}  // namespace
}  // namespace huangpu::tools
