#include "ledger/types/receipt.hpp"

#include <algorithm>

#include "crypto/base/codec.hpp"

namespace huangpu::ledger {
namespace {

ResultCode read_code(Reader& reader) {
  const auto code = result_code_from_number(reader.u16());
  if (!code || !is_execution_code(*code)) {
    reader.mark_failed("has an unknown result code");
    return ResultCode::kSettled;
  }
  return *code;
}

bool carries_first_use(ResultCode code) {
  return code == ResultCode::kReferenceRepeated || code == ResultCode::kReferenceConflict;
}

}  // namespace

Bytes encode_receipt(const Receipt& receipt) {
  Writer writer(128 + receipt.record_codes.size());
  writer.u8(Receipt::kVersion)
      .raw(receipt.txid.bytes())
      .u64(receipt.height.value())
      .u32(receipt.index)
      .u16(receipt.lane)
      .u64(receipt.position.value())
      .u16(static_cast<std::uint16_t>(receipt.code))
      .u8(receipt.first ? 1 : 0);
  if (receipt.first) {
    writer.raw(receipt.first->txid.bytes())
        .u64(receipt.first->height.value())
        .u32(receipt.first->index)
        .u16(static_cast<std::uint16_t>(receipt.first->code));
  }
  writer.blob(receipt.record_codes);
  return std::move(writer).take();
}

Result<Receipt> decode_receipt(ByteView bytes) {
  Reader reader(bytes);
  const std::uint8_t version = reader.u8();
  if (reader.ok() && version != Receipt::kVersion) {
    return fail(Errc::kUnsupportedVersion,
                "receipt has format version " + std::to_string(version) + "; this build reads 1");
  }
  Receipt receipt;
  receipt.txid = TxId(reader.digest());
  receipt.height = Height(reader.u64());
  receipt.index = reader.u32();
  receipt.lane = reader.u16();
  receipt.position = LanePosition(reader.u64());
  receipt.code = read_code(reader);
  if (reader.boolean()) {
    if (!carries_first_use(receipt.code)) reader.mark_failed("has a first use it should not have");
    FirstUse first;
    first.txid = TxId(reader.digest());
    first.height = Height(reader.u64());
    first.index = reader.u32();
    first.code = read_code(reader);
    receipt.first = first;
  } else if (carries_first_use(receipt.code)) {
    reader.mark_failed("lacks the first use of its reference");
  }
  const ByteView codes = reader.blob(kBulkRecordsMax);
  const bool known = std::ranges::all_of(
      codes, [](std::uint8_t code) { return result_code_from_number(code).has_value(); });
  if (!known) reader.mark_failed("has an unknown record code");
  receipt.record_codes = to_bytes(codes);
  HP_TRY(reader.finish("receipt"));
  return receipt;
}

std::uint32_t settled_transfers(const Receipt& receipt, std::uint32_t transfer_count) {
  if (receipt.record_codes.empty()) {
    return receipt.code == ResultCode::kSettled ? transfer_count : 0;
  }
  const auto settled =
      std::ranges::count(receipt.record_codes, static_cast<std::uint8_t>(ResultCode::kSettled));
  return static_cast<std::uint32_t>(settled);
}

}  // namespace huangpu::ledger
