// A client of a node's API (SPEC N-250..N-255): what the wallet, the administrator's tool and the
// benchmark are built on. Mutual TLS; the node is recognised by the pin of its key, never by name.
//
// Threads: thread-safe. Blocking calls block the caller until the answer or the deadline. Stream
// callbacks run on one thread of the stream's own and must not call finish() of their own stream.
// Nothing is retried silently except where a method says so: reads move to the next endpoint when
// one is unreachable; a submission may be repeated by the caller, since the same envelope never
// acts twice.
//
// Errors: kUnavailable and kTimeout when no endpoint answered; otherwise the node's own code, or,
// for kDenied, kUnauthenticated and kExhausted, what the transport said. A rejected transaction is
// an answer, not an error.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"
#include "node/api/answers.hpp"
#include "node/api/backend.hpp"
#include "node/api/settlement_answers.hpp"
#include "node/client/submit_stream.hpp"

namespace huangpu::node {

struct ClientEndpoint {
  std::string address;  // host:port
  crypto::Digest pin;   // SHA-256 of the node's TLS public key
};

struct ClientConfig {
  std::vector<ClientEndpoint> endpoints;  // tried in this order
  std::string certificate_pem;
  std::string key_pem;
  std::chrono::milliseconds call_timeout{10'000};
  std::chrono::milliseconds connect_timeout{3'000};
};

class Client {
 public:
  // Checks the config only; connections are made on first use. kConfig for an empty list or
  // unreadable PEM.
  static Result<std::unique_ptr<Client>> connect(ClientConfig config);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // --- transactions
  [[nodiscard]] Result<TransactionUpdate> submit(ByteView envelope);
  [[nodiscard]] Result<TransactionUpdate> transaction(const ledger::TxId& txid);
  [[nodiscard]] Result<TransactionUpdate> transaction(const ReferenceKey& reference);
  // Calls back with each stage until the last one. Returns the last stage; kTimeout with the last
  // stage seen in the message. Continues on another endpoint when the connection breaks.
  [[nodiscard]] Result<TransactionUpdate> watch(
      const ledger::TxId& txid, std::chrono::milliseconds timeout,
      const std::function<void(const TransactionUpdate&)>& on_update = {});
  [[nodiscard]] Result<TransactionUpdate> wait_final(const ledger::TxId& txid,
                                                     std::chrono::milliseconds timeout);
  // Opens a stream for many envelopes on one endpoint (index into the config's list, modulo its
  // length).
  [[nodiscard]] Result<std::unique_ptr<SubmitStream>> submit_stream(
      SubmitStream::OnUpdate on_update, FollowMode follow, std::size_t endpoint = 0);

  // --- ledger
  [[nodiscard]] Result<BalanceAnswer> balance(const ledger::AccountId& account,
                                              ledger::AssetId asset,
                                              const ReadOptions& options = {});
  [[nodiscard]] Result<std::vector<BalanceAnswer>> balances(const ledger::AccountId& account,
                                                            const ReadOptions& options = {});
  [[nodiscard]] Result<AccountAnswer> account(const ledger::AccountId& account,
                                              const ReadOptions& options = {});
  [[nodiscard]] Result<AccountAnswer> account(ledger::ParticipantId participant,
                                              std::uint64_t number,
                                              const ReadOptions& options = {});
  [[nodiscard]] Result<AssetAnswer> asset(ledger::AssetId asset, const ReadOptions& options = {});
  [[nodiscard]] Result<AssetAnswer> asset(const std::string& code, const ReadOptions& options = {});
  [[nodiscard]] Result<std::vector<AssetAnswer>> assets();
  [[nodiscard]] Result<ParticipantAnswer> participant(ledger::ParticipantId id,
                                                      const ReadOptions& options = {});
  [[nodiscard]] Result<ParticipantAnswer> participant(const std::string& code,
                                                      const ReadOptions& options = {});
  // All keys the participant ever registered, as they were at one height; all pages.
  [[nodiscard]] Result<KeysAnswer> keys(ledger::ParticipantId participant,
                                        const ReadOptions& options = {});
  // Validators and parameters: now, pending and announced.
  [[nodiscard]] Result<EpochsAnswer> epochs(const ReadOptions& options = {});
  // All pages, as they were at one height; or one by its number.
  [[nodiscard]] Result<ProposalsAnswer> proposals(bool open_only, const ReadOptions& options = {});
  [[nodiscard]] Result<ProposalsAnswer> proposal(std::uint64_t number,
                                                 const ReadOptions& options = {});
  [[nodiscard]] Result<BlockAnswer> block(Height height);
  [[nodiscard]] Result<ReceiptAnswer> receipt(const ledger::TxId& txid);
  [[nodiscard]] Result<FinalityRecords> finality(Height height);  // 0: the newest
  [[nodiscard]] Result<GenesisAnswer> genesis();

  // --- queued settlement
  [[nodiscard]] Result<PaymentAnswer> payment(const ledger::TxId& id);
  // All pages; asset 0: the queues of all assets. Payments may come and go between the pages.
  [[nodiscard]] Result<QueueAnswer> queue(const ledger::AccountId& account, ledger::AssetId asset);
  [[nodiscard]] Result<LiquidityAnswer> liquidity(const ledger::AccountId& account,
                                                  ledger::AssetId asset);
  // Reserved funds and settlements that several parties agree on.
  [[nodiscard]] Result<ReserveAnswer> reserve(const ledger::TxId& id);
  [[nodiscard]] Result<ReservesAnswer> reserves(const ledger::AccountId& account);  // all pages
  [[nodiscard]] Result<SettlementAnswer> settlement(const ledger::TxId& id);
  [[nodiscard]] Result<SettlementsAnswer> settlements(const ledger::AccountId& account);
  [[nodiscard]] Result<ForecastAnswer> forecast(const std::vector<ForecastExtra>& extra = {});

  // --- events and status
  // Delivers events from `from` on until the callback returns false (result: ok), the timeout
  // passes without an event (kTimeout) or an error that no other endpoint cures. Resumes on another
  // endpoint without loss or repetition.
  [[nodiscard]] Status events(const EventRequest& request, std::chrono::milliseconds quiet_timeout,
                              const std::function<bool(const Event&)>& on_event);
  [[nodiscard]] Result<NodeSnapshot> status();
  [[nodiscard]] Result<NodeSnapshot> status_of(std::size_t endpoint);

  [[nodiscard]] std::size_t endpoint_count() const;

 private:
  class Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace huangpu::node
