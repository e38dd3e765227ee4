// Archive files: reading is total, and an archive that differs from the one written never reads to
// its end.
//
// First byte 0: the rest is the file itself. Otherwise the rest edits a good archive.
#include <cstddef>
#include <cstdint>

#include "crypto/base/assert.hpp"
#include "ledger/store/archive.hpp"
#include "tests/fuzz/store/edits.hpp"
#include "tests/support/fault_file_system.hpp"

namespace {

using namespace huangpu;
using namespace huangpu::ledger;

const Bytes& good_archive() {
  static const Bytes bytes = [] {
    test::FaultFileSystem files;
    HP_ASSERT(files.create_directories("out").has_value(), "directory");
    ArchiveHeader header;
    header.genesis = to_bytes("{}");
    auto writer = ArchiveWriter::create(files, "out/archive", header);
    HP_ASSERT(writer.has_value(), "an archive can be made");
    for (Height height{1}; height < Height(4); ++height) {
      for (const RecordKind kind : {RecordKind::kCommit, RecordKind::kCertificate}) {
        RecordKey key;
        key.kind = kind;
        key.height = height;
        HP_ASSERT((*writer)->add(height, key, Bytes(40, 1)).has_value(), "a record can be added");
      }
    }
    HP_ASSERT((*writer)->finish().has_value(), "an archive can be finished");
    return files.contents("out/archive");
  }();
  return bytes;
}

// True when the whole archive was read without damage.
bool read_all(ByteView bytes) {
  auto reader = ArchiveReader::from_bytes(bytes);
  if (!reader) return false;
  while (true) {
    const auto next = (*reader)->next();
    HP_ASSERT(next.has_value() != (*reader)->damage().has_value(), "an error names its place");
    if (!next) return false;
    if (!*next) return true;
    HP_ASSERT((*next)->offset < (*reader)->offset(), "reading moves on");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  if (size_bytes < 1) return 0;
  const ByteView rest = ByteView(data, size_bytes).subspan(1);
  if (data[0] == 0) {
    static_cast<void>(read_all(rest));
    return 0;
  }
  Bytes bytes = good_archive();
  fuzz::apply_edits(bytes, rest);
  HP_ASSERT(read_all(bytes) == (bytes == good_archive()), "damage to an archive went unnoticed");
  return 0;
}
