#include "tools/audit/leader_order.hpp"

#include <utility>

#include "crypto/base/codec.hpp"
#include "crypto/hash/domain.hpp"
#include "crypto/hash/hasher.hpp"

namespace huangpu::tools {

LeaderOrder::LeaderOrder(crypto::SuiteId suite, const crypto::Digest& start, std::size_t validators,
                         std::uint32_t window)
    : window_(window) {
  for (std::size_t i = 0; i < validators; ++i) {
    order_.emplace_back(static_cast<std::uint16_t>(i));
  }
  for (std::size_t i = validators; i-- > 1;) {
    Writer step;
    step.tag(crypto::domain::kPermutation).digest(start).u64(i);
    const crypto::Digest drawn = crypto::hash(suite, step.view());
    const std::uint64_t number = Reader(drawn.bytes()).u64();
    std::swap(order_[i], order_[static_cast<std::size_t>(number % (i + 1))]);
  }
}

ValidatorIndex LeaderOrder::leader(View view) const {
  return order_[static_cast<std::size_t>((view.value() - 1) / window_ % order_.size())];
}

}  // namespace huangpu::tools
