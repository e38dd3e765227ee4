#include "ledger/codec/transaction_builder.hpp"

#include <algorithm>

#include "ledger/types/limits.hpp"

namespace huangpu::ledger {
namespace {

UnsignedTransaction make_unsigned(const ChainInfo& chain, Bytes body,
                                  std::vector<crypto::KeyId> signers) {
  UnsignedTransaction transaction;
  transaction.txid = transaction_id(chain, body);
  transaction.body = std::move(body);
  transaction.signing_message = signing_message(transaction.txid);
  transaction.signers = std::move(signers);
  return transaction;
}

}  // namespace

TransactionBuilder::TransactionBuilder(ChainInfo chain, ParticipantId submitter) : chain_(chain) {
  body_.chain = chain.chain;
  body_.submitter = submitter;
}

TransactionBuilder& TransactionBuilder::valid(TimestampMs from, TimestampMs until) {
  body_.valid_from = from;
  body_.valid_until = until;
  return *this;
}

TransactionBuilder& TransactionBuilder::nonce(const AccountId& account, std::uint32_t lane,
                                              std::uint64_t sequence) {
  body_.nonce = NonceLane{account, lane, sequence};
  return *this;
}

TransactionBuilder& TransactionBuilder::reference(std::string id, std::uint32_t yyyymmdd) {
  body_.reference = ClientReference{std::move(id), yyyymmdd};
  return *this;
}

TransactionBuilder& TransactionBuilder::signer(const crypto::KeyId& key) {
  const auto place = std::ranges::lower_bound(body_.signers, key);
  if (place == body_.signers.end() || *place != key) body_.signers.insert(place, key);
  return *this;
}

TransactionBuilder& TransactionBuilder::operation(Operation operation) {
  body_.operation = std::move(operation);
  return *this;
}

Result<UnsignedTransaction> TransactionBuilder::build() const {
  HP_TRY_ASSIGN(Bytes body, encode_body(body_));
  return make_unsigned(chain_, std::move(body), body_.signers);
}

Result<UnsignedTransaction> unsigned_from_body(const ChainInfo& chain, ByteView body) {
  HP_TRY_ASSIGN(auto decoded, decode_body(body));
  if (decoded.chain != chain.chain) {
    return fail(Errc::kWrongChain, "transaction is for chain " + decoded.chain.hex());
  }
  return make_unsigned(chain, to_bytes(body), std::move(decoded.signers));
}

Result<EnvelopeSignature> sign(const UnsignedTransaction& transaction, crypto::Signer& signer) {
  const crypto::KeyId id = signer.public_key().id();
  if (!std::ranges::binary_search(transaction.signers, id)) {
    return fail(Errc::kInvalidArgument, "key " + id.hex() + " is not a signer of this transaction");
  }
  EnvelopeSignature result;
  result.key = signer.public_key();
  HP_TRY_ASSIGN(result.signature, signer.sign(transaction.signing_message));
  return result;
}

Result<SignedTransaction> assemble(const UnsignedTransaction& transaction,
                                   std::vector<EnvelopeSignature> signatures) {
  std::ranges::sort(signatures, {}, [](const auto& entry) { return entry.key.id(); });
  std::vector<crypto::KeyId> present;
  present.reserve(signatures.size());
  for (const auto& entry : signatures) present.push_back(entry.key.id());
  for (const auto& signer : transaction.signers) {
    if (!std::ranges::binary_search(present, signer)) {
      return fail(Errc::kInvalidArgument, "the signature by key " + signer.hex() + " is missing");
    }
  }
  if (present != transaction.signers) {
    return fail(Errc::kInvalidArgument, "there is a signature that no signer of it needs");
  }
  SignedTransaction result{transaction.txid, encode_envelope(transaction.body, signatures)};
  if (result.envelope.size() > kEnvelopeBytesMax) {
    return fail(Errc::kInvalidArgument, "the signed transaction is longer than an envelope may be");
  }
  return result;
}

Result<SignedTransaction> sign_transaction(TransactionBuilder builder,
                                           std::span<crypto::Signer* const> signers) {
  for (const auto* signer : signers) builder.signer(signer->public_key().id());
  HP_TRY_ASSIGN(const auto transaction, builder.build());
  std::vector<EnvelopeSignature> signatures;
  signatures.reserve(signers.size());
  for (auto* signer : signers) {
    HP_TRY_ASSIGN(auto signature, sign(transaction, *signer));
    signatures.push_back(std::move(signature));
  }
  return assemble(transaction, std::move(signatures));
}

}  // namespace huangpu::ledger
