#include <algorithm>
#include <iterator>

#include "node/client/client_impl.hpp"
#include "node/convert/agreed_convert.hpp"

namespace huangpu::node {

Result<ReserveAnswer> Client::reserve(const ledger::TxId& id) {
  v1::GetReserveRequest request;
  request.set_id(bytes_field(id.bytes()));
  HP_TRY_ASSIGN(const auto response,
                impl_->call<v1::Settlement>(&v1::Settlement::Stub::GetReserve, request));
  return from_proto(response);
}

Result<ReservesAnswer> Client::reserves(const ledger::AccountId& account) {
  v1::ListReservesRequest request;
  request.set_account(bytes_field(account.bytes()));
  ReservesAnswer reserves;
  while (true) {
    HP_TRY_ASSIGN(const auto response,
                  impl_->call<v1::Settlement>(&v1::Settlement::Stub::ListReserves, request));
    HP_TRY_ASSIGN(auto page, from_proto(response));
    reserves.height = page.height;
    std::ranges::move(page.reserves, std::back_inserter(reserves.reserves));
    if (response.next().empty()) return reserves;
    // Pages go on, or a node could keep us here for ever.
    if (response.next() <= request.after()) {
      return fail(Errc::kMalformed, "the node's pages of reserves do not ascend");
    }
    request.set_after(response.next());
  }
}

Result<SettlementAnswer> Client::settlement(const ledger::TxId& id) {
  v1::GetSettlementRequest request;
  request.set_id(bytes_field(id.bytes()));
  HP_TRY_ASSIGN(const auto response,
                impl_->call<v1::Settlement>(&v1::Settlement::Stub::GetSettlement, request));
  return from_proto(response);
}

Result<SettlementsAnswer> Client::settlements(const ledger::AccountId& account) {
  v1::ListSettlementsRequest request;
  request.set_account(bytes_field(account.bytes()));
  HP_TRY_ASSIGN(const auto response,
                impl_->call<v1::Settlement>(&v1::Settlement::Stub::ListSettlements, request));
  return from_proto(response);
}

}  // namespace huangpu::node
