#include "consensus/codec/evidence_codec.hpp"

#include "consensus/codec/batch_codec.hpp"
#include "consensus/codec/certificate_codec.hpp"

namespace huangpu::consensus {
namespace {

enum class ProofKind : std::uint8_t { kConflict = 1, kBadBatch = 2 };

void write(Writer& out, const Statement& statement) {
  out.u8(static_cast<std::uint8_t>(statement.kind)).u64(statement.position);
  out.digest(statement.digest);
  statement.signature.write(out);
}

Statement read_statement(Reader& in) {
  Statement statement;
  const std::uint8_t kind = in.u8();
  if (kind < 1 || kind > 8 || kind == 7) {
    in.mark_failed("has an unknown signed kind");
    return statement;
  }
  statement.kind = static_cast<SignedKind>(kind);
  statement.position = in.u64();
  statement.digest = in.digest();
  statement.signature = read_signature(in);
  return statement;
}

}  // namespace

void write(Writer& out, const Evidence& evidence) {
  out.u64(evidence.epoch.value()).u16(evidence.offender.value());
  if (const auto* conflict = std::get_if<Conflict>(&evidence.proof)) {
    out.u8(static_cast<std::uint8_t>(ProofKind::kConflict));
    write(out, conflict->first);
    write(out, conflict->second);
    return;
  }
  const BadBatch& bad = std::get<BadBatch>(evidence.proof);
  out.u8(static_cast<std::uint8_t>(ProofKind::kBadBatch));
  write(out, bad.header);
  bad.signature.write(out);
  out.blob(bad.envelope);
  crypto::write_merkle_path(out, bad.path);
}

Evidence read_evidence(Reader& in) {
  Evidence evidence;
  evidence.epoch = Epoch{in.u64()};
  evidence.offender = ValidatorIndex{in.u16()};
  switch (static_cast<ProofKind>(in.u8())) {
    case ProofKind::kConflict: {
      Conflict conflict;
      conflict.first = read_statement(in);
      conflict.second = read_statement(in);
      evidence.proof = std::move(conflict);
      break;
    }
    case ProofKind::kBadBatch: {
      BadBatch bad;
      bad.header = read_batch_header(in);
      bad.signature = read_signature(in);
      bad.envelope = to_bytes(in.blob(kEnvelopeBytesMax));
      bad.path = crypto::read_merkle_path(in);
      evidence.proof = std::move(bad);
      break;
    }
    default:
      in.mark_failed("has an unknown kind of proof");
  }
  return evidence;
}

Bytes encode(const Evidence& evidence) {
  Writer out;
  write(out, evidence);
  return std::move(out).take();
}

Result<Evidence> decode_evidence(ByteView bytes) {
  Reader in(bytes);
  Evidence evidence = read_evidence(in);
  HP_TRY(in.finish("evidence"));
  return evidence;
}

}  // namespace huangpu::consensus
