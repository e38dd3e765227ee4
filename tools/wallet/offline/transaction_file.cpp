#include "tools/wallet/offline/transaction_file.hpp"

#include <algorithm>
#include <limits>

#include "ledger/codec/envelope.hpp"

namespace huangpu::tools {
namespace {

using Keys = std::vector<crypto::KeyId>;

tl::unexpected<Error> bad(std::string_view what) {
  return fail(Errc::kMalformed, "transaction file: " + std::string(what));
}

bool strictly_ascending(const Keys& keys) {
  return std::ranges::adjacent_find(keys, std::ranges::greater_equal{}) == keys.end();
}

// Stops counting where it no longer matters: at more forms than any file may have.
std::size_t count_sets(const SignerPlan& plan) {
  std::size_t sets = 1;
  for (std::size_t i = 0; i < plan.any; ++i) sets = sets * (plan.of.size() - i) / (i + 1);
  return sets;
}

Status check_plan(const SignerPlan& plan) {
  const bool has_choice = !plan.of.empty();
  if (plan.all_of.size() + plan.of.size() > ledger::kEnvelopeSignaturesMax ||
      plan.all_of.size() + plan.any == 0) {
    return bad("there must be 1 to 16 signers");
  }
  if (has_choice ? plan.any == 0 || plan.any >= plan.of.size() : plan.any != 0) {
    return bad("signers.any must leave a choice of signers.of");
  }
  if (!strictly_ascending(plan.all_of) || !strictly_ascending(plan.of)) {
    return bad("signers are not in ascending order");
  }
  for (const auto& key : plan.of) {
    if (std::ranges::binary_search(plan.all_of, key)) return bad("a signer is named twice");
  }
  return {};
}

Status check_windows(const Windows& windows, const ledger::TransactionBody& body) {
  if (windows.count == 0 || (windows.count == 1) != (windows.step_ms == 0)) {
    return bad("windows need a count, and a step when there are several");
  }
  const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - body.valid_until.value();
  if (windows.step_ms != 0 && room / windows.step_ms < windows.count) {
    return bad("windows reach beyond all time");
  }
  return {};
}

Status check_signatures(const TransactionFile& file, std::size_t sets) {
  const std::size_t chosen =
      file.signers.of.empty() ? 0 : sets * file.signers.any / file.signers.of.size();
  const crypto::KeyId* before = nullptr;
  std::vector<crypto::KeyId> ids;
  ids.reserve(file.signatures.size());
  for (const KeySignatures& entry : file.signatures) {
    if (entry.key.empty()) return bad("a signature without a key");
    const crypto::KeyId& id = ids.emplace_back(entry.key.id());
    if (before != nullptr && *before >= id) return bad("signatures are not in ascending order");
    before = &id;
    std::size_t expected = 0;
    if (std::ranges::binary_search(file.signers.all_of, id)) {
      expected = sets;
    } else if (std::ranges::binary_search(file.signers.of, id)) {
      expected = chosen;
    } else {
      return bad("there are signatures by key " + id.hex() + ", which is none of its signers");
    }
    if (entry.signatures.size() != expected * file.windows.count) {
      return bad("key " + id.hex() + " has not signed each form exactly once");
    }
    for (const auto& signature : entry.signatures) {
      if (signature.suite() != entry.key.suite()) return bad("a signature of another suite");
    }
  }
  return {};
}

}  // namespace

std::vector<std::vector<crypto::KeyId>> signer_sets(const SignerPlan& plan) {
  std::vector<Keys> sets;
  std::vector<std::size_t> places(plan.any);
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
  while (true) {
    Keys set = plan.all_of;
    for (const std::size_t place : places) set.push_back(plan.of[place]);
    std::ranges::sort(set);
    sets.push_back(std::move(set));
    // The next choice: the last place that can still move on does, those behind it follow closely.
    std::size_t i = places.size();
    while (i > 0 && places[i - 1] == plan.of.size() - (places.size() - (i - 1))) --i;
    if (i == 0) return sets;
    ++places[i - 1];
    for (; i < places.size(); ++i) places[i] = places[i - 1] + 1;
  }
}

Status check_transaction_file(const TransactionFile& file) {
  auto body = ledger::decode_body(file.body);
  if (!body) return fail(std::move(body).error(), "transaction file");
  HP_TRY(check_plan(file.signers));
  HP_TRY(check_windows(file.windows, *body));
  const std::size_t sets = count_sets(file.signers);
  const std::uint64_t forms = std::uint64_t{sets} * file.windows.count;
  if (forms > kFormsMax || forms * file.body.size() > kFormsBytesMax) {
    return fail(Errc::kOutOfRange,
                "transaction file: " + std::to_string(forms) +
                    " forms are too many for a body of " + std::to_string(file.body.size()) +
                    " bytes; take a shorter time, wider steps or fewer choices of signers");
  }
  // SPEC W-51: without a reference each form could act.
  if (forms > 1 && !body->reference) return bad("several forms need a client reference");
  if (body->signers != signer_sets(file.signers).front()) {
    return bad("the body names other signers than the file");
  }
  if (file.accounts.size() > kNamedAccountsMax) return bad("too many named accounts");
  if (std::ranges::adjacent_find(file.accounts, std::ranges::greater_equal{}) !=
      file.accounts.end()) {
    return bad("named accounts are not in ascending order");
  }
  if (file.genesis.size() > kCarriedGenesisBytesMax) {
    return bad("the genesis document is too long to be carried");
  }
  return check_signatures(file, sets);
}

}  // namespace huangpu::tools
