#include "ledger/types/ids.hpp"

#include "crypto/base/codec.hpp"
#include "crypto/hash/domain.hpp"
#include "crypto/hash/hasher.hpp"

namespace huangpu::ledger {

AccountId account_id(crypto::SuiteId suite, ParticipantId owner, std::uint64_t number) {
  Writer writer(32);
  writer.tag(crypto::domain::kAccount).u32(owner.value()).u64(number);
  return AccountId(crypto::hash(suite, writer.view()));
}

}  // namespace huangpu::ledger
