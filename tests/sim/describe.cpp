#include "tests/sim/describe.hpp"

#include <variant>

#include "consensus/codec/hashing.hpp"

namespace huangpu::sim {

namespace {

using namespace consensus;

std::string number(std::uint64_t value) { return std::to_string(value); }
std::string name(const Digest& digest) { return digest.hex().substr(0, 8); }

std::string members(const SignerSet& signers) {
  std::string text;
  for (const ValidatorIndex each : signers.members())
    text += (text.empty() ? "" : ",") + number(each.value());
  return text;
}

struct Describer {
  std::string operator()(const Proposal& proposal) const {
    const BlockHeader& header = proposal.block.header;
    return std::string(proposal.is_reproposal() ? "proposes again" : "proposes") + " in view " +
           number(proposal.view.value()) + " height " + number(header.height.value()) +
           " on parent " + name(header.parent_hash) + " of view " +
           number(proposal.justification.parent_view().value()) + ", " +
           number(proposal.justification.nullifications.size()) + " views null between";
  }
  std::string operator()(const Vote& vote) const {
    return std::string("votes ") + to_string(vote.kind) + " in view " + number(vote.view.value()) +
           (vote.digest.is_zero() ? "" : " for " + name(vote.digest));
  }
  std::string operator()(const Certificate& certificate) const {
    return std::string("sends the certificate of ") + to_string(certificate.kind) + " in view " +
           number(certificate.view.value()) + " by " + members(certificate.signers);
  }
  std::string operator()(const CommitVote& vote) const {
    return "commits height " + number(vote.message.height.value());
  }
  std::string operator()(const CommitCertificate& certificate) const {
    return "sends the commit certificate of height " + number(certificate.message.height.value());
  }
  std::string operator()(const PeerStatus& status) const {
    return "status: view " + number(status.view.value()) + " final " +
           number(status.final_height.value()) + " executed " +
           number(status.executed_height.value()) + " certified " +
           number(status.certified_height.value()) + (status.quarantined ? " quarantined" : "");
  }
  std::string operator()(const GetBlocks& get) const {
    return "asks for blocks from " + number(get.from.value());
  }
  std::string operator()(const GetBlockByHash& get) const {
    return "asks for block " + name(get.hash);
  }
  std::string operator()(const GetBatches& get) const {
    return "asks for batches " + number(get.from.value()) + ".." + number(get.to.value()) +
           " of lane " + number(get.lane.value());
  }
  std::string operator()(const GetCertificate& get) const {
    return "asks for the certificate of kind " + number(static_cast<std::uint8_t>(get.kind)) +
           " at " + number(get.position);
  }
  std::string operator()(const AckVector& acks) const {
    std::string text = "acks";
    for (const LaneAck& ack : acks.lanes)
      text += " " + number(ack.lane.value()) + ":" + number(ack.pos.value());
    return text;
  }
  std::string operator()(const Evidence& evidence) const {
    return "sends evidence against v" + number(evidence.offender.value());
  }
  template <class Other>
  std::string operator()(const Other&) const {
    return "sends a message";
  }
};

}  // namespace

std::string describe(const Message& message, std::optional<ValidatorIndex> to) {
  return std::visit(Describer{}, message) + (to ? " to v" + number(to->value()) : "");
}

}  // namespace huangpu::sim
