// Archives whose file is whole and whose records were removed, repeated, exchanged or replaced.
#include <utility>

#include "consensus/codec/batch_record.hpp"
#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/epoch_codec.hpp"
#include "consensus/codec/evidence_codec.hpp"
#include "consensus/codec/hashing.hpp"
#include "crypto/hash/hasher.hpp"
#include "tests/unit/tools/audit/support.hpp"

namespace huangpu::tools {
namespace {

using namespace test;
using ledger::RecordKind;

using Mutation = std::function<void(std::vector<ArchiveEntry>&, ChainBuilder&)>;

struct Case {
  const char* name;
  Mutation mutate;
  std::uint64_t height;
  Check check;
  Errc code = Errc::kCorrupt;
};

void PrintTo(const Case& forged, std::ostream* out) { *out << forged.name; }

ArchiveEntry& at(std::vector<ArchiveEntry>& entries, std::uint64_t height, RecordKind kind) {
  return entries[index_of(entries, Height(height), kind)];
}

void erase(std::vector<ArchiveEntry>& entries, std::uint64_t height, RecordKind kind) {
  const auto index = static_cast<std::ptrdiff_t>(index_of(entries, Height(height), kind));
  entries.erase(entries.begin() + index);
}

void repeat(std::vector<ArchiveEntry>& entries, std::uint64_t height, RecordKind kind) {
  const auto index = static_cast<std::ptrdiff_t>(index_of(entries, Height(height), kind));
  entries.insert(entries.begin() + index, entries[static_cast<std::size_t>(index)]);
}

ArchiveEntry evidence_entry(const ChainBuilder& chain, Height height,
                            const consensus::Evidence& evidence) {
  ArchiveEntry entry;
  entry.height = height;
  entry.key.kind = RecordKind::kEvidence;
  entry.payload = consensus::encode(evidence);
  entry.key.digest = crypto::hash(chain.chain().suite, entry.payload);
  return entry;
}

// Validator 2 finalized two blocks in view 9.
consensus::Evidence double_finalize(ChainBuilder& chain) {
  const auto statement = [&](std::uint8_t fill) {
    const auto digest = crypto::Digest::from(Bytes(32, fill));
    const auto message = consensus::signing_message(
        consensus::SignedKind::kFinalize, chain.chain().genesis, chain.epoch().epoch, 9, digest);
    return consensus::Statement{consensus::SignedKind::kFinalize, 9, digest,
                                chain.validator(2).sign(message).value()};
  };
  consensus::Evidence evidence;
  evidence.epoch = chain.epoch().epoch;
  evidence.offender = ValidatorIndex(2);
  evidence.proof = consensus::Conflict{statement(1), statement(2)};
  return evidence;
}

class ArchiveForgery : public testing::TestWithParam<Case> {};

TEST_P(ArchiveForgery, IsNamedWithHeightAndKind) {
  ChainBuilder chain;
  build(chain);
  std::vector<ArchiveEntry> entries = chain.entries();
  GetParam().mutate(entries, chain);

  EXPECT_THAT(replay_archive(chain.archive(entries), chain.genesis()),
              FindsAt(GetParam().height, GetParam().check, GetParam().code));
}

const Case kCases[] = {
    {"BatchMissing", [](auto& entries, auto&) { erase(entries, 3, RecordKind::kBatch); }, 3,
     Check::kMissing},
    {"BatchRepeated", [](auto& entries, auto&) { repeat(entries, 6, RecordKind::kBatch); }, 6,
     Check::kRecord},
    {"BatchesInAnotherOrder",
     [](auto& entries, auto&) {
       const std::size_t first = index_of(entries, Height(2), RecordKind::kBatch);
       std::swap(entries[first], entries[first + 1]);
     },
     2, Check::kMissing},
    {"EnvelopesExchanged",
     [](auto& entries, auto&) {
       for (ArchiveEntry& entry : entries) {
         if (entry.height != Height(2) || entry.key.kind != RecordKind::kBatch) continue;
         const auto batch =
             consensus::decode_batch_record(std::make_shared<const Bytes>(entry.payload)).value();
         if (batch.envelopes.size() != 2) continue;
         const Bytes swapped[] = {to_bytes(batch.envelopes[1]), to_bytes(batch.envelopes[0])};
         entry.payload = consensus::encode_batch_record(batch.header,
                                                        consensus::EnvelopeList::copy_of(swapped));
       }
     },
     2, Check::kBatch, Errc::kDiverged},
    {"BatchOfAnotherHeight",
     [](auto& entries, auto&) {
       at(entries, 6, RecordKind::kBatch).payload = at(entries, 1, RecordKind::kBatch).payload;
     },
     6, Check::kBatch, Errc::kDiverged},
    {"BlockRemoved", [](auto& entries, auto&) { erase(entries, 3, RecordKind::kBlock); }, 3,
     Check::kMissing},
    {"HeightRemoved",
     [](auto& entries, auto&) {
       std::erase_if(entries, [](const auto& entry) { return entry.height == Height(3); });
     },
     3, Check::kMissing},
    {"FirstHeightRemoved",
     [](auto& entries, auto&) {
       std::erase_if(entries, [](const auto& entry) { return entry.height == Height(1); });
     },
     1, Check::kMissing},
    {"BlockRepeated", [](auto& entries, auto&) { repeat(entries, 3, RecordKind::kBlock); }, 3,
     Check::kMissing},
    {"EmptyBlockRepeated", [](auto& entries, auto&) { repeat(entries, 5, RecordKind::kBlock); }, 5,
     Check::kRecord},
    {"BlocksExchanged",
     [](auto& entries, auto&) {
       std::swap(at(entries, 3, RecordKind::kBlock).payload,
                 at(entries, 4, RecordKind::kBlock).payload);
     },
     3, Check::kChain, Errc::kDiverged},
    {"BlockUnderAnotherHash",
     [](auto& entries, auto&) {
       at(entries, 4, RecordKind::kBlock).key.digest =
           at(entries, 3, RecordKind::kBlock).key.digest;
     },
     4, Check::kRecord},
    {"CommitMissing", [](auto& entries, auto&) { erase(entries, 4, RecordKind::kCommit); }, 4,
     Check::kMissing},
    {"CommitMissingUnderACertificate",
     [](auto& entries, auto&) { erase(entries, 3, RecordKind::kCommit); }, 3, Check::kMissing},
    {"CommitsExchanged",
     [](auto& entries, auto&) {
       std::swap(at(entries, 4, RecordKind::kCommit).payload,
                 at(entries, 5, RecordKind::kCommit).payload);
     },
     4, Check::kCommitMessage, Errc::kDiverged},
    {"CertificateOfAnotherHeight",
     [](auto& entries, auto&) {
       at(entries, 3, RecordKind::kCertificate).payload =
           at(entries, 1, RecordKind::kCertificate).payload;
     },
     3, Check::kCertifiedResult, Errc::kDiverged},
    {"CertificateUnderAnotherHeight",
     [](auto& entries, auto&) { at(entries, 3, RecordKind::kCertificate).key.height = Height(4); },
     3, Check::kRecord},
    {"UndecodableBlock",
     [](auto& entries, auto&) { at(entries, 2, RecordKind::kBlock).payload.pop_back(); }, 2,
     Check::kRecord},
    {"UndecodableCommit",
     [](auto& entries, auto&) { at(entries, 2, RecordKind::kCommit).payload.push_back(0); }, 2,
     Check::kRecord},
    {"ForeignRecordKind",
     [](auto& entries, auto&) {
       ArchiveEntry entry = at(entries, 2, RecordKind::kBatch);
       entry.key.kind = RecordKind::kBatchSignature;
       entries.insert(entries.begin(), entry);
       entries.front().height = Height(1);
     },
     1, Check::kMissing},
    {"EvidenceThatProvesNothing",
     [](auto& entries, auto& chain) {
       consensus::Evidence evidence = double_finalize(chain);
       evidence.offender = ValidatorIndex(1);
       entries.push_back(evidence_entry(chain, Height(6), evidence));
     },
     6, Check::kEvidence, Errc::kDiverged},
    {"AFloodOfEvidence",
     [](auto& entries, auto& chain) {
       const ArchiveEntry entry = evidence_entry(chain, Height(6), double_finalize(chain));
       entries.insert(entries.end(), 1'025, entry);
     },
     6, Check::kRecord},
    {"AnotherEpochRecord",
     [](auto& entries, auto& chain) {
       consensus::EpochRecord record = chain.epoch();
       record.parameters.lag_blocks += 1;
       ArchiveEntry entry;
       entry.height = Height(6);
       entry.key.kind = RecordKind::kEpoch;
       entry.key.epoch = record.epoch;
       entry.payload = consensus::encode(record);
       entries.push_back(entry);
     },
     6, Check::kRecord},
};

INSTANTIATE_TEST_SUITE_P(OfRecords, ArchiveForgery, testing::ValuesIn(kCases),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(Archive, MayHoldEpochRecordsAndEvidenceBesideTheBlocks) {
  ChainBuilder chain;
  build(chain);
  std::vector<ArchiveEntry> entries = chain.entries();
  ArchiveEntry epoch;
  epoch.height = Height(1);
  epoch.key.kind = RecordKind::kEpoch;
  epoch.key.epoch = chain.epoch().epoch;
  epoch.payload = consensus::encode(chain.epoch());
  entries.insert(entries.begin(), epoch);
  entries.push_back(evidence_entry(chain, Height(6), double_finalize(chain)));

  const ReplayReport report = replay_archive(chain.archive(entries), chain.genesis());

  ASSERT_THAT(report, IsClean());
  EXPECT_EQ(report.figures.evidence, 1U);
}

}  // namespace
}  // namespace huangpu::tools
