// The forms of a transaction file: what exactly is signed, who has signed, and the envelope that
// comes of it (SPEC W-50..W-55).
//
// Pure but for the key that signs. Any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "crypto/sign/signer.hpp"
#include "crypto/sign/verifier.hpp"
#include "ledger/codec/transaction_builder.hpp"
#include "tools/wallet/offline/transaction_file.hpp"

namespace huangpu::tools {

// A form is a choice of signers and a window. Forms are ordered by choice, then by window.
class Forms {
 public:
  // Decodes the body and computes the id of every form. kWrongChain when the body is for another
  // chain. The file outlives the object.
  [[nodiscard]] static Result<Forms> make(const TransactionFile& file,
                                          const ledger::ChainInfo& chain);

  [[nodiscard]] const ledger::TransactionBody& body() const { return body_; }
  [[nodiscard]] std::size_t window_count() const { return file_->windows.count; }
  [[nodiscard]] const std::vector<std::vector<crypto::KeyId>>& sets() const { return sets_; }
  [[nodiscard]] TimestampMs valid_from(std::size_t window) const;
  [[nodiscard]] TimestampMs valid_until(std::size_t window) const;
  [[nodiscard]] const ledger::TxId& id(std::size_t set, std::size_t window) const {
    return ids_[set * window_count() + window];
  }

  // H("hp/file/tx" ‖ count u32 ‖ the ids of all forms): the same on every machine that is about to
  // sign the same.
  [[nodiscard]] crypto::Digest digest() const;

  // Ids of the forms that name this key, in order; empty when it is none of the signers.
  [[nodiscard]] std::vector<ledger::TxId> ids_for(const crypto::KeyId& key) const;

  // The signed envelope of a form. kInvalidArgument names a missing signature.
  [[nodiscard]] Result<ledger::SignedTransaction> envelope(std::size_t set,
                                                           std::size_t window) const;

  // Of nothing; only to be assigned to.
  Forms() = default;

 private:
  [[nodiscard]] ledger::TransactionBuilder builder(std::size_t set, std::size_t window) const;

  const TransactionFile* file_ = nullptr;
  ledger::ChainInfo chain_;
  ledger::TransactionBody body_;
  std::vector<std::vector<crypto::KeyId>> sets_;
  std::vector<ledger::TxId> ids_;
};

// Signs every form that names the key and adds the signatures to the file. kInvalidArgument when
// the key is none of the signers, kAlreadyExists when it has signed.
[[nodiscard]] Status sign_file(TransactionFile& file, const Forms& forms, crypto::Signer& signer);

// kUnauthenticated names the key and the window of the first signature that does not verify.
[[nodiscard]] Status verify_signatures(const TransactionFile& file, const Forms& forms,
                                       const crypto::Verifier& verifier);

// Which signatures are there. Says nothing about whether they verify.
struct Collected {
  std::vector<crypto::KeyId> has;   // ascending
  std::vector<crypto::KeyId> open;  // could still sign, ascending
  std::size_t missing = 0;          // how many more are needed
  std::optional<std::size_t> set;   // the first choice of signers that is complete
};
[[nodiscard]] Collected collected(const TransactionFile& file);

// Puts the signatures of `other` into `file`. kConflict when it is another instruction. A key that
// signed in both keeps the signatures of `file`; the number of such keys is returned.
[[nodiscard]] Result<std::size_t> merge_signatures(TransactionFile& file,
                                                   const TransactionFile& other);

}  // namespace huangpu::tools
