#include "tools/audit/chain_rules.hpp"

#include <string>
#include <utility>

#include "consensus/codec/hashing.hpp"
#include "crypto/base/civil.hpp"

namespace huangpu::tools {
namespace {

Finding broken(Check check, Height height, std::string message, std::string expected = {},
               std::string found = {}) {
  Finding finding;
  finding.check = check;
  finding.height = height;
  finding.subject = "block " + std::to_string(height.value());
  finding.message = std::move(message);
  finding.expected = std::move(expected);
  finding.found = std::move(found);
  return finding;
}

std::string text(std::uint64_t number) { return std::to_string(number); }

std::string text(const consensus::LaneTip& tip) {
  return "position " + text(tip.pos.value()) + ", digest " + tip.digest.hex();
}

}  // namespace

ChainRules::ChainRules(consensus::ChainContext chain,
                       std::shared_ptr<const consensus::EpochRecord> epoch,
                       TimestampMs genesis_time)
    : chain_(chain),
      epoch_(std::move(epoch)),
      epoch_hash_(consensus::epoch_hash(chain.suite, *epoch_)),
      leaders_(chain.suite, chain.genesis, epoch_->set.size(), epoch_->parameters.leader_window),
      hash_(chain.genesis),
      time_(genesis_time),
      tips_(epoch_->set.size()) {}

// SPEC A-33: views and lanes begin again.
bool ChainRules::enter(std::shared_ptr<const consensus::EpochRecord> next) {
  const crypto::Digest hash = consensus::epoch_hash(chain_.suite, *next);
  if (hash != next_epoch_hash_ || next->epoch != epoch_->epoch.next()) return false;
  epoch_ = std::move(next);
  epoch_hash_ = hash;
  next_epoch_hash_ = {};
  leaders_ = LeaderOrder(chain_.suite, hash_, epoch_->set.size(), epoch_->parameters.leader_window);
  start_ = height_;
  view_ = View{0};
  tips_.assign(epoch_->set.size(), {});
  return true;
}

Checked<void> ChainRules::check_place(const consensus::BlockHeader& header) const {
  const Height height = height_.next();
  if (header.genesis != chain_.genesis) {
    Finding finding = broken(Check::kChain, height, "the block is of another chain",
                             chain_.genesis.hex(), header.genesis.hex());
    finding.code = Errc::kWrongChain;
    return report(std::move(finding));
  }
  if (header.version != consensus::kBlockVersion) {
    return report(broken(Check::kChain, height, "the block has a version that no rule knows",
                         text(consensus::kBlockVersion), text(header.version)));
  }
  if (header.height != height) {
    return report(broken(Check::kChain, height, "the block states another height",
                         text(height.value()), text(header.height.value())));
  }
  if (header.parent_hash != hash_) {
    return report(broken(Check::kChain, height, "the block names another parent", hash_.hex(),
                         header.parent_hash.hex()));
  }
  return {};
}

Checked<void> ChainRules::check_epoch(const consensus::Block& block) const {
  const consensus::BlockHeader& header = block.header;
  if (at_boundary()) {
    return report(broken(Check::kEpoch, header.height,
                         "the epoch record that the block before names is missing",
                         next_epoch_hash_.hex(), "nothing"));
  }
  if (header.epoch != epoch_->epoch) {
    return report(broken(Check::kEpoch, header.height, "the block is of another epoch",
                         text(epoch_->epoch.value()), text(header.epoch.value())));
  }
  if (header.epoch_hash != epoch_hash_) {
    return report(broken(Check::kEpoch, header.height, "the block names another epoch record",
                         epoch_hash_.hex(), header.epoch_hash.hex()));
  }
  // Whether the epoch ends where it was announced is known after execution.
  const bool boundary = (header.flags & consensus::kBlockBoundary) != 0;
  if (boundary == header.next_epoch_hash.is_zero()) {
    return report(broken(Check::kEpoch, header.height,
                         "only the last block of an epoch names the record of the next one"));
  }
  return {};
}

Checked<void> ChainRules::check_view(const consensus::BlockRecord& record) const {
  const consensus::BlockHeader& header = record.stored.block.header;
  if (header.view <= header.parent_view || header.parent_view < view_) {
    return report(broken(
        Check::kView, header.height, "views do not rise from the parent to the block",
        "parent view of at least " + text(view_.value()) + ", view above it",
        "parent view " + text(header.parent_view.value()) + ", view " + text(header.view.value())));
  }
  const View justified = record.stored.justification.parent_view();
  if (justified != header.parent_view) {
    return report(broken(Check::kView, header.height,
                         "the justification starts from another view than the header names",
                         text(header.parent_view.value()), text(justified.value())));
  }
  if (!record.stored.justification.parent && height_ != start_) {
    return report(broken(Check::kJustification, header.height,
                         "only the first block of an epoch does without its parent's certificate"));
  }
  const ValidatorIndex leader = leaders_.leader(header.view);
  if (header.proposer != leader) {
    return report(broken(Check::kView, header.height, "the block is not by the leader of its view",
                         "validator " + text(leader.value()),
                         "validator " + text(header.proposer.value())));
  }
  return {};
}

Checked<void> ChainRules::check_cut(const consensus::BlockRecord& record) const {
  const consensus::Block& block = record.stored.block;
  const Height height = block.header.height;
  const auto body = consensus::body_root(chain_.suite, block);
  if (body != block.header.body_root) {
    return report(broken(Check::kBody, height, "the body is not the one the header names",
                         block.header.body_root.hex(), body.hex()));
  }
  const std::uint64_t advance_max = epoch_->parameters.block_batches_per_lane_max;
  for (std::size_t i = 0; i < block.cut.size(); ++i) {
    const consensus::CutEntry& entry = block.cut[i];
    if (i > 0 && block.cut[i - 1].lane >= entry.lane) {
      return report(broken(Check::kCut, height, "the lanes of the cut do not ascend"));
    }
    if (!epoch_->set.contains(entry.lane)) {
      return report(broken(Check::kCut, height, "the cut names a lane that nobody owns",
                           text(epoch_->set.size()) + " lanes",
                           "lane " + text(entry.lane.value())));
    }
    const consensus::LaneTip& tip = tips_[entry.lane.value()];
    const std::string lane = "lane " + text(entry.lane.value());
    if (entry.pos <= tip.pos) {
      return report(broken(Check::kCut, height, "the cut does not advance " + lane,
                           "above " + text(tip.pos.value()), text(entry.pos.value())));
    }
    if (entry.pos.value() - tip.pos.value() > advance_max) {
      return report(broken(Check::kCut, height, "the cut takes too many batches of " + lane,
                           text(advance_max) + " at most",
                           text(entry.pos.value() - tip.pos.value())));
    }
  }
  std::vector<consensus::LaneTip> after = tips_;
  consensus::advance(after, block);
  const auto root = consensus::cut_root(chain_.suite, after);
  if (root != block.header.cut_root) {
    return report(broken(Check::kCut, height, "the cut root is not that of the lanes after the cut",
                         root.hex(), block.header.cut_root.hex()));
  }
  if (record.tips.size() != after.size()) {
    return report(broken(Check::kCut, height, "the record does not state the tip of every lane",
                         text(after.size()) + " lanes", text(record.tips.size())));
  }
  for (std::size_t lane = 0; lane < after.size(); ++lane) {
    if (record.tips[lane] != after[lane]) {
      return report(broken(Check::kCut, height,
                           "the record states another tip of lane " + text(lane), text(after[lane]),
                           text(record.tips[lane])));
    }
  }
  return {};
}

Checked<CheckedBlock> ChainRules::accept(const consensus::BlockRecord& record) {
  const consensus::Block& block = record.stored.block;
  const consensus::BlockHeader& header = block.header;
  HP_CHECK(check_place(header));
  HP_CHECK(check_epoch(block));
  if (header.timestamp <= time_) {
    return report(broken(Check::kTime, header.height, "the time is not after the parent's",
                         "after " + format_rfc3339(time_), format_rfc3339(header.timestamp)));
  }
  HP_CHECK(check_view(record));
  HP_CHECK(check_cut(record));

  CheckedBlock checked;
  checked.hash = consensus::block_hash(chain_.suite, header);
  checked.before = tips_;
  checked.order = consensus::batch_order(tips_, block);

  height_ = header.height;
  hash_ = checked.hash;
  next_epoch_hash_ = header.next_epoch_hash;
  view_ = header.view;
  time_ = header.timestamp;
  consensus::advance(tips_, block);
  return checked;
}

Checked<crypto::Digest> ChainRules::check_batch(Height height, const consensus::BatchHeader& header,
                                                const consensus::BatchPlace& place,
                                                const crypto::Digest& previous) const {
  const auto wrong = [&](std::string message, std::string expected, std::string found) {
    Finding finding =
        broken(Check::kBatch, height, std::move(message), std::move(expected), std::move(found));
    finding.subject = "batch " + text(epoch_->epoch.value()) + "/" + text(place.lane.value()) +
                      "/" + text(place.pos.value());
    return report(std::move(finding));
  };
  if (header.genesis != chain_.genesis || header.version != consensus::kBatchVersion ||
      header.epoch != epoch_->epoch) {
    return wrong("the batch is of another chain, version or epoch",
                 chain_.genesis.hex() + ", version " + text(consensus::kBatchVersion) + ", epoch " +
                     text(epoch_->epoch.value()),
                 header.genesis.hex() + ", version " + text(header.version) + ", epoch " +
                     text(header.epoch.value()));
  }
  if (header.lane != place.lane || header.pos != place.pos) {
    return wrong("the batch states another place",
                 text(place.lane.value()) + "/" + text(place.pos.value()),
                 text(header.lane.value()) + "/" + text(header.pos.value()));
  }
  if (header.prev_digest != previous) {
    return wrong("the batch does not follow the one before it in its lane", previous.hex(),
                 header.prev_digest.hex());
  }
  if (header.envelope_count == 0) return wrong("the batch is empty", "envelopes", "none");
  return consensus::batch_digest(chain_.suite, header);
}

}  // namespace huangpu::tools
