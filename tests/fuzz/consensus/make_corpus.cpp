// Writes the seed corpora of the fuzz targets of this folder: well-formed values from fixed seeds.
// Usage: hp_consensus_corpus tests/fuzz/corpus
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "consensus/codec/batch_codec.hpp"
#include "consensus/codec/batch_record.hpp"
#include "consensus/codec/block_codec.hpp"
#include "consensus/codec/block_record.hpp"
#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/message_codec.hpp"
#include "consensus/light/finality_proof.hpp"
#include "consensus/safety/sign_state.hpp"
#include "tests/unit/consensus/support/random_message.hpp"

using namespace huangpu;
using namespace huangpu::consensus;

namespace {

void save(const std::filesystem::path& root, const std::string& target, const std::string& name,
          ByteView bytes) {
  std::filesystem::create_directories(root / target);
  std::ofstream stream(root / target / name, std::ios::binary);
  stream.write(as_text(bytes).data(), static_cast<std::streamsize>(bytes.size()));
}

void save_messages(const std::filesystem::path& root, test::RandomMessages& random) {
  const std::pair<const char*, MessageKind> kinds[] = {
      {"proposal", MessageKind::kProposal},
      {"batch", MessageKind::kBatch},
      {"ack_vector", MessageKind::kAckVector},
      {"vote", MessageKind::kVote},
      {"vote", MessageKind::kCommitVote},
      {"certificate", MessageKind::kCertificate},
      {"certificate", MessageKind::kCommitCertificate},
      {"request", MessageKind::kStatus},
      {"request", MessageKind::kGetCertificate},
      {"request", MessageKind::kGetBlocks},
      {"request", MessageKind::kGetBlockByHash},
      {"request", MessageKind::kBlocksReply},
      {"request", MessageKind::kGetBatches},
      {"request", MessageKind::kViewReport},
      {"evidence", MessageKind::kEvidence},
  };
  for (const auto& [target, kind] : kinds) {
    for (int i = 0; i < 2; ++i) {
      const Bytes bytes = encode_message(random.of_kind(kind));
      const std::string name =
          "kind-" + std::to_string(static_cast<int>(kind)) + "-" + std::to_string(i);
      save(root, std::string("consensus_") + target, name, ByteView(bytes).subspan(1));
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s <corpus folder>\n", argv[0]);
    return 1;
  }
  const std::filesystem::path root(argv[1]);
  test::RandomMessages random(2024);
  save_messages(root, random);
  save(root, "consensus_block", "block", encode(random.block()));
  save(root, "consensus_block", "stored", encode(random.stored_block()));
  save(root, "consensus_block_header", "block", encode(random.block().header));
  save(root, "consensus_block_header", "batch", encode(random.batch().header));
  const Batch batch = random.batch();
  save(root, "consensus_stored_record", "batch",
       encode_batch_record(batch.header, batch.envelopes));
  save(root, "consensus_stored_record", "block",
       encode(BlockRecord{random.stored_block(), {{LanePosition(3), random.digest()}, {}}}));
  save(root, "consensus_stored_record", "commit", encode(random.commit_message()));
  SignState state;
  state.counter = 3;
  state.notarized = View{9};
  save(root, "consensus_sign_state", "state", encode(state));
  FinalityProof proof;
  proof.certificate = random.commit_certificate();
  save(root, "consensus_finality_proof", "certificate", encode(proof));
  proof.history = HistoryPath{random.commit_message(), {2, 3, {random.digest()}}};
  save(root, "consensus_finality_proof", "history", encode(proof));
  // Three frames of which the sign-state knows two; then one change per operation.
  save(root, "consensus_vote_log", "intact", Bytes{3 + 2 * 8});
  save(root, "consensus_vote_log", "flip", Bytes{3 + 2 * 8, 0x04, 0x02, 0xff, 0});
  save(root, "consensus_vote_log", "cut", Bytes{3 + 2 * 8, 0x06, 0x00, 0, 1});
  save(root, "consensus_vote_log", "zero", Bytes{3 + 2 * 8, 0x02, 0x00, 0, 2});
  save(root, "consensus_vote_log", "moved", Bytes{3 + 2 * 8, 0x04, 0x00, 3, 3});
  return 0;
}
