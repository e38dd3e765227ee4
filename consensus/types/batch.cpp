#include "consensus/types/batch.hpp"

#include <algorithm>

#include "crypto/base/assert.hpp"

namespace huangpu::consensus {

EnvelopeList::EnvelopeList() : EnvelopeList(std::make_shared<const Bytes>(), {}) {}

EnvelopeList::EnvelopeList(std::shared_ptr<const Bytes> buffer, std::vector<Extent> extents)
    : buffer_(std::move(buffer)),
      extents_(std::make_shared<const std::vector<Extent>>(std::move(extents))) {
  HP_ASSERT(buffer_ != nullptr, "an envelope list needs a buffer");
  for (const Extent& extent : *extents_) {
    HP_ASSERT(extent.offset <= buffer_->size() && extent.size <= buffer_->size() - extent.offset,
              "an envelope lies outside its buffer");
    total_bytes_ += extent.size;
  }
}

EnvelopeList EnvelopeList::copy_of(std::span<const Bytes> envelopes) {
  std::size_t total = 0;
  for (const Bytes& envelope : envelopes) total += envelope.size();
  HP_ASSERT(total <= 0xffffffffU, "envelopes of one list exceed 4 GiB");
  Bytes buffer;
  buffer.reserve(total);
  std::vector<Extent> extents;
  extents.reserve(envelopes.size());
  for (const Bytes& envelope : envelopes) {
    extents.push_back(
        {static_cast<std::uint32_t>(buffer.size()), static_cast<std::uint32_t>(envelope.size())});
    append(buffer, envelope);
  }
  return EnvelopeList(std::make_shared<const Bytes>(std::move(buffer)), std::move(extents));
}

ByteView EnvelopeList::operator[](std::size_t i) const {
  HP_ASSERT(i < extents_->size(), "no envelope of this number in the list");
  const Extent& extent = (*extents_)[i];
  return ByteView(*buffer_).subspan(extent.offset, extent.size);
}

std::vector<ByteView> EnvelopeList::views() const {
  std::vector<ByteView> result;
  result.reserve(size());
  for (std::size_t i = 0; i < size(); ++i) result.push_back((*this)[i]);
  return result;
}

bool operator==(const EnvelopeList& a, const EnvelopeList& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!equal(a[i], b[i])) return false;
  }
  return true;
}

}  // namespace huangpu::consensus
