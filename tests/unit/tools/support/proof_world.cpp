#include "tests/unit/tools/support/proof_world.hpp"

#include <algorithm>
#include <string>

#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/hashing.hpp"
#include "crypto/hash/hasher.hpp"
#include "crypto/hash/merkle.hpp"
#include "ledger/codec/transaction_builder.hpp"
#include "tests/support/test_suite.hpp"
#include "tools/verify/first_epoch.hpp"

namespace huangpu::tools::test {

std::unique_ptr<crypto::LocalSigner> fixed_signer(std::uint8_t seed) {
  const Bytes bytes(32, seed);
  return std::move(crypto::LocalSigner::from_seed(huangpu::test::test_suite(),
                                                  crypto::SecretBytes::copy_of(bytes))
                       .value());
}

ledger::Genesis paper_genesis() {
  ledger::Genesis genesis;
  genesis.suite = huangpu::test::test_suite();
  genesis.chain_name = "paper";
  genesis.time = TimestampMs{1'790'000'000'000};
  const auto participant = [&](std::uint32_t id, const char* code, ledger::Role role) {
    ledger::GenesisParticipant entry;
    entry.id = ledger::ParticipantId{id};
    entry.code = code;
    entry.name = code;
    entry.roles.add(role);
    genesis.participants.push_back(entry);
    genesis.keys.push_back(
        {entry.id,
         fixed_signer(static_cast<std::uint8_t>(100 + genesis.keys.size()))->public_key()});
  };
  participant(11, "CBX", ledger::Role::kIssuer);
  participant(101, "BANKA", ledger::Role::kParticipant);
  participant(102, "BANKB", ledger::Role::kParticipant);
  for (std::uint8_t i = 0; i < 4; ++i) {
    crypto::Digest::Array pin{};
    pin[0] = static_cast<std::uint8_t>(i + 1);
    genesis.validators.push_back({"v" + std::to_string(i), ledger::ParticipantId{101},
                                  fixed_signer(static_cast<std::uint8_t>(i + 1))->public_key(),
                                  crypto::Digest(pin)});
  }
  genesis.assets = {{ledger::AssetId{1}, "CNY", 2, ledger::ParticipantId{11}},
                    {ledger::AssetId{2}, "JPY", 0, ledger::ParticipantId{11}}};
  return genesis;
}

namespace {

consensus::CommitMessage message_at(const ledger::Genesis& genesis, std::uint64_t height) {
  consensus::CommitMessage message;
  message.genesis = ledger::chain_id(genesis).value();
  message.height = Height{height};
  message.timestamp = TimestampMs{genesis.time.value() + 1'000 * height};
  message.block_hash = crypto::hash(genesis.suite, as_bytes("block " + std::to_string(height)));
  return message;
}

Bytes certify(const ledger::Genesis& genesis, const consensus::CommitMessage& message,
              const std::vector<std::uint16_t>& signers) {
  consensus::CommitCertificate certificate;
  certificate.message = message;
  certificate.signers = consensus::SignerSet(genesis.validators.size());
  const auto digest = consensus::commit_digest(genesis.suite, message);
  const auto bytes = consensus::signing_message(consensus::SignedKind::kCommit, message.genesis,
                                                message.epoch, message.height.value(), digest);
  for (const std::uint16_t index : signers) {
    certificate.signers.insert(ValidatorIndex{index});
    certificate.signatures.push_back(
        fixed_signer(static_cast<std::uint8_t>(index + 1))->sign(bytes).value());
  }
  return consensus::encode(certificate);
}

}  // namespace

ReceiptFile paper_receipt(const ledger::Genesis& genesis, const PaperReceipt& options) {
  const ledger::ChainInfo chain = ledger_chain(genesis);
  const auto account = [&](std::uint32_t owner) {
    return ledger::account_id(genesis.suite, ledger::ParticipantId{owner}, 1);
  };
  const auto key = fixed_signer(101);
  const auto transaction = ledger::TransactionBuilder(chain, ledger::ParticipantId{101})
                               .valid(genesis.time, TimestampMs{genesis.time.value() + 60'000})
                               .reference("INV-7", 20261123)
                               .signer(key->public_key().id())
                               .operation(ledger::Transfer{account(101),
                                                           account(102),
                                                           ledger::AssetId{1},
                                                           Amount::from_u64(125'000),
                                                           {},
                                                           {'S', 'A', 'L', 'A'}})
                               .build()
                               .value();

  ledger::Receipt receipt;
  receipt.txid = transaction.txid;
  receipt.height = Height{options.height};
  receipt.index = 1;
  const std::vector<Bytes> leaves{to_bytes("another receipt"), ledger::encode_receipt(receipt),
                                  to_bytes("a third one")};
  auto commit = message_at(genesis, options.height);
  commit.receipts_root = crypto::merkle_root(genesis.suite, std::span<const Bytes>(leaves));

  ReceiptFile file;
  file.chain = chain.chain;
  file.txid = transaction.txid;
  file.records.body = transaction.body;
  file.records.receipt = leaves[1];
  file.records.path = crypto::encode_merkle_path(
      crypto::merkle_path(genesis.suite, std::span<const Bytes>(leaves), 1));
  FinalityProofRecords& finality = file.records.finality;
  finality.commit_message = consensus::encode(commit);
  if (options.certified_height == options.height) {
    finality.certificate = certify(genesis, commit, options.signers);
    return file;
  }
  std::vector<Bytes> history;
  for (std::uint64_t height = 1; height < options.certified_height; ++height) {
    const auto message = height == options.height ? commit : message_at(genesis, height);
    history.push_back(to_bytes(consensus::commit_digest(genesis.suite, message).bytes()));
  }
  auto certified = message_at(genesis, options.certified_height);
  certified.history_root = crypto::merkle_root(genesis.suite, std::span<const Bytes>(history));
  finality.certified_message = consensus::encode(certified);
  finality.certificate = certify(genesis, certified, options.signers);
  finality.history_path = crypto::encode_merkle_path(
      crypto::merkle_path(genesis.suite, std::span<const Bytes>(history), options.height - 1));
  return file;
}

}  // namespace huangpu::tools::test
