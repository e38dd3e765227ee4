// account open, list, show, set-authority; asset list, show.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "ledger/types/state_key.hpp"
#include "ledger/types/state_value.hpp"
#include "tools/wallet/act_options.hpp"
#include "tools/wallet/commands.hpp"

namespace huangpu::tools {
namespace {

// `account list` ends after this many numbers in a row that are not open.
constexpr std::uint64_t kGapMax = 8;

struct OpenOptions {
  std::uint64_t number = 1;
  std::uint32_t count = 1;
  ActOptions act;
};

Result<int> open_accounts(Session& session, const OpenOptions& options) {
  HP_TRY(session.open());
  return act(session, {ledger::OpenAccounts{options.number, options.count}, options.act});
}

std::string authority(const node::AccountAnswer& account) {
  if (account.threshold == 0) return "any one key of the owner";
  return std::to_string(account.threshold) + " of " +
         std::to_string(account.authority_keys.size()) + " keys";
}

struct ListOptions {
  std::uint64_t from = 1;
  std::uint64_t limit = 100;
};

Result<int> list_accounts(Session& session, const ListOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  Table table{{"account", "authority", "opened_height", "address"}, {}};
  std::uint64_t gap = 0;
  for (std::uint64_t number = options.from; gap < kGapMax && table.rows.size() < options.limit;
       ++number) {
    const auto account = client->account(session.self(), number);
    if (!account) {
      if (account.error().code != Errc::kNotFound) return tl::unexpected(account.error());
      ++gap;
      continue;
    }
    gap = 0;
    table.rows.push_back(
        {session.directory().participant(session.self()) + ":" + std::to_string(number),
         authority(*account), account->opened_height.value(),
         session.directory().address(account->id)});
  }
  print(std::cout, table, session.format());
  return 0;
}

Result<int> show_account(Session& session, const std::string& text) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const AccountText account, session.account(text));
  session.directory().remember(account);
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  node::ReadOptions read;
  read.with_proof = true;
  HP_TRY_ASSIGN(const auto answer, client->account(account.id, read));
  if (!answer.proof || !answer.proof->value ||
      answer.proof->key != ledger::account_key(account.id)) {
    return fail(Errc::kDiverged, "the node gave no proof of this account");
  }
  const auto height =
      session.checker().check_state(answer.proof->key, ByteView(*answer.proof->value),
                                    answer.proof->proof, records_of(answer.proof->finality));
  if (!height) {
    return fail(Errc::kDiverged, "the node's proof does not hold: " + height.error().message);
  }
  // Shown is what was proven, not what was said.
  HP_TRY_ASSIGN(const auto value, ledger::AccountValue::decode(*answer.proof->value));
  Fields fields;
  fields
      .add("account",
           session.directory().participant(value.owner) + ":" + std::to_string(value.number))
      .add("address", session.directory().address(account.id))
      .add("id", account.id.hex())
      .add("owner", session.directory().participant(value.owner))
      .add("opened_height", value.opened.value())
      .add("threshold", std::uint64_t{value.threshold});
  std::string keys;
  for (const auto& seat : value.seats) keys += (keys.empty() ? "" : ", ") + seat.hex();
  fields.add("authority_keys", keys.empty() ? "any one key of the owner" : keys)
      .add("height", height->value())
      .add("proven", true);
  print(std::cout, fields, session.format());
  return 0;
}

struct AuthorityOptions {
  std::string account;
  std::uint16_t threshold = 0;
  std::vector<std::string> keys;
  ActOptions act;
};

Result<int> set_authority(Session& session, const AuthorityOptions& options) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const AccountText account, session.account(options.account));
  session.directory().remember(account);
  ledger::SetAccountAuthority operation;
  operation.account = account.id;
  operation.threshold = options.threshold;
  for (const std::string& text : options.keys) {
    HP_TRY_ASSIGN(const auto key, session.key_id(text));
    operation.keys.push_back(key);
  }
  std::sort(operation.keys.begin(), operation.keys.end());
  return act(session, {operation, options.act});
}

Result<int> list_assets(Session& session) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  HP_TRY_ASSIGN(const auto assets, client->assets());
  Table table{{"asset", "number", "decimals", "issuer", "in_circulation", "height"}, {}};
  for (const auto& asset : assets) {
    if (asset.decimals > ledger::kAssetDecimalsMax) {
      return fail(Errc::kMalformed, "the node names an asset with impossible decimals");
    }
    table.rows.push_back(
        {asset.code, std::uint64_t{asset.id.value()}, std::uint64_t{asset.decimals},
         session.directory().participant(asset.issuer),
         asset.units_in_circulation.to_string(asset.decimals), asset.height.value()});
  }
  print(std::cout, table, session.format());
  return 0;
}

Result<int> show_asset(Session& session, const std::string& text) {
  HP_TRY(session.open());
  HP_TRY_ASSIGN(const auto known, find_asset(session.genesis(), text));
  HP_TRY_ASSIGN(node::Client* const client, session.client());
  node::ReadOptions read;
  read.with_proof = true;
  HP_TRY_ASSIGN(const auto answer, client->asset(known.id, read));
  if (!answer.proof || !answer.proof->value || answer.proof->key != ledger::asset_key(known.id)) {
    return fail(Errc::kDiverged, "the node gave no proof of this asset");
  }
  const auto height =
      session.checker().check_state(answer.proof->key, ByteView(*answer.proof->value),
                                    answer.proof->proof, records_of(answer.proof->finality));
  if (!height) {
    return fail(Errc::kDiverged, "the node's proof does not hold: " + height.error().message);
  }
  HP_TRY_ASSIGN(const auto value, ledger::AssetValue::decode(*answer.proof->value));
  const auto circulating = value.issued.checked_sub(value.redeemed);
  if (!circulating) return fail(Errc::kDiverged, "more of the asset was redeemed than issued");
  Fields fields;
  fields.add("asset", value.code)
      .add("number", std::uint64_t{known.id.value()})
      .add("decimals", std::uint64_t{value.decimals})
      .add("issuer", session.directory().participant(value.issuer))
      .add("issued", value.issued.to_string(value.decimals))
      .add("redeemed", value.redeemed.to_string(value.decimals))
      .add("in_circulation", circulating->to_string(value.decimals))
      .add("height", height->value())
      .add("proven", true);
  print(std::cout, fields, session.format());
  return 0;
}

void add_reading_commands(CLI::App* group, Invocation& invocation) {
  CLI::App* list = group->add_subcommand("list", "Your own accounts, by number");
  auto listing = std::make_shared<ListOptions>();
  list->add_option("--from", listing->from, "First number to look at")
      ->check(whole_number())
      ->capture_default_str();
  list->add_option("--limit", listing->limit, "How many to show at most")
      ->check(whole_number())
      ->capture_default_str();
  list->callback([&invocation, listing] {
    invocation.action = [listing](Session& session) { return list_accounts(session, *listing); };
  });

  CLI::App* show = group->add_subcommand("show", "One account, with proof");
  auto account = std::make_shared<std::string>();
  show->add_option("account", *account, "Account")->required();
  show->callback([&invocation, account] {
    invocation.action = [account](Session& session) { return show_account(session, *account); };
  });
}

}  // namespace

void add_account_commands(CLI::App& app, Invocation& invocation, Verbs verbs) {
  CLI::App* group = app.add_subcommand("account", "Accounts and who may debit them");
  group->require_subcommand(1);

  CLI::App* open = group->add_subcommand("open", "Open accounts of your own");
  auto opening = std::make_shared<OpenOptions>();
  open->add_option("--number", opening->number, "First account number")
      ->check(whole_number())
      ->capture_default_str();
  open->add_option("--count", opening->count, "How many, at most 8190")
      ->check(CLI::Range(1U, ledger::kOpenAccountsMax))
      ->capture_default_str();
  add_act_options(*open, opening->act, verbs);
  open->callback([&invocation, opening] {
    invocation.action = [opening](Session& session) { return open_accounts(session, *opening); };
  });

  if (verbs == Verbs::kAct) add_reading_commands(group, invocation);

  CLI::App* authority =
      group->add_subcommand("set-authority", "Say which keys may debit an account");
  auto setting = std::make_shared<AuthorityOptions>();
  authority->add_option("account", setting->account, "Account")->required();
  authority
      ->add_option("--threshold", setting->threshold,
                   "How many must sign; 0: any one active key of the owner")
      ->required();
  authority
      ->add_option("--authority", setting->keys,
                   "Keys, comma-separated: names in the wallet, files or ids")
      ->delimiter(',')
      ->allow_extra_args(false);
  add_act_options(*authority, setting->act, verbs);
  authority->callback([&invocation, setting] {
    invocation.action = [setting](Session& session) { return set_authority(session, *setting); };
  });
}

void add_asset_commands(CLI::App& app, Invocation& invocation) {
  CLI::App* group = app.add_subcommand("asset", "Assets and how much of them there is");
  group->require_subcommand(1);
  CLI::App* list = group->add_subcommand("list", "All assets");
  list->callback([&invocation] { invocation.action = list_assets; });
  CLI::App* show = group->add_subcommand("show", "One asset, with proof");
  auto asset = std::make_shared<std::string>();
  show->add_option("asset", *asset, "Code or number")->required();
  show->callback([&invocation, asset] {
    invocation.action = [asset](Session& session) { return show_asset(session, *asset); };
  });
}

}  // namespace huangpu::tools
