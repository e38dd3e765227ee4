// Bytes ↔ transactions: canonical protobuf encoding of bodies and envelopes, ids and digests (SPEC
// L-10..L-15).
//
// Decoding is total: any input gives an envelope or an error, bounded in memory and time. Pure; any
// thread.
#pragma once

#include <cstdint>
#include <span>

#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"
#include "crypto/suite.hpp"
#include "ledger/types/ids.hpp"
#include "ledger/types/result_code.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::ledger {

// What a decoder must know about its chain.
struct ChainInfo {
  crypto::SuiteId suite = crypto::SuiteId::kEd25519Sha256;
  ChainId chain;
};

// The canonical bytes of a body. Fails with kInvalidArgument when a field breaks a stateless rule,
// so that what is encoded always decodes.
[[nodiscard]] Result<Bytes> encode_body(const TransactionBody& body);
[[nodiscard]] Result<TransactionBody> decode_body(ByteView bytes);

[[nodiscard]] TxId transaction_id(const ChainInfo& chain, ByteView body);

// What each signer signs: "hp/sign/tx" ‖ txid.
[[nodiscard]] Bytes signing_message(const TxId& txid);

// H("hp/business" ‖ canonical body without window, nonce and signers).
[[nodiscard]] Result<crypto::Digest> business_digest(crypto::SuiteId suite,
                                                     const TransactionBody& body);

// `signatures` in the order of the body's signers. Does not look into the body.
[[nodiscard]] Bytes encode_envelope(ByteView body, std::span<const EnvelopeSignature> signatures);

// Everything that can be checked without state and without curve arithmetic. Errors: kMalformed,
// kOutOfRange (too large), kUnsupportedVersion (format or suite), kWrongChain.
[[nodiscard]] Result<DecodedEnvelope> decode_envelope(const ChainInfo& chain, ByteView bytes);

// The answer a client gets for such an error.
[[nodiscard]] ResultCode refusal_code(const Error& error);

// The canonical body bytes inside an envelope, without checking the body; for archives and
// receipts.
[[nodiscard]] Result<Bytes> envelope_body(ByteView envelope);

}  // namespace huangpu::ledger
