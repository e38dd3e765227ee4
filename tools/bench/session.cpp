#include "tools/bench/session.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "crypto/keystore/key_file.hpp"
#include "crypto/keystore/passphrase.hpp"
#include "crypto/tls/certificate.hpp"
#include "ledger/store/text_file.hpp"

namespace huangpu::tools {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds kSettleTimeout{60};
constexpr std::uint64_t kWindowMarginMs = 10'000;

Result<Bank> open_bank(const fs::path& folder) {
  Bank bank;
  HP_TRY_ASSIGN(bank.profile, load_profile(folder));
  const Profile& profile = bank.profile;
  HP_TRY_ASSIGN(bank.signer, open_wallet_key(profile));
  node::ClientConfig config;
  for (const ProfileNode& node : profile.nodes)
    config.endpoints.push_back({node.address, node.pin});
  HP_TRY_ASSIGN(config.certificate_pem,
                ledger::read_text_file(profile.resolve(profile.certificate), crypto::kPemBytesMax));
  HP_TRY_ASSIGN(config.key_pem, crypto::load_private_pem(profile.resolve(profile.tls_key)));
  HP_TRY_ASSIGN(bank.client, node::Client::connect(std::move(config)));
  return bank;
}

Status settle(Session& session, Bank& bank, ledger::Operation operation) {
  HP_TRY_ASSIGN(const auto signed_transaction, make_envelope(session, bank, std::move(operation)));
  HP_TRY_ASSIGN(const auto admitted, bank.client->submit(signed_transaction.envelope));
  if (admitted.stage == node::TransactionStage::kRejected) {
    return fail(Errc::kDenied, "set-up transaction refused: " + admitted.message);
  }
  HP_TRY_ASSIGN(const auto done, bank.client->wait_final(signed_transaction.txid, kSettleTimeout));
  if (done.stage != node::TransactionStage::kFinal)
    return fail(Errc::kTimeout, "set-up transaction is not final");
  if (done.code != 0)
    return fail(Errc::kDenied, "set-up transaction failed with code " + std::to_string(done.code));
  return {};
}

// Every size of load has account numbers of its own, so that runs of several sizes share a network.
std::uint64_t account_number(std::uint32_t count, std::uint32_t index) {
  return (std::uint64_t{count} << 20) + index;
}

Status open_accounts(Session& session, Bank& bank, std::uint32_t count) {
  for (std::uint32_t first = 0; first < count; first += ledger::kBulkRecordsMax) {
    ledger::OpenAccounts open;
    open.first_number = account_number(count, first);
    open.count = std::min<std::uint32_t>(ledger::kBulkRecordsMax, count - first);
    HP_TRY(settle(session, bank, open));
  }
  return {};
}

// One issue to the bank's first account, then bulk transfers from there to the others.
Status fund(Session& session, Bank& bank, std::uint64_t units_each) {
  const ledger::AssetId asset = session.genesis.assets.front().id;
  ledger::Issue issue;
  issue.asset = asset;
  issue.credit = bank.accounts.front();
  issue.amount = Amount::from_u64(units_each * bank.accounts.size());
  HP_TRY(settle(session, session.issuer, issue));
  for (std::size_t first = 1; first < bank.accounts.size(); first += ledger::kBulkRecordsMax) {
    const std::size_t last =
        std::min<std::size_t>(bank.accounts.size(), first + ledger::kBulkRecordsMax);
    ledger::BulkTransfer bulk;
    for (std::size_t i = first; i < last; ++i) {
      ledger::BulkRecord record;
      record.debit = bank.accounts.front();
      record.credit = bank.accounts[i];
      record.amount = Amount::from_u64(units_each);
      record.asset = asset;
      ledger::append_record(bulk.records, record);
    }
    HP_TRY(settle(session, bank, std::move(bulk)));
  }
  return {};
}

}  // namespace

TimestampMs wall_now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return TimestampMs{static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count())};
}

Result<std::unique_ptr<crypto::LocalSigner>> open_wallet_key(const Profile& profile) {
  HP_TRY_ASSIGN(const auto file, crypto::load_key_file(profile.resolve(profile.default_key),
                                                       crypto::KeyPurpose::kParticipant));
  HP_TRY_ASSIGN(const auto passphrase,
                crypto::passphrase_from_file(profile.resolve(profile.passphrase_file)));
  auto signer = crypto::signer_from(file, crypto::KeyPurpose::kParticipant, passphrase);
  if (!signer) return fail(signer.error(), profile.resolve(profile.default_key).string());
  return signer;
}

Result<Session> open_session(const fs::path& network) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(network / "wallets", error)) {
    if (entry.path().filename().string().starts_with("bank")) folders.push_back(entry.path());
  }
  if (folders.empty()) {
    return fail(Errc::kNotFound,
                network.string() +
                    " has no wallets of banks; make one with `huangpu-admin network "
                    "create --evaluation-limits`");
  }
  std::sort(folders.begin(), folders.end());
  Session session;
  for (const fs::path& folder : folders) {
    HP_TRY_ASSIGN(Bank bank, open_bank(folder));
    session.banks.push_back(std::move(bank));
  }
  HP_TRY_ASSIGN(session.genesis, load_genesis(session.banks.front().profile));
  session.chain = {session.genesis.suite, ledger::chain_id(session.genesis)};
  session.validators = session.genesis.validators.size();
  std::string code = "cb" + session.genesis.assets.front().code;
  for (char& c : code) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  HP_TRY_ASSIGN(session.issuer, open_bank(network / "wallets" / code));
  return session;
}

Status prepare_accounts(Session& session, const Funding& funding) {
  const auto each =
      static_cast<std::uint32_t>(std::max<std::size_t>(2, funding.accounts / session.banks.size()));
  for (Bank& bank : session.banks) {
    for (std::uint32_t index = 0; index < each; ++index) {
      bank.accounts.push_back(ledger::account_id(session.chain.suite, bank.profile.participant,
                                                 account_number(each, index)));
    }
    const auto known = bank.client->account(bank.accounts.back());
    if (!known) {
      if (known.error().code != Errc::kNotFound) return tl::unexpected(known.error());
      HP_TRY(open_accounts(session, bank, each));
      HP_TRY(fund(session, bank, funding.units_each));
    }
  }
  return {};
}

Result<ledger::SignedTransaction> make_envelope(const Session& session, Bank& bank,
                                                ledger::Operation operation) {
  return make_envelope(session, bank.profile.participant, *bank.signer, std::move(operation));
}

Result<ledger::SignedTransaction> make_envelope(const Session& session,
                                                ledger::ParticipantId submitter,
                                                crypto::Signer& signer,
                                                ledger::Operation operation) {
  const std::uint64_t now = wall_now().value();
  const std::uint64_t window_ms =
      session.genesis.ledger.replay_window_seconds * 1'000ULL - kWindowMarginMs;
  ledger::TransactionBuilder builder(session.chain, submitter);
  builder.valid(TimestampMs{now - kWindowMarginMs}, TimestampMs{now + window_ms})
      .operation(std::move(operation));
  crypto::Signer* const signers[] = {&signer};
  return ledger::sign_transaction(std::move(builder), signers);
}

}  // namespace huangpu::tools
