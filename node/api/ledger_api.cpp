#include "node/api/ledger_api.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "ledger/types/governance.hpp"
#include "ledger/types/state_key.hpp"
#include "ledger/types/state_value.hpp"
#include "node/api/movements.hpp"

namespace huangpu::node {
namespace {

using ledger::ParticipantId;

tl::unexpected<Error> no_such(std::string_view what) {
  return fail(Errc::kNotFound, "no such " + std::string(what));
}

Status allow_public(const Principal& caller, Call call) {
  if (authorise(caller, call) == Verdict::kAllowed) return {};
  return fail(Errc::kDenied, "this role may not make this call");
}

// `about` may be empty: the subject does not exist.
Status allow_about(const Principal& caller, Call call, std::span<const ParticipantId> about,
                   std::string_view what) {
  switch (authorise(caller, call, about)) {
    case Verdict::kAllowed:
      return {};
    case Verdict::kDenied:
      return fail(Errc::kDenied, "this role may not make this call");
    case Verdict::kHidden:
      return no_such(what);
  }
  return no_such(what);
}

std::optional<StateProofRecords> proof_of(Bytes key, const StateAnswer& answer) {
  if (answer.finality == nullptr) return std::nullopt;
  return StateProofRecords{std::move(key), answer.value, answer.proof, *answer.finality};
}

}  // namespace

LedgerApi::LedgerApi(NodeBackend& backend, AccountOwners& owners, const ChainDocument& chain)
    : backend_(backend), owners_(owners), chain_(chain) {}

ledger::AccountId LedgerApi::account_id(ParticipantId participant, std::uint64_t number) const {
  return ledger::account_id(chain_.chain.suite, participant, number);
}

Result<AccountAnswer> LedgerApi::account(const Principal& caller, const ledger::AccountId& account,
                                         const ReadOptions& options) {
  auto key = ledger::account_key(account);
  HP_TRY_ASSIGN(const auto answer, backend_.query(key, options.height, options.with_proof));
  if (!answer.value) return no_such("account");
  HP_TRY_ASSIGN(const auto value, ledger::AccountValue::decode(*answer.value));
  HP_TRY(allow_about(caller, Call::kReadAccount, std::array{value.owner}, "account"));

  AccountAnswer result;
  result.id = account;
  result.participant = value.owner;
  result.number = value.number;
  result.threshold = value.threshold;
  for (const auto& seat : value.seats) result.authority_keys.push_back(to_bytes(seat.bytes()));
  result.opened_height = value.opened;
  result.height = answer.height;
  result.proof = proof_of(std::move(key), answer);
  return result;
}

Result<BalanceAnswer> LedgerApi::read_balance(const ledger::AccountId& account,
                                              ledger::AssetId asset, const ReadOptions& options,
                                              bool& has_entry) {
  auto key = ledger::balance_key(account, asset);
  HP_TRY_ASSIGN(const auto answer, backend_.query(key, options.height, options.with_proof));
  BalanceAnswer result;
  result.account = account;
  result.asset = asset;
  result.height = answer.height;
  has_entry = answer.value.has_value();
  if (has_entry) {
    HP_TRY_ASSIGN(const auto value, ledger::BalanceValue::decode(*answer.value));
    result.units = value.balance();
    result.debits_posted = value.debits_posted;
    result.credits_posted = value.credits_posted;
    result.entry_count = value.entry_count;
    result.history_head = to_bytes(value.history_head.bytes());
    result.last_height = value.last_height;
  }
  result.proof = proof_of(std::move(key), answer);
  return result;
}

Result<BalanceAnswer> LedgerApi::balance(const Principal& caller, const ledger::AccountId& account,
                                         ledger::AssetId asset, const ReadOptions& options) {
  HP_TRY(this->account(caller, account, {options.height, false}));
  bool has_entry = false;
  return read_balance(account, asset, options, has_entry);
}

Result<std::vector<BalanceAnswer>> LedgerApi::balances(const Principal& caller,
                                                       const ledger::AccountId& account,
                                                       const ReadOptions& options, Height& height) {
  HP_TRY_ASSIGN(const auto owner, this->account(caller, account, {options.height, false}));
  // All from one height, whatever is certified meanwhile.
  height = owner.height;
  const ReadOptions at{owner.height, options.with_proof};
  std::vector<BalanceAnswer> result;
  for (const auto& asset : chain_.genesis.assets) {
    bool has_entry = false;
    HP_TRY_ASSIGN(auto balance, read_balance(account, asset.id, at, has_entry));
    if (has_entry) result.push_back(std::move(balance));
  }
  return result;
}

Result<AssetAnswer> LedgerApi::asset(const Principal& caller, ledger::AssetId asset,
                                     const ReadOptions& options) {
  HP_TRY(allow_public(caller, Call::kReadPublic));
  auto key = ledger::asset_key(asset);
  HP_TRY_ASSIGN(const auto answer, backend_.query(key, options.height, options.with_proof));
  if (!answer.value) return no_such("asset");
  HP_TRY_ASSIGN(const auto value, ledger::AssetValue::decode(*answer.value));
  AssetAnswer result;
  result.id = asset;
  result.code = value.code;
  result.decimals = value.decimals;
  result.issuer = value.issuer;
  const auto circulating = value.issued.checked_sub(value.redeemed);
  if (!circulating) return fail(Errc::kCorrupt, "asset: more redeemed than issued");
  result.units_in_circulation = *circulating;
  result.height = answer.height;
  result.proof = proof_of(std::move(key), answer);
  return result;
}

Result<AssetAnswer> LedgerApi::asset(const Principal& caller, std::string_view code,
                                     const ReadOptions& options) {
  for (const auto& asset : chain_.genesis.assets) {
    if (asset.code == code) return this->asset(caller, asset.id, options);
  }
  HP_TRY(allow_public(caller, Call::kReadPublic));
  return no_such("asset");
}

Result<std::vector<AssetAnswer>> LedgerApi::assets(const Principal& caller) {
  HP_TRY(allow_public(caller, Call::kReadPublic));
  std::vector<AssetAnswer> result;
  ReadOptions options;
  for (const auto& asset : chain_.genesis.assets) {
    HP_TRY_ASSIGN(auto answer, this->asset(caller, asset.id, options));
    options.height = answer.height;
    result.push_back(std::move(answer));
  }
  return result;
}

Result<ParticipantAnswer> LedgerApi::participant(const Principal& caller, ParticipantId participant,
                                                 const ReadOptions& options) {
  HP_TRY(allow_public(caller, Call::kReadPublic));
  auto key = ledger::participant_key(participant);
  HP_TRY_ASSIGN(const auto answer, backend_.query(key, options.height, options.with_proof));
  if (!answer.value) return no_such("participant");
  HP_TRY_ASSIGN(const auto value, ledger::ParticipantValue::decode(*answer.value));
  ParticipantAnswer result;
  result.id = participant;
  result.code = value.code;
  result.name = value.name;
  for (const auto role :
       {ledger::Role::kParticipant, ledger::Role::kIssuer, ledger::Role::kOperator,
        ledger::Role::kAuditor, ledger::Role::kSupervisor, ledger::Role::kGovernor}) {
    if (value.roles.has(role)) result.roles.emplace_back(ledger::role_name(role));
  }
  result.management_threshold = value.management_threshold;
  result.active_keys = value.active_keys;
  result.height = answer.height;
  result.proof = proof_of(std::move(key), answer);
  return result;
}

Result<ParticipantAnswer> LedgerApi::participant(const Principal& caller, std::string_view code,
                                                 const ReadOptions& options) {
  for (const auto& entry : chain_.genesis.participants) {
    if (entry.code == code) return participant(caller, entry.id, options);
  }
  HP_TRY(allow_public(caller, Call::kReadPublic));
  return no_such("participant");
}

Result<KeysAnswer> LedgerApi::keys(const Principal& caller, ParticipantId participant,
                                   const std::optional<crypto::KeyId>& after,
                                   const ReadOptions& options) {
  HP_TRY(allow_about(caller, Call::kReadAccount, std::array{participant}, "participant"));
  HP_TRY_ASSIGN(const auto owner,
                backend_.query(ledger::participant_key(participant), options.height, false));
  if (!owner.value) return no_such("participant");
  HP_TRY_ASSIGN(const auto found, backend_.keys_of(participant, after));
  KeysAnswer result;
  result.height = owner.height;
  result.next = found.next;
  for (const crypto::KeyId& id : found.ids) {
    auto key = ledger::key_key(id);
    HP_TRY_ASSIGN(const auto answer, backend_.query(key, owner.height, options.with_proof));
    if (!answer.value) continue;  // registered after that height
    HP_TRY_ASSIGN(const auto value, ledger::KeyValue::decode(*answer.value));
    KeyAnswer entry;
    entry.id = id;
    entry.participant = value.participant;
    entry.status = value.status;
    entry.seat = value.seat;
    entry.registered_height = value.registered;
    entry.key = value.key;
    entry.proof = proof_of(std::move(key), answer);
    result.keys.push_back(std::move(entry));
  }
  return result;
}

Result<StateEntryAnswer> LedgerApi::read_entry(Bytes key, const ReadOptions& options,
                                               std::string_view what, Height& height) {
  HP_TRY_ASSIGN(const auto answer, backend_.query(key, options.height, options.with_proof));
  if (!answer.value) return no_such(what);
  height = answer.height;
  return StateEntryAnswer{*answer.value, proof_of(std::move(key), answer)};
}

Result<EpochsAnswer> LedgerApi::epochs(const Principal& caller, const ReadOptions& options) {
  HP_TRY(allow_public(caller, Call::kReadPublic));
  EpochsAnswer result;
  HP_TRY_ASSIGN(result.epochs, read_entry(ledger::epochs_key(), options, "epoch", result.height));
  HP_TRY_ASSIGN(const auto epochs, ledger::EpochsValue::decode(result.epochs.value));
  // All from one height, whatever is certified meanwhile.
  const ReadOptions at{result.height, options.with_proof};
  HP_TRY_ASSIGN(result.settings,
                read_entry(ledger::epoch_key(epochs.current), at, "epoch", result.height));
  return result;
}

Result<ProposalsAnswer> LedgerApi::proposal(const Principal& caller, std::uint64_t number,
                                            const ReadOptions& options) {
  HP_TRY(allow_public(caller, Call::kReadPublic));
  ProposalsAnswer result;
  HP_TRY_ASSIGN(auto entry,
                read_entry(ledger::proposal_key(number), options, "proposal", result.height));
  result.proposals.push_back({number, std::move(entry)});
  return result;
}

Result<ProposalsAnswer> LedgerApi::proposals(const Principal& caller, std::uint64_t after,
                                             bool open_only, const ReadOptions& options) {
  HP_TRY(allow_public(caller, Call::kReadPublic));
  ProposalsAnswer result;
  HP_TRY_ASSIGN(const auto head, read_entry(ledger::proposals_key(), {options.height, false},
                                            "proposal", result.height));
  HP_TRY_ASSIGN(const auto value, ledger::ProposalsValue::decode(head.value));
  std::vector<std::uint64_t> numbers;
  if (open_only) {
    for (const ledger::OpenProposal& each : value.open) {
      if (each.number > after) numbers.push_back(each.number);
    }
  } else if (after < value.made) {
    const std::uint64_t last = std::min(value.made, after + ledger::kOpenProposalsMax);
    for (std::uint64_t number = after + 1; number <= last; ++number) numbers.push_back(number);
    result.more = last < value.made;
  }
  const ReadOptions at{result.height, options.with_proof};
  for (const std::uint64_t number : numbers) {
    HP_TRY_ASSIGN(auto entry,
                  read_entry(ledger::proposal_key(number), at, "proposal", result.height));
    result.proposals.push_back({number, std::move(entry)});
  }
  return result;
}

Result<BlockAnswer> LedgerApi::block(const Principal& caller, Height height) {
  HP_TRY(allow_public(caller, Call::kReadPublic));
  return backend_.block(height);
}

Result<ReceiptAnswer> LedgerApi::receipt(const Principal& caller, const ledger::TxId& txid) {
  auto answer = backend_.receipt(txid);
  if (!answer) {
    if (answer.error().code == Errc::kNotFound) return no_such("transaction");
    return answer;
  }
  HP_TRY_ASSIGN(const auto body, ledger::decode_body(answer->body));
  // Most callers ask for their own: the accounts are looked up only for others.
  if (authorise(caller, Call::kReadTransaction, std::array{body.submitter}) == Verdict::kAllowed) {
    return answer;
  }
  // The receipt shows the whole body. Those who are only paid by one record of a bulk learn about
  // it from their events, without the other records.
  if (std::holds_alternative<ledger::BulkTransfer>(body.operation)) return no_such("transaction");
  HP_TRY_ASSIGN(const auto receipt, ledger::decode_receipt(answer->receipt));
  std::set<ledger::AccountId> accounts;
  for (const auto& movement : movements_of(body, receipt)) {
    if (movement.debit) accounts.insert(*movement.debit);
    if (movement.credit) accounts.insert(*movement.credit);
  }
  for (const auto& account : other_accounts_of(body)) accounts.insert(account);
  std::vector<ParticipantId> about{body.submitter};
  for (const auto& account : accounts) {
    HP_TRY_ASSIGN(const auto owner, owners_.owner(account));
    if (owner) about.push_back(*owner);
  }
  HP_TRY(allow_about(caller, Call::kReadTransaction, about, "transaction"));
  return answer;
}

Result<std::shared_ptr<const FinalityRecords>> LedgerApi::finality(const Principal& caller,
                                                                   Height height) {
  HP_TRY(allow_public(caller, Call::kReadPublic));
  return backend_.finality(height);
}

Result<GenesisAnswer> LedgerApi::genesis(const Principal& caller) {
  HP_TRY(allow_public(caller, Call::kReadPublic));
  return GenesisAnswer{chain_.chain.chain.value(), chain_.text};
}

}  // namespace huangpu::node
