// Segment files: whatever is in them, opening the block store repairs or refuses, and no record
// that it gives out differs from what was appended.
//
// First byte 0: the rest is the newest segment file itself. Otherwise the rest edits the files of a
// good store, segment 1 + first byte % 3.
#include <cstddef>
#include <cstdint>

#include "crypto/base/assert.hpp"
#include "crypto/hash/hasher.hpp"
#include "ledger/store/block_store.hpp"
#include "ledger/store/segment_format.hpp"
#include "tests/fuzz/store/edits.hpp"
#include "tests/support/fault_file_system.hpp"

namespace {

using namespace huangpu;
using namespace huangpu::ledger;

BlockStoreOptions options(bool read_only) {
  BlockStoreOptions result;
  result.directory = "data";
  result.chain_id = crypto::sha256(as_bytes("chain"));
  result.segment_bytes_max = 500;
  result.read_only = read_only;
  return result;
}

Bytes payload_of(Height height) { return Bytes(80, static_cast<std::uint8_t>(height.value())); }

void fill(test::FaultFileSystem& files) {
  auto store = BlockStore::open(files, options(false));
  HP_ASSERT(store.has_value(), "an empty block store opens");
  for (Height height{1}; height < Height(8); ++height) {
    const Bytes payload = payload_of(height);
    HP_ASSERT((*store)->append_block(height, crypto::sha256(payload), payload).has_value(),
              "append");
    HP_ASSERT((*store)->sync().has_value(), "sync");
  }
  // Without the close mark, as after a crash.
  files.crash(test::Crash::kKillProcess, 0);
}

void open_and_compare(test::FaultFileSystem& files, bool read_only, bool known) {
  auto store = BlockStore::open(files, options(read_only));
  if (!store) {
    HP_ASSERT(!store.error().message.empty(), "a refusal says why");
    return;
  }
  HP_ASSERT((*store)->scrub().has_value(), "what opened is whole");
  HP_ASSERT((*store)
                ->scan([&](const RecordKey& key, ByteView payload) -> Status {
                  HP_ASSERT(!known || equal(payload, payload_of(key.height)), "a wrong record");
                  return {};
                })
                .has_value(),
            "what opened can be read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  if (size_bytes < 1) return 0;
  const ByteView rest = ByteView(data, size_bytes).subspan(1);
  test::FaultFileSystem files;
  if (data[0] == 0) {
    HP_ASSERT(files.create_directories("data/epochs").has_value(), "directories");
    files.set_contents("data/chain/00000001.seg", rest);
    open_and_compare(files, true, false);
    open_and_compare(files, false, false);
    return 0;
  }
  fill(files);
  const std::string victim = "data/chain/" + segment::file_name(1U + data[0] % 3U);
  Bytes bytes = files.contents(victim);
  fuzz::apply_edits(bytes, rest);
  files.set_contents(victim, bytes);
  open_and_compare(files, true, true);
  open_and_compare(files, false, true);
  return 0;
}
