// The end of an epoch: its announced boundary, what may stand in blocks before it, and peers that
// are not in this epoch (SPEC C-117, C-118, C-119, C-142, C-143).
#include <algorithm>

#include "consensus/core/engine_impl.hpp"
#include "crypto/base/mutant.hpp"

namespace huangpu::consensus {
namespace {

bool is_boundary(const BlockHeader& header) { return (header.flags & kBlockBoundary) != 0; }

}  // namespace

// Whether the header says about the end of the epoch what the state says. Asked only when the state
// of a height that must know it is executed here (C-108).
bool Engine::Impl::ends_with(const BlockHeader& header) const {
  if (!ending_.announced) return !is_boundary(header);
  if (header.height > ending_.announced->height)
    return HP_MUTANT(13);  // nothing stands on a boundary but itself
  if (header.height < ending_.announced->height) return !is_boundary(header);
  return is_boundary(header) && header.next_epoch_hash == ending_.announced->next_epoch_hash;
}

// A block after `height` is wanted for no other reason than to reach the boundary.
bool Engine::Impl::ending(Height height) const {
  return ending_.announced && height < ending_.announced->height;
}

// System items that neither `parent` nor an ancestor that is not executed carries.
std::vector<Bytes> Engine::Impl::unplaced_items(const BlockNode& parent) const {
  std::vector<Bytes> items = ending_.items;
  const BlockNode* node = &parent;
  while (node != nullptr && !items.empty() && node->height() > commits_.executed()) {
    for (const Bytes& placed : node->block.system) std::erase(items, placed);
    node = tree_.find(node->block.header.parent_hash);
  }
  std::size_t bytes = 0;
  std::size_t count = 0;
  while (count < items.size() && count < kSystemItemsMax &&
         bytes + items[count].size() <= kSystemBytesMax) {
    bytes += items[count++].size();
  }
  items.resize(count);
  return items;
}

// Once the boundary is final the voter of the epoch stops, whatever views are left.
void Engine::Impl::settle_ended() {
  if (ending_.ended) return;
  const BlockNode* const tail = queue_.empty() ? &tree_.root() : tree_.find(queue_.back());
  ending_.ended = tail != nullptr && is_boundary(tail->block.header);
}

// The epoch is left when its boundary is executed here and certified, and the vote log says so.
void Engine::Impl::settle_epoch_end() {
  const auto& newest = commits_.newest();
  if (ending_.told || diverged_ || !newest || !newest->message.is_boundary() ||
      newest->message.epoch != config_.epoch.epoch ||
      commits_.executed() < newest->message.height) {
    return;
  }
  if (!ending_.closing) {
    ending_.closing = true;
    if (const Status queued = safety_.end_epoch(*newest); !queued)
      return alarm(queued.error().message);
  }
  if (!safety_.epoch_end_durable()) return;
  ending_.told = true;
  out_.push_back(EpochEnded{*newest});
}

// A peer that has not left an earlier epoch needs the certificate of its boundary; with it, the
// blocks up to there come by themselves. A peer that is ahead makes this node ask.
void Engine::Impl::inform_laggard(ValidatorIndex from, const PeerStatus& status) {
  PeerState& peer = peers_[from.value()];
  if (status.epoch > config_.epoch.epoch) {
    peer.status = status;
    peer.status->lanes.clear();
    return;
  }
  peer.status.reset();
  if (!spend(peer, certificate_bytes())) return;
  send(from, own_status());
  if (status.epoch.next() == config_.epoch.epoch) {
    out_.push_back(ServeFromStore{from, GetCertificate{CertificateKind::kCommit, status.epoch,
                                                       config_.genesis_height.value()}});
  }
}

// What an observer asks for is in the store; what it says decides nothing.
void Engine::Impl::serve_observer(ValidatorIndex from, const Message& message) {
  if (const auto* block = std::get_if<GetBlockByHash>(&message))
    out_.push_back(ServeFromStore{from, *block});
  if (const auto* get = std::get_if<GetCertificate>(&message);
      get != nullptr && get->kind == CertificateKind::kCommit)
    out_.push_back(ServeFromStore{from, *get});
}

bool Engine::Impl::level() const {
  return best_peer_height().value() <= commits_.executed().value() + parameters().lag_blocks;
}

}  // namespace huangpu::consensus
