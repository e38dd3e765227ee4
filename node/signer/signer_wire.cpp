#include "node/signer/signer_wire.hpp"

#include <algorithm>

#include "huangpu/v1/signer.pb.h"

namespace huangpu::node {
namespace {

constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kSentenceBytesMax = 512;

Result<crypto::Digest> digest_of(const std::string& bytes, const char* field) {
  if (bytes.size() != crypto::Digest::kSizeBytes)
    return fail(Errc::kMalformed, std::string("signer request: ") + field + " has not 32 bytes");
  return crypto::Digest::from(as_bytes(bytes));
}

Result<Bytes> instance_of(const std::string& bytes) {
  if (bytes.size() != kInstanceBytes)
    return fail(Errc::kMalformed, "signer request: instance has not 16 bytes");
  const ByteView view = as_bytes(bytes);
  return Bytes(view.begin(), view.end());
}

Result<consensus::SignedKind> kind_of(std::uint32_t number) {
  using consensus::SignedKind;
  for (const SignedKind kind :
       {SignedKind::kPropose, SignedKind::kNotarize, SignedKind::kNullify, SignedKind::kFinalize,
        SignedKind::kBatch, SignedKind::kReady, SignedKind::kCommit}) {
    if (number == static_cast<std::uint32_t>(kind)) return kind;
  }
  return fail(Errc::kMalformed,
              "signer request: kind " + std::to_string(number) + " is nothing a validator signs");
}

// What a stranger wrote, fit for a log line.
std::string sentence_of(const std::string& text) {
  std::string out = text.substr(0, kSentenceBytesMax);
  for (char& c : out) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return out;
}

std::string text_of(ByteView bytes) { return std::string(as_text(bytes)); }

}  // namespace

Error wire_error(std::uint32_t code, const std::string& sentence) {
  const bool known = code >= static_cast<std::uint32_t>(Errc::kInvalidArgument) &&
                     code <= static_cast<std::uint32_t>(Errc::kInternal);
  return {known ? static_cast<Errc>(code) : Errc::kInternal, sentence_of(sentence)};
}

Result<AttachCall> from_proto(const v1::AttachRequest& message) {
  AttachCall call;
  HP_TRY_ASSIGN(const crypto::Digest key, digest_of(message.key_id(), "key_id"));
  call.key = crypto::KeyId{key};
  HP_TRY_ASSIGN(call.genesis, digest_of(message.genesis(), "genesis"));
  HP_TRY_ASSIGN(call.instance, instance_of(message.instance()));
  if (message.name().size() > kNameBytesMax)
    return fail(Errc::kOutOfRange, "signer request: name is too long");
  call.name = sentence_of(message.name());
  return call;
}

Result<SignCall> from_proto(const v1::SignRequest& message) {
  SignCall call;
  HP_TRY_ASSIGN(const crypto::Digest key, digest_of(message.key_id(), "key_id"));
  call.key = crypto::KeyId{key};
  HP_TRY_ASSIGN(const crypto::Digest genesis, digest_of(message.genesis(), "genesis"));
  HP_TRY_ASSIGN(call.instance, instance_of(message.instance()));
  const auto count = static_cast<std::size_t>(message.statements_size());
  if (count == 0 || count > kStatementsTogetherMax)
    return fail(Errc::kOutOfRange, "signer request: 1 to 64 statements");
  for (const v1::SignStatement& statement : message.statements()) {
    consensus::SigningRequest request;
    HP_TRY_ASSIGN(request.kind, kind_of(statement.kind()));
    request.genesis = genesis;
    request.epoch = Epoch{statement.epoch()};
    request.position = statement.position();
    HP_TRY_ASSIGN(request.digest, digest_of(statement.digest(), "digest"));
    call.statements.push_back(request);
  }
  return call;
}

void to_proto(const SignCall& call, v1::SignRequest& message) {
  message.set_key_id(text_of(call.key.value().bytes()));
  message.set_instance(text_of(call.instance));
  for (const consensus::SigningRequest& request : call.statements) {
    message.set_genesis(text_of(request.genesis.bytes()));
    v1::SignStatement& statement = *message.add_statements();
    statement.set_kind(static_cast<std::uint32_t>(request.kind));
    statement.set_epoch(request.epoch.value());
    statement.set_position(request.position);
    statement.set_digest(text_of(request.digest.bytes()));
  }
}

std::vector<Result<crypto::Signature>> from_proto(const v1::SignReply& message, std::size_t count) {
  std::vector<Result<crypto::Signature>> results;
  if (message.code() != 0 || static_cast<std::size_t>(message.results_size()) != count) {
    const Error error = message.code() != 0
                            ? wire_error(message.code(), message.message())
                            : Error{Errc::kInternal, "the signer answered something else"};
    results.assign(count, tl::unexpected<Error>(error));
    return results;
  }
  for (const v1::SignResult& result : message.results()) {
    if (result.code() != 0) {
      results.emplace_back(tl::unexpected<Error>(wire_error(result.code(), result.message())));
    } else {
      results.push_back(crypto::Signature::decode(as_bytes(result.signature())));
    }
  }
  return results;
}

void to_proto(std::span<const Result<crypto::Signature>> results, v1::SignReply& message) {
  for (const Result<crypto::Signature>& result : results) {
    v1::SignResult& out = *message.add_results();
    if (result) {
      out.set_signature(text_of(result->encode()));
    } else {
      out.set_code(static_cast<std::uint32_t>(result.error().code));
      out.set_message(result.error().message);
    }
  }
}

}  // namespace huangpu::node
