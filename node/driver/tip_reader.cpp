#include "node/driver/tip_reader.hpp"

namespace huangpu::node {

std::optional<Bytes> TipReader::get(ByteView key) const {
  auto value = state_.read(key);
  if (value) return std::move(*value);
  if (health_) health_ = tl::unexpected(value.error());
  return std::nullopt;
}

void TipReader::scan(ByteView /*prefix*/, const Visitor& /*visit*/) const {
  if (health_) health_ = fail(Errc::kInternal, "the reader of the executed tip does not scan");
}

}  // namespace huangpu::node
