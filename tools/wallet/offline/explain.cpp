#include "tools/wallet/offline/explain.hpp"

#include <algorithm>

#include "crypto/base/civil.hpp"
#include "ledger/types/describe.hpp"
#include "tools/wallet/offline/explain_operation.hpp"

namespace huangpu::tools {
namespace {

constexpr std::uint64_t kUnusualSpanMs = 7 * kMsPerDay;

std::string seconds(std::uint64_t ms) {
  return ms % 1'000 == 0 ? std::to_string(ms / 1'000) + " s" : std::to_string(ms) + " ms";
}

std::string span(std::uint64_t ms) {
  const std::uint64_t minutes = ms / 60'000;
  if (minutes == 0) return seconds(ms);
  if (minutes < 60) return std::to_string(minutes) + " min";
  return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
}

class Writer {
 public:
  Writer(const TransactionFile& file, const Forms& forms, const ledger::Genesis& genesis,
         const Directory& names, const ExplainOptions& options)
      : file_(file),
        forms_(forms),
        body_(forms.body()),
        genesis_(genesis),
        names_(names),
        options_(options) {}

  Explanation write() {
    explain_operation({genesis_, names_, body_, options_.transfers_max}, out_);
    write_who();
    write_when();
    write_where();
    return std::move(out_);
  }

 private:
  void warn(std::string sentence) { out_.warnings.push_back(std::move(sentence)); }

  void write_who() {
    out_.who.push_back("Submitted by " + participant_text(genesis_, names_, body_.submitter) + ".");
    if (options_.self && *options_.self != body_.submitter) {
      warn("The submitter is " + names_.participant(body_.submitter) + ", not " +
           names_.participant(*options_.self) + ", whose wallet this is.");
    }
    const SignerPlan& plan = file_.signers;
    const std::string choice = "any " + std::to_string(plan.any) + " of ";
    const std::string count = std::to_string(plan.of.size()) + " keys:";
    if (plan.of.empty()) {
      out_.who.push_back(plan.all_of.size() == 1 ? "It needs the signature by this key:"
                                                 : "It needs the signatures by all of these keys:");
    } else if (plan.all_of.empty()) {
      out_.who.push_back("It needs the signatures by " + choice + "these " + count);
    } else {
      out_.who.push_back("It needs the signatures by the keys marked with * and by " + choice +
                         "the other " + count);
    }
    std::vector<crypto::KeyId> keys = plan.all_of;
    keys.insert(keys.end(), plan.of.begin(), plan.of.end());
    std::ranges::sort(keys);
    const Collected have = collected(file_);
    bool own = false;
    for (const auto& key : keys) {
      const bool always = !plan.of.empty() && std::ranges::binary_search(plan.all_of, key);
      const bool has = std::ranges::binary_search(have.has, key);
      out_.who.push_back(std::string(always ? "* " : "  ") + key_text(genesis_, names_, key) +
                         (has ? ": has signed" : ": has not signed yet"));
      own |= owner_at_genesis(genesis_, key) == body_.submitter;
    }
    out_.who.push_back(have.missing == 0
                           ? "All signatures it needs are there."
                           : std::to_string(have.missing) + (have.missing == 1
                                                                 ? " more signature is needed."
                                                                 : " more signatures are needed."));
    if (!own) {
      warn("None of its signers is a key that " + names_.participant(body_.submitter) +
           " had at genesis: right if its keys were replaced since, else the network refuses it.");
    }
  }

  void write_when() {
    const std::size_t windows = forms_.window_count();
    const TimestampMs from = forms_.valid_from(0);
    const TimestampMs until = forms_.valid_until(windows - 1);
    const std::uint64_t length = body_.valid_until.value() - body_.valid_from.value();
    const std::uint64_t replay_ms = std::uint64_t{genesis_.ledger.replay_window_seconds} * 1'000;
    std::string when =
        "It can be executed from " + format_rfc3339(from) + " to " + format_rfc3339(until);
    if (windows > 1) {
      when += ", in " + std::to_string(windows) + " windows of " + seconds(length) +
              (file_.windows.step_ms == length + 1
                   ? ", one after the other"
                   : " that begin every " + seconds(file_.windows.step_ms));
    }
    out_.when.push_back(when + ".");
    if (length > replay_ms) {
      warn("Its windows are longer than the " + seconds(replay_ms) +
           " that this chain allows: it can only be executed in the last " + seconds(replay_ms) +
           " of each.");
    }
    if (options_.now > until) {
      warn("Its time is over: it was " + format_rfc3339(until) +
           ", and this machine's clock shows " + format_rfc3339(options_.now) + ".");
    } else if (until.value() > options_.now.value() + kUnusualSpanMs) {
      warn("It can still be executed in " + span(until.value() - options_.now.value()) +
           "; whoever holds the signatures can send it until then.");
    }
    if (!body_.reference) {
      out_.when.push_back("It has no client reference.");
      warn("Without a client reference nothing keeps the same instruction from being given again.");
    } else {
      write_reference(from, until);
    }
    if (body_.nonce) {
      out_.when.push_back("It is number " + std::to_string(body_.nonce->sequence) + " in lane " +
                          std::to_string(body_.nonce->lane) + " of account " +
                          names_.account(body_.nonce->account) + ".");
      warn(
          "It depends on its place in a lane: it is refused unless all earlier numbers were used.");
    }
  }

  void write_reference(TimestampMs from, TimestampMs until) {
    const ledger::ClientReference& reference = *body_.reference;
    const std::size_t forms = forms_.sets().size() * forms_.window_count();
    out_.when.push_back("Reference \"" + reference.id + "\" of " + std::to_string(reference.date) +
                        ": the chain lets it act once" +
                        (forms > 1 ? ", whichever of its " + std::to_string(forms) +
                                         " forms are sent, and however often."
                                   : ", however often it is sent."));
    const auto day = day_from_yyyymmdd(reference.date);
    if (!day) return;  // a decoded body has a date that exists
    if (*day > day_from_timestamp(from)) {
      warn(
          "The date of its reference is after the day of its first window: the network refuses "
          "it until then.");
    }
    if (day_from_timestamp(until) > *day + genesis_.ledger.reference_days) {
      warn("Its last windows are after the " + std::to_string(genesis_.ledger.reference_days) +
           " days for which this chain accepts its reference.");
    }
  }

  void write_where() {
    out_.where.push_back("Chain \"" + genesis_.chain_name + "\", suite " +
                         std::string(crypto::suite_name(genesis_.suite)) + ", id " +
                         body_.chain.hex() + ".");
    out_.where.push_back("Transaction id of the first form: " + forms_.id(0, 0).hex());
    out_.where.push_back("Digest of all that is signed, to compare between machines:");
    out_.where.push_back("  " + grouped(forms_.digest().hex()));
    out_.where.push_back(
        "The signatures bind everything above. Names, decimals and chain come from the genesis "
        "document whose hash is the chain id; account numbers were computed again and give the "
        "ids in the bytes. Which keys have signed is a fact about this file, not about what is "
        "signed.");
  }

  const TransactionFile& file_;
  const Forms& forms_;
  const ledger::TransactionBody& body_;
  const ledger::Genesis& genesis_;
  const Directory& names_;
  const ExplainOptions& options_;
  Explanation out_;
};

}  // namespace

Directory directory_of(const TransactionFile& file, const ledger::Genesis& genesis) {
  Directory names(genesis);
  for (const NamedAccount& account : file.accounts) {
    AccountText text;
    text.id = ledger::account_id(genesis.suite, account.participant, account.number);
    text.numbered = AccountText::Numbered{account.participant, account.number};
    names.remember(text);
  }
  return names;
}

Explanation explain(const TransactionFile& file, const Forms& forms, const ledger::Genesis& genesis,
                    const Directory& names, const ExplainOptions& options) {
  return Writer(file, forms, genesis, names, options).write();
}

std::string grouped(const std::string& hex) {
  std::string text;
  for (std::size_t at = 0; at < hex.size(); at += 4) {
    text += (at == 0 ? "" : " ") + hex.substr(at, 4);
  }
  return text;
}

}  // namespace huangpu::tools
