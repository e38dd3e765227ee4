#include "consensus/core/leader_schedule.hpp"

#include <numeric>
#include <utility>

#include "crypto/base/assert.hpp"
#include "crypto/base/codec.hpp"
#include "crypto/hash/hasher.hpp"

namespace huangpu::consensus {

LeaderSchedule::LeaderSchedule(SuiteId suite, const Digest& epoch_start, std::size_t validators,
                               std::uint32_t window)
    : window_(window) {
  HP_ASSERT(validators > 0 && window > 0, "an epoch has validators and a leader window");
  for (std::size_t i = 0; i < validators; ++i) {
    order_.push_back(ValidatorIndex(static_cast<std::uint16_t>(i)));
  }
  // Fisher-Yates. The bias of the remainder is below 2^-57 for 128 validators.
  for (std::size_t i = validators - 1; i > 0; --i) {
    Writer counter;
    counter.u64(i);
    const Digest drawn =
        crypto::hash(suite, {as_bytes("hp/perm"), epoch_start.bytes(), counter.view()});
    std::uint64_t number = 0;
    for (std::size_t k = 0; k < 8; ++k) number = number << 8 | drawn.bytes()[k];
    std::swap(order_[i], order_[number % (i + 1)]);
  }
}

ValidatorIndex LeaderSchedule::leader(View view) const {
  HP_ASSERT(view.value() > 0, "views count from 1");
  return order_[((view.value() - 1) / window_) % order_.size()];
}

}  // namespace huangpu::consensus
