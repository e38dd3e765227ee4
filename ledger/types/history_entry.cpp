#include "ledger/types/history_entry.hpp"

#include <algorithm>
#include <array>
#include <concepts>

#include "crypto/base/codec.hpp"
#include "crypto/hash/domain.hpp"
#include "crypto/hash/hasher.hpp"

namespace huangpu::ledger {
namespace {

constexpr std::string_view kTag = crypto::domain::kEntry;
using EntryBytes = std::array<std::uint8_t, HistoryEntry::kEncodedBytes>;

// Writes into a fixed buffer: this runs twice per transfer, so it does without the heap.
class FixedWriter {
 public:
  explicit FixedWriter(std::uint8_t* target) : at_(target) {}

  template <std::unsigned_integral T>
  FixedWriter& number(T value) {
    for (std::size_t i = sizeof(T); i-- > 0;) *at_++ = static_cast<std::uint8_t>(value >> (8 * i));
    return *this;
  }
  FixedWriter& amount(Amount value) { return number(value.hi()).number(value.lo()); }
  FixedWriter& raw(ByteView bytes) {
    at_ = std::copy(bytes.begin(), bytes.end(), at_);
    return *this;
  }

 private:
  std::uint8_t* at_;
};

EntryBytes pack(const HistoryEntry& entry) {
  EntryBytes bytes;
  FixedWriter(bytes.data())
      .number(entry.height.value())
      .number(entry.index)
      .number(entry.record)
      .number(static_cast<std::uint8_t>(entry.kind))
      .amount(entry.amount)
      .amount(entry.balance_after)
      .raw(entry.counterparty.bytes())
      .raw(entry.end_to_end)
      .raw(entry.purpose);
  return bytes;
}

}  // namespace

Bytes encode_history_entry(const HistoryEntry& entry) { return to_bytes(ByteView(pack(entry))); }

Result<HistoryEntry> decode_history_entry(ByteView bytes) {
  Reader reader(bytes);
  HistoryEntry entry;
  entry.height = Height(reader.u64());
  entry.index = reader.u32();
  entry.record = reader.u32();
  const std::uint8_t kind = reader.u8();
  if (kind < 1 || kind > 4) reader.mark_failed("has an unknown kind");
  entry.kind = static_cast<EntryKind>(kind);
  entry.amount = reader.u128();
  entry.balance_after = reader.u128();
  entry.counterparty = AccountId(reader.digest());
  std::ranges::copy(reader.raw(entry.end_to_end.size()), entry.end_to_end.begin());
  std::ranges::copy(reader.raw(entry.purpose.size()), entry.purpose.begin());
  HP_TRY(reader.finish("history entry"));
  return entry;
}

crypto::Digest next_history_head(crypto::SuiteId suite, const crypto::Digest& head,
                                 const HistoryEntry& entry) {
  std::array<std::uint8_t, kTag.size() + crypto::Digest::kSizeBytes + HistoryEntry::kEncodedBytes>
      message;
  const EntryBytes packed = pack(entry);
  FixedWriter(message.data()).raw(as_bytes(kTag)).raw(head.bytes()).raw(packed);
  return crypto::hash(suite, ByteView(message));
}

}  // namespace huangpu::ledger
