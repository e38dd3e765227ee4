// Between plain structs and the client schema (SPEC N-225). The one place that knows both; used by
// the services and by the client library.
//
// to_proto() is total. from_proto() judges what another machine sent: kMalformed names the field,
// nothing is trusted. Pure; any thread.
#pragma once

#include <string>

#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"
#include "huangpu/v1/common.pb.h"
#include "huangpu/v1/events.pb.h"
#include "huangpu/v1/ledger.pb.h"
#include "huangpu/v1/status.pb.h"
#include "huangpu/v1/transactions.pb.h"
#include "node/api/answers.hpp"
#include "node/api/backend.hpp"
#include "node/api/transaction_stage.hpp"

namespace huangpu::node {

// protobuf keeps bytes in std::string.
[[nodiscard]] inline std::string bytes_field(ByteView bytes) { return std::string(as_text(bytes)); }
[[nodiscard]] Result<crypto::Digest> digest_field(const std::string& field, std::string_view what);

[[nodiscard]] v1::TransactionStage to_proto(TransactionStage stage);
[[nodiscard]] v1::TransactionUpdate to_proto(const TransactionUpdate& update);
[[nodiscard]] v1::FinalityProof to_proto(const FinalityRecords& records);
[[nodiscard]] v1::StateProof to_proto(const StateProofRecords& records);
[[nodiscard]] v1::GetReceiptResponse to_proto(const ReceiptAnswer& answer);
[[nodiscard]] v1::GetBlockResponse to_proto(const BlockAnswer& answer);
[[nodiscard]] v1::Balance to_proto(const BalanceAnswer& answer);
[[nodiscard]] v1::Account to_proto(const AccountAnswer& answer);
[[nodiscard]] v1::Asset to_proto(const AssetAnswer& answer);
[[nodiscard]] v1::Participant to_proto(const ParticipantAnswer& answer);
[[nodiscard]] v1::Key to_proto(const KeyAnswer& answer);
[[nodiscard]] v1::SubscribeResponse to_proto(const Event& event);
[[nodiscard]] v1::NodeStatusResponse to_proto(const NodeSnapshot& snapshot);
[[nodiscard]] v1::SubscribeRequest to_proto(const EventRequest& request);
[[nodiscard]] v1::ReadOptions to_proto(const ReadOptions& options);

[[nodiscard]] Result<TransactionUpdate> from_proto(const v1::TransactionUpdate& update);
[[nodiscard]] FinalityRecords from_proto(const v1::FinalityProof& proof);
[[nodiscard]] StateProofRecords from_proto(const v1::StateProof& proof);
[[nodiscard]] Result<ReceiptAnswer> from_proto(const v1::GetReceiptResponse& response);
[[nodiscard]] BlockAnswer from_proto(const v1::GetBlockResponse& response);
[[nodiscard]] Result<BalanceAnswer> from_proto(const v1::Balance& balance);
[[nodiscard]] Result<AccountAnswer> from_proto(const v1::Account& account);
[[nodiscard]] Result<AssetAnswer> from_proto(const v1::Asset& asset);
[[nodiscard]] ParticipantAnswer from_proto(const v1::Participant& participant);
[[nodiscard]] Result<KeyAnswer> from_proto(const v1::Key& key);
[[nodiscard]] Result<Event> from_proto(const v1::SubscribeResponse& response);
[[nodiscard]] Result<NodeSnapshot> from_proto(const v1::NodeStatusResponse& response);
[[nodiscard]] Result<EventRequest> from_proto(const v1::SubscribeRequest& request);
[[nodiscard]] ReadOptions from_proto(const v1::ReadOptions& options);

}  // namespace huangpu::node
