// e2e-bad-envelopes: hands a running network envelopes that must not pass, and compares the number
// of each refusal with the one that is promised (ledger/types/result_code.hpp).
//
//   e2e-bad-envelopes --network DIR
//
// Prints one line per case; the exit code is 1 when one was answered otherwise. At the end the
// payer's balance shows that exactly the one good payment moved, once, although it was submitted
// many times and to every node.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "crypto/hash/hasher.hpp"
#include "crypto/keystore/key_file.hpp"
#include "ledger/codec/envelope.hpp"
#include "ledger/types/limits.hpp"
#include "ledger/types/result_code.hpp"
#include "tests/e2e/node_client.hpp"
#include "tools/bench/session.hpp"

namespace huangpu::tools {
namespace {

using ledger::ResultCode;
using ledger::TransactionBuilder;
using node::TransactionStage;
using node::TransactionUpdate;

constexpr std::chrono::seconds kFinalTimeout{60};
constexpr std::uint64_t kUnitsEach = 1'000;
constexpr std::uint32_t kAccountsOfEachBank = 47;  // makes the account numbers this program's own
constexpr std::uint64_t kMarginMs = 10'000;

class Cases {
 public:
  explicit Cases(Session& session)
      : session_(session), payer_(session.banks[0]), other_(session.banks[1]) {}

  Result<int> run() {
    HP_TRY(bytes_that_are_no_envelope());
    HP_TRY(wrong_signatures());
    HP_TRY(wrong_chain_and_time());
    HP_TRY(wrong_rights());
    HP_TRY(one_payment_many_times());
    return wrong_ == 0 ? 0 : 1;
  }

 private:
  ledger::Transfer payment(std::uint64_t units) {
    ledger::Transfer transfer;
    transfer.debit = payer_.accounts[0];
    transfer.credit = other_.accounts[0];
    transfer.asset = session_.genesis.assets.front().id;
    transfer.amount = Amount::from_u64(units);
    transfer.end_to_end[0] = static_cast<std::uint8_t>(++made_);  // so that no two are the same
    return transfer;
  }

  TransactionBuilder body(ledger::Operation operation) {
    const std::uint64_t now = wall_now().value();
    TransactionBuilder builder(session_.chain, payer_.profile.participant);
    builder.valid(TimestampMs{now - kMarginMs}, TimestampMs{now + 60'000})
        .operation(std::move(operation));
    return builder;
  }

  static Result<ledger::SignedTransaction> sign(TransactionBuilder builder,
                                                crypto::Signer& signer) {
    crypto::Signer* one = &signer;
    return ledger::sign_transaction(std::move(builder), std::span(&one, 1));
  }

  void judge(const std::string& name, const Result<TransactionUpdate>& update, ResultCode expected,
             TransactionStage stage = TransactionStage::kRejected) {
    std::string answer = !update ? "error: " + update.error().message
                                 : std::string(to_text(update->stage)) + " with code " +
                                       std::to_string(update->code);
    const bool right =
        update && update->stage == stage && update->code == static_cast<std::uint16_t>(expected);
    std::printf("%s %s: %s\n", right ? "ok   " : "WRONG", name.c_str(), answer.c_str());
    if (!right) {
      std::printf("      expected: %s with code %u\n", std::string(to_text(stage)).c_str(),
                  static_cast<unsigned>(expected));
      ++wrong_;
    }
  }

  void refused(const std::string& name, const Bytes& envelope, ResultCode expected) {
    judge(name, payer_.client->submit(envelope), expected);
  }

  // Admitted, ordered, and refused by execution.
  Status fails(const std::string& name, ledger::Operation operation, ResultCode expected) {
    HP_TRY_ASSIGN(const auto made, sign(body(std::move(operation)), *payer_.signer));
    auto update = payer_.client->submit(made.envelope);
    if (update && !node::is_last(update->stage))
      update = payer_.client->wait_final(made.txid, kFinalTimeout);
    judge(name, update, expected, TransactionStage::kFinal);
    return {};
  }

  Status bytes_that_are_no_envelope() {
    HP_TRY_ASSIGN(const auto good, sign(body(payment(1)), *payer_.signer));
    refused("nothing", {}, ResultCode::kMalformed);
    std::mt19937_64 random(7);
    for (const std::size_t size : {1u, 100u, 10'000u, 900'000u}) {
      Bytes garbage(size);
      for (auto& byte : garbage) byte = static_cast<std::uint8_t>(random());
      refused("garbage of " + std::to_string(size) + " bytes", garbage, ResultCode::kMalformed);
    }
    for (std::size_t part = 1; part < 8; ++part) {
      const std::size_t size = good.envelope.size() * part / 8;
      refused("cut after " + std::to_string(size) + " of " + std::to_string(good.envelope.size()) +
                  " bytes",
              Bytes(good.envelope.begin(), good.envelope.begin() + static_cast<long>(size)),
              ResultCode::kMalformed);
    }
    Bytes longer = good.envelope;
    longer.push_back(0);
    refused("a byte behind the envelope", longer, ResultCode::kMalformed);
    Bytes unknown = good.envelope;
    unknown.push_back(0x78);  // field 15, a varint
    unknown.push_back(0x01);
    refused("an unknown field", unknown, ResultCode::kMalformed);
    Bytes endless = good.envelope;
    endless.push_back(0x78);
    for (int i = 0; i < 11; ++i) endless.push_back(0xff);  // a varint without an end
    refused("a varint of eleven bytes", endless, ResultCode::kMalformed);
    refused("one byte more than an envelope may have", Bytes(ledger::kEnvelopeBytesMax + 1, 1),
            ResultCode::kTooLarge);
    const auto huge = payer_.client->submit(Bytes(std::size_t{8} << 20, 1));
    std::printf("%s 8 MiB: %s\n", huge ? "WRONG" : "ok   ",
                huge ? "answered" : huge.error().message.c_str());
    if (huge) ++wrong_;
    return {};
  }

  Status wrong_signatures() {
    HP_TRY_ASSIGN(const auto good, sign(body(payment(1)), *payer_.signer));
    Bytes flipped = good.envelope;
    flipped.back() ^= 1;
    refused("a bit flipped in the signature", flipped, ResultCode::kSignatureInvalid);

    HP_TRY_ASSIGN(const auto one,
                  body(payment(1)).signer(payer_.signer->public_key().id()).build());
    HP_TRY_ASSIGN(const auto two,
                  body(payment(999)).signer(payer_.signer->public_key().id()).build());
    HP_TRY_ASSIGN(const auto signature, ledger::sign(one, *payer_.signer));
    refused("the signature of another payment",
            ledger::encode_envelope(two.body, std::span(&signature, 1)),
            ResultCode::kSignatureInvalid);

    HP_TRY_ASSIGN(const auto fresh, crypto::generate_key(session_.chain.suite));
    crypto::KeyFileOptions options;
    const auto passphrase = crypto::SecretBytes::copy_of(as_bytes("of no account"));
    HP_TRY_ASSIGN(const auto file, crypto::create_key_file(crypto::KeyPurpose::kParticipant, fresh,
                                                           passphrase, options));
    HP_TRY_ASSIGN(const auto stranger,
                  crypto::signer_from(file, crypto::KeyPurpose::kParticipant, passphrase));
    HP_TRY_ASSIGN(const auto unknown, sign(body(payment(1)), *stranger));
    refused("signed by a key that is not registered", unknown.envelope, ResultCode::kSignerUnknown);

    HP_TRY_ASSIGN(const auto foreign, sign(body(payment(1)), *other_.signer));
    refused("signed by another bank only", foreign.envelope, ResultCode::kSubmitterDidNotSign);
    judge("handed in by another bank", other_.client->submit(good.envelope),
          ResultCode::kSenderNotAllowed);
    return {};
  }

  Status wrong_chain_and_time() {
    ledger::ChainInfo elsewhere = session_.chain;
    elsewhere.chain = ledger::ChainId{crypto::hash(session_.chain.suite, {as_bytes("elsewhere")})};
    const std::uint64_t now = wall_now().value();
    TransactionBuilder foreign(elsewhere, payer_.profile.participant);
    foreign.valid(TimestampMs{now - kMarginMs}, TimestampMs{now + 60'000}).operation(payment(1));
    HP_TRY_ASSIGN(const auto other_chain, sign(std::move(foreign), *payer_.signer));
    refused("of another chain", other_chain.envelope, ResultCode::kWrongChain);

    const auto at = [&](std::uint64_t from, std::uint64_t until) {
      auto builder = body(payment(1));
      builder.valid(TimestampMs{from}, TimestampMs{until});
      return sign(std::move(builder), *payer_.signer);
    };
    HP_TRY_ASSIGN(const auto expired, at(now - 100'000, now - 60'000));
    refused("expired", expired.envelope, ResultCode::kExpired);
    HP_TRY_ASSIGN(const auto early, at(now + 60'000, now + 100'000));
    refused("not valid yet", early.envelope, ResultCode::kNotYetValid);
    HP_TRY_ASSIGN(const auto far, at(now - kMarginMs, now + 86'400'000));
    refused("valid for longer than the chain remembers", far.envelope, ResultCode::kTooFarAhead);

    HP_TRY_ASSIGN(const auto later,
                  body(payment(1)).signer(payer_.signer->public_key().id()).build());
    Bytes version = later.body;
    if (version.size() < 2 || version[0] != 0x08 || version[1] != 0x01)
      return fail(Errc::kInternal, "a body does not begin with its format version");
    version[1] = 0x02;
    HP_TRY_ASSIGN(const auto signature, ledger::sign(later, *payer_.signer));
    refused("of a later format version", ledger::encode_envelope(version, std::span(&signature, 1)),
            ResultCode::kUnsupportedVersion);
    return {};
  }

  Status wrong_rights() {
    ledger::Transfer stolen = payment(1);
    std::swap(stolen.debit, stolen.credit);
    HP_TRY(fails("debiting another bank's account", stolen, ResultCode::kAuthorityMissing));
    HP_TRY(fails("paying more than there is", payment(kUnitsEach * 100),
                 ResultCode::kInsufficientFunds));
    ledger::Transfer nowhere = payment(1);
    nowhere.credit =
        ledger::AccountId{crypto::hash(session_.chain.suite, {as_bytes("no account")})};
    HP_TRY(fails("paying to an account that is not", nowhere, ResultCode::kCreditAccountUnknown));
    ledger::Issue issue;
    issue.asset = session_.genesis.assets.front().id;
    issue.credit = payer_.accounts[0];
    issue.amount = Amount::from_u64(1);
    HP_TRY(fails("issuing without the role of an issuer", issue, ResultCode::kRoleMissing));
    return {};
  }

  Status one_payment_many_times() {
    HP_TRY_ASSIGN(const auto before,
                  payer_.client->balance(payer_.accounts[0], session_.genesis.assets.front().id));
    HP_TRY_ASSIGN(const auto good, sign(body(payment(7)), *payer_.signer));
    std::vector<std::unique_ptr<node::Client>> nodes;
    for (std::size_t i = 0; i < payer_.profile.nodes.size(); ++i) {
      HP_TRY_ASSIGN(auto client, connect_client(payer_.profile, i, 1));
      nodes.push_back(std::move(client));
    }
    for (const auto& client : nodes) HP_TRY(client->submit(good.envelope));
    HP_TRY_ASSIGN(const auto first, nodes.front()->wait_final(good.txid, kFinalTimeout));
    judge("a good payment", first, ResultCode::kSettled, TransactionStage::kFinal);
    for (int round = 0; round < 3; ++round) {
      for (const auto& client : nodes) {
        auto again = client->submit(good.envelope);
        if (again && !node::is_last(again->stage))
          again = client->wait_final(good.txid, kFinalTimeout);
        const bool same = again && again->height == first.height && again->index == first.index;
        judge(same ? "replayed: the same place" : "replayed: ANOTHER PLACE", again,
              ResultCode::kSettled, TransactionStage::kFinal);
        if (!same) ++wrong_;
      }
    }
    for (const auto& client : nodes) {
      node::ReadOptions newest;
      HP_TRY_ASSIGN(const auto after, client->balance(payer_.accounts[0],
                                                      session_.genesis.assets.front().id, newest));
      const auto paid = before.units.checked_sub(after.units);
      const bool once = paid && *paid == Amount::from_u64(7);
      std::printf("%s paid once: %s units left the account\n", once ? "ok   " : "WRONG",
                  paid ? paid->to_string(0).c_str() : "fewer than no");
      if (!once) ++wrong_;
    }
    return {};
  }

  Session& session_;
  Bank& payer_;
  Bank& other_;
  int made_ = 0;
  int wrong_ = 0;
};

Result<int> run_cases(const std::string& network) {
  HP_TRY_ASSIGN(Session session, open_session(network));
  HP_TRY(prepare_accounts(
      session,
      {static_cast<std::uint32_t>(session.banks.size()) * kAccountsOfEachBank, kUnitsEach}));
  return Cases(session).run();
}

}  // namespace
}  // namespace huangpu::tools

int main(int argc, char** argv) {
  CLI::App app{"Hands a network envelopes that must not pass.", "e2e-bad-envelopes"};
  std::string network;
  app.add_option("--network", network, "The network's folder")->required();
  CLI11_PARSE(app, argc, argv);
  const auto outcome = huangpu::tools::run_cases(network);
  if (!outcome) {
    std::cerr << "e2e-bad-envelopes: " << outcome.error().message << "\n";
    return 1;
  }
  return *outcome;
}
