// Building and signing transactions: for wallets, load generators and tests.
//
//   HP_TRY_ASSIGN(const auto unsigned_tx, TransactionBuilder(chain, me)
//       .valid(now, now + 60 s).reference("INV-7", 20261123).signer(key.public_key().id())
//       .operation(Transfer{...}).build());
//   HP_TRY_ASSIGN(const auto signature, sign(unsigned_tx, key));
//   HP_TRY_ASSIGN(const Bytes envelope, assemble(unsigned_tx, {signature}));
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"
#include "crypto/sign/signer.hpp"
#include "ledger/codec/envelope.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::ledger {

struct UnsignedTransaction {
  TxId txid;
  Bytes body;                          // canonical
  Bytes signing_message;               // what each signer signs
  std::vector<crypto::KeyId> signers;  // the complete set, ascending
};

struct SignedTransaction {
  TxId txid;
  Bytes envelope;
};

class TransactionBuilder {
 public:
  TransactionBuilder(ChainInfo chain, ParticipantId submitter);

  TransactionBuilder& valid(TimestampMs from, TimestampMs until);
  TransactionBuilder& nonce(const AccountId& account, std::uint32_t lane, std::uint64_t sequence);
  TransactionBuilder& reference(std::string id, std::uint32_t yyyymmdd);
  // Once per signer, in any order; repeating one is harmless.
  TransactionBuilder& signer(const crypto::KeyId& key);
  TransactionBuilder& operation(Operation operation);

  // kInvalidArgument names the first field that breaks a rule.
  [[nodiscard]] Result<UnsignedTransaction> build() const;

  [[nodiscard]] const TransactionBody& body() const { return body_; }

 private:
  ChainInfo chain_;
  TransactionBody body_;
};

// From canonical bytes that another party built; the caller shows them to a person before signing.
[[nodiscard]] Result<UnsignedTransaction> unsigned_from_body(const ChainInfo& chain, ByteView body);

[[nodiscard]] Result<EnvelopeSignature> sign(const UnsignedTransaction& transaction,
                                             crypto::Signer& signer);

// Needs exactly one signature per signer, in any order; kInvalidArgument says which is missing or
// strange.
[[nodiscard]] Result<SignedTransaction> assemble(const UnsignedTransaction& transaction,
                                                 std::vector<EnvelopeSignature> signatures);

// The common case in one step: adds the signers' key ids to the builder, builds, signs, assembles.
[[nodiscard]] Result<SignedTransaction> sign_transaction(TransactionBuilder builder,
                                                         std::span<crypto::Signer* const> signers);

}  // namespace huangpu::ledger
