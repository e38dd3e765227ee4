// Following one transaction, across endpoints if need be.
#include <algorithm>
#include <optional>
#include <thread>

#include "node/client/client_impl.hpp"

namespace huangpu::node {
namespace {

using Clock = std::chrono::system_clock;

constexpr std::chrono::milliseconds kPauseBetweenRounds{200};

}  // namespace

Result<TransactionUpdate> Client::watch(
    const ledger::TxId& txid, std::chrono::milliseconds timeout,
    const std::function<void(const TransactionUpdate&)>& on_update) {
  const auto deadline = Clock::now() + timeout;
  v1::WatchRequest request;
  request.set_txid(bytes_field(txid.bytes()));

  std::optional<TransactionUpdate> seen;
  Error last_error{Errc::kTimeout, "no answer"};
  for (std::size_t tries = 1; Clock::now() < deadline; ++tries) {
    const auto endpoint = impl_->pool().preferred();
    const auto channel = impl_->connected(endpoint, deadline);
    if (channel) {
      grpc::ClientContext context;
      context.set_deadline(deadline);
      v1::Transactions::Stub stub(*channel);
      const auto reader = stub.Watch(&context, request);
      v1::TransactionUpdate message;
      while (reader->Read(&message)) {
        auto update = from_proto(message);
        if (!update || update->txid != txid) {
          context.TryCancel();
          return fail(Errc::kMalformed, impl_->pool().address(endpoint) + ": malformed update");
        }
        // Another node may be behind the one that told us before.
        if (seen && update->stage <= seen->stage) continue;
        seen = *update;
        if (on_update) on_update(*update);
        if (is_last(update->stage)) {
          context.TryCancel();
          return *update;
        }
      }
      const auto status = reader->Finish();
      last_error = status.ok() ? Error{Errc::kUnavailable, "the stream ended early"}
                               : error_of(status, context);
      if (!Impl::is_elsewhere(last_error.code) && last_error.code != Errc::kTimeout &&
          last_error.code != Errc::kCancelled) {
        return tl::unexpected(last_error);
      }
    } else {
      last_error = channel.error();
    }
    impl_->pool().move_on_from(endpoint);
    if (tries % impl_->pool().size() == 0) {
      std::this_thread::sleep_for(std::min<Clock::duration>(
          kPauseBetweenRounds, std::max<Clock::duration>(deadline - Clock::now(), {})));
    }
  }
  if (seen) {
    return fail(Errc::kTimeout,
                "not final yet; the last stage seen is " + std::string(to_text(seen->stage)));
  }
  return fail(Errc::kTimeout, "nothing is known of the transaction yet: " + last_error.message);
}

Result<TransactionUpdate> Client::wait_final(const ledger::TxId& txid,
                                             std::chrono::milliseconds timeout) {
  return watch(txid, timeout);
}

}  // namespace huangpu::node
