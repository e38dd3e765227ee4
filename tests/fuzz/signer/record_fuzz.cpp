// Signing records with damage (SPEC C-168): the input is a list of changes to a good file, of four
// bytes each: place (u16, in units of 4 bytes), new value, operation. Whatever was synced before
// the newest whole block is either known or the record is refused.
#include <cstdint>

#include "consensus/safety/sign_record.hpp"
#include "crypto/base/assert.hpp"

using namespace huangpu;
using namespace huangpu::consensus;

namespace {

constexpr std::uint64_t kBlocks = 6;
const Digest kGenesis(Digest::Array{7});
const crypto::KeyId kKey{Digest(Digest::Array{8})};

SigningRequest statement(std::uint64_t view, std::uint8_t digest) {
  return {SignedKind::kNotarize, kGenesis, Epoch{1}, view, Digest(Digest::Array{digest})};
}

Bytes good_file() {
  Bytes file = encode(SignRecordHeader{kGenesis, kKey, 1, 2});
  for (std::uint64_t seq = 1; seq <= kBlocks; ++seq) {
    const SigningRequest request = statement(seq, 1);
    const SignEntry entry{SignEntry::Type::kStatement,
                          request.kind,
                          SignedClass::kVotes,
                          request.epoch,
                          request.position,
                          request.digest};
    const Bytes block = encode_sign_blocks(std::span(&entry, 1), seq);
    file.insert(file.end(), block.begin(), block.end());
  }
  file.resize(file.size() + kSignBlockBytes);
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes file = good_file();
  // Changes that leave one copy of each block alone cost nothing.
  bool first_copies_whole = true;
  for (; size >= 4; data += 4, size -= 4) {
    const std::size_t place = (std::size_t{data[0]} << 8 | data[1]) * 4 % file.size();
    if (data[3] % 4 == 3) file.resize(std::max<std::size_t>(place, 1));
    const std::size_t at = place % file.size();
    file[at] = data[3] % 2 == 0 ? data[2] : static_cast<std::uint8_t>(file[at] ^ data[2]);
    const bool in_first_copy = at >= kSignBlockBytes && (at / kSignBlockBytes) % 2 == 1;
    if (file.size() < kSignBlockBytes + kBlocks * kSignPairBytes || in_first_copy)
      first_copies_whole = false;
  }
  const auto record = replay_sign_record(file, kGenesis, kKey);
  if (!record) return 0;
  HP_ASSERT(record->next_offset <= file.size(), "the next block follows what was read");
  if (!first_copies_whole) return 0;
  for (std::uint64_t view = 1; view <= kBlocks; ++view)
    HP_ASSERT(!record->guard.judge(statement(view, 2)), "a synced statement is never forgotten");
  return 0;
}
