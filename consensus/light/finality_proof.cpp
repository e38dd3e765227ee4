#include "consensus/light/finality_proof.hpp"

#include <string>

#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/epoch_codec.hpp"
#include "consensus/codec/hashing.hpp"
#include "crypto/base/mutant.hpp"

namespace huangpu::consensus {
namespace {

constexpr std::uint16_t kFinalityProofVersion = 1;
constexpr std::size_t kEpochLinkBytesMin = 400;

Status verify_certified(const ChainContext& chain, const crypto::Verifier& verifier,
                        const EpochRecord& record, const CommitCertificate& certificate) {
  return verify_commit_certificate({chain, record.epoch, record.set, verifier}, certificate);
}

}  // namespace

Result<EpochRecord> verify_epoch_link(const ChainContext& chain, const crypto::Verifier& verifier,
                                      const EpochRecord& record, const EpochLink& link) {
  const CommitMessage& boundary = link.boundary.message;
  if (!boundary.is_boundary()) {
    return fail(Errc::kConflict, "epoch link: the commit message ends no epoch");
  }
  if (link.next.epoch.value() == 0 || link.next.epoch.previous() != record.epoch) {
    return fail(Errc::kConflict, "epoch link: the next record is not of the following epoch");
  }
  if (epoch_hash(chain.suite, link.next) != boundary.next_epoch_hash) {
    return fail(Errc::kConflict, "epoch link: the boundary names another epoch record");
  }
  if (HP_MUTANT(12)) {
    HP_TRY(
        verify_commit_certificate({chain, record.epoch, link.next.set, verifier}, link.boundary));
    return link.next;
  }
  HP_TRY(verify_certified(chain, verifier, record, link.boundary));
  return link.next;
}

Status verify_history(SuiteId suite, const CommitMessage& newer, const HistoryPath& history) {
  const CommitMessage& older = history.message;
  if (older.genesis != newer.genesis) {
    return fail(Errc::kWrongChain, "history: the commit messages are of different chains");
  }
  if (older.height.value() == 0 || older.height >= newer.height || older.epoch > newer.epoch ||
      older.timestamp >= newer.timestamp) {
    return fail(Errc::kConflict, "history: the message does not precede the certified one");
  }
  if (history.path.count != newer.height.value() - 1 ||
      history.path.index != older.height.value() - 1) {
    return fail(Errc::kConflict, "history: the path is of another height");
  }
  if (!crypto::verify_mmr_path(suite, newer.history_root, commit_digest(suite, older),
                               history.path)) {
    return fail(Errc::kConflict, "history: the path does not lead to the certified history root");
  }
  return {};
}

Result<CommitMessage> verify_finality(const ChainContext& chain, const crypto::Verifier& verifier,
                                      const EpochRecord& trusted, const FinalityProof& proof) {
  EpochRecord record = trusted;
  std::optional<CommitMessage> last;
  const auto check_order = [&last](const CommitMessage& message) -> Status {
    if (last && (message.height <= last->height || message.timestamp <= last->timestamp)) {
      return fail(Errc::kConflict, "finality proof: height or time does not rise");
    }
    last = message;
    return {};
  };
  for (const EpochLink& link : proof.epochs) {
    HP_TRY(check_order(link.boundary.message));
    HP_TRY_ASSIGN(record, verify_epoch_link(chain, verifier, record, link));
  }
  const CommitMessage& certified = proof.certificate.message;
  HP_TRY(check_order(certified));
  HP_TRY(verify_certified(chain, verifier, record, proof.certificate));
  if (!proof.history) return certified;
  HP_TRY(verify_history(chain.suite, certified, *proof.history));
  return proof.history->message;
}

void write(Writer& out, const EpochLink& link) {
  write(out, link.boundary);
  write(out, link.next);
}

EpochLink read_epoch_link(Reader& in) {
  EpochLink link;
  link.boundary = read_commit_certificate(in);
  link.next = read_epoch_record(in);
  return link;
}

Bytes encode(const FinalityProof& proof) {
  Writer out;
  out.u16(kFinalityProofVersion).u32(static_cast<std::uint32_t>(proof.epochs.size()));
  for (const EpochLink& link : proof.epochs) write(out, link);
  write(out, proof.certificate);
  out.u8(proof.history ? 1 : 0);
  if (proof.history) {
    write(out, proof.history->message);
    crypto::write_merkle_path(out, proof.history->path);
  }
  return out.take();
}

Result<FinalityProof> decode_finality_proof(ByteView bytes) {
  if (bytes.size() > kFinalityProofBytesMax) {
    return fail(Errc::kMalformed, "finality proof: beyond its bound");
  }
  Reader in(bytes);
  const std::uint16_t version = in.u16();
  if (in.ok() && version != kFinalityProofVersion) {
    return fail(Errc::kUnsupportedVersion,
                "finality proof: version " + std::to_string(version) + " is unknown");
  }
  FinalityProof proof;
  const std::uint32_t count = in.count(kEpochLinksMax, kEpochLinkBytesMin);
  proof.epochs.reserve(count);
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) proof.epochs.push_back(read_epoch_link(in));
  proof.certificate = read_commit_certificate(in);
  if (in.boolean()) {
    HistoryPath history;
    history.message = read_commit_message(in);
    history.path = crypto::read_merkle_path(in);
    proof.history = std::move(history);
  }
  HP_TRY(in.finish("finality proof"));
  return proof;
}

}  // namespace huangpu::consensus
