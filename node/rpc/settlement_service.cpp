#include "huangpu/v1/settlement.grpc.pb.h"
#include "node/convert/agreed_convert.hpp"
#include "node/convert/convert.hpp"
#include "node/convert/settlement_convert.hpp"
#include "node/rpc/services.hpp"
#include "node/rpc/unary.hpp"

namespace huangpu::node {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

Result<ledger::AccountId> account_field(const std::string& field) {
  HP_TRY_ASSIGN(const auto digest, digest_field(field, "account"));
  return ledger::AccountId(digest);
}

TimestampMs now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return TimestampMs{static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count())};
}

// Each method copies its request, because the node may answer "too late" while the work still reads
// it.
class SettlementService final : public v1::Settlement::CallbackService {
 public:
  explicit SettlementService(RpcContext& rpc) : rpc_(rpc) {}

  ServerUnaryReactor* GetPayment(CallbackServerContext* context,
                                 const v1::GetPaymentRequest* request,
                                 v1::GetPaymentResponse* response) override {
    return serve(
        rpc_, context, response, "Settlement/GetPayment",
        [this, id = request->id()](const Principal& caller) -> Result<v1::GetPaymentResponse> {
          HP_TRY_ASSIGN(const auto digest, digest_field(id, "payment id"));
          HP_TRY_ASSIGN(const auto payment, rpc_.settlement.payment(caller, ledger::TxId(digest)));
          return to_proto(payment);
        });
  }

  ServerUnaryReactor* ListQueue(CallbackServerContext* context, const v1::ListQueueRequest* request,
                                v1::ListQueueResponse* response) override {
    return serve(
        rpc_, context, response, "Settlement/ListQueue",
        [this, request = *request](const Principal& caller) -> Result<v1::ListQueueResponse> {
          HP_TRY_ASSIGN(const auto account, account_field(request.account()));
          HP_TRY_ASSIGN(const auto queue,
                        rpc_.settlement.queue(caller, account, ledger::AssetId(request.asset()),
                                              as_bytes(request.after())));
          return to_proto(queue);
        });
  }

  ServerUnaryReactor* GetLiquidity(CallbackServerContext* context,
                                   const v1::GetLiquidityRequest* request,
                                   v1::GetLiquidityResponse* response) override {
    return serve(
        rpc_, context, response, "Settlement/GetLiquidity",
        [this, request = *request](const Principal& caller) -> Result<v1::GetLiquidityResponse> {
          HP_TRY_ASSIGN(const auto account, account_field(request.account()));
          HP_TRY_ASSIGN(
              const auto liquidity,
              rpc_.settlement.liquidity(caller, account, ledger::AssetId(request.asset())));
          return to_proto(liquidity);
        });
  }

  ServerUnaryReactor* Forecast(CallbackServerContext* context, const v1::ForecastRequest* request,
                               v1::ForecastResponse* response) override {
    return serve(
        rpc_, context, response, "Settlement/Forecast",
        [this, request = *request](const Principal& caller) -> Result<v1::ForecastResponse> {
          HP_TRY_ASSIGN(const auto extra, from_proto(request));
          HP_TRY_ASSIGN(const auto forecast, rpc_.settlement.forecast(caller, extra, now()));
          return to_proto(forecast);
        });
  }

  ServerUnaryReactor* GetReserve(CallbackServerContext* context,
                                 const v1::GetReserveRequest* request,
                                 v1::GetReserveResponse* response) override {
    return serve(
        rpc_, context, response, "Settlement/GetReserve",
        [this, id = request->id()](const Principal& caller) -> Result<v1::GetReserveResponse> {
          HP_TRY_ASSIGN(const auto digest, digest_field(id, "reserve id"));
          HP_TRY_ASSIGN(const auto reserve, rpc_.settlement.reserve(caller, ledger::TxId(digest)));
          return to_proto(reserve);
        });
  }

  ServerUnaryReactor* ListReserves(CallbackServerContext* context,
                                   const v1::ListReservesRequest* request,
                                   v1::ListReservesResponse* response) override {
    return serve(
        rpc_, context, response, "Settlement/ListReserves",
        [this, request = *request](const Principal& caller) -> Result<v1::ListReservesResponse> {
          HP_TRY_ASSIGN(const auto account, account_field(request.account()));
          HP_TRY_ASSIGN(const auto reserves,
                        rpc_.settlement.reserves(caller, account, as_bytes(request.after())));
          return to_proto(reserves);
        });
  }

  ServerUnaryReactor* GetSettlement(CallbackServerContext* context,
                                    const v1::GetSettlementRequest* request,
                                    v1::GetSettlementResponse* response) override {
    return serve(
        rpc_, context, response, "Settlement/GetSettlement",
        [this, id = request->id()](const Principal& caller) -> Result<v1::GetSettlementResponse> {
          HP_TRY_ASSIGN(const auto digest, digest_field(id, "settlement id"));
          HP_TRY_ASSIGN(const auto settlement,
                        rpc_.settlement.settlement(caller, ledger::TxId(digest)));
          return to_proto(settlement);
        });
  }

  ServerUnaryReactor* ListSettlements(CallbackServerContext* context,
                                      const v1::ListSettlementsRequest* request,
                                      v1::ListSettlementsResponse* response) override {
    return serve(
        rpc_, context, response, "Settlement/ListSettlements",
        [this, request = *request](const Principal& caller) -> Result<v1::ListSettlementsResponse> {
          HP_TRY_ASSIGN(const auto account, account_field(request.account()));
          HP_TRY_ASSIGN(const auto settlements, rpc_.settlement.settlements(caller, account));
          return to_proto(settlements);
        });
  }

 private:
  RpcContext& rpc_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_settlement_service(RpcContext& rpc) {
  return std::make_unique<SettlementService>(rpc);
}

}  // namespace huangpu::node
