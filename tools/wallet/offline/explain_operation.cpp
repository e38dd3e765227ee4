#include "tools/wallet/offline/explain_operation.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "ledger/types/bulk_record.hpp"
#include "ledger/types/describe.hpp"

namespace huangpu::tools {
namespace {

class Writer {
 public:
  Writer(const OperationView& view, Explanation& out)
      : genesis_(view.genesis),
        names_(view.names),
        body_(view.body),
        transfers_max_(view.transfers_max),
        out_(out) {}

  void operator()(const ledger::OpenAccounts&) { say_operation(); }

  void operator()(const ledger::Issue& op) {
    say_operation();
    judge_asset(op.asset);
    judge_account(op.credit, "credit");
    if (op.amount.is_zero()) warn("The amount is zero: the network refuses it.");
    const auto* const asset = find_asset(op.asset);
    if (asset != nullptr && asset->issuer != body_.submitter) {
      warn("The submitter is not the issuer of " + asset->code + ": the network refuses it.");
    }
  }

  void operator()(const ledger::Redeem& op) {
    say_operation();
    judge_asset(op.asset);
    judge_debit(op.debit);
    if (op.amount.is_zero()) warn("The amount is zero: the network refuses it.");
  }

  void operator()(const ledger::Transfer& op) {
    say_operation();
    judge_asset(op.asset);
    judge_debit(op.debit);
    judge_account(op.credit, "credit");
    if (op.amount.is_zero()) warn("The amount is zero: the network refuses it.");
    if (op.debit == op.credit) warn("It pays an account from itself: the network refuses it.");
  }

  void operator()(const ledger::BulkTransfer& op) {
    say_operation();
    const auto records = ledger::BulkRecords::trusted(op.records);
    struct Total {
      Amount amount;
      std::size_t transfers = 0;
      bool too_large = false;
    };
    const auto add = [](Total& total, Amount amount) {
      const auto sum = total.amount.checked_add(amount);
      total.too_large |= !sum.has_value();
      if (sum) total.amount = *sum;
      ++total.transfers;
    };
    std::map<ledger::AssetId, Total> by_asset;
    std::map<std::pair<ledger::AccountId, ledger::AssetId>, Total> by_debit;
    std::set<ledger::AccountId> credits;
    std::map<std::tuple<ledger::AccountId, ledger::AccountId, ledger::AssetId, Amount>, std::size_t>
        alike;
    std::size_t repeated = 0;
    std::size_t zero = 0;
    std::size_t to_itself = 0;
    for (std::size_t i = 0; i < records.count(); ++i) {
      const ledger::BulkRecord record = records.at(i);
      add(by_asset[record.asset], record.amount);
      add(by_debit[{record.debit, record.asset}], record.amount);
      credits.insert(record.credit);
      if (alike[{record.debit, record.credit, record.asset, record.amount}]++ > 0) ++repeated;
      if (record.amount.is_zero()) ++zero;
      if (record.debit == record.credit) ++to_itself;
    }
    const auto money = [this](ledger::AssetId asset, const Total& total) {
      return total.too_large ? "more than can be counted of " + names_.asset(asset)
                             : names_.money(asset, total.amount);
    };
    for (const auto& [asset, total] : by_asset) {
      say("In all " + money(asset, total) + " in " + transfers(total.transfers) + ".");
      judge_asset(asset);
    }
    for (const auto& [debit, total] : by_debit) {
      say("From " + names_.account(debit.first) + ": " + money(debit.second, total) + " in " +
          transfers(total.transfers) + ".");
    }
    for (const auto& [debit, total] : by_debit) judge_debit(debit.first);
    say("To " + std::to_string(credits.size()) +
        (credits.size() == 1 ? " account." : " accounts."));
    const std::size_t shown = std::min(records.count(), transfers_max_);
    for (std::size_t i = 0; i < shown; ++i) say_record(i, records.at(i));
    if (shown < records.count()) {
      say("and " + transfers(records.count() - shown) + " more, which --all shows.");
    }
    std::size_t unnamed = 0;
    for (const auto& credit : credits) {
      if (!is_named(credit)) ++unnamed;
    }
    if (unnamed > 0) {
      warn(std::to_string(unnamed) +
           " of the accounts to credit are known by id only: nobody can tell whose they are.");
    }
    if (repeated > 0) {
      warn(transfers(repeated) + " are repetitions of another: same accounts, same amount.");
    }
    if (zero > 0) warn(transfers(zero) + " are of zero: the network refuses them.");
    if (to_itself > 0) {
      warn(transfers(to_itself) + " pay an account from itself: the network refuses them.");
    }
  }

  void operator()(const ledger::RegisterKey& op) {
    say_operation();
    say("The key: " + op.key.id().hex() + ", " + op.key.to_string());
    warn("From then on this key can act for " + names_.participant(body_.submitter) +
         " by itself wherever one active key is enough.");
    judge_possession(op.key.id());
  }

  void operator()(const ledger::RotateKey& op) {
    say_operation();
    say("The old key: " + key_text(genesis_, names_, op.old_key));
    say("The new key: " + op.new_key.id().hex() + ", " + op.new_key.to_string());
    warn(
        "The new key takes the old one's place, also in the authority of accounts; the old one "
        "can never act again.");
    judge_possession(op.new_key.id());
    judge_possession(op.old_key);
  }

  void operator()(const ledger::RevokeKey& op) {
    say_operation();
    say("The key: " + key_text(genesis_, names_, op.key));
    warn("A revoked key never comes back, and its places in the authority of accounts stay empty.");
  }

  void operator()(const ledger::SetAccountAuthority& op) {
    say_operation();
    for (const auto& key : op.keys) say("  " + key_text(genesis_, names_, key));
    judge_debit(op.account);
    if (op.threshold == 0) {
      warn("Any one active key of the owner alone can debit the account then.");
    } else if (op.threshold == 1) {
      warn("Each one of the keys alone can debit the account then.");
    } else if (op.threshold == op.keys.size()) {
      warn("All keys must sign then: if one of them is lost, the account cannot be debited.");
    }
    for (const auto& key : op.keys) {
      const auto owner = owner_at_genesis(genesis_, key);
      if (owner && *owner != body_.submitter) {
        warn("Key " + key.hex() + " is of another participant, " + names_.participant(*owner) +
             ".");
      }
    }
  }

  void operator()(const ledger::RegisterCertificate& op) {
    say_operation();
    say("The certificate: " + op.pin.hex());
    warn("Whoever holds this certificate can see what " + names_.participant(body_.submitter) +
         " can see, and submit for it if the role allows.");
  }

  void operator()(const ledger::RevokeCertificate& op) {
    say_operation();
    say("The certificate: " + op.pin.hex());
  }

  void operator()(const ledger::ProposeChange&) {
    say_operation();
    warn("Proposing is not approving: a vote is a transaction of its own.");
  }

  void operator()(const ledger::VoteOnProposal& op) {
    say_operation();
    warn("The number says nothing of the change: look at the proposal before you sign.");
    if (op.approve) warn("With enough approvals the change takes effect by itself.");
  }

  void operator()(const ledger::WithdrawProposal&) { say_operation(); }

  void operator()(const ledger::Payment& op) {
    say_operation();
    judge_asset(op.asset);
    judge_debit(op.debit);
    judge_account(op.credit, "credit");
    if (op.amount.is_zero()) warn("The amount is zero: the network refuses it.");
    if (op.amount > Amount::from_u64(ledger::settlement::kLegAmountMax)) {
      warn("The amount is more than a payment may have: the network refuses it.");
    }
    if (op.debit == op.credit) warn("It pays an account from itself: the network refuses it.");
    warn("It may settle at any time until it is cancelled, rejected or its reference expires.");
  }

  void operator()(const ledger::CancelPayment&) { judge_named_payment(); }
  void operator()(const ledger::HoldPayment&) { judge_named_payment(); }
  void operator()(const ledger::ReleasePayment&) { judge_named_payment(); }
  void operator()(const ledger::ChangePriority&) { judge_named_payment(); }

  void operator()(const ledger::SetReservation& op) { judge_position(op.account, op.asset); }
  void operator()(const ledger::SetBilateralLimit& op) {
    judge_position(op.account, op.asset);
    judge_account(op.counterparty, "limit payments to");
  }
  void operator()(const ledger::SetMultilateralLimit& op) { judge_position(op.account, op.asset); }

  void operator()(const ledger::SetCreditLine& op) {
    say_operation();
    judge_asset(op.asset);
    judge_account(op.account, "give credit");
    if (!op.amount.is_zero()) {
      warn("Queued payments of the account create money up to this amount by themselves.");
    }
  }

  void operator()(const ledger::RunResolution&) { say_operation(); }

  void operator()(const ledger::ReserveFunds& op) {
    say_operation();
    judge_asset(op.asset);
    judge_debit(op.debit);
    judge_account(op.credit, "reserve for");
    if (op.amount.is_zero()) warn("The amount is zero: the network refuses it.");
    if (op.debit == op.credit) warn("It pays an account from itself: the network refuses it.");
    if (op.poster != ledger::Poster::kDebtor) {
      warn(
          "Others post these funds without asking you again; you cannot take them back before "
          "they expire.");
    }
  }

  void operator()(const ledger::PostReserved&) {
    say_operation();
    warn(
        "The amount is in smallest units and the id says nothing of the asset or the accounts: "
        "look at the reserve before you sign.");
  }

  void operator()(const ledger::VoidReserved&) {
    say_operation();
    warn("The id says nothing of the reserve: look at it before you sign.");
  }

  void operator()(const ledger::ProposeSettlement& op) {
    say_operation();
    for (const ledger::SettlementLeg& leg : op.legs) {
      judge_asset(leg.asset);
      judge_account(leg.debit, "debit");
      judge_account(leg.credit, "credit");
      if (leg.amount.is_zero()) warn("The amount of a leg is zero: the network refuses it.");
      if (leg.debit == leg.credit) {
        warn("A leg pays an account from itself: the network refuses it.");
      }
    }
    warn(
        "It approves for every account that the signatures can debit. Once all parties have "
        "approved, it may settle at any time until it expires.");
  }

  void operator()(const ledger::ApproveSettlement&) { judge_named_settlement(); }
  void operator()(const ledger::WithdrawApproval&) { judge_named_settlement(); }
  void operator()(const ledger::CancelSettlement&) { judge_named_settlement(); }

 private:
  void say(std::string sentence) { out_.what.push_back(std::move(sentence)); }
  void warn(std::string sentence) { out_.warnings.push_back(std::move(sentence)); }
  void say_operation() { say(ledger::describe(body_.operation, names_.names())); }

  static std::string transfers(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " transfer" : " transfers");
  }

  void say_record(std::size_t index, const ledger::BulkRecord& record) {
    std::string line = "  " + std::to_string(index + 1) + ". " +
                       names_.money(record.asset, record.amount) + " from " +
                       names_.account(record.debit) + " to " + names_.account(record.credit);
    if (record.purpose != ledger::Purpose{}) {
      line += ", purpose " + std::string(as_text(record.purpose));
    }
    if (record.end_to_end != ledger::EndToEndId{}) {
      line += ", end-to-end id " + to_hex(record.end_to_end);
    }
    if (record.linked) line += ", linked to the next";
    say(std::move(line));
  }

  const ledger::GenesisAsset* find_asset(ledger::AssetId id) const {
    const auto found = std::ranges::find_if(
        genesis_.assets, [id](const ledger::GenesisAsset& asset) { return asset.id == id; });
    return found == genesis_.assets.end() ? nullptr : &*found;
  }

  void judge_asset(ledger::AssetId id) {
    if (find_asset(id) != nullptr) return;
    warn("Asset " + std::to_string(id.value()) +
         " is not in the genesis document: its amounts are shown in units, its name and decimals "
         "are not known here.");
  }

  void judge_named_payment() {
    say_operation();
    warn("The id says nothing of the payment: look at it before you sign.");
  }

  void judge_named_settlement() {
    say_operation();
    warn("The id says nothing of the legs: look at the settlement before you sign.");
  }

  void judge_position(const ledger::AccountId& account, ledger::AssetId asset) {
    say_operation();
    judge_asset(asset);
    judge_debit(account);
  }

  // Names come from computing ids; what stays an id was not among the numbers tried.
  bool is_named(const ledger::AccountId& id) const { return names_.numbered(id).has_value(); }

  void judge_account(const ledger::AccountId& id, const std::string& what) {
    if (is_named(id)) return;
    warn("The account to " + what + " is known by id only: nobody can tell whose it is.");
  }

  void judge_debit(const ledger::AccountId& id) {
    if (!is_named(id)) {
      judge_account(id, "debit");
    } else if (names_.numbered(id)->owner != body_.submitter) {
      warn("Account " + names_.account(id) + " is not the submitter's.");
    }
  }

  // Possession is proven by signing (ledger SPEC L-25).
  void judge_possession(const crypto::KeyId& key) {
    if (std::ranges::binary_search(body_.signers, key)) return;
    warn("Key " + key.hex() +
         " must sign for itself and is none of the signers: the network "
         "refuses it.");
  }

  const ledger::Genesis& genesis_;
  const Directory& names_;
  const ledger::TransactionBody& body_;
  const std::size_t transfers_max_;
  Explanation& out_;
};

}  // namespace

std::optional<ledger::ParticipantId> owner_at_genesis(const ledger::Genesis& genesis,
                                                      const crypto::KeyId& key) {
  for (const ledger::GenesisKey& entry : genesis.keys) {
    if (entry.key.id() == key) return entry.participant;
  }
  return std::nullopt;
}

std::string key_text(const ledger::Genesis& genesis, const Directory& names,
                     const crypto::KeyId& key) {
  const auto owner = owner_at_genesis(genesis, key);
  return key.hex() + (owner ? " (" + names.participant(*owner) + "'s at genesis)"
                            : " (not in the genesis document)");
}

std::string participant_text(const ledger::Genesis& genesis, const Directory& names,
                             ledger::ParticipantId id) {
  for (const ledger::GenesisParticipant& entry : genesis.participants) {
    if (entry.id != id) continue;
    return entry.code + ", " + entry.name + " (participant " + std::to_string(id.value()) + ")";
  }
  return names.participant(id) + ", which is not in the genesis document";
}

void explain_operation(const OperationView& view, Explanation& out) {
  std::visit(Writer(view, out), view.body.operation);
}

}  // namespace huangpu::tools
