#include "consensus/codec/certificate_codec.hpp"

namespace huangpu::consensus {
namespace {

constexpr std::uint8_t kReadyItem = 1;

VoteKind read_vote_kind(Reader& in) {
  const std::uint8_t byte = in.u8();
  if (byte < 2 || byte > 4) {
    in.mark_failed("has an unknown vote kind");
    return VoteKind::kNotarize;
  }
  return static_cast<VoteKind>(byte);
}

void write_signatures(Writer& out, const SignerSet& signers,
                      const std::vector<Signature>& signatures) {
  write(out, signers);
  for (const Signature& signature : signatures) signature.write(out);
}

// As many signatures as the bitmap has members; the count is not repeated.
std::vector<Signature> read_signatures(Reader& in, const SignerSet& signers) {
  std::vector<Signature> signatures;
  const std::size_t count = in.ok() ? signers.count() : 0;
  signatures.reserve(count);
  for (std::size_t i = 0; i < count && in.ok(); ++i) signatures.push_back(read_signature(in));
  return signatures;
}

template <class T, class ReadFunction>
Result<T> decode_whole(ByteView bytes, const char* what, ReadFunction read) {
  Reader in(bytes);
  T value = read(in);
  HP_TRY(in.finish(what));
  return value;
}

template <class T>
Bytes encode_whole(const T& value) {
  Writer out;
  write(out, value);
  return std::move(out).take();
}

}  // namespace

void write(Writer& out, const SignerSet& signers) {
  out.u16(static_cast<std::uint16_t>(signers.size()));
  for (std::size_t base = 0; base < signers.size(); base += 8) {
    std::uint8_t byte = 0;
    for (std::size_t bit = 0; bit < 8; ++bit) {
      if (signers.contains(ValidatorIndex{static_cast<std::uint16_t>(base + bit)})) {
        byte = static_cast<std::uint8_t>(byte | (1U << bit));
      }
    }
    out.u8(byte);
  }
}

SignerSet read_signer_set(Reader& in) {
  const std::uint16_t size = in.u16();
  if (size == 0 || size > kValidatorsMax) {
    in.mark_failed("has a bitmap for no or too many validators");
    return {};
  }
  SignerSet signers(size);
  const ByteView bytes = in.raw((size + 7U) / 8U);
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    if (((bytes[i / 8] >> (i % 8)) & 1U) == 0) continue;
    if (i >= size) {
      in.mark_failed("has bits set beyond the last validator");
      return {};
    }
    signers.insert(ValidatorIndex{static_cast<std::uint16_t>(i)});
  }
  return signers;
}

Signature read_signature(Reader& in) { return Signature::read(in); }

void write(Writer& out, const Vote& vote) {
  out.u8(static_cast<std::uint8_t>(vote.kind)).u64(vote.epoch.value()).u64(vote.view.value());
  out.digest(vote.digest).u16(vote.signer.value());
  vote.signature.write(out);
}

Vote read_vote(Reader& in) {
  Vote vote;
  vote.kind = read_vote_kind(in);
  vote.epoch = Epoch{in.u64()};
  vote.view = View{in.u64()};
  vote.digest = in.digest();
  vote.signer = ValidatorIndex{in.u16()};
  vote.signature = read_signature(in);
  return vote;
}

void write(Writer& out, const Certificate& certificate) {
  out.u8(static_cast<std::uint8_t>(certificate.kind)).u64(certificate.epoch.value());
  out.u64(certificate.view.value()).digest(certificate.digest);
  write_signatures(out, certificate.signers, certificate.signatures);
}

Certificate read_certificate(Reader& in) {
  Certificate certificate;
  certificate.kind = read_vote_kind(in);
  certificate.epoch = Epoch{in.u64()};
  certificate.view = View{in.u64()};
  certificate.digest = in.digest();
  certificate.signers = read_signer_set(in);
  certificate.signatures = read_signatures(in, certificate.signers);
  return certificate;
}

void write(Writer& out, const CommitMessage& message) {
  out.u16(message.version).digest(message.genesis).u64(message.epoch.value());
  out.u64(message.height.value()).digest(message.block_hash).u64(message.timestamp.value());
  out.digest(message.state_root).digest(message.receipts_root).digest(message.history_root);
  out.digest(message.bridge_root).digest(message.next_epoch_hash);
}

CommitMessage read_commit_message(Reader& in) {
  CommitMessage message;
  message.version = in.u16();
  if (message.version != kCommitVersion) in.mark_failed("has an unknown commit message version");
  message.genesis = in.digest();
  message.epoch = Epoch{in.u64()};
  message.height = Height{in.u64()};
  message.block_hash = in.digest();
  message.timestamp = TimestampMs{in.u64()};
  message.state_root = in.digest();
  message.receipts_root = in.digest();
  message.history_root = in.digest();
  message.bridge_root = in.digest();
  message.next_epoch_hash = in.digest();
  return message;
}

void write(Writer& out, const CommitVote& vote) {
  write(out, vote.message);
  out.u16(vote.signer.value());
  vote.signature.write(out);
}

CommitVote read_commit_vote(Reader& in) {
  CommitVote vote;
  vote.message = read_commit_message(in);
  vote.signer = ValidatorIndex{in.u16()};
  vote.signature = read_signature(in);
  return vote;
}

void write(Writer& out, const CommitCertificate& certificate) {
  write(out, certificate.message);
  write_signatures(out, certificate.signers, certificate.signatures);
}

void write(Writer& out, const Ready& ready) {
  out.u64(ready.epoch.value()).digest(ready.epoch_hash).u16(ready.signer.value());
  ready.signature.write(out);
}

Ready read_ready(Reader& in) {
  Ready ready;
  ready.epoch = Epoch{in.u64()};
  ready.epoch_hash = in.digest();
  ready.signer = ValidatorIndex{in.u16()};
  ready.signature = read_signature(in);
  return ready;
}

Bytes encode_system_item(const Ready& ready) {
  Writer out;
  out.u8(kReadyItem);
  write(out, ready);
  return out.take();
}

Result<Ready> decode_system_item(ByteView bytes) {
  Reader in(bytes);
  if (in.u8() != kReadyItem) in.mark_failed("is of an unknown kind");
  Ready ready = read_ready(in);
  HP_TRY(in.finish("system item"));
  return ready;
}

CommitCertificate read_commit_certificate(Reader& in) {
  CommitCertificate certificate;
  certificate.message = read_commit_message(in);
  certificate.signers = read_signer_set(in);
  certificate.signatures = read_signatures(in, certificate.signers);
  return certificate;
}

Bytes encode(const Vote& vote) { return encode_whole(vote); }
Bytes encode(const Certificate& certificate) { return encode_whole(certificate); }
Bytes encode(const CommitMessage& message) { return encode_whole(message); }
Bytes encode(const CommitCertificate& certificate) { return encode_whole(certificate); }

Result<Vote> decode_vote(ByteView bytes) { return decode_whole<Vote>(bytes, "vote", read_vote); }
Result<Certificate> decode_certificate(ByteView bytes) {
  return decode_whole<Certificate>(bytes, "certificate", read_certificate);
}
Result<CommitMessage> decode_commit_message(ByteView bytes) {
  return decode_whole<CommitMessage>(bytes, "commit message", read_commit_message);
}
Result<CommitCertificate> decode_commit_certificate(ByteView bytes) {
  return decode_whole<CommitCertificate>(bytes, "commit certificate", read_commit_certificate);
}

}  // namespace huangpu::consensus
