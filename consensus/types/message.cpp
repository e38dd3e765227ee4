#include "consensus/types/message.hpp"

namespace huangpu::consensus {

// The wire number is the alternative's place in the variant plus one; this holds the two to each
// other.
static_assert(std::variant_size_v<Message> == static_cast<std::size_t>(MessageKind::kReady));

MessageKind kind_of(const Message& message) {
  return static_cast<MessageKind>(message.index() + 1);
}

Channel channel_of(MessageKind kind) {
  switch (kind) {
    case MessageKind::kProposal:
    case MessageKind::kVote:
    case MessageKind::kCertificate:
    case MessageKind::kCommitVote:
    case MessageKind::kCommitCertificate:
    case MessageKind::kAckVector:
    case MessageKind::kStatus:
    case MessageKind::kReady:
      return Channel::kControl;
    case MessageKind::kBatch:
    case MessageKind::kGetCertificate:
    case MessageKind::kGetBlocks:
    case MessageKind::kGetBlockByHash:
    case MessageKind::kBlocksReply:
    case MessageKind::kGetBatches:
    case MessageKind::kEvidence:
    case MessageKind::kGetViewReport:
    case MessageKind::kViewReport:
      return Channel::kBulk;
  }
  return Channel::kBulk;
}

}  // namespace huangpu::consensus
