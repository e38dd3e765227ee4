// Votes, certificates and commit messages as bytes (SPEC C-5, C-30). Stored and sent in the same
// form.
#pragma once

#include "consensus/types/commit.hpp"
#include "crypto/base/codec.hpp"

namespace huangpu::consensus {

// Of a certificate signed by all members of a set of that size.
[[nodiscard]] constexpr std::size_t certificate_bytes_max(std::size_t validators) {
  return (1 + 8 + 8 + 32) + (2 + (validators + 7) / 8) + validators * Signature::kEncodedBytesMax;
}
inline constexpr std::size_t kCommitMessageBytes = 2 + 32 + 8 + 8 + 32 + 8 + 32 + 32 + 32 + 32 + 32;
inline constexpr std::size_t kCommitCertificateBytesMax =
    kCommitMessageBytes + certificate_bytes_max(kValidatorsMax);

void write(Writer& out, const SignerSet& signers);
void write(Writer& out, const Vote& vote);
void write(Writer& out, const Certificate& certificate);
void write(Writer& out, const CommitMessage& message);
void write(Writer& out, const CommitVote& vote);
void write(Writer& out, const CommitCertificate& certificate);
void write(Writer& out, const Ready& ready);

[[nodiscard]] Signature read_signature(Reader& in);
[[nodiscard]] SignerSet read_signer_set(Reader& in);
[[nodiscard]] Vote read_vote(Reader& in);
[[nodiscard]] Certificate read_certificate(Reader& in);
[[nodiscard]] CommitMessage read_commit_message(Reader& in);
[[nodiscard]] CommitVote read_commit_vote(Reader& in);
[[nodiscard]] CommitCertificate read_commit_certificate(Reader& in);
[[nodiscard]] Ready read_ready(Reader& in);

[[nodiscard]] Bytes encode(const Vote& vote);
[[nodiscard]] Bytes encode(const Certificate& certificate);
[[nodiscard]] Bytes encode(const CommitMessage& message);
[[nodiscard]] Bytes encode(const CommitCertificate& certificate);

[[nodiscard]] Result<Vote> decode_vote(ByteView bytes);
[[nodiscard]] Result<Certificate> decode_certificate(ByteView bytes);
[[nodiscard]] Result<CommitMessage> decode_commit_message(ByteView bytes);
[[nodiscard]] Result<CommitCertificate> decode_commit_certificate(ByteView bytes);

// A block's system item that carries a declaration of readiness (SPEC C-34).
[[nodiscard]] Bytes encode_system_item(const Ready& ready);
[[nodiscard]] Result<Ready> decode_system_item(ByteView bytes);

}  // namespace huangpu::consensus
