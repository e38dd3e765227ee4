// Writes the seed receipts and journals: `make_tools_corpus FOLDER`.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "crypto/base/assert.hpp"
#include "tests/unit/tools/support/proof_world.hpp"
#include "tools/wallet/batch/journal.hpp"
#include "tools/wallet/offline/forms.hpp"

namespace {

void put(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// A transfer that any two of three keys may sign, in three windows; signed by the first
// `signed_by`.
huangpu::tools::TransactionFile transaction_file(const huangpu::ledger::Genesis& genesis,
                                                 std::uint8_t signed_by) {
  using namespace huangpu;
  using namespace huangpu::tools;
  const ledger::ChainInfo chain{genesis.suite, ledger::chain_id(genesis)};
  TransactionFile file;
  for (std::uint8_t i = 0; i < 3; ++i) {
    file.signers.of.push_back(
        test::fixed_signer(static_cast<std::uint8_t>(201 + i))->public_key().id());
  }
  std::sort(file.signers.of.begin(), file.signers.of.end());
  file.signers.any = 2;
  file.windows = {3, 120'001};
  ledger::Transfer transfer;
  transfer.debit = ledger::account_id(genesis.suite, ledger::ParticipantId{101}, 1);
  transfer.credit = ledger::account_id(genesis.suite, ledger::ParticipantId{102}, 77);
  transfer.asset = ledger::AssetId{1};
  transfer.amount = Amount::from_u64(1'250);
  ledger::TransactionBuilder builder(chain, ledger::ParticipantId{101});
  builder.valid(TimestampMs{1'795'000'000'000}, TimestampMs{1'795'000'120'000})
      .reference("OFF-1", 20261118)
      .operation(transfer);
  const auto sets = signer_sets(file.signers);
  for (const auto& key : sets.front()) builder.signer(key);
  file.body = builder.build().value().body;
  file.accounts = {{ledger::ParticipantId{101}, 1}, {ledger::ParticipantId{102}, 77}};
  const Forms forms = Forms::make(file, chain).value();
  for (std::uint8_t i = 0; i < signed_by; ++i) {
    const auto signer = test::fixed_signer(static_cast<std::uint8_t>(201 + i));
    HP_ASSERT(sign_file(file, forms, *signer).has_value(), "a fixed key does not sign");
  }
  return file;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace huangpu;
  using namespace huangpu::tools;
  if (argc != 2) {
    std::cerr << "usage: make_tools_corpus FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  const auto genesis = test::paper_genesis();
  const std::string good = format_receipt_file(test::paper_receipt(genesis));
  put(folder / "receipt_file" / "good", good);
  put(folder / "receipt_file" / "history",
      format_receipt_file(test::paper_receipt(genesis, {2, 9, {0, 1, 2}})));
  put(folder / "receipt_file" / "no_quorum",
      format_receipt_file(test::paper_receipt(genesis, {3, 3, {0, 1}})));
  put(folder / "receipt_file" / "cut", good.substr(0, good.size() / 2));
  std::string bent = good;
  bent[bent.find("\"receipt\"") + 30] ^= 1;
  put(folder / "receipt_file" / "bent", bent);
  put(folder / "receipt_file" / "deep", std::string(2'000, '['));
  JournalHeader header;
  header.payments = 2;
  header.date = 20261123;
  PartResult result;
  result.record_codes = {0, 66};
  const std::string journal = format_header(header) + format_result(0, result);
  put(folder / "batch_journal" / "good", journal);
  put(folder / "batch_journal" / "torn", journal + format_result(1, result).substr(0, 40));
  put(folder / "batch_journal" / "twice", journal + format_result(0, PartResult{}));
  put(folder / "batch_journal" / "no_header", format_result(0, result));
  const auto unsigned_file = format_transaction_file(transaction_file(genesis, 0));
  put(folder / "transaction_file" / "unsigned", unsigned_file);
  put(folder / "transaction_file" / "one_signature",
      format_transaction_file(transaction_file(genesis, 1)));
  put(folder / "transaction_file" / "complete",
      format_transaction_file(transaction_file(genesis, 2)));
  put(folder / "transaction_file" / "cut", unsigned_file.substr(0, unsigned_file.size() / 2));
  put(folder / "transaction_file" / "deep", std::string(2'000, '['));
  return 0;
}
