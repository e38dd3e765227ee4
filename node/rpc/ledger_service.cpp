#include "huangpu/v1/ledger.grpc.pb.h"
#include "node/convert/convert.hpp"
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

// Each method copies its request, because the node may answer "too late" while the work still reads
// it.
class LedgerService final : public v1::Ledger::CallbackService {
 public:
  explicit LedgerService(RpcContext& rpc) : rpc_(rpc) {}

  ServerUnaryReactor* GetBalance(CallbackServerContext* context,
                                 const v1::GetBalanceRequest* request,
                                 v1::GetBalanceResponse* response) override {
    return serve(rpc_, context, response, "Ledger/GetBalance",
                 [this, request = *request](const Principal& caller) {
                   return get_balance(caller, request);
                 });
  }

  ServerUnaryReactor* ListBalances(CallbackServerContext* context,
                                   const v1::ListBalancesRequest* request,
                                   v1::ListBalancesResponse* response) override {
    return serve(rpc_, context, response, "Ledger/ListBalances",
                 [this, request = *request](const Principal& caller) {
                   return list_balances(caller, request);
                 });
  }

  ServerUnaryReactor* GetAccount(CallbackServerContext* context,
                                 const v1::GetAccountRequest* request,
                                 v1::GetAccountResponse* response) override {
    return serve(rpc_, context, response, "Ledger/GetAccount",
                 [this, request = *request](const Principal& caller) {
                   return get_account(caller, request);
                 });
  }

  ServerUnaryReactor* GetAsset(CallbackServerContext* context, const v1::GetAssetRequest* request,
                               v1::GetAssetResponse* response) override {
    return serve(
        rpc_, context, response, "Ledger/GetAsset",
        [this, request = *request](const Principal& caller) { return get_asset(caller, request); });
  }

  ServerUnaryReactor* ListAssets(CallbackServerContext* context, const v1::ListAssetsRequest*,
                                 v1::ListAssetsResponse* response) override {
    return serve(rpc_, context, response, "Ledger/ListAssets",
                 [this](const Principal& caller) { return list_assets(caller); });
  }

  ServerUnaryReactor* GetParticipant(CallbackServerContext* context,
                                     const v1::GetParticipantRequest* request,
                                     v1::GetParticipantResponse* response) override {
    return serve(rpc_, context, response, "Ledger/GetParticipant",
                 [this, request = *request](const Principal& caller) {
                   return get_participant(caller, request);
                 });
  }

  ServerUnaryReactor* ListKeys(CallbackServerContext* context, const v1::ListKeysRequest* request,
                               v1::ListKeysResponse* response) override {
    return serve(
        rpc_, context, response, "Ledger/ListKeys",
        [this, request = *request](const Principal& caller) { return list_keys(caller, request); });
  }

  ServerUnaryReactor* GetBlock(CallbackServerContext* context, const v1::GetBlockRequest* request,
                               v1::GetBlockResponse* response) override {
    return serve(rpc_, context, response, "Ledger/GetBlock",
                 [this, height = Height{request->height()}](
                     const Principal& caller) -> Result<v1::GetBlockResponse> {
                   HP_TRY_ASSIGN(const auto block, rpc_.ledger.block(caller, height));
                   return to_proto(block);
                 });
  }

  ServerUnaryReactor* GetReceipt(CallbackServerContext* context,
                                 const v1::GetReceiptRequest* request,
                                 v1::GetReceiptResponse* response) override {
    return serve(
        rpc_, context, response, "Ledger/GetReceipt",
        [this, txid = request->txid()](const Principal& caller) -> Result<v1::GetReceiptResponse> {
          HP_TRY_ASSIGN(const auto digest, digest_field(txid, "txid"));
          HP_TRY_ASSIGN(const auto receipt, rpc_.ledger.receipt(caller, ledger::TxId(digest)));
          return to_proto(receipt);
        });
  }

  ServerUnaryReactor* GetFinalityProof(CallbackServerContext* context,
                                       const v1::GetFinalityProofRequest* request,
                                       v1::GetFinalityProofResponse* response) override {
    return serve(rpc_, context, response, "Ledger/GetFinalityProof",
                 [this, height = Height{request->height()}](
                     const Principal& caller) -> Result<v1::GetFinalityProofResponse> {
                   HP_TRY_ASSIGN(const auto records, rpc_.ledger.finality(caller, height));
                   v1::GetFinalityProofResponse answer;
                   *answer.mutable_proof() = to_proto(*records);
                   return answer;
                 });
  }

  ServerUnaryReactor* GetGenesis(CallbackServerContext* context, const v1::GetGenesisRequest*,
                                 v1::GetGenesisResponse* response) override {
    return serve(rpc_, context, response, "Ledger/GetGenesis",
                 [this](const Principal& caller) -> Result<v1::GetGenesisResponse> {
                   HP_TRY_ASSIGN(auto genesis, rpc_.ledger.genesis(caller));
                   v1::GetGenesisResponse answer;
                   answer.set_chain_id(bytes_field(genesis.chain_id.bytes()));
                   answer.set_document(std::move(genesis.document));
                   return answer;
                 });
  }

  ServerUnaryReactor* GetEpochs(CallbackServerContext* context, const v1::GetEpochsRequest* request,
                                v1::GetEpochsResponse* response) override {
    return serve(rpc_, context, response, "Ledger/GetEpochs",
                 [this, request = *request](const Principal& caller) {
                   return get_epochs(caller, request);
                 });
  }

  ServerUnaryReactor* ListProposals(CallbackServerContext* context,
                                    const v1::ListProposalsRequest* request,
                                    v1::ListProposalsResponse* response) override {
    return serve(rpc_, context, response, "Ledger/ListProposals",
                 [this, request = *request](const Principal& caller) {
                   return list_proposals(caller, request);
                 });
  }

 private:
  static void fill(v1::StateEntry& message, const StateEntryAnswer& entry) {
    message.set_value(bytes_field(entry.value));
    if (entry.proof) *message.mutable_proof() = to_proto(*entry.proof);
  }

  Result<v1::GetEpochsResponse> get_epochs(const Principal& caller,
                                           const v1::GetEpochsRequest& request) {
    HP_TRY_ASSIGN(const auto epochs, rpc_.ledger.epochs(caller, from_proto(request.read())));
    v1::GetEpochsResponse answer;
    fill(*answer.mutable_epochs(), epochs.epochs);
    fill(*answer.mutable_settings(), epochs.settings);
    answer.set_height(epochs.height.value());
    return answer;
  }

  Result<v1::ListProposalsResponse> list_proposals(const Principal& caller,
                                                   const v1::ListProposalsRequest& request) {
    const auto read = from_proto(request.read());
    const auto proposals =
        request.number() != 0
            ? rpc_.ledger.proposal(caller, request.number(), read)
            : rpc_.ledger.proposals(caller, request.after(), request.open(), read);
    HP_TRY(proposals);
    v1::ListProposalsResponse answer;
    for (const auto& each : proposals->proposals) {
      v1::Proposal& proposal = *answer.add_proposals();
      proposal.set_number(each.number);
      fill(*proposal.mutable_entry(), each.entry);
    }
    answer.set_height(proposals->height.value());
    answer.set_more(proposals->more);
    return answer;
  }

  Result<v1::GetBalanceResponse> get_balance(const Principal& caller,
                                             const v1::GetBalanceRequest& request) {
    HP_TRY_ASSIGN(const auto account, account_field(request.account()));
    HP_TRY_ASSIGN(const auto balance,
                  rpc_.ledger.balance(caller, account, ledger::AssetId(request.asset()),
                                      from_proto(request.read())));
    v1::GetBalanceResponse answer;
    *answer.mutable_balance() = to_proto(balance);
    answer.set_height(balance.height.value());
    if (balance.proof) *answer.mutable_proof() = to_proto(*balance.proof);
    return answer;
  }

  Result<v1::ListBalancesResponse> list_balances(const Principal& caller,
                                                 const v1::ListBalancesRequest& request) {
    HP_TRY_ASSIGN(const auto account, account_field(request.account()));
    Height height{0};
    HP_TRY_ASSIGN(const auto balances,
                  rpc_.ledger.balances(caller, account, from_proto(request.read()), height));
    v1::ListBalancesResponse answer;
    answer.set_height(height.value());
    for (const auto& balance : balances) {
      *answer.add_balances() = to_proto(balance);
      if (balance.proof) *answer.add_proofs() = to_proto(*balance.proof);
    }
    return answer;
  }

  Result<v1::GetAccountResponse> get_account(const Principal& caller,
                                             const v1::GetAccountRequest& request) {
    ledger::AccountId id;
    if (request.has_number()) {
      id = rpc_.ledger.account_id(ledger::ParticipantId(request.number().participant()),
                                  request.number().number());
    } else {
      HP_TRY_ASSIGN(id, account_field(request.id()));
    }
    HP_TRY_ASSIGN(const auto account, rpc_.ledger.account(caller, id, from_proto(request.read())));
    v1::GetAccountResponse answer;
    *answer.mutable_account() = to_proto(account);
    answer.set_height(account.height.value());
    if (account.proof) *answer.mutable_proof() = to_proto(*account.proof);
    return answer;
  }

  Result<v1::GetAssetResponse> get_asset(const Principal& caller,
                                         const v1::GetAssetRequest& request) {
    const auto read = from_proto(request.read());
    auto asset = request.has_code()
                     ? rpc_.ledger.asset(caller, std::string_view(request.code()), read)
                     : rpc_.ledger.asset(caller, ledger::AssetId(request.id()), read);
    HP_TRY(asset);
    v1::GetAssetResponse answer;
    *answer.mutable_asset() = to_proto(*asset);
    answer.set_height(asset->height.value());
    if (asset->proof) *answer.mutable_proof() = to_proto(*asset->proof);
    return answer;
  }

  Result<v1::ListAssetsResponse> list_assets(const Principal& caller) {
    HP_TRY_ASSIGN(const auto assets, rpc_.ledger.assets(caller));
    v1::ListAssetsResponse answer;
    for (const auto& asset : assets) {
      *answer.add_assets() = to_proto(asset);
      answer.set_height(asset.height.value());
    }
    return answer;
  }

  Result<v1::GetParticipantResponse> get_participant(const Principal& caller,
                                                     const v1::GetParticipantRequest& request) {
    const auto read = from_proto(request.read());
    auto participant =
        request.has_code()
            ? rpc_.ledger.participant(caller, std::string_view(request.code()), read)
            : rpc_.ledger.participant(caller, ledger::ParticipantId(request.id()), read);
    HP_TRY(participant);
    v1::GetParticipantResponse answer;
    *answer.mutable_participant() = to_proto(*participant);
    answer.set_height(participant->height.value());
    if (participant->proof) *answer.mutable_proof() = to_proto(*participant->proof);
    return answer;
  }

  Result<v1::ListKeysResponse> list_keys(const Principal& caller,
                                         const v1::ListKeysRequest& request) {
    std::optional<crypto::KeyId> after;
    if (!request.after().empty()) {
      HP_TRY_ASSIGN(const auto id, digest_field(request.after(), "after"));
      after = crypto::KeyId(id);
    }
    HP_TRY_ASSIGN(const auto keys,
                  rpc_.ledger.keys(caller, ledger::ParticipantId(request.participant()), after,
                                   from_proto(request.read())));
    v1::ListKeysResponse answer;
    answer.set_height(keys.height.value());
    for (const auto& key : keys.keys) {
      *answer.add_keys() = to_proto(key);
      if (key.proof) *answer.add_proofs() = to_proto(*key.proof);
    }
    if (keys.next) answer.set_next(bytes_field(keys.next->bytes()));
    return answer;
  }

  RpcContext& rpc_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_ledger_service(RpcContext& rpc) {
  return std::make_unique<LedgerService>(rpc);
}

}  // namespace huangpu::node
