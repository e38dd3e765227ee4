#include "ledger/codec/envelope.hpp"

#include <google/protobuf/arena.h>

#include <algorithm>

#include "crypto/base/codec.hpp"
#include "crypto/base/mutant.hpp"
#include "crypto/hash/domain.hpp"
#include "crypto/hash/hasher.hpp"
#include "huangpu/v1/transaction.pb.h"
#include "ledger/codec/wire_check.hpp"
#include "ledger/types/limits.hpp"

namespace huangpu::ledger {
namespace {

constexpr std::string_view kSignTag = crypto::domain::kSignTransaction;

// DiscardUnknownFields() would look at every field, and every envelope passes here.
bool has_unknown_fields(const google::protobuf::Message& message) {
  return !message.GetReflection()->GetUnknownFields(message).empty();
}

Status parse_envelope(ByteView bytes, v1::Envelope& message) {
  if (bytes.size() > kEnvelopeBytesMax) {
    return fail(Errc::kOutOfRange,
                "envelope is longer than " + std::to_string(kEnvelopeBytesMax) + " bytes");
  }
  const RepeatedField signatures{v1::Envelope::kSignaturesFieldNumber, kEnvelopeSignaturesMax};
  if (!has_plain_fields(bytes, signatures) ||
      !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return fail(Errc::kMalformed, "envelope is not a message of the schema");
  }
  if (has_unknown_fields(message) ||
      std::ranges::any_of(message.signatures(), has_unknown_fields) ||
      !equal(as_bytes(message.SerializeAsString()), bytes)) {
    return fail(Errc::kMalformed, "envelope is not in canonical encoding");
  }
  if (message.signatures_size() == 0) return fail(Errc::kMalformed, "envelope has no signature");
  return {};
}

Result<EnvelopeSignature> read_signature(const v1::EnvelopeSignature& message) {
  HP_TRY_ASSIGN(const auto suite, crypto::parse_suite(message.suite()));
  EnvelopeSignature result;
  HP_TRY_ASSIGN(result.key, crypto::PublicKey::from_raw(suite, as_bytes(message.public_key())));
  HP_TRY_ASSIGN(result.signature,
                crypto::Signature::from_raw(suite, as_bytes(message.signature())));
  return result;
}

// SPEC L-13: the signatures are those of the announced signers, all of them, in their order.
Status check_signers(const TransactionBody& body,
                     const std::vector<EnvelopeSignature>& signatures) {
  if (signatures.size() != body.signers.size()) {
    return fail(Errc::kMalformed, "envelope does not carry one signature per signer");
  }
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    if (signatures[i].key.id() != body.signers[i]) {
      return fail(Errc::kMalformed,
                  "envelope's signature " + std::to_string(i) + " is not by its signer");
    }
  }
  return {};
}

std::uint32_t transfers_in(const Operation& operation) {
  if (const auto* bulk = std::get_if<BulkTransfer>(&operation)) {
    return static_cast<std::uint32_t>(bulk->records.size() / kBulkRecordBytes);
  }
  const bool one = std::holds_alternative<Transfer>(operation) ||
                   std::holds_alternative<Payment>(operation) ||
                   std::holds_alternative<PostReserved>(operation);
  return one ? 1 : 0;
}

}  // namespace

TxId transaction_id(const ChainInfo& chain, ByteView body) {
  return TxId(crypto::hash(chain.suite,
                           {as_bytes(crypto::domain::kTransaction), chain.chain.bytes(), body}));
}

Bytes signing_message(const TxId& txid) {
  return Writer(kSignTag.size() + crypto::Digest::kSizeBytes)
      .tag(kSignTag)
      .raw(txid.bytes())
      .take();
}

Bytes encode_envelope(ByteView body, std::span<const EnvelopeSignature> signatures) {
  v1::Envelope message;
  message.set_body(body.data(), body.size());
  for (const auto& signature : signatures) {
    auto& entry = *message.add_signatures();
    entry.set_suite(static_cast<std::uint32_t>(signature.key.suite()));
    entry.set_public_key(signature.key.bytes().data(), signature.key.bytes().size());
    entry.set_signature(signature.signature.bytes().data(), signature.signature.bytes().size());
  }
  Bytes bytes(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(bytes.data());
  return bytes;
}

Result<DecodedEnvelope> decode_envelope(const ChainInfo& chain, ByteView bytes) {
  google::protobuf::Arena arena;
  auto& message = *google::protobuf::Arena::CreateMessage<v1::Envelope>(&arena);
  HP_TRY(parse_envelope(bytes, message));
  const ByteView body_bytes = as_bytes(message.body());

  DecodedEnvelope envelope;
  HP_TRY_ASSIGN(envelope.body, decode_body(body_bytes));
  if (envelope.body.chain != chain.chain) {
    return fail(Errc::kWrongChain, "transaction is for chain " + envelope.body.chain.hex());
  }
  envelope.signatures.reserve(static_cast<std::size_t>(message.signatures_size()));
  for (const auto& entry : message.signatures()) {
    HP_TRY_ASSIGN(auto signature, read_signature(entry));
    envelope.signatures.push_back(std::move(signature));
  }
  HP_TRY(check_signers(envelope.body, envelope.signatures));
  envelope.txid = transaction_id(chain, HP_MUTANT(23) ? bytes : body_bytes);
  if (envelope.body.reference) {
    HP_TRY_ASSIGN(envelope.business_digest, business_digest(chain.suite, envelope.body));
  }
  envelope.transfer_count = transfers_in(envelope.body.operation);
  envelope.size_bytes = static_cast<std::uint32_t>(bytes.size());
  return envelope;
}

ResultCode refusal_code(const Error& error) {
  switch (error.code) {
    case Errc::kOutOfRange:
      return ResultCode::kTooLarge;
    case Errc::kUnsupportedVersion:
      return ResultCode::kUnsupportedVersion;
    case Errc::kWrongChain:
      return ResultCode::kWrongChain;
    case Errc::kUnauthenticated:
      return ResultCode::kSignatureInvalid;
    default:
      return ResultCode::kMalformed;
  }
}

Result<Bytes> envelope_body(ByteView envelope) {
  google::protobuf::Arena arena;
  auto& message = *google::protobuf::Arena::CreateMessage<v1::Envelope>(&arena);
  HP_TRY(parse_envelope(envelope, message));
  return to_bytes(message.body());
}

}  // namespace huangpu::ledger
