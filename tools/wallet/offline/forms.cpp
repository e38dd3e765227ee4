#include "tools/wallet/offline/forms.hpp"

#include <algorithm>

#include "crypto/base/civil.hpp"
#include "crypto/base/codec.hpp"
#include "crypto/hash/domain.hpp"
#include "crypto/hash/hasher.hpp"

namespace huangpu::tools {
namespace {

const KeySignatures* find_signatures(const TransactionFile& file, const crypto::KeyId& key) {
  const auto found = std::ranges::find_if(
      file.signatures, [&key](const KeySignatures& entry) { return entry.key.id() == key; });
  return found == file.signatures.end() ? nullptr : &*found;
}

void insert(TransactionFile& file, KeySignatures entry) {
  const crypto::KeyId id = entry.key.id();
  const auto place = std::ranges::find_if(
      file.signatures, [&id](const KeySignatures& other) { return other.key.id() > id; });
  file.signatures.insert(place, std::move(entry));
}

}  // namespace

TimestampMs Forms::valid_from(std::size_t window) const {
  return TimestampMs{body_.valid_from.value() + window * file_->windows.step_ms};
}

TimestampMs Forms::valid_until(std::size_t window) const {
  return TimestampMs{body_.valid_until.value() + window * file_->windows.step_ms};
}

ledger::TransactionBuilder Forms::builder(std::size_t set, std::size_t window) const {
  ledger::TransactionBuilder builder(chain_, body_.submitter);
  builder.valid(valid_from(window), valid_until(window)).operation(body_.operation);
  if (body_.nonce) {
    builder.nonce(body_.nonce->account, body_.nonce->lane, body_.nonce->sequence);
  }
  if (body_.reference) builder.reference(body_.reference->id, body_.reference->date);
  for (const auto& key : sets_[set]) builder.signer(key);
  return builder;
}

Result<Forms> Forms::make(const TransactionFile& file, const ledger::ChainInfo& chain) {
  HP_TRY(check_transaction_file(file));
  Forms forms;
  forms.file_ = &file;
  forms.chain_ = chain;
  HP_TRY_ASSIGN(forms.body_, ledger::decode_body(file.body));
  if (forms.body_.chain != chain.chain) {
    return fail(Errc::kWrongChain, "the transaction is for chain " + forms.body_.chain.hex() +
                                       ", the genesis document is of chain " + chain.chain.hex());
  }
  forms.sets_ = signer_sets(file.signers);
  forms.ids_.reserve(forms.sets_.size() * file.windows.count);
  for (std::size_t set = 0; set < forms.sets_.size(); ++set) {
    for (std::size_t window = 0; window < file.windows.count; ++window) {
      HP_TRY_ASSIGN(const auto unsigned_form, forms.builder(set, window).build());
      forms.ids_.push_back(unsigned_form.txid);
    }
  }
  return forms;
}

crypto::Digest Forms::digest() const {
  Writer writer;
  writer.tag(crypto::domain::kTransactionFile).u32(static_cast<std::uint32_t>(ids_.size()));
  for (const auto& id : ids_) writer.raw(id.bytes());
  return crypto::hash(chain_.suite, writer.view());
}

std::vector<ledger::TxId> Forms::ids_for(const crypto::KeyId& key) const {
  std::vector<ledger::TxId> ids;
  for (std::size_t set = 0; set < sets_.size(); ++set) {
    if (!std::ranges::binary_search(sets_[set], key)) continue;
    for (std::size_t window = 0; window < window_count(); ++window) ids.push_back(id(set, window));
  }
  return ids;
}

Result<ledger::SignedTransaction> Forms::envelope(std::size_t set, std::size_t window) const {
  HP_TRY_ASSIGN(const auto transaction, builder(set, window).build());
  std::vector<ledger::EnvelopeSignature> signatures;
  for (const crypto::KeyId& key : sets_[set]) {
    const KeySignatures* const entry = find_signatures(*file_, key);
    if (entry == nullptr) {
      return fail(Errc::kInvalidArgument, "the signature by key " + key.hex() + " is missing");
    }
    std::size_t place = window;
    for (std::size_t before = 0; before < set; ++before) {
      if (std::ranges::binary_search(sets_[before], key)) place += window_count();
    }
    signatures.push_back({entry->key, entry->signatures.at(place)});
  }
  return ledger::assemble(transaction, std::move(signatures));
}

Status sign_file(TransactionFile& file, const Forms& forms, crypto::Signer& signer) {
  const crypto::KeyId key = signer.public_key().id();
  const auto ids = forms.ids_for(key);
  if (ids.empty()) {
    return fail(Errc::kInvalidArgument, "key " + key.hex() + " is none of its signers");
  }
  if (find_signatures(file, key) != nullptr) {
    return fail(Errc::kAlreadyExists, "key " + key.hex() + " has signed it already");
  }
  KeySignatures entry{signer.public_key(), {}};
  entry.signatures.reserve(ids.size());
  for (const auto& id : ids) {
    HP_TRY_ASSIGN(auto signature, signer.sign(ledger::signing_message(id)));
    entry.signatures.push_back(signature);
  }
  insert(file, std::move(entry));
  return {};
}

Status verify_signatures(const TransactionFile& file, const Forms& forms,
                         const crypto::Verifier& verifier) {
  for (const KeySignatures& entry : file.signatures) {
    const crypto::KeyId key = entry.key.id();
    const auto ids = forms.ids_for(key);
    if (ids.size() != entry.signatures.size()) {
      return fail(Errc::kMalformed, "key " + key.hex() + " has not signed each form exactly once");
    }
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (verifier.verify(entry.key, ledger::signing_message(ids[i]), entry.signatures[i])) {
        continue;
      }
      return fail(Errc::kUnauthenticated,
                  "a signature by key " + key.hex() +
                      " does not verify: that for the window from " +
                      format_rfc3339(forms.valid_from(i % forms.window_count())));
    }
  }
  return {};
}

Collected collected(const TransactionFile& file) {
  Collected result;
  for (const KeySignatures& entry : file.signatures) result.has.push_back(entry.key.id());
  const auto has = [&](const crypto::KeyId& key) {
    return std::ranges::binary_search(result.has, key);
  };
  std::size_t chosen = 0;
  for (const auto& key : file.signers.all_of) {
    if (has(key)) continue;
    ++result.missing;
    result.open.push_back(key);
  }
  for (const auto& key : file.signers.of) {
    if (has(key)) {
      ++chosen;
    } else {
      result.open.push_back(key);
    }
  }
  result.missing += file.signers.any - std::min(file.signers.any, chosen);
  std::ranges::sort(result.open);
  if (result.missing > 0) return result;
  const auto sets = signer_sets(file.signers);
  const auto complete =
      std::ranges::find_if(sets, [&](const auto& set) { return std::ranges::all_of(set, has); });
  if (complete != sets.end()) result.set = static_cast<std::size_t>(complete - sets.begin());
  return result;
}

Result<std::size_t> merge_signatures(TransactionFile& file, const TransactionFile& other) {
  if (other.body != file.body || other.windows != file.windows || other.signers != file.signers) {
    return fail(Errc::kConflict,
                "it is another transaction: its body, windows or signers differ; compare what "
                "`huangpu tx explain` says about each");
  }
  std::size_t repeated = 0;
  for (const KeySignatures& entry : other.signatures) {
    if (find_signatures(file, entry.key.id()) != nullptr) {
      ++repeated;
    } else {
      insert(file, entry);
    }
  }
  return repeated;
}

}  // namespace huangpu::tools
