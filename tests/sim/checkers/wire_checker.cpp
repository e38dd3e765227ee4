#include "tests/sim/checkers/wire_checker.hpp"

#include "crypto/base/codec.hpp"

namespace huangpu::sim {

namespace {

// A justification of more views than this need not be complete: voters find the rest elsewhere.
constexpr std::size_t kNullificationsShown = 256;

}  // namespace

void WireChecker::violation(const char* rule, std::size_t node, View view,
                            const std::string& text) {
  violations_.push_back(
      {rule, "n" + std::to_string(node) + " " + text + " in view " + std::to_string(view.value())});
}

bool WireChecker::proves(const consensus::Certificate& certificate) const {
  std::vector<std::uint16_t> signers;
  for (const ValidatorIndex each : certificate.signers.members()) signers.push_back(each.value());
  return certificate.signers.size() == weights_.size() && weights_.reached(signers) &&
         certificate.signatures.size() == signers.size();
}

void WireChecker::justified(std::size_t node, View view, const consensus::Block& block,
                            const consensus::Justification& justification) {
  const bool again = block.header.view != view;
  std::uint64_t base = 0;
  if (justification.parent) {
    base = justification.parent->view.value();
    if (!proves(*justification.parent))
      violation("S10", node, view, "notarizes on a parent without a quorum");
    if (!again && justification.parent->digest != block.header.parent_hash)
      violation("S10", node, view, "notarizes with another parent than it justifies");
  } else if (block.header.height != first_height_) {
    violation("S10", node, view, "notarizes without a certificate of the parent");
  }
  const auto& gap = justification.nullifications;
  const bool complete = base + gap.size() + 1 == view.value();
  if (!complete && gap.size() < kNullificationsShown)
    violation("S10", node, view, "notarizes although the gap is not justified");
  std::uint64_t expected = view.value() - gap.size();
  for (const consensus::Certificate& each : gap) {
    if (each.kind != consensus::VoteKind::kNullify || each.view.value() != expected++ ||
        !proves(each))
      violation("S10", node, view, "notarizes with something that nullifies nothing");
  }
}

void WireChecker::on_durable(std::size_t node, const consensus::Frame& frame) {
  for (const auto& record : frame.records) {
    if (const auto* own = std::get_if<consensus::ProposeRecord>(&record)) {
      justified(node, own->view, own->block, own->justification);
    } else if (const auto* vote = std::get_if<consensus::NotarizeRecord>(&record);
               vote != nullptr && vote->block) {
      justified(node, vote->view, vote->block->block, vote->block->justification);
    }
  }
}

void WireChecker::on_sent(std::size_t node, const consensus::Message& message) {
  if (!std::holds_alternative<consensus::PeerStatus>(message)) ++busy_messages_;
  if (std::holds_alternative<consensus::GetBlocks>(message)) ++block_requests_;
  const auto* vote = std::get_if<consensus::Vote>(&message);
  if (vote == nullptr || vote->signer.value() != node) return;
  Writer writer;
  writer.raw(as_bytes("HP1"));
  writer.u8(static_cast<std::uint8_t>(vote->kind));
  writer.raw(genesis_.bytes());
  writer.u64(vote->epoch.value());
  writer.u64(vote->view.value());
  writer.raw(vote->digest.bytes());
  if (!verifier_.verify(keys_.at(node), writer.view(), vote->signature))
    violation("V1", node, vote->view, "signs other bytes than its vote says");
}

}  // namespace huangpu::sim
