#include "consensus/codec/epoch_codec.hpp"

#include <string>

namespace huangpu::consensus {
namespace {

constexpr std::size_t kValidatorBytesMin = 4 + 1 + 3 + 4 + 32;

}  // namespace

void write(Writer& out, const ValidatorSet& set) {
  out.u32(static_cast<std::uint32_t>(set.size()));
  for (const Validator& validator : set.validators()) {
    out.blob(as_bytes(validator.name));
    validator.key.write(out);
    out.u32(validator.weight).digest(validator.tls_pin);
  }
}

ValidatorSet read_validator_set(Reader& in) {
  const std::uint32_t count = in.count(kValidatorsMax, kValidatorBytesMin);
  std::vector<Validator> validators;
  validators.reserve(count);
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    Validator validator;
    validator.index = ValidatorIndex{static_cast<std::uint16_t>(i)};
    validator.name = std::string(as_text(in.blob(kValidatorNameBytesMax)));
    validator.key = PublicKey::read(in);
    validator.weight = in.u32();
    validator.tls_pin = in.digest();
    validators.push_back(std::move(validator));
  }
  if (!in.ok()) return {};
  Result<ValidatorSet> set = ValidatorSet::make(std::move(validators));
  if (!set) {
    in.mark_failed("has a validator set that breaks its rules");
    return {};
  }
  return std::move(*set);
}

void write(Writer& out, const ConsensusParameters& p) {
  out.u32(p.lag_blocks).u32(p.leader_window).u32(p.clock_drift_ms).u32(p.proposal_ms);
  out.u32(p.certificate_ms).u32(p.retry_ms).u32(p.silence_ms).u32(p.backoff_max);
  out.u32(p.block_interval_ms).u64(p.heartbeat_ms);
  out.u32(p.batch_bytes_max).u32(p.batch_envelopes_max).u32(p.batch_transfers_max);
  out.u32(p.block_bytes_max).u32(p.block_transfers_max).u32(p.block_batches_per_lane_max);
  out.u32(p.lane_batches_max).u32(p.lane_bytes_max).u64(p.retention_blocks);
}

ConsensusParameters read_parameters(Reader& in) {
  ConsensusParameters p;
  p.lag_blocks = in.u32();
  p.leader_window = in.u32();
  p.clock_drift_ms = in.u32();
  p.proposal_ms = in.u32();
  p.certificate_ms = in.u32();
  p.retry_ms = in.u32();
  p.silence_ms = in.u32();
  p.backoff_max = in.u32();
  p.block_interval_ms = in.u32();
  p.heartbeat_ms = in.u64();
  p.batch_bytes_max = in.u32();
  p.batch_envelopes_max = in.u32();
  p.batch_transfers_max = in.u32();
  p.block_bytes_max = in.u32();
  p.block_transfers_max = in.u32();
  p.block_batches_per_lane_max = in.u32();
  p.lane_batches_max = in.u32();
  p.lane_bytes_max = in.u32();
  p.retention_blocks = in.u64();
  if (in.ok() && !check(p)) in.mark_failed("has consensus parameters that contradict each other");
  return p;
}

void write(Writer& out, const EpochRecord& record) {
  out.u64(record.epoch.value());
  write(out, record.set);
  write(out, record.parameters);
  out.u32(record.revision).digest(record.settings);
}

EpochRecord read_epoch_record(Reader& in) {
  EpochRecord record;
  record.epoch = Epoch{in.u64()};
  record.set = read_validator_set(in);
  record.parameters = read_parameters(in);
  record.revision = in.u32();
  record.settings = in.digest();
  return record;
}

Bytes encode(const EpochRecord& record) {
  Writer out;
  write(out, record);
  return std::move(out).take();
}

Result<EpochRecord> decode_epoch_record(ByteView bytes) {
  Reader in(bytes);
  EpochRecord record = read_epoch_record(in);
  HP_TRY(in.finish("epoch record"));
  return record;
}

}  // namespace huangpu::consensus
