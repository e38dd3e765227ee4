#include "huangpu/v1/transactions.grpc.pb.h"
#include "node/convert/convert.hpp"
#include "node/rpc/queued_stream.hpp"
#include "node/rpc/services.hpp"
#include "node/rpc/submit_stream.hpp"
#include "node/rpc/unary.hpp"

namespace huangpu::node {
namespace {

// A transaction has no more stages than this, so the queue of a watch is never full.
constexpr std::size_t kWatchQueue = 16;

class WatchStream final
    : public QueuedStream<grpc::ServerWriteReactor<v1::TransactionUpdate>, v1::TransactionUpdate>,
      public std::enable_shared_from_this<WatchStream> {
 public:
  static WatchStream* open(RpcContext& rpc, grpc::CallbackServerContext* context,
                           const v1::WatchRequest& request) {
    const auto stream = std::make_shared<WatchStream>(rpc, context);
    stream->self_ = stream;
    stream->start(request);
    return stream.get();
  }

  WatchStream(RpcContext& rpc, grpc::CallbackServerContext* context)
      : QueuedStream(rpc, context, "Transactions/Watch") {}

 private:
  void start(const v1::WatchRequest& request) {
    if (!begin(caller_)) return;
    const auto digest = digest_field(request.txid(), "txid");
    if (!digest) return end(digest.error());
    const ledger::TxId txid(*digest);

    const std::weak_ptr<WatchStream> weak = weak_from_this();
    auto watch = rpc_.transactions.watch(caller_, txid, [weak](const TransactionUpdate& update) {
      if (const auto stream = weak.lock()) stream->tell(update);
    });
    if (!watch) return end(watch.error());
    {
      const std::scoped_lock lock(told_mutex_);
      watch_ = std::move(*watch);
      if (told_) return;
    }
    // Perhaps it ended before anybody watched: then only the stores know it.
    if (!rpc_.pool.try_post([stream = shared_from_this(), txid] { stream->look_up(txid); })) {
      end(Error{Errc::kExhausted, "the node is busy"});
    }
  }

  void look_up(const ledger::TxId& txid) {
    auto update = rpc_.transactions.transaction(caller_, txid);
    if (update) {
      tell(*update);
    } else if (update.error().code != Errc::kNotFound) {
      end(update.error());
    }
  }

  // Stages only rise, whichever source they come from.
  void tell(const TransactionUpdate& update) {
    {
      const std::scoped_lock lock(told_mutex_);
      if (told_ && update.stage <= *told_) return;
      told_ = update.stage;
      static_cast<void>(push(to_proto(update), kWatchQueue));
    }
    if (is_last(update.stage)) end(grpc::Status::OK);
  }

  void on_closed() override {
    TransactionTracker::Watch watch;
    const std::scoped_lock lock(told_mutex_);
    watch = std::move(watch_);
  }

  Principal caller_;
  std::mutex told_mutex_;
  std::optional<TransactionStage> told_;  // guarded by told_mutex_
  TransactionTracker::Watch watch_;       // guarded by told_mutex_
};

class TransactionsService final : public v1::Transactions::CallbackService {
 public:
  explicit TransactionsService(RpcContext& rpc) : rpc_(rpc) {}

  grpc::ServerUnaryReactor* Submit(grpc::CallbackServerContext* context,
                                   const v1::SubmitRequest* request,
                                   v1::SubmitResponse* response) override {
    auto call =
        UnaryCall<v1::SubmitResponse>::begin(rpc_, context, response, "Transactions/Submit");
    if (!call->is_open()) return call.get();
    if (auto allowed = rpc_.transactions.may_submit(call->caller()); !allowed) {
      call->fail_with(allowed.error());
      return call.get();
    }
    const auto envelope = as_bytes(request->envelope());
    if (auto charged = rpc_.transactions.charge(call->caller(), envelope); !charged) {
      call->throttle(charged.error());
      return call.get();
    }
    rpc_.transactions.submit({to_bytes(envelope)}, call->caller(),
                             [call](const std::vector<TransactionUpdate>& updates) {
                               v1::SubmitResponse answer;
                               *answer.mutable_update() = to_proto(updates.front());
                               call->answer(std::move(answer));
                             });
    return call.get();
  }

  grpc::ServerBidiReactor<v1::SubmitStreamRequest, v1::SubmitStreamResponse>* SubmitStream(
      grpc::CallbackServerContext* context) override {
    return SubmitStreamCall::open(rpc_, context);
  }

  grpc::ServerWriteReactor<v1::TransactionUpdate>* Watch(grpc::CallbackServerContext* context,
                                                         const v1::WatchRequest* request) override {
    return WatchStream::open(rpc_, context, *request);
  }

  grpc::ServerUnaryReactor* GetTransaction(grpc::CallbackServerContext* context,
                                           const v1::GetTransactionRequest* request,
                                           v1::GetTransactionResponse* response) override {
    return serve(rpc_, context, response, "Transactions/GetTransaction",
                 [this, request = *request](const Principal& caller) {
                   return get_transaction(caller, request);
                 });
  }

 private:
  Result<v1::GetTransactionResponse> get_transaction(const Principal& caller,
                                                     const v1::GetTransactionRequest& request) {
    v1::GetTransactionResponse answer;
    if (request.has_reference()) {
      const auto& reference = request.reference();
      HP_TRY_ASSIGN(const auto update,
                    rpc_.transactions.transaction(
                        caller, ReferenceKey{ledger::ParticipantId(reference.participant()),
                                             reference.id(), reference.date()}));
      *answer.mutable_update() = to_proto(update);
      return answer;
    }
    HP_TRY_ASSIGN(const auto digest, digest_field(request.txid(), "txid"));
    HP_TRY_ASSIGN(const auto update, rpc_.transactions.transaction(caller, ledger::TxId(digest)));
    *answer.mutable_update() = to_proto(update);
    return answer;
  }

  RpcContext& rpc_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_transactions_service(RpcContext& rpc) {
  return std::make_unique<TransactionsService>(rpc);
}

}  // namespace huangpu::node
