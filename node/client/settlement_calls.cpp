#include <algorithm>
#include <iterator>

#include "node/client/client_impl.hpp"

namespace huangpu::node {

Result<PaymentAnswer> Client::payment(const ledger::TxId& id) {
  v1::GetPaymentRequest request;
  request.set_id(bytes_field(id.bytes()));
  HP_TRY_ASSIGN(const auto response,
                impl_->call<v1::Settlement>(&v1::Settlement::Stub::GetPayment, request));
  return from_proto(response);
}

Result<QueueAnswer> Client::queue(const ledger::AccountId& account, ledger::AssetId asset) {
  v1::ListQueueRequest request;
  request.set_account(bytes_field(account.bytes()));
  request.set_asset(asset.value());
  QueueAnswer queue;
  while (true) {
    HP_TRY_ASSIGN(const auto response,
                  impl_->call<v1::Settlement>(&v1::Settlement::Stub::ListQueue, request));
    HP_TRY_ASSIGN(auto page, from_proto(response));
    queue.height = page.height;
    std::ranges::move(page.payments, std::back_inserter(queue.payments));
    if (response.next().empty()) return queue;
    // Pages go on, or a node could keep us here for ever.
    if (response.next() <= request.after()) {
      return fail(Errc::kMalformed, "the node's pages of a queue do not ascend");
    }
    request.set_after(response.next());
  }
}

Result<LiquidityAnswer> Client::liquidity(const ledger::AccountId& account, ledger::AssetId asset) {
  v1::GetLiquidityRequest request;
  request.set_account(bytes_field(account.bytes()));
  request.set_asset(asset.value());
  HP_TRY_ASSIGN(const auto response,
                impl_->call<v1::Settlement>(&v1::Settlement::Stub::GetLiquidity, request));
  return from_proto(response);
}

Result<ForecastAnswer> Client::forecast(const std::vector<ForecastExtra>& extra) {
  HP_TRY_ASSIGN(const auto response,
                impl_->call<v1::Settlement>(&v1::Settlement::Stub::Forecast, to_proto(extra)));
  return from_proto(response);
}

}  // namespace huangpu::node
