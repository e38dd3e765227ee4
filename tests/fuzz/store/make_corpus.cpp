// Writes the seed corpora of the fuzz targets of this folder.
// Usage: hp_store_corpus tests/fuzz/corpus
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "crypto/base/assert.hpp"
#include "crypto/base/codec.hpp"
#include "crypto/hash/hasher.hpp"
#include "ledger/state/tree.hpp"
#include "ledger/store/archive.hpp"
#include "ledger/store/block_store.hpp"
#include "tests/support/fault_file_system.hpp"

using namespace huangpu;
using namespace huangpu::ledger;

namespace {

void save(const std::filesystem::path& root, const std::string& target, const std::string& name,
          std::uint8_t first, ByteView rest) {
  std::filesystem::create_directories(root / target);
  std::ofstream stream(root / target / name, std::ios::binary);
  stream.put(static_cast<char>(first));
  stream.write(as_text(rest).data(), static_cast<std::streamsize>(rest.size()));
}

Bytes edit(std::uint8_t what, std::uint32_t place, std::uint8_t argument) {
  Writer writer;
  writer.u8(what).u32(place).u8(argument);
  return writer.take();
}

void save_edits(const std::filesystem::path& root, const std::string& target) {
  save(root, target, "untouched", 1, {});
  save(root, target, "flipped-payload", 1, edit(0, 160, 1));
  save(root, target, "flipped-header", 2, edit(0, 9, 4));
  save(root, target, "cut", 3, edit(1, 300, 0));
  save(root, target, "zeroed", 1, edit(2, 100, 90));
  save(root, target, "removed", 2, edit(3, 72, 155));
  save(root, target, "doubled", 1, edit(4, 72, 155));
}

Bytes segment_file() {
  test::FaultFileSystem files;
  BlockStoreOptions options;
  options.directory = "data";
  options.chain_id = crypto::sha256(as_bytes("chain"));
  auto store = BlockStore::open(files, options);
  HP_ASSERT(store.has_value(), "an empty block store opens");
  for (Height height{1}; height < Height(4); ++height) {
    const Bytes payload(50, 1);
    HP_ASSERT((*store)->append_commit(height, payload).has_value(), "append");
    HP_ASSERT((*store)->append_certificate(height, payload).has_value(), "append");
  }
  HP_ASSERT((*store)->close().has_value(), "close");
  return files.contents("data/chain/00000001.seg");
}

Bytes archive_file() {
  test::FaultFileSystem files;
  HP_ASSERT(files.create_directories("out").has_value(), "directory");
  ArchiveHeader header;
  header.genesis = to_bytes("{\"format\":\"huangpu-genesis\"}");
  auto writer = ArchiveWriter::create(files, "out/archive", header);
  HP_ASSERT(writer.has_value(), "an archive can be made");
  RecordKey key;
  key.kind = RecordKind::kCommit;
  for (key.height = Height(1); key.height < Height(4); ++key.height) {
    HP_ASSERT((*writer)->add(key.height, key, Bytes(30, 1)).has_value(), "add");
  }
  HP_ASSERT((*writer)->finish().has_value(), "finish");
  return files.contents("out/archive");
}

void save_proofs(const std::filesystem::path& root) {
  constexpr auto kSuite = crypto::SuiteId::kEd25519Sha256;
  StateTree tree(kSuite);
  std::vector<LeafChange> leaves;
  for (std::uint8_t i = 0; i < 16; ++i) {
    leaves.push_back(leaf_change(kSuite, Bytes{'A', i}, Bytes{1, i}));
  }
  tree.rebuild(Height(0), leaves);
  for (std::uint8_t i = 0; i < 32; i = static_cast<std::uint8_t>(i + 3)) {
    const auto proof = tree.prove(Height(0), crypto::hash(kSuite, ByteView(Bytes{'A', i})));
    save(root, "state_proof", (i < 16 ? "member-" : "absent-") + std::to_string(i), i,
         encode(*proof));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: hp_store_corpus FOLDER\n");
    return 2;
  }
  const std::filesystem::path root = argv[1];
  save(root, "store_segment", "whole", 0, segment_file());
  save_edits(root, "store_segment");
  save(root, "store_archive", "whole", 0, archive_file());
  save_edits(root, "store_archive");
  save_proofs(root);
  return 0;
}
