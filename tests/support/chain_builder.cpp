#include "tests/support/chain_builder.hpp"

#include <gtest/gtest.h>

#include <utility>

#include "consensus/codec/batch_codec.hpp"
#include "consensus/codec/batch_record.hpp"
#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/hashing.hpp"
#include "consensus/light/batch_order.hpp"
#include "ledger/codec/batch.hpp"
#include "ledger/codec/transaction_builder.hpp"
#include "ledger/store/archive.hpp"
#include "tests/support/fault_file_system.hpp"
#include "tests/support/test_suite.hpp"
#include "tools/verify/first_epoch.hpp"

namespace huangpu::test {
namespace {

using crypto::SuiteId;

constexpr std::uint64_t kStartMs = 1'795'435'200'000;  // 2026-11-23T12:00:00Z
constexpr std::uint64_t kBlockIntervalMs = 500;
constexpr std::size_t kValidators = 4;

std::unique_ptr<crypto::LocalSigner> signer_from(std::uint8_t family, std::uint8_t number,
                                                 SuiteId suite = test_suite()) {
  Bytes seed(32, family);
  seed[0] = number;
  return crypto::LocalSigner::from_seed(suite, crypto::SecretBytes::copy_of(seed)).value();
}

ledger::RecordKey key_of(ledger::RecordKind kind, Height height) {
  ledger::RecordKey key;
  key.kind = kind;
  key.height = height;
  return key;
}

}  // namespace

ChainBuilder::ChainBuilder() {
  genesis_.suite = test_suite();
  genesis_.chain_name = "small-chain";
  genesis_.time = TimestampMs(kStartMs);
  std::uint8_t number = 0;
  for (const char* name : {"central", "alpha", "beta"}) {
    ledger::GenesisParticipant participant;
    participant.id = ledger::ParticipantId(++number);
    participant.code = "BANK" + std::to_string(number);
    participant.name = name;
    participant.roles.add(ledger::Role::kParticipant);
    if (number == 1) participant.roles.add(ledger::Role::kIssuer);
    genesis_.participants.push_back(participant);
    participants_[name] = participant.id;
    // The third's keys are of the suite that is not the chain's.
    keys_[name] = signer_from(0x11, number, number == 3 ? other_suite() : test_suite());
    genesis_.keys.push_back({participant.id, keys_[name]->public_key()});
  }
  genesis_.assets.push_back({asset(), "CNY", 2, participants_["central"]});
  std::uint64_t account_number = 0;
  for (const auto& [name, owner] : std::vector<std::pair<std::string, std::string>>{
           {"vault", "central"}, {"alice", "alpha"}, {"anna", "alpha"}, {"bob", "beta"}}) {
    const ledger::ParticipantId participant = participants_[owner];
    genesis_.accounts.push_back({participant, ++account_number, 1, 0, {}});
    accounts_[name] = ledger::account_id(genesis_.suite, participant, account_number);
    owners_[name] = owner;
  }
  for (std::size_t i = 0; i < kValidators; ++i) {
    const auto index = static_cast<std::uint8_t>(i + 1);
    validators_.push_back(signer_from(0x22, index));
    ledger::GenesisValidator validator;
    validator.name = "v" + std::to_string(i);
    validator.participant = ledger::ParticipantId(1);
    validator.key = validators_.back()->public_key();
    validator.tls_pin = crypto::Digest::from(Bytes(32, index));
    genesis_.validators.push_back(validator);
  }
  for (const std::string& error : ledger::check_genesis(genesis_)) ADD_FAILURE() << error;
  epoch_ = tools::first_epoch(genesis_).value();
  chain_ = tools::consensus_chain(genesis_);
  leaders_ = std::make_unique<consensus::LeaderSchedule>(chain_.suite, chain_.genesis, kValidators,
                                                         epoch_.parameters.leader_window);
  hash_ = chain_.genesis;
  tips_.resize(kValidators);

  tree_ = std::make_unique<ledger::StateTree>(genesis_.suite);
  state_.commit(ledger::apply_genesis(genesis_, *tree_).value().entries);
  executor_ = ledger::Executor::open(genesis_, state_, *tree_).value();
}

ChainBuilder::~ChainBuilder() = default;

ledger::AccountId ChainBuilder::account(const std::string& name) const {
  return accounts_.at(name);
}

TimestampMs ChainBuilder::next_time() const {
  return TimestampMs(kStartMs + (height_.value() + 1) * kBlockIntervalMs);
}

Bytes ChainBuilder::envelope(const std::string& submitter, ledger::Operation operation) {
  ledger::TransactionBuilder builder(tools::ledger_chain(genesis_), participants_.at(submitter));
  builder.valid(TimestampMs(next_time().value() - 10'000 - ++counter_),
                TimestampMs(next_time().value() + 60'000));
  builder.operation(std::move(operation));
  crypto::Signer* const signers[] = {keys_.at(submitter).get()};
  return ledger::sign_transaction(std::move(builder), signers).value().envelope;
}

Bytes ChainBuilder::issue(const std::string& account, std::uint64_t units) {
  return envelope("central",
                  ledger::Issue{asset(), accounts_.at(account), Amount::from_u64(units)});
}

Bytes ChainBuilder::transfer(const std::string& debit, const std::string& credit,
                             std::uint64_t units) {
  return envelope(
      owners_.at(debit),
      ledger::Transfer{
          accounts_.at(debit), accounts_.at(credit), asset(), Amount::from_u64(units), {}, {}});
}

consensus::Certificate ChainBuilder::certificate(consensus::VoteKind kind, View view,
                                                 const crypto::Digest& digest,
                                                 std::size_t signers) {
  consensus::Certificate made{kind, epoch_.epoch, view, digest, consensus::SignerSet(kValidators),
                              {}};
  const auto message = consensus::signing_message(consensus::signed_kind(kind), chain_.genesis,
                                                  epoch_.epoch, view.value(), digest);
  for (std::size_t i = 0; i < signers; ++i) {
    EXPECT_TRUE(made.signers.insert(ValidatorIndex(static_cast<std::uint16_t>(i))));
    made.signatures.push_back(validators_[i]->sign(message).value());
  }
  return made;
}

consensus::CommitCertificate ChainBuilder::certify(const consensus::CommitMessage& message,
                                                   std::size_t signers) {
  consensus::CommitCertificate made{message, consensus::SignerSet(kValidators), {}};
  const auto signed_bytes = consensus::signing_message(
      consensus::SignedKind::kCommit, chain_.genesis, message.epoch, message.height.value(),
      consensus::commit_digest(chain_.suite, message));
  for (std::size_t i = 0; i < signers; ++i) {
    EXPECT_TRUE(made.signers.insert(ValidatorIndex(static_cast<std::uint16_t>(i))));
    made.signatures.push_back(validators_[i]->sign(signed_bytes).value());
  }
  return made;
}

ChainBuilder::MadeBatch ChainBuilder::make_batch(const PlannedBatch& plan) {
  consensus::LaneTip& tip = tips_.at(plan.lane);
  MadeBatch made;
  made.batch.envelopes = consensus::EnvelopeList::copy_of(plan.envelopes);
  auto decoded = ledger::decode_batch(tools::ledger_chain(genesis_), plan.lane, tip.pos.next(),
                                      plan.envelopes);
  consensus::BatchPlan header;
  header.chain = chain_;
  header.epoch = epoch_.epoch;
  header.lane = ValidatorIndex(plan.lane);
  header.pos = tip.pos.next();
  header.prev_digest = tip.digest;
  header.created = next_time();
  if (decoded) {
    for (const auto& envelope : decoded->envelopes)
      header.transfer_count += envelope.transfer_count;
    made.decoded = std::make_shared<const ledger::DecodedBatch>(std::move(*decoded));
  }
  made.batch.header = consensus::make_batch_header(header, made.batch.envelopes);
  if (plan.edit) plan.edit(made.batch.header);
  made.digest = consensus::batch_digest(chain_.suite, made.batch.header);
  tip = {tip.pos.next(), made.digest};
  return made;
}

ledger::BlockOutput ChainBuilder::execute(
    const std::vector<std::shared_ptr<const ledger::DecodedBatch>>& batches) {
  auto output = executor_->execute({{height_.next(), next_time(), epoch_.epoch}, batches});
  EXPECT_TRUE(output.has_value()) << (output ? "" : output.error().message);
  state_.commit(output->delta);
  receipts_ = output->receipts;
  return std::move(*output);
}

void ChainBuilder::add(const ledger::RecordKey& key, Bytes payload) {
  entries_.push_back({height_, key, std::move(payload)});
}

void ChainBuilder::block(PlannedBlock plan) {
  const std::vector<consensus::LaneTip> before = tips_;
  std::map<std::pair<ValidatorIndex, LanePosition>, MadeBatch> made;
  for (const PlannedBatch& batch : plan.batches) {
    MadeBatch one = make_batch(batch);
    made.emplace(std::pair(ValidatorIndex(batch.lane), tips_[batch.lane].pos), std::move(one));
  }

  consensus::BlockRecord record;
  consensus::Block& block = record.stored.block;
  for (std::size_t lane = 0; lane < tips_.size(); ++lane) {
    if (tips_[lane] == before[lane]) continue;
    block.cut.push_back(
        {ValidatorIndex(static_cast<std::uint16_t>(lane)), tips_[lane].pos, tips_[lane].digest});
  }
  consensus::BlockHeader& header = block.header;
  header.view = View(view_.value() + 1 + plan.nullified_views);
  const auto order = consensus::batch_order(before, block);
  std::vector<std::shared_ptr<const ledger::DecodedBatch>> batches;
  for (const auto& place : order) {
    if (const auto& decoded = made.at({place.lane, place.pos}).decoded) batches.push_back(decoded);
  }
  const ledger::BlockOutput output = execute(batches);

  if (plan.edit_cut) plan.edit_cut(block);
  header.genesis = chain_.genesis;
  header.epoch = epoch_.epoch;
  header.epoch_hash = consensus::epoch_hash(chain_.suite, epoch_);
  header.height = height_.next();
  header.parent_hash = hash_;
  header.parent_view = view_;
  header.proposer = leaders_->leader(header.view);
  header.timestamp = next_time();
  header.cut_root = consensus::cut_root(chain_.suite, tips_);
  header.body_root = consensus::body_root(chain_.suite, block);
  record.tips = tips_;

  consensus::Justification& justification = record.stored.justification;
  if (height_ != Height(0)) {
    justification.parent = certificate(consensus::VoteKind::kNotarize, view_, hash_);
  }
  for (std::uint64_t view = view_.value() + 1; view < header.view.value(); ++view) {
    justification.nullifications.push_back(
        certificate(consensus::VoteKind::kNullify, View(view), {}));
  }
  if (plan.edit_justification) plan.edit_justification(justification);
  if (plan.edit_header) plan.edit_header(header);

  height_ = height_.next();
  view_ = header.view;
  hash_ = consensus::block_hash(chain_.suite, header);
  if (plan.finalization) {
    record.stored.finalization = certificate(consensus::VoteKind::kFinalize, view_, hash_);
    if (plan.edit_finalization) plan.edit_finalization(*record.stored.finalization);
  }

  consensus::CommitMessage message;
  message.genesis = chain_.genesis;
  message.epoch = epoch_.epoch;
  message.height = height_;
  message.block_hash = hash_;
  message.timestamp = header.timestamp;
  message.state_root = output.state_root;
  message.receipts_root = output.receipts_root;
  message.history_root = history_.root();
  if (plan.edit_state) {
    std::map<Bytes, Bytes> forged = state_.entries();
    plan.edit_state(forged);
    std::vector<ledger::LeafChange> leaves;
    for (const auto& [key, value] : forged) {
      if (!ledger::is_tree_key(key)) continue;
      leaves.push_back(ledger::leaf_change(chain_.suite, key, value));
    }
    message.state_root = ledger::StateTree(chain_.suite).rebuild(height_, std::move(leaves));
  }
  if (plan.edit_commit) plan.edit_commit(message);
  history_.append(consensus::commit_digest(chain_.suite, message));

  ledger::RecordKey block_key = key_of(ledger::RecordKind::kBlock, height_);
  block_key.digest = hash_;
  add(block_key, consensus::encode(record));
  for (const auto& place : order) {
    const MadeBatch& batch = made.at({place.lane, place.pos});
    ledger::RecordKey key;
    key.kind = ledger::RecordKind::kBatch;
    key.epoch = epoch_.epoch;
    key.lane = place.lane;
    key.position = place.pos;
    key.digest = batch.digest;
    add(key, consensus::encode_batch_record(batch.batch.header, batch.batch.envelopes));
  }
  add(key_of(ledger::RecordKind::kCommit, height_), consensus::encode(message));
  if (plan.certificate) {
    consensus::CommitCertificate commit = certify(message, plan.commit_signers);
    if (plan.edit_certificate) plan.edit_certificate(commit);
    add(key_of(ledger::RecordKind::kCertificate, height_), consensus::encode(commit));
  }
}

Bytes ChainBuilder::archive(const std::vector<ArchiveEntry>& entries) const {
  FaultFileSystem files;
  EXPECT_TRUE(files.create_directories("out"));
  ledger::ArchiveHeader header;
  header.suite = genesis_.suite;
  header.chain_id = chain_.genesis;
  header.genesis = to_bytes(ledger::to_json(genesis_));
  auto writer = ledger::ArchiveWriter::create(files, "out/chain.hpa", header);
  EXPECT_TRUE(writer.has_value()) << (writer ? "" : writer.error().message);
  for (const ArchiveEntry& entry : entries) {
    const Status added = (*writer)->add(entry.height, entry.key, entry.payload);
    EXPECT_TRUE(added.has_value()) << (added ? "" : added.error().message);
  }
  EXPECT_TRUE((*writer)->finish());
  return files.contents("out/chain.hpa");
}

}  // namespace huangpu::test
