#include "node/client/client.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "ledger/types/result_code.hpp"
#include "node/client/client_impl.hpp"

namespace huangpu::node {
namespace {

template <class Answer, class Response>
Result<Answer> with_proof(Result<Answer> answer, const Response& response) {
  if (!answer) return answer;
  answer->height = Height{response.height()};
  if (response.has_proof()) answer->proof = from_proto(response.proof());
  return answer;
}

template <class Request>
Request read_request(const ReadOptions& options) {
  Request request;
  *request.mutable_read() = to_proto(options);
  return request;
}

StateEntryAnswer entry_of(const v1::StateEntry& message) {
  StateEntryAnswer entry;
  entry.value = to_bytes(as_bytes(message.value()));
  if (message.has_proof()) entry.proof = from_proto(message.proof());
  return entry;
}

Result<NodeSnapshot> snapshot_of(const Result<v1::NodeStatusResponse>& response) {
  HP_TRY(response);
  return from_proto(*response);
}

// gRPC tells why a connection failed only as text, and only to a call. What it says when a TLS
// handshake failed, or when the node hung up after one: other failures read otherwise.
bool tells_of_handshake(std::string_view text) {
  constexpr std::string_view kSigns[] = {
      "erification check failed", "andshake",      "SETTINGS",   "Socket closed",
      "Endpoint closed",          "reset by peer", "Broken pipe"};
  return std::any_of(std::begin(kSigns), std::end(kSigns), [text](std::string_view sign) {
    return text.find(sign) != std::string_view::npos;
  });
}

// Why the channel is not connected; nothing if it is by now.
std::optional<Error> why_not_connected(const std::shared_ptr<grpc::Channel>& channel,
                                       Deadline limit) {
  grpc::ClientContext context;
  context.set_deadline(limit);
  v1::NodeStatusResponse response;
  v1::NodeStatus::Stub stub(channel);
  const auto status = stub.Get(&context, v1::NodeStatusRequest(), &response);
  if (channel->GetState(false) == GRPC_CHANNEL_READY) return std::nullopt;
  if (tells_of_handshake(status.error_message())) {
    return Error{Errc::kUnauthenticated,
                 "the node closed the connection: this certificate may not be registered, or the "
                 "node's key is not the pinned one"};
  }
  return Error{Errc::kUnavailable, "cannot be reached"};
}

}  // namespace

Result<std::shared_ptr<grpc::Channel>> Client::Impl::connected(std::size_t endpoint,
                                                               Deadline deadline) {
  auto channel = pool_->channel(endpoint);
  const auto patience = std::chrono::system_clock::now() + config_.connect_timeout;
  const auto limit = std::min(patience, deadline);
  // A refused connection is known at once; only silence is waited for.
  while (true) {
    const auto state = channel->GetState(true);
    if (state == GRPC_CHANNEL_READY) return channel;
    if (state == GRPC_CHANNEL_TRANSIENT_FAILURE) {
      const auto why = why_not_connected(channel, limit);
      if (!why) return channel;
      return fail(why->code, pool_->address(endpoint) + ": " + why->message);
    }
    if (state == GRPC_CHANNEL_SHUTDOWN || !channel->WaitForStateChange(state, limit)) {
      return fail(Errc::kUnavailable, pool_->address(endpoint) + ": cannot be reached");
    }
  }
}

Result<std::unique_ptr<Client>> Client::connect(ClientConfig config) {
  HP_TRY_ASSIGN(auto pool, ChannelPool::open(config));
  return std::unique_ptr<Client>(
      new Client(std::make_unique<Impl>(std::move(config), std::move(pool))));
}

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;

std::size_t Client::endpoint_count() const { return impl_->pool().size(); }

Result<TransactionUpdate> Client::submit(ByteView envelope) {
  v1::SubmitRequest request;
  request.set_envelope(bytes_field(envelope));
  for (std::size_t tries = 1;; ++tries) {
    HP_TRY_ASSIGN(const auto response,
                  impl_->call<v1::Transactions>(&v1::Transactions::Stub::Submit, request));
    HP_TRY_ASSIGN(auto update, from_proto(response.update()));
    const bool not_ready = update.stage == TransactionStage::kRejected &&
                           update.code == static_cast<std::uint16_t>(ledger::ResultCode::kNotReady);
    if (!not_ready || tries >= impl_->pool().size()) return update;
    impl_->pool().move_on_from(impl_->pool().preferred());  // the one that answered
  }
}

Result<TransactionUpdate> Client::transaction(const ledger::TxId& txid) {
  v1::GetTransactionRequest request;
  request.set_txid(bytes_field(txid.bytes()));
  HP_TRY_ASSIGN(const auto response,
                impl_->call<v1::Transactions>(&v1::Transactions::Stub::GetTransaction, request));
  return from_proto(response.update());
}

Result<TransactionUpdate> Client::transaction(const ReferenceKey& reference) {
  v1::GetTransactionRequest request;
  auto& key = *request.mutable_reference();
  key.set_participant(reference.participant.value());
  key.set_id(reference.id);
  key.set_date(reference.date);
  HP_TRY_ASSIGN(const auto response,
                impl_->call<v1::Transactions>(&v1::Transactions::Stub::GetTransaction, request));
  return from_proto(response.update());
}

Result<BalanceAnswer> Client::balance(const ledger::AccountId& account, ledger::AssetId asset,
                                      const ReadOptions& options) {
  auto request = read_request<v1::GetBalanceRequest>(options);
  request.set_account(bytes_field(account.bytes()));
  request.set_asset(asset.value());
  HP_TRY_ASSIGN(const auto response,
                impl_->call<v1::Ledger>(&v1::Ledger::Stub::GetBalance, request));
  return with_proof(from_proto(response.balance()), response);
}

Result<std::vector<BalanceAnswer>> Client::balances(const ledger::AccountId& account,
                                                    const ReadOptions& options) {
  auto request = read_request<v1::ListBalancesRequest>(options);
  request.set_account(bytes_field(account.bytes()));
  HP_TRY_ASSIGN(const auto response,
                impl_->call<v1::Ledger>(&v1::Ledger::Stub::ListBalances, request));
  std::vector<BalanceAnswer> balances;
  for (int i = 0; i < response.balances_size(); ++i) {
    HP_TRY_ASSIGN(auto balance, from_proto(response.balances(i)));
    balance.height = Height{response.height()};
    if (i < response.proofs_size()) balance.proof = from_proto(response.proofs(i));
    balances.push_back(std::move(balance));
  }
  return balances;
}

Result<AccountAnswer> Client::account(const ledger::AccountId& account,
                                      const ReadOptions& options) {
  auto request = read_request<v1::GetAccountRequest>(options);
  request.set_id(bytes_field(account.bytes()));
  HP_TRY_ASSIGN(const auto response,
                impl_->call<v1::Ledger>(&v1::Ledger::Stub::GetAccount, request));
  return with_proof(from_proto(response.account()), response);
}

Result<AccountAnswer> Client::account(ledger::ParticipantId participant, std::uint64_t number,
                                      const ReadOptions& options) {
  auto request = read_request<v1::GetAccountRequest>(options);
  request.mutable_number()->set_participant(participant.value());
  request.mutable_number()->set_number(number);
  HP_TRY_ASSIGN(const auto response,
                impl_->call<v1::Ledger>(&v1::Ledger::Stub::GetAccount, request));
  return with_proof(from_proto(response.account()), response);
}

Result<AssetAnswer> Client::asset(ledger::AssetId asset, const ReadOptions& options) {
  auto request = read_request<v1::GetAssetRequest>(options);
  request.set_id(asset.value());
  HP_TRY_ASSIGN(const auto response, impl_->call<v1::Ledger>(&v1::Ledger::Stub::GetAsset, request));
  return with_proof(from_proto(response.asset()), response);
}

Result<AssetAnswer> Client::asset(const std::string& code, const ReadOptions& options) {
  auto request = read_request<v1::GetAssetRequest>(options);
  request.set_code(code);
  HP_TRY_ASSIGN(const auto response, impl_->call<v1::Ledger>(&v1::Ledger::Stub::GetAsset, request));
  return with_proof(from_proto(response.asset()), response);
}

Result<std::vector<AssetAnswer>> Client::assets() {
  HP_TRY_ASSIGN(const auto response,
                impl_->call<v1::Ledger>(&v1::Ledger::Stub::ListAssets, v1::ListAssetsRequest()));
  std::vector<AssetAnswer> assets;
  for (const auto& entry : response.assets()) {
    HP_TRY_ASSIGN(auto asset, from_proto(entry));
    asset.height = Height{response.height()};
    assets.push_back(std::move(asset));
  }
  return assets;
}

Result<ParticipantAnswer> Client::participant(ledger::ParticipantId id,
                                              const ReadOptions& options) {
  auto request = read_request<v1::GetParticipantRequest>(options);
  request.set_id(id.value());
  HP_TRY_ASSIGN(const auto response,
                impl_->call<v1::Ledger>(&v1::Ledger::Stub::GetParticipant, request));
  return with_proof(Result<ParticipantAnswer>(from_proto(response.participant())), response);
}

Result<ParticipantAnswer> Client::participant(const std::string& code, const ReadOptions& options) {
  auto request = read_request<v1::GetParticipantRequest>(options);
  request.set_code(code);
  HP_TRY_ASSIGN(const auto response,
                impl_->call<v1::Ledger>(&v1::Ledger::Stub::GetParticipant, request));
  return with_proof(Result<ParticipantAnswer>(from_proto(response.participant())), response);
}

Result<KeysAnswer> Client::keys(ledger::ParticipantId participant, const ReadOptions& options) {
  auto request = read_request<v1::ListKeysRequest>(options);
  request.set_participant(participant.value());
  KeysAnswer keys;
  while (true) {
    HP_TRY_ASSIGN(const auto response,
                  impl_->call<v1::Ledger>(&v1::Ledger::Stub::ListKeys, request));
    keys.height = Height{response.height()};
    for (int i = 0; i < response.keys_size(); ++i) {
      HP_TRY_ASSIGN(auto key, from_proto(response.keys(i)));
      if (i < response.proofs_size()) key.proof = from_proto(response.proofs(i));
      keys.keys.push_back(std::move(key));
    }
    if (response.next().empty()) return keys;
    // Pages go on, or a node could keep us here for ever.
    if (response.next() <= request.after()) {
      return fail(Errc::kMalformed, "the node's pages of keys do not ascend");
    }
    request.set_after(response.next());
    request.mutable_read()->set_height(response.height());
  }
}

Result<EpochsAnswer> Client::epochs(const ReadOptions& options) {
  const auto request = read_request<v1::GetEpochsRequest>(options);
  HP_TRY_ASSIGN(const auto response,
                impl_->call<v1::Ledger>(&v1::Ledger::Stub::GetEpochs, request));
  return EpochsAnswer{entry_of(response.epochs()), entry_of(response.settings()),
                      Height{response.height()}};
}

Result<ProposalsAnswer> Client::proposal(std::uint64_t number, const ReadOptions& options) {
  auto request = read_request<v1::ListProposalsRequest>(options);
  request.set_number(number);
  ProposalsAnswer answer;
  // Number 0 asks for a page, and is nobody's number.
  if (number == 0) return fail(Errc::kNotFound, "proposals count from 1");
  HP_TRY_ASSIGN(const auto response,
                impl_->call<v1::Ledger>(&v1::Ledger::Stub::ListProposals, request));
  answer.height = Height{response.height()};
  for (const auto& each : response.proposals())
    answer.proposals.push_back({each.number(), entry_of(each.entry())});
  return answer;
}

Result<ProposalsAnswer> Client::proposals(bool open_only, const ReadOptions& options) {
  auto request = read_request<v1::ListProposalsRequest>(options);
  request.set_open(open_only);
  ProposalsAnswer answer;
  while (true) {
    HP_TRY_ASSIGN(const auto response,
                  impl_->call<v1::Ledger>(&v1::Ledger::Stub::ListProposals, request));
    answer.height = Height{response.height()};
    for (const auto& each : response.proposals()) {
      // Numbers ascend, or a node could keep us here for ever.
      if (each.number() <= request.after())
        return fail(Errc::kMalformed, "the node's pages of proposals do not ascend");
      request.set_after(each.number());
      answer.proposals.push_back({each.number(), entry_of(each.entry())});
    }
    if (!response.more() || response.proposals().empty()) return answer;
    request.mutable_read()->set_height(response.height());
  }
}

Result<BlockAnswer> Client::block(Height height) {
  v1::GetBlockRequest request;
  request.set_height(height.value());
  HP_TRY_ASSIGN(const auto response, impl_->call<v1::Ledger>(&v1::Ledger::Stub::GetBlock, request));
  return from_proto(response);
}

Result<ReceiptAnswer> Client::receipt(const ledger::TxId& txid) {
  v1::GetReceiptRequest request;
  request.set_txid(bytes_field(txid.bytes()));
  HP_TRY_ASSIGN(const auto response,
                impl_->call<v1::Ledger>(&v1::Ledger::Stub::GetReceipt, request));
  return from_proto(response);
}

Result<FinalityRecords> Client::finality(Height height) {
  v1::GetFinalityProofRequest request;
  request.set_height(height.value());
  HP_TRY_ASSIGN(const auto response,
                impl_->call<v1::Ledger>(&v1::Ledger::Stub::GetFinalityProof, request));
  return from_proto(response.proof());
}

Result<GenesisAnswer> Client::genesis() {
  HP_TRY_ASSIGN(auto response,
                impl_->call<v1::Ledger>(&v1::Ledger::Stub::GetGenesis, v1::GetGenesisRequest()));
  HP_TRY_ASSIGN(const auto chain_id, digest_field(response.chain_id(), "chain id"));
  return GenesisAnswer{chain_id, std::move(*response.mutable_document())};
}

Result<NodeSnapshot> Client::status() {
  return snapshot_of(
      impl_->call<v1::NodeStatus>(&v1::NodeStatus::Stub::Get, v1::NodeStatusRequest()));
}

Result<NodeSnapshot> Client::status_of(std::size_t endpoint) {
  const auto deadline = std::chrono::system_clock::now() + impl_->config().call_timeout;
  return snapshot_of(impl_->call_on<v1::NodeStatus>(endpoint, deadline, &v1::NodeStatus::Stub::Get,
                                                    v1::NodeStatusRequest()));
}

}  // namespace huangpu::node
